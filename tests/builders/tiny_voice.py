"""Tiny neural voice made by a test: 100 ms of a tone for every letter of its alphabet."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from media.neural import vietnamese_letters

RATE_HZ = 16_000
LETTER_MS = 100
LETTERS = "_ .,!?" + "".join(sorted({*vietnamese_letters(), *"abcdefghijklmnopqrstuvwxyz"}))
PHONEMES = (
    "_^$ .,!?;:" + "abcdefhijklmnoprstuvwxyzæçðøħŋœɐɑɒɓɔɕɖɗəɛɜɟɡɤɪɯɲʂʈʊʌʐʔʰʲʷʃʒˈˌː0123456789\u0303\u0329\u032a\u0361"
)
"""Some phonemes of espeak-ng's Vietnamese, in Piper's decomposed form."""
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


def tiny_voice(folder: Path) -> Path:
    """Write a voice for the library into the folder, and return the folder; its speed follows the length scale."""
    folder.mkdir()
    (folder / "tokens.txt").write_text("".join(f"{letter} {at}\n" for at, letter in enumerate(LETTERS)))
    onnx.save(_model(), folder / "vi.onnx")
    return folder


def tiny_piper_voice(folder: Path, phonemes: str = PHONEMES) -> Path:
    """Write a voice that takes phonemes, laid out and described as Piper's are, and return its folder."""
    folder.mkdir()
    (folder / "tokens.txt").write_text("".join(f"{sign} {at}\n" for at, sign in enumerate(phonemes)))
    data = folder / "espeak-ng-data"
    data.mkdir()
    for name in ("phontab", "phonindex", "phondata", "intonations"):
        (data / name).touch()
    facts = {"model_type": "vits", "comment": "piper", "language": "Vietnamese", "voice": "vi", "has_espeak": 1}
    facts |= {"sample_rate": RATE_HZ, "n_speakers": 1, "add_blank": 1}
    onnx.save(_model(facts, is_piper=True), folder / "vi.onnx")
    return folder


def _model(facts: Mapping[str, object] = _FACTS, *, is_piper: bool = False) -> onnx.ModelProto:
    """Build the model: letters (1, n) → sound (1, 1, samples), tenths of a tone repeated as ``length_scale`` asks."""
    tenth = np.arange(RATE_HZ * LETTER_MS // 10_000) / RATE_HZ
    tone = (0.3 * np.sin(2 * np.pi * 300 * tenth)).astype(np.float32)
    constants: dict[str, np.ndarray[tuple[int, ...], np.dtype[Any]]] = {
        "tone": tone[None],
        "zero": np.zeros((1, 1), np.float32),
        "ten": np.array([10], np.float32),
        "one": np.array([1], np.int64),
        "shape": np.array([1, 1, -1], np.int64),
        "second": np.array([1], np.int64),
    }
    pick = [helper.make_node("Gather", ["scales", "second"], ["length_scale"])] if is_piper else []
    nodes = [
        *pick,
        helper.make_node("Cast", ["x"], ["letters"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["letters"], ["column"], perm=[1, 0]),
        helper.make_node("Mul", ["column", "zero"], ["nothing"]),
        helper.make_node("Add", ["nothing", "tone"], ["rows"]),
        helper.make_node("Mul", ["length_scale", "ten"], ["often"]),
        helper.make_node("Cast", ["often"], ["times"], to=TensorProto.INT64),
        helper.make_node("Concat", ["one", "times"], ["repeats"], axis=0),
        helper.make_node("Tile", ["rows", "repeats"], ["sound"]),
        helper.make_node("Reshape", ["sound", "shape"], ["y"]),
    ]
    scales = {"scales": 3} if is_piper else dict.fromkeys(("noise_scale", "length_scale", "noise_scale_w"), 1)
    inputs = [
        helper.make_tensor_value_info("x", TensorProto.INT64, [1, None]),
        helper.make_tensor_value_info("x_length", TensorProto.INT64, [1]),
        *(helper.make_tensor_value_info(name, TensorProto.FLOAT, [size]) for name, size in scales.items()),
    ]
    outputs = [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 1, None])]
    kept = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "tiny", inputs, outputs, kept)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    for name, value in facts.items():
        fact = model.metadata_props.add()
        fact.key, fact.value = name, str(value)
    return model
