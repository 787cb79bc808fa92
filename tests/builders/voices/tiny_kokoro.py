"""Tiny model in the three parts of Kokoro's: every symbol takes four frames, and every frame is 25 ms of a tone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import NodeProto, TensorProto, helper, numpy_helper

from media.kokoro.parts import (
    ALIGNED,
    DURATIONS,
    ENCODED,
    ENERGY,
    FRAMES,
    PARTS_IN,
    PARTS_OUT,
    PITCH,
    PITCHES,
    SOUND,
    TEXT,
)
from media.kokoro.prosody import RATE_HZ, SAMPLES_PER_PITCH

FRAMES_OF_A_SYMBOL = 4
_INTEGERS = frozenset({"tokens", FRAMES})
_Values = Mapping[str, "np.ndarray[tuple[int, ...], np.dtype[Any]]"]


def tiny_kokoro(folder: Path) -> Path:
    """Write the model and both voices into the folder, and return it."""
    folder.mkdir()
    tone = 0.3 * np.sin(2 * np.pi * 400 * np.arange(SAMPLES_PER_PITCH) / RATE_HZ)
    shared: _Values = {"one": np.array([1], np.int64), "zero": np.zeros(1, np.float32)}
    _save(
        folder / DURATIONS,
        DURATIONS,
        [
            helper.make_node("Mul", ["tokens", "nothing"], ["none"]),
            helper.make_node("Add", ["none", "four"], [FRAMES]),
            helper.make_node("Cast", [FRAMES], [ENCODED], to=TensorProto.FLOAT),
            helper.make_node("Identity", [ENCODED], [TEXT]),
        ],
        {"nothing": np.array([0], np.int64), "four": np.array([FRAMES_OF_A_SYMBOL], np.int64)},
    )
    _save(
        folder / PITCHES,
        PITCHES,
        [
            helper.make_node("ReduceSum", [FRAMES, "axis"], ["sum"], keepdims=0),
            helper.make_node("Mul", ["sum", "two"], ["values"]),
            helper.make_node("Concat", ["one", "one", "values"], ["shape"], axis=0),
            helper.make_node("Expand", ["hertz", "shape"], [PITCH]),
            helper.make_node("Identity", [PITCH], [ENERGY]),
            helper.make_node("Concat", ["one", "one", "sum"], ["aligned shape"], axis=0),
            helper.make_node("Expand", ["hertz", "aligned shape"], [ALIGNED]),
        ],
        {
            **shared,
            "axis": np.array([1], np.int64),
            "two": np.array([2], np.int64),
            "hertz": np.array([[[200]]], np.float32),
        },
    )
    _save(
        folder / SOUND,
        SOUND,
        [
            helper.make_node("Shape", [PITCH], ["size"], start=2),
            helper.make_node("Tile", ["tone", "size"], ["audio"]),
        ],
        {"tone": tone.astype(np.float32)},
    )
    for voice in ("female", "male"):
        np.zeros((4, 256), "<f4").tofile(folder / f"{voice}.bin")
    return folder


def _save(path: Path, part: str, nodes: list[NodeProto], constants: _Values) -> None:
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64 if name in _INTEGERS else TensorProto.FLOAT, None)
        for name in PARTS_IN[part]
    ]
    outputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64 if name in _INTEGERS else TensorProto.FLOAT, None)
        for name in PARTS_OUT[part]
    ]
    kept = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "tiny", inputs, outputs, kept)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
