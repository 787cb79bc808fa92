"""ONNX graph as differentiable operations of torch: quantised numbers count as the numbers that they stand for.

Only the operations that Kokoro's sound graph and the recogniser have.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
import torch
import torch.nn.functional as functions
from onnx import NodeProto, helper, numpy_helper

Tensor = Any
Attributes = Mapping[str, Any]
_TYPES: Final = {1: torch.float32, 6: torch.int32, 7: torch.int64, 9: torch.bool}


class DifferentiableGraph:
    """Graph that runs on torch's tensors; what depends on constants alone is computed once."""

    def __init__(self, file: Path) -> None:
        graph = onnx.load(file).graph
        self._constants: dict[str, Tensor] = {each.name: _tensor(each) for each in graph.initializer}
        self._nodes: list[tuple[NodeProto, Attributes]] = []
        with torch.no_grad():
            for node in graph.node:
                facts = _attributes(node)
                if all(not name or name in self._constants for name in node.input):
                    _run(node, facts, self._constants)
                else:
                    self._nodes.append((node, facts))

    def run(self, wanted: Sequence[str], given: Mapping[str, Tensor]) -> list[Tensor]:
        """Return the tensors ``wanted`` by name."""
        tensors = {**self._constants, **given}
        for node, facts in self._nodes:
            _run(node, facts, tensors)
        return [tensors[name] for name in wanted]


def _tensor(constant: onnx.TensorProto) -> Tensor:
    return torch.from_numpy(np.array(numpy_helper.to_array(constant)))


def _attributes(node: NodeProto) -> Attributes:
    return {each.name: helper.get_attribute_value(each) for each in node.attribute}


def _run(node: NodeProto, facts: Attributes, tensors: dict[str, Tensor]) -> None:
    inputs = [tensors[name] if name else None for name in node.input]
    if "bias" in node.output[0] and node.op_type in {"Floor", "Cast"}:
        # The export rounds biases to whole steps of the input, and here a step is 1.
        made: Any = inputs[0]
    elif node.op_type == "Scan":
        made = _scanned(facts, tensors)
    elif node.op_type == "Split":
        made = _split(facts, *inputs, parts=len(node.output))
    else:
        made = _OPERATIONS[node.op_type](facts, *inputs)
    outputs = made if isinstance(made, (tuple, list)) else (made,)
    tensors.update((name, each) for name, each in zip(node.output, outputs, strict=False) if name)


def _scanned(facts: Attributes, tensors: Mapping[str, Tensor]) -> Tensor:
    """Run the graph within for all blocks of the input at once: first it cuts its block out, here each is a row."""
    graph = facts["body"]
    _, until, cut, *rest = graph.node
    size = int(tensors[until.input[1]])
    length = graph.output[0].type.tensor_type.shape.dim[2].dim_value
    blocks = tensors[cut.input[0]][0].unfold(0, size, length).transpose(1, 2)
    within = {**tensors, cut.output[0]: blocks}
    for node in rest:
        _run(node, _attributes(node), within)
    return within[graph.output[0].name].transpose(0, 1)[None]


def _split(facts: Attributes, x: Tensor, sizes: Tensor = None, *, parts: int) -> Any:
    axis = facts.get("axis", 0)
    each = sizes.tolist() if sizes is not None else facts.get("split", [x.shape[axis] // parts] * parts)
    return torch.split(x, each, axis)


def _whole(x: Tensor, zero: Tensor = None) -> Tensor:
    return x.float() if zero is None else x.float() - zero.float()


def _dequantised(facts: Attributes, x: Tensor, scale: Tensor, zero: Tensor = None) -> Tensor:
    if x.dtype.is_floating_point:
        return x
    shape = [1] * x.ndim
    if scale.numel() > 1:
        shape[facts.get("axis", 1)] = -1
        zero = zero if zero is None else zero.reshape(shape)
    return _whole(x, zero) * scale.reshape(shape)


def _product(
    _: Attributes, a: Tensor, b: Tensor, __: Tensor, scale: Tensor, ___: Tensor, zero: Tensor, bias: Tensor = None
) -> Tensor:
    made = a @ (_whole(b, zero) * scale)
    return made if bias is None else made + bias


def _convolution(facts: Attributes, x: Tensor, weights: Tensor, bias: Tensor = None) -> Tensor:
    axes = x.ndim - 2
    pads = facts.get("pads", [0] * 2 * axes)
    x = functions.pad(x, [pads[side * axes + at] for at in reversed(range(axes)) for side in (0, 1)])
    function = (functions.conv1d, functions.conv2d)[axes - 1]
    steps, dilations = (tuple(facts.get(name, [1] * axes)) for name in ("strides", "dilations"))
    return function(x, weights, bias, steps, 0, dilations, facts.get("group", 1))


def _transposed_convolution(facts: Attributes, x: Tensor, weights: Tensor, bias: Tensor = None) -> Tensor:
    pads, more = facts.get("pads", [0, 0]), facts.get("output_padding", [0])
    steps, group = facts.get("strides", [1]), facts.get("group", 1)
    return functions.conv_transpose1d(x, weights, bias, tuple(steps), pads[0], tuple(more), group)


def _padded(facts: Attributes, x: Tensor, pads: Tensor, value: Tensor = None) -> Tensor:
    each = pads.tolist()
    sides = [each[side * x.ndim + at] for at in reversed(range(x.ndim)) for side in (0, 1)]
    if facts.get("mode", b"constant") == b"constant":
        return functions.pad(x, sides, value=0.0 if value is None else float(value))
    return functions.pad(x, sides[:2], mode="reflect")


def _sliced(_: Attributes, x: Tensor, starts: Tensor, ends: Tensor, axes: Tensor, steps: Tensor = None) -> Tensor:
    step = [1] * starts.numel() if steps is None else steps.reshape(-1).tolist()
    for start, end, axis, by in zip(*(each.reshape(-1).tolist() for each in (starts, ends, axes)), step, strict=True):
        x = x[(slice(None),) * (axis % x.ndim) + (slice(start, end, by),)]
    return x


def _gathered(facts: Attributes, x: Tensor, places: Tensor) -> Tensor:
    axis = facts.get("axis", 0)
    if places.ndim == 0:
        return x.select(axis, int(places))
    found = x.index_select(axis, places.reshape(-1).long() % x.shape[axis])
    return found.reshape(*x.shape[:axis], *places.shape, *x.shape[axis + 1 :])


def _reshaped(_: Attributes, x: Tensor, shape: Tensor) -> Tensor:
    return x.reshape([x.shape[at] if size == 0 else size for at, size in enumerate(shape.tolist())])


def _resized(facts: Attributes, x: Tensor, _: Tensor = None, scales: Tensor = None) -> Tensor:
    size = [int(length * float(scale)) for length, scale in zip(x.shape[2:], scales[2:], strict=True)]
    mode = facts.get("mode", b"nearest").decode()
    return functions.interpolate(x, size=size, mode=mode)


def _spectra(_: Attributes, x: Tensor, step: Tensor, window: Tensor, __: Tensor) -> Tensor:
    found = torch.fft.rfft(x.reshape(x.shape[0], -1).unfold(1, window.numel(), int(step)) * window)
    return torch.stack([found.real, found.imag], -1)


def _scattered(_: Attributes, x: Tensor, places: Tensor, values: Tensor) -> Tensor:
    made = x.clone()
    made[tuple(places.reshape(-1, places.shape[-1]).T)] = values.reshape(-1)
    return made


def _unsqueezed(_: Attributes, x: Tensor, axes: Tensor) -> Tensor:
    for axis in sorted(at % (x.ndim + axes.numel()) for at in axes.reshape(-1).tolist()):
        x = x.unsqueeze(axis)
    return x


def _squeezed(_: Attributes, x: Tensor, axes: Tensor) -> Tensor:
    return x.squeeze(tuple(axes.reshape(-1).tolist()))


def _divided(_: Attributes, x: Tensor, y: Tensor) -> Tensor:
    # A silence has no angle: onnxruntime goes on with what is no number, which the quantisation drops.
    return torch.nan_to_num(x / y) if x.dtype.is_floating_point else torch.div(x, y, rounding_mode="trunc")


_OPERATIONS: Final[Mapping[str, Callable[..., Any]]] = {
    "Add": lambda _, x, y: x + y,
    "Sub": lambda _, x, y: x - y,
    "Mul": lambda _, x, y: x * y,
    "Div": _divided,
    "Pow": lambda _, x, y: x**y,
    "Neg": lambda _, x: -x,
    "Mod": lambda _, x, y: torch.remainder(x, y),
    "Sqrt": lambda _, x: torch.sqrt(x),
    "Reciprocal": lambda _, x: 1 / x,
    "Exp": lambda _, x: torch.exp(x),
    "Sin": lambda _, x: torch.sin(x),
    "Cos": lambda _, x: torch.cos(x),
    "Atan": lambda _, x: torch.atan(x),
    "Tanh": lambda _, x: torch.tanh(x),
    "Sigmoid": lambda _, x: torch.sigmoid(x),
    "Floor": lambda _, x: torch.floor(x),
    "Relu": lambda _, x: functions.relu(x),
    "LeakyRelu": lambda facts, x: functions.leaky_relu(x, facts.get("alpha", 0.01)),
    "ThresholdedRelu": lambda facts, x: torch.where(x > facts.get("alpha", 1.0), x, torch.zeros_like(x)),
    "Softmax": lambda facts, x: torch.softmax(x, facts.get("axis", -1)),
    "LogSoftmax": lambda facts, x: torch.log_softmax(x, facts.get("axis", -1)),
    "MatMul": lambda _, x, y: x @ y,
    "MatMulInteger": lambda _, a, b, __=None, zero=None: a @ _whole(b, zero),
    "MatMulIntegerToFloat": _product,
    "DynamicQuantizeLinear": lambda _, x: (x, torch.ones(()), torch.zeros(())),
    "DequantizeLinear": _dequantised,
    "Conv": _convolution,
    "ConvInteger": lambda facts, x, weights, _=None, zero=None: _convolution(facts, x, _whole(weights, zero)),
    "ConvTranspose": _transposed_convolution,
    "InstanceNormalization": lambda facts, x, gain, offset: functions.instance_norm(
        x, weight=gain, bias=offset, eps=facts.get("epsilon", 1e-5)
    ),
    "GlobalAveragePool": lambda _, x: x.mean(dim=tuple(range(2, x.ndim)), keepdim=True),
    "ReduceMean": lambda facts, x, axes=None: x.mean(
        dim=facts["axes"] if axes is None else axes.tolist(), keepdim=bool(facts.get("keepdims", 1))
    ),
    "CumSum": lambda _, x, axis: torch.cumsum(x, int(axis)),
    "Less": lambda _, x, y: x < y,
    "Greater": lambda _, x, y: x > y,
    "Equal": lambda _, x, y: x == y,
    "Where": lambda _, is_so, x, y: torch.where(is_so, x, y),
    "NonZero": lambda _, x: torch.nonzero(x).T,
    "ScatterND": _scattered,
    "Constant": lambda facts: _tensor(facts["value"]),
    "ConstantOfShape": lambda facts, shape: torch.full(
        shape.tolist(), numpy_helper.to_array(facts["value"]).item(), dtype=_TYPES[facts["value"].data_type]
    ),
    "Shape": lambda facts, x: torch.tensor(x.shape)[facts.get("start", 0) : facts.get("end")],
    "Range": lambda _, start, end, step: torch.arange(start.item(), end.item(), step.item(), dtype=start.dtype),
    "Cast": lambda facts, x: x.to(_TYPES[facts["to"]]),
    "Transpose": lambda facts, x: x.permute(facts["perm"]),
    "Reshape": _reshaped,
    "Squeeze": _squeezed,
    "Unsqueeze": _unsqueezed,
    "Concat": lambda facts, *each: torch.cat(each, facts["axis"]),
    "Slice": _sliced,
    "Gather": _gathered,
    "Expand": lambda _, x, shape: x.expand(torch.broadcast_shapes(x.shape, shape.tolist())),
    "Pad": _padded,
    "Resize": _resized,
    "STFT": _spectra,
}
