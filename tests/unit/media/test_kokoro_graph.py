"""Rewriting of Kokoro's sound graph: other nodes, the same sound, but right angles."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

from scripts import kokoro, kokoro_graph
from scripts.kokoro_graph import BLOCK, FEWEST_OUTPUTS, GraphRewriter

CHANNELS, LENGTH = 5, 40


def convolution(taps: int, step: int, outputs: int) -> tuple[list[NodeProto], dict[str, NDArray[np.generic]]]:
    """Make a convolution with a bias as onnxruntime's quantisation writes it."""
    chance = np.random.default_rng(taps)
    padding = step * (taps - 1) // 2
    constants: dict[str, NDArray[np.generic]] = {
        "weights": chance.integers(0, 256, (outputs, CHANNELS, taps)).astype(np.uint8),
        "weight zero": np.array(117, np.uint8),
        "weight scale": np.array(0.01, np.float32),
        "bias": chance.standard_normal(outputs).astype(np.float32),
        "as channels": np.array([1, -1, 1], np.int64),
    }
    nodes = [
        helper.make_node("DynamicQuantizeLinear", ["x"], ["quantized", "scale", "zero"]),
        helper.make_node("Mul", ["scale", "weight scale"], ["scales"]),
        helper.make_node("Div", ["bias", "scales"], ["bias in steps"]),
        helper.make_node("Floor", ["bias in steps"], ["whole steps"]),
        helper.make_node("Cast", ["whole steps"], ["steps"], to=TensorProto.INT32),
        helper.make_node("Reshape", ["steps", "as channels"], ["integer bias"]),
        helper.make_node(
            "ConvInteger",
            ["quantized", "weights", "zero", "weight zero"],
            ["integers"],
            kernel_shape=[taps],
            dilations=[step],
            strides=[1],
            pads=[padding, padding],
            group=1,
        ),
        helper.make_node("Add", ["integers", "integer bias"], ["biased"]),
        helper.make_node("Cast", ["biased"], ["numbers"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["numbers", "scales"], ["y"]),
    ]
    return nodes, constants


def norm() -> tuple[list[NodeProto], dict[str, NDArray[np.generic]]]:
    """Make a normalisation over time with gain and offset, step by step."""
    nodes = [
        helper.make_node("ReduceMean", ["x", "axis"], ["mean"]),
        helper.make_node("Sub", ["x", "mean"], ["centred"]),
        helper.make_node("Mul", ["centred", "centred"], ["squares"]),
        helper.make_node("ReduceMean", ["squares", "axis"], ["variance"]),
        helper.make_node("Add", ["variance", "least"], ["positive"]),
        helper.make_node("Sqrt", ["positive"], ["deviation"]),
        helper.make_node("Div", ["centred", "deviation"], ["normal"]),
        helper.make_node("Mul", ["gain", "normal"], ["scaled"]),
        helper.make_node("Add", ["scaled", "offset"], ["y"]),
    ]
    shape = (1, CHANNELS, 1)
    return nodes, {
        "axis": np.array([2], np.int64),
        "least": np.array(1e-5, np.float32),
        "gain": np.linspace(0.5, 2, CHANNELS, dtype=np.float32).reshape(shape),
        "offset": np.linspace(-1, 1, CHANNELS, dtype=np.float32).reshape(shape),
    }


def model(made: tuple[list[NodeProto], dict[str, NDArray[np.generic]]]) -> onnx.ModelProto:
    nodes, constants = made
    graph = helper.make_graph(
        nodes,
        "one",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, CHANNELS, None])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)


def output(of: onnx.ModelProto, x: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
    session = onnxruntime.InferenceSession(of.SerializeToString(), providers=["CPUExecutionProvider"])
    if x is None:
        x = np.random.default_rng(1).standard_normal((1, CHANNELS, LENGTH)).astype(np.float32)
    (y,) = session.run(["y"], {"x": x})
    return np.asarray(y)


@pytest.mark.parametrize(("taps", "step"), [(1, 1), (3, 1), (7, 3), (11, 5)])
@pytest.mark.parametrize("is_signed", [True, False])
def test_a_convolution_becomes_a_product_with_the_same_result(taps: int, step: int, *, is_signed: bool) -> None:
    made = model(convolution(taps, step, FEWEST_OUTPUTS))
    before = output(made)
    assert GraphRewriter(made, is_signed=is_signed).rewrite() == (1, 0, 0)
    weights = next(each for each in made.graph.initializer if each.name == "y/weights")
    assert weights.data_type == (TensorProto.INT8 if is_signed else TensorProto.UINT8)
    assert {"ConvInteger", "Floor"}.isdisjoint(node.op_type for node in made.graph.node)
    # The export rounds the bias to whole steps, of about 0.0002 here.
    assert np.allclose(output(made), before, atol=0.001)
    assert np.ptp(before) > 1


@pytest.mark.parametrize("length", [1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 90])
@pytest.mark.parametrize("channels", [CHANNELS, CHANNELS - 1], ids=["in blocks", "as a whole"])
def test_a_product_in_blocks_is_that_of_the_whole(channels: int, length: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last block is filled with steps that nobody hears."""
    monkeypatch.setattr(kokoro_graph, "BLOCKS_TO", channels)
    made = model(convolution(7, 3, FEWEST_OUTPUTS))
    x = np.random.default_rng(2).standard_normal((1, CHANNELS, length)).astype(np.float32)
    before = output(made, x)
    GraphRewriter(made, is_signed=True).rewrite()
    after = output(made, x)
    assert ("Scan" in {node.op_type for node in made.graph.node}) == (channels == CHANNELS)
    assert after.shape == before.shape == (1, FEWEST_OUTPUTS, length)
    assert np.allclose(after, before, atol=0.001)


@pytest.mark.parametrize(
    ("flags", "has_it"), [("fma avx2 avx512f", False), ("avx512f avx512_vnni", True), ("avx2 avx_vnni", True)]
)
def test_weights_are_signed_for_processors_that_add_their_products_whole(
    flags: str, *, has_it: bool, tmp_path: Path
) -> None:
    (tmp_path / "cpuinfo").write_text(f"processor : 0\nflags : {flags}\n", encoding="utf-8")
    assert kokoro.has_vnni(tmp_path / "cpuinfo") == has_it


def test_a_convolution_to_few_channels_is_left_as_it_is() -> None:
    made = model(convolution(3, 1, FEWEST_OUTPUTS - 1))
    before = made.SerializeToString()
    assert GraphRewriter(made, is_signed=True).rewrite() == (0, 0, 0)
    assert made.SerializeToString() == before


def test_a_normalisation_becomes_one_node_with_the_same_result() -> None:
    made = model(norm())
    before = output(made)
    assert GraphRewriter(made, is_signed=True).rewrite() == (0, 1, 0)
    assert [node.op_type for node in made.graph.node] == ["Reshape", "Reshape", "InstanceNormalization"]
    assert np.allclose(output(made), before, atol=1e-4)


def angle() -> tuple[list[NodeProto], dict[str, NDArray[np.generic]]]:
    """Make the angle of complex numbers as the export has it; x's first two channels are real and imaginary parts."""
    nodes = [
        helper.make_node("Gather", ["x", "first"], ["real"], axis=1),
        helper.make_node("Gather", ["x", "second"], ["imaginary"], axis=1),
        helper.make_node("Div", ["imaginary", "real"], ["slope"]),
        helper.make_node("Atan", ["slope"], ["tangent"]),
        helper.make_node("Add", ["tangent", "half a turn"], ["turned"]),
        helper.make_node("Sub", ["tangent", "half a turn"], ["turned back"]),
        helper.make_node("Greater", ["imaginary", "nothing"], ["is above"]),
        helper.make_node("Where", ["is above", "turned", "turned back"], ["left"]),
        helper.make_node("Less", ["real", "nothing"], ["is left"]),
        helper.make_node("Where", ["is left", "left", "tangent"], ["y"]),
    ]
    return nodes, {
        "first": np.array(0, np.int64),
        "second": np.array(1, np.int64),
        "half a turn": np.array(np.pi, np.float32),
        "nothing": np.array(0, np.float32),
    }


def test_a_negative_number_has_the_angle_of_half_a_turn_forward() -> None:
    x = np.zeros((1, CHANNELS, 5), np.float32)
    x[0, :2] = [[-1, -1, -1, 1, 1], [0, -1e-8, -1, -1, 1]]
    made = model(angle())
    assert GraphRewriter(made, is_signed=True).rewrite() == (0, 0, 1)
    assert np.allclose(output(made, x), np.pi * np.array([1, 1, -0.75, -0.25, 0.25]), atol=1e-4)
