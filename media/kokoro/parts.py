"""Parts into which the model's graph is cut: text to durations, durations to pitch and energy, those to sound.

The tensors are called as in the export of kokoro-onnx 1.0.
"""

DURATIONS, PITCHES, SOUND = "durations.onnx", "pitch.onnx", "sound.onnx"
PARTS = (DURATIONS, PITCHES, SOUND)
FRAMES = "/encoder/Cast_output_0"
PITCH = "/encoder/F0_proj/Conv_output_0"
ENERGY = "/encoder/N_proj/Conv_output_0"
ENCODED = "/encoder/predictor/text_encoder/Concat_4_output_0"
TEXT = "/encoder/text_encoder/Transpose_2_output_0"
ALIGNED = "/encoder/MatMul_1_output_0"
PARTS_IN = {
    DURATIONS: ("tokens", "style", "speed"),
    PITCHES: (FRAMES, ENCODED, TEXT, "style"),
    SOUND: (ALIGNED, PITCH, ENERGY, "style"),
}
PARTS_OUT = {DURATIONS: (FRAMES, ENCODED, TEXT), PITCHES: (PITCH, ENERGY, ALIGNED), SOUND: ("audio",)}
