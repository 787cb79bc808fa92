"""Graphs of tiny voices: 100 ms of a tone for every number, higher by 20 Hz than that of the number before."""

from __future__ import annotations

import wave
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64
BLOCK_MS = 100
_LOWEST_HZ, _STEP_HZ = 100, 20
Constants = Mapping[str, NDArray[Any]]
Tensors = Mapping[str, tuple[int, Sequence[int | None]]]
"""Type and shape of each."""


def save_model(
    path: Path,
    nodes: Sequence[NodeProto],
    *,
    inputs: Tensors,
    output: str,
    constants: Constants,
    facts: Mapping[str, object] | None = None,
) -> None:
    """Write a graph, with the facts as its metadata."""
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info(name, kind, shape) for name, (kind, shape) in inputs.items()],
        [helper.make_tensor_value_info(output, FLOAT, None)],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    for name, value in (facts or {}).items():
        fact = model.metadata_props.add()
        fact.key, fact.value = name, str(value)
    onnx.save(model, path)


def tones(numbers: str, into: str, rate_hz: int, *, often: str = "once", shape: Sequence[int] = (1, 1, -1)) -> Any:
    """Return nodes and constants that turn float numbers (1, n) into sound, each tone ``often`` (a float, (1))."""
    times = np.arange(rate_hz * BLOCK_MS // 1000) / rate_hz
    constants = {
        "step": (2 * np.pi * _STEP_HZ * times).astype(np.float32)[None],
        "lowest": (2 * np.pi * _LOWEST_HZ * times).astype(np.float32)[None],
        "loudness": np.array(0.3, np.float32),
        "one": np.array([1], np.int64),
        "once": np.array([1], np.float32),
        "sound_shape": np.array(shape, np.int64),
    }
    nodes = [
        helper.make_node("Transpose", [numbers], ["column"], perm=[1, 0]),
        helper.make_node("Mul", ["column", "step"], ["higher"]),
        helper.make_node("Add", ["higher", "lowest"], ["phases"]),
        helper.make_node("Sin", ["phases"], ["waves"]),
        helper.make_node("Mul", ["waves", "loudness"], ["rows"]),
        helper.make_node("Round", [often], ["rounded"]),
        helper.make_node("Cast", ["rounded"], ["times"], to=INT64),
        helper.make_node("Concat", ["one", "times"], ["repeats"], axis=0),
        helper.make_node("Tile", ["rows", "repeats"], ["blocks"]),
        helper.make_node("Reshape", ["blocks", "sound_shape"], [into]),
    ]
    return nodes, constants


def heard(path: Path) -> list[int]:
    """Return the numbers that a tiny voice was given, by the tones in its sound."""
    with wave.open(str(path)) as file:
        rate_hz, frames = file.getframerate(), file.readframes(file.getnframes())
    blocks = np.frombuffer(frames, "<i2").reshape(-1, rate_hz * BLOCK_MS // 1000)
    loudest = np.abs(np.fft.rfft(blocks)).argmax(axis=1) * (1000 // BLOCK_MS)
    return [round((int(hertz) - _LOWEST_HZ) / _STEP_HZ) for hertz in loudest]
