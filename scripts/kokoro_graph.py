"""Rewrite Kokoro's sound graph so that it takes less time and memory, and mend its angles.

The export holds each convolution as ConvInteger with unsigned weights, for which onnxruntime has no fast kernel, and
each instance normalisation as seven steps over the whole sound. They become a product of matrices with signed weights,
for which processors with VNNI have instructions, and one InstanceNormalization.

It also gives a negative number without an imaginary part the angle −π. The model was trained with +π, which is right:
of each frame of the excitation two of eleven values, and all where there is no voice, were a whole turn off.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, helper, numpy_helper

FEWEST_OUTPUTS = 16
"""A convolution to fewer channels is no work."""
_TO_THE_END = 2**62
_SIGNED = 128
_ROUNDING = 1e-6
"""Size that only rounding gives to an imaginary part."""
_CONTRIB = "com.microsoft"


class GraphRewriter:
    """A model, its graph by tensors, and the nodes that replace others of it."""

    def __init__(self, model: onnx.ModelProto) -> None:
        self._graph = model.graph
        self._model = model
        self._constants = {each.name: each for each in self._graph.initializer}
        self._maker = {output: node for node in self._graph.node for output in node.output}
        self._users: defaultdict[str, list[NodeProto]] = defaultdict(list)
        for node in self._graph.node:
            for name in node.input:
                self._users[name].append(node)
        self._instead: dict[str, list[NodeProto]] = {}

    def rewrite(self) -> tuple[int, int, int]:
        """Replace what can be; return the numbers of convolutions, normalisations and angles."""
        nodes = list(self._graph.node)
        convolutions = sum(self._has_replaced(node) for node in nodes if node.op_type == "ConvInteger")
        norms = sum(self._is_now_one(node) for node in nodes if node.op_type == "Div")
        angles = sum(self._is_right_now(node) for node in nodes if node.op_type == "Where")
        kept = _needed([*self._replaced()], [each.name for each in self._graph.output])
        used = {name for node in kept for name in node.input}
        constants = [each for each in self._constants.values() if each.name in used]
        del self._graph.node[:], self._graph.initializer[:]
        self._graph.node.extend(kept)
        self._graph.initializer.extend(constants)
        if convolutions and _CONTRIB not in {each.domain for each in self._model.opset_import}:
            self._model.opset_import.append(helper.make_opsetid(_CONTRIB, 1))
        return convolutions, norms, angles

    def _replaced(self) -> Iterator[NodeProto]:
        for node in self._graph.node:
            yield from self._instead.get(node.output[0], [node])

    def _has_replaced(self, convolution: NodeProto) -> bool:
        """Replace a convolution of stride 1, with its scales and bias, by a product over the shifted input."""
        facts = {each.name: helper.get_attribute_value(each) for each in convolution.attribute}
        weights = self._value(convolution.input[1])
        (before, after), (step,) = facts["pads"], facts["dilations"]
        if facts["strides"] != [1] or facts["group"] != 1 or before != after or len(weights) < FEWEST_OUTPUTS:
            return False
        integers, bias = convolution.output[0], ""
        added = self._users[integers][0]
        if added.op_type == "Add":
            bias, integers = self._bias_of(added, integers), added.output[0]
        cast = self._users[integers][0]
        scaled = self._users[cast.output[0]][0]
        scales = self._maker[next(name for name in scaled.input if name != cast.output[0])]
        weight_scale = next(name for name in scales.input if name in self._constants)
        quantized, scale, zero = self._maker[convolution.input[0]].output
        outputs, inputs, taps = weights.shape
        name = scaled.output[0]
        matrix = (weights.astype(np.int16) - _SIGNED).astype(np.int8).transpose(2, 1, 0).reshape(taps * inputs, outputs)
        zero_point = np.int8(int(self._value(convolution.input[3])) - _SIGNED)
        shifted = list(self._shifted(quantized, zero, name, taps=taps, step=step, padding=before))
        product = [
            shifted[-1].output[0],
            self._constant(f"{name}/weights", matrix),
            scale,
            weight_scale,
            zero,
            self._constant(f"{name}/zero", zero_point),
            *([bias] if bias else []),
        ]
        self._instead[name] = [
            *shifted,
            helper.make_node("MatMulIntegerToFloat", product, [f"{name}/product"], domain=_CONTRIB),
            helper.make_node("Transpose", [f"{name}/product"], [name], perm=[0, 2, 1]),
        ]
        return True

    def _shifted(
        self, quantized: str, zero: str, name: str, *, taps: int, step: int, padding: int
    ) -> Iterator[NodeProto]:
        """Yield nodes that lay the input, time first, beside itself as often as the convolution has taps."""
        yield helper.make_node("Transpose", [quantized], [f"{name}/time"], perm=[0, 2, 1])
        if taps == 1:
            return
        pads = self._constant(f"pads/{padding}", np.array([0, padding, 0, 0, padding, 0], np.int64))
        axis = self._constant("time axis", np.array([1], np.int64))
        yield helper.make_node("Pad", [f"{name}/time", pads, zero], [f"{name}/padded"])
        for tap in range(taps):
            left = (taps - 1 - tap) * step
            start = self._constant(f"from/{tap * step}", np.array([tap * step], np.int64))
            end = self._constant(f"to/{left}", np.array([-left or _TO_THE_END], np.int64))
            yield helper.make_node("Slice", [f"{name}/padded", start, end, axis], [f"{name}/tap {tap}"])
        yield helper.make_node("Concat", [f"{name}/tap {tap}" for tap in range(taps)], [f"{name}/taps"], axis=2)

    def _bias_of(self, added: NodeProto, integers: str) -> str:
        """Find the bias as numbers, which the export rounds to integers of the scale: Div, Floor, Cast, Reshape."""
        node = self._maker[next(name for name in added.input if name != integers)]
        while node.op_type != "Div":
            node = self._maker[node.input[0]]
        return str(node.input[0])

    def _is_now_one(self, divided: NodeProto) -> bool:
        """Replace a normalisation over time, with its gain and offset, by one node."""
        centred, root = (self._maker.get(name) for name in divided.input)
        if centred is None or root is None or (centred.op_type, root.op_type) != ("Sub", "Sqrt"):
            return False
        mean, users = self._maker.get(centred.input[1]), self._users[divided.output[0]]
        if mean is None or mean.op_type != "ReduceMean" or mean.input[0] != centred.input[0] or len(users) != 1:
            return False
        scaled = users[0]
        (moved,) = self._users[scaled.output[0]]
        if (scaled.op_type, moved.op_type) != ("Mul", "Add"):
            return False
        name = moved.output[0]
        gain = next(each for each in scaled.input if each != divided.output[0])
        offset = next(each for each in moved.input if each != scaled.output[0])
        least = next(each for each in self._maker[root.input[0]].input if each in self._constants)
        flat = self._constant("flat", np.array([-1], np.int64))
        self._instead[name] = [
            helper.make_node("Reshape", [gain, flat], [f"{name}/gain"]),
            helper.make_node("Reshape", [offset, flat], [f"{name}/offset"]),
            helper.make_node(
                "InstanceNormalization",
                [centred.input[0], f"{name}/gain", f"{name}/offset"],
                [name],
                epsilon=float(self._value(least)),
            ),
        ]
        return True

    def _is_right_now(self, chosen: NodeProto) -> bool:
        """Mend the choice between an arc tangent plus π and the same minus π."""
        above, plus, minus = (self._maker.get(name) for name in chosen.input)
        if above is None or plus is None or minus is None:
            return False
        if (above.op_type, plus.op_type, minus.op_type) != ("Greater", "Add", "Sub") or plus.input[0] != minus.input[0]:
            return False
        name = above.output[0]
        least = self._constant("rounding", np.array(-_ROUNDING, np.float32))
        self._instead[name] = [helper.make_node("Greater", [above.input[0], least], [name])]
        return True

    def _value(self, name: str) -> NDArray[np.generic]:
        return numpy_helper.to_array(self._constants[name])

    def _constant(self, name: str, value: NDArray[np.generic] | np.generic) -> str:
        self._constants.setdefault(name, numpy_helper.from_array(np.asarray(value), name))
        return name


def _needed(nodes: Iterable[NodeProto], outputs: Iterable[str]) -> list[NodeProto]:
    """Return the nodes that the outputs come from, in order."""
    wanted, kept = set(outputs), list[NodeProto]()
    for node in reversed(list(nodes)):
        if wanted.intersection(node.output):
            wanted.update(node.input)
            kept.append(node)
    return kept[::-1]
