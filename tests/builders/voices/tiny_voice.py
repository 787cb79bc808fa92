"""Tiny neural voices made by a test, each laid out as its project publishes them."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from onnx import helper

from media.neural.layouts import decomposed
from media.neural.voice import vietnamese_letters
from tests.builders.voices.tone_model import BLOCK_MS, FLOAT, INT64, Tensors, save_model, tones

RATE_HZ = 16_000
LETTER_MS = BLOCK_MS
LETTERS = "_ .,!?" + "".join(sorted({*vietnamese_letters(), *"abcdefghijklmnopqrstuvwxyz"}))
PHONEMES = (
    "_^$ .,!?;:" + "abcdefhijklmnoprstuvwxyzæçðøħŋœɐɑɒɓɔɕɖɗəɛɜɟɡɤɪɯɲʂʈʊʌʐʔʰʲʷʃʒˈˌː0123456789-ɣɹ\u0303\u0329\u032a\u0361"
)
"""Some phonemes of espeak-ng's Vietnamese, in Piper's decomposed form."""
KOKORO_SIGNS = '_;:,.!?—…"() abcdefhijklmnopqrstuvwxyzɑɐæɔɕçɖðəɛɟɡɪɯŋɲøθœɹʂʃʈʧʊʌɣɤʒʔʝˈˌːʰʲ↓→↗↘'
VOICES = ("diem_trinh", "mai_linh", "duc_an")
# Metadata that the library reads from a VITS model of letters.
_FACTS = {
    "model_type": "vits",
    "comment": "tiny",
    "language": "Vietnamese",
    "voice": "vi",
    "frontend": "characters",
    "punctuation": ", . ! ?",
    "sample_rate": RATE_HZ,
    "n_speakers": 0,
    "speaker_id": 0,
    "add_blank": 0,
    "blank_id": 0,
    "bos_id": 0,
    "eos_id": 0,
    "use_eos_bos": 0,
    "pad_id": 0,
    "jieba": 0,
    "version": 1,
}
_PIPER_FACTS = {"model_type": "vits", "comment": "piper", "language": "Vietnamese", "voice": "vi", "has_espeak": 1}
_MATCHA_FACTS = {"model_type": "matcha-tts", "language": "Vietnamese", "voice": "vi", "has_espeak": 1, "jieba": 0}
_SCALES = {name: (FLOAT, [1]) for name in ("noise_scale", "length_scale", "noise_scale_w")}
_ONE_SCALES = {"scales": (FLOAT, [3])}


def tiny_voice(folder: Path) -> Path:
    """Write a VITS voice of letters into the folder, and return it; its speed follows the length scale."""
    folder.mkdir()
    _write_tokens(folder, LETTERS)
    _save_vits(folder / "vi.onnx", "x", {"x_length": (INT64, [1]), **_SCALES}, _FACTS)
    return folder


def tiny_piper_voice(folder: Path, phonemes: str = PHONEMES) -> Path:
    """Write a Piper voice as the sherpa-onnx project packs it, and return its folder."""
    folder.mkdir()
    _write_tokens(folder, phonemes)
    data = folder / "espeak-ng-data"
    data.mkdir()
    for name in ("phontab", "phonindex", "phondata", "intonations"):
        (data / name).touch()
    facts = {**_PIPER_FACTS, "sample_rate": RATE_HZ, "n_speakers": 1, "add_blank": 1}
    _save_vits(folder / "vi.onnx", "x", {"x_length": (INT64, [1]), **_ONE_SCALES}, facts)
    return folder


def tiny_piper(
    folder: Path, phonemes: str = PHONEMES, *, speakers: Sequence[str] = (), kind: str = "espeak", espeak: str = "vi"
) -> Path:
    """Write a Piper voice as published, and return its folder; a speaker's number is added to each sign's."""
    folder.mkdir()
    config = {
        "audio": {"sample_rate": RATE_HZ},
        "espeak": {"voice": espeak},
        "phoneme_type": kind,
        "phoneme_id_map": {sign: [at] for at, sign in enumerate(phonemes)},
        "inference": {"noise_scale": 0.667, "length_scale": 1, "noise_w": 0.8},
        "num_speakers": max(1, len(speakers)),
        "speaker_id_map": {name: at for at, name in enumerate(speakers)},
    }
    (folder / "vi_VN-tiny-low.onnx.json").write_text(json.dumps(config))
    speaker = {"sid": (INT64, [1])} if speakers else {}
    inputs = {"input_lengths": (INT64, [1]), **_ONE_SCALES, **speaker}
    _save_vits(folder / "vi_VN-tiny-low.onnx", "input", inputs, {})
    return folder


def tiny_fine_tune(folder: Path, signs: str = KOKORO_SIGNS, style: str = "ref_s") -> Path:
    """Write a fine-tuned Kokoro with three voices, and return its folder; a voice's number is added to each sign's."""
    (folder / "voicepacks").mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({"vocab": {sign: at for at, sign in enumerate(signs)}}))
    packs = [np.full((4, 1, 256), number, "<f4") for number in range(len(VOICES))]
    with zipfile.ZipFile(folder / "voicepacks" / f"{VOICES[0]}.pt", "w") as saved:
        saved.writestr("pack/data.pkl", b"never read")
        saved.writestr("pack/data/0", packs[0].tobytes())
    np.save(folder / "voicepacks" / f"{VOICES[1]}.npy", packs[1])
    packs[2].tofile(folder / "voicepacks" / f"{VOICES[2]}.bin")
    nodes, constants = tones("numbers", "waveform", 24_000, often="length", shape=(-1,))
    nodes = [
        helper.make_node("Cast", ["input_ids"], ["signs"], to=FLOAT),
        helper.make_node("ReduceMean", [style], ["voice"], axes=[1]),
        helper.make_node("Add", ["signs", "voice"], ["numbers"]),
        helper.make_node("Reciprocal", ["speed"], ["slowness"]),
        helper.make_node("Unsqueeze", ["slowness", "first"], ["length"]),
        *nodes,
    ]
    inputs: Tensors = {"input_ids": (INT64, [1, None]), style: (FLOAT, [1, 256]), "speed": (FLOAT, [])}
    constants["first"] = np.array([0])
    save_model(folder / "kokoro_vi.onnx", nodes, inputs=inputs, output="waveform", constants=constants)
    return folder


def tiny_matcha(folder: Path, phonemes: str = PHONEMES) -> Path:
    """Write a Matcha voice, numbers as its spectrum, and a vocoder; return the folder."""
    folder.mkdir()
    _write_tokens(folder, phonemes)
    facts = {**_MATCHA_FACTS, "sample_rate": RATE_HZ, "n_speakers": 1, "version": 1, "pad_id": 0, "use_eos_bos": 0}
    scales: Tensors = {name: _SCALES[name] for name in ("noise_scale", "length_scale")}
    save_model(
        folder / "model-steps-3.onnx",
        [
            helper.make_node("Cast", ["x"], ["signs"], to=FLOAT),
            helper.make_node("Unsqueeze", ["signs", "second"], ["mel"]),
        ],
        inputs={"x": (INT64, [1, None]), "x_length": (INT64, [1]), **scales},
        output="mel",
        constants={"second": np.array([1])},
        facts={**facts, "num_ode_steps": 3, "use_icefall": 0},
    )
    nodes, constants = tones("numbers", "audio", RATE_HZ, shape=(1, -1))
    save_model(
        folder / "hifigan_v2.onnx",
        [helper.make_node("Squeeze", ["mel", "second"], ["numbers"]), *nodes],
        inputs={"mel": (FLOAT, [1, 1, None])},
        output="audio",
        constants={**constants, "second": np.array([1])},
        facts={"model_type": "hifigan", "sample_rate": RATE_HZ},
    )
    return folder


def tiny_supertonic(folder: Path, letters: str = LETTERS, voices: int = 2) -> Path:
    """Write a Supertonic voice of letters, marks apart, and return its folder; a voice's number is added to each."""
    folder.mkdir()
    signs = sorted({*decomposed(letters + letters.upper()), *'</>"'})
    numbers = np.full(0x10000, -1, "<i4")
    numbers[[ord(sign) for sign in signs]] = range(len(signs))
    numbers.tofile(folder / "unicode_indexer.bin")
    styles = np.arange(voices, dtype="<f4")
    dims = np.array([voices, 1, 1] * 2, "<i8").tobytes()
    (folder / "voice.bin").write_bytes(dims + styles.tobytes() * 2)
    frame = RATE_HZ * BLOCK_MS // 1000
    sizes = {"ae": {"sample_rate": RATE_HZ, "base_chunk_size": frame}}
    (folder / "tts.json").write_text(json.dumps({**sizes, "ttl": {"chunk_compress_factor": 1, "latent_dim": 1}}))
    text, mask = (INT64, [1, None]), (FLOAT, [1, 1, None])
    style = (FLOAT, [1, 1, 1])
    save_model(
        folder / "duration_predictor.int8.onnx",
        [
            helper.make_node("ReduceSum", ["text_mask", "axes"], ["count"], keepdims=0),
            helper.make_node("Mul", ["count", "block"], ["duration"]),
        ],
        inputs={"text_ids": text, "style_dp": style, "text_mask": mask},
        output="duration",
        constants={"axes": np.array([1, 2]), "block": np.array([BLOCK_MS / 1000 + 1e-6], np.float32)},
    )
    save_model(
        folder / "text_encoder.int8.onnx",
        [
            helper.make_node("Cast", ["text_ids"], ["signs"], to=FLOAT),
            helper.make_node("Unsqueeze", ["signs", "second"], ["row"]),
            helper.make_node("Add", ["row", "style_ttl"], ["text_emb"]),
        ],
        inputs={"text_ids": text, "style_ttl": style, "text_mask": mask},
        output="text_emb",
        constants={"second": np.array([1])},
    )
    save_model(
        folder / "vector_estimator.int8.onnx",
        [
            helper.make_node("Shape", ["noisy_latent"], ["sizes"]),
            helper.make_node(
                "Resize",
                ["text_emb", "", "", "sizes"],
                ["denoised_latent"],
                mode="nearest",
                coordinate_transformation_mode="asymmetric",
                nearest_mode="floor",
            ),
        ],
        inputs={
            "noisy_latent": mask,
            "text_emb": mask,
            "style_ttl": style,
            "latent_mask": mask,
            "text_mask": mask,
            "current_step": (FLOAT, [1]),
            "total_step": (FLOAT, [1]),
        },
        output="denoised_latent",
        constants={},
    )
    nodes, constants = tones("numbers", "wav", RATE_HZ, shape=(1, -1))
    save_model(
        folder / "vocoder.int8.onnx",
        [helper.make_node("Squeeze", ["latent", "second"], ["numbers"]), *nodes],
        inputs={"latent": mask},
        output="wav",
        constants={**constants, "second": np.array([1])},
    )
    return folder


def _write_tokens(folder: Path, signs: str) -> None:
    (folder / "tokens.txt").write_text("".join(f"{sign} {at}\n" for at, sign in enumerate(signs)))


def _save_vits(path: Path, text: str, inputs: Tensors, facts: Mapping[str, object]) -> None:
    """Save a graph from signs (1, n) to sound (1, 1, samples), each tone as often as the length scale says."""
    nodes, constants = tones("numbers", "y", RATE_HZ, often="length_scale")
    given = [helper.make_node("Cast", [text], ["signs"], to=FLOAT)]
    if "sid" in inputs:
        given += [helper.make_node("Cast", ["sid"], ["voice"], to=FLOAT)]
        given += [helper.make_node("Add", ["signs", "voice"], ["numbers"])]
    else:
        given += [helper.make_node("Identity", ["signs"], ["numbers"])]
    if "scales" in inputs:
        given += [helper.make_node("Gather", ["scales", "second"], ["length_scale"])]
        constants["second"] = np.array([1])
    inputs = {text: (INT64, [1, None]), **inputs}
    save_model(path, [*given, *nodes], inputs=inputs, output="y", constants=constants, facts=facts)


LAYOUTS: list[Callable[..., Path]] = [
    tiny_voice,
    tiny_piper,
    tiny_piper_voice,
    tiny_fine_tune,
    tiny_matcha,
    tiny_supertonic,
]
"""One voice of each layout."""
