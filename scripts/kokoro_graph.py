"""Rewrite Kokoro's sound graph so that it takes less time and memory, and mend its angles.

The export holds each convolution as ConvInteger with unsigned weights, for which onnxruntime has no fast kernel, and
each instance normalisation as seven steps over the whole sound. They become a product of matrices and one
InstanceNormalization. Processors with VNNI have instructions for signed weights; on others such products would
saturate, and onnxruntime does not look for them in a graph within a graph: there the weights stay unsigned.

A product is made block by block: the input of a block, laid beside itself once a tap, stays in the processor's cache,
where that of the whole sound is 32 MB, written to memory and read again.

It also gives a negative number without an imaginary part the angle −π. The model was trained with +π, which is right:
of each frame of the excitation two of eleven values, and all where there is no voice, were a whole turn off.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

FEWEST_OUTPUTS = 16
"""A convolution to fewer channels is no work."""
BLOCK = 256
"""Steps in time of a block: 128 to 1,024 take the same time."""
BLOCKS_TO = 256
"""Channels up to which a convolution's input is cut into blocks: with more there are few steps."""
_TO_THE_END = 2**62
_SIGNED = 128
_ROUNDING = 1e-6
"""Size that only rounding gives to an imaginary part."""
_CONTRIB = "com.microsoft"


class GraphRewriter:
    """A model, its graph by tensors, and the nodes that replace others of it. ``is_signed``: for VNNI."""

    def __init__(self, model: onnx.ModelProto, *, is_signed: bool) -> None:
        self._graph = model.graph
        self._model = model
        self._constants = {each.name: each for each in self._graph.initializer}
        self._maker = {output: node for node in self._graph.node for output in node.output}
        self._users: defaultdict[str, list[NodeProto]] = defaultdict(list)
        for node in self._graph.node:
            for name in node.input:
                self._users[name].append(node)
        self._instead: dict[str, list[NodeProto]] = {}
        self._weights, self._zero = (np.int8, _SIGNED) if is_signed else (np.uint8, 0)

    def rewrite(self) -> tuple[int, int, int]:
        """Replace what can be; return the numbers of convolutions, normalisations and angles."""
        nodes = list(self._graph.node)
        convolutions = sum(self._has_replaced(node) for node in nodes if node.op_type == "ConvInteger")
        norms = sum(self._is_now_one(node) for node in nodes if node.op_type == "Div")
        angles = sum(self._is_right_now(node) for node in nodes if node.op_type == "Where")
        kept = _needed([*self._replaced()], [each.name for each in self._graph.output])
        used = {name for node in kept for name in _read_by(node)}
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
        matrix = (weights.astype(np.int16) - self._zero).astype(self._weights)
        zero_point = self._weights(int(self._value(convolution.input[3])) - self._zero)
        factors = [
            self._constant(f"{name}/weights", matrix.transpose(2, 1, 0).reshape(taps * inputs, outputs)),
            scale,
            weight_scale,
            zero,
            self._constant(f"{name}/zero", zero_point),
            *([bias] if bias else []),
        ]
        by_time = helper.make_node("Transpose", [quantized], [f"{name}/time"], perm=[0, 2, 1])
        if taps == 1:
            products = _product(f"{name}/time", factors, name)
        elif inputs > BLOCKS_TO:
            products = self._whole(name, zero, factors, taps=taps, step=step, padding=before)
        else:
            products = self._in_blocks(name, zero, factors, taps=taps, step=step, padding=before, outputs=outputs)
        self._instead[name] = [by_time, *products]
        return True

    def _whole(
        self, name: str, zero: str, factors: Sequence[str], *, taps: int, step: int, padding: int
    ) -> Iterator[NodeProto]:
        """Yield the product over the whole input."""
        pads = self._numbers(0, padding, 0, 0, padding, 0)
        yield helper.make_node("Pad", [f"{name}/time", pads, zero], [f"{name}/padded"])
        ends = [-(taps - 1 - tap) * step or _TO_THE_END for tap in range(taps)]
        yield from self._side_by_side(f"{name}/padded", f"{name}/taps", step, ends)
        yield from _product(f"{name}/taps", factors, name)

    def _in_blocks(
        self, name: str, zero: str, factors: Sequence[str], *, taps: int, step: int, padding: int, outputs: int
    ) -> Iterator[NodeProto]:
        """Yield the product over blocks of the input, which a Scan goes through by their starts."""
        none, block, axis = self._numbers(0), self._numbers(BLOCK), self._numbers(1)
        steps, missing, starts, padded = (f"{name}/{each}" for each in ("steps", "missing", "starts", "padded"))
        yield helper.make_node("Shape", [f"{name}/time"], [steps], start=1, end=2)
        # (-steps) mod BLOCK: as many steps fill the last block.
        yield helper.make_node("Neg", [steps], [f"{name}/less"])
        yield helper.make_node("Mod", [f"{name}/less", block], [missing])
        yield helper.make_node("Add", [missing, self._numbers(padding)], [f"{name}/after"])
        yield helper.make_node(
            "Concat", [self._numbers(0, padding, 0, 0), f"{name}/after", none], [f"{name}/pads"], axis=0
        )
        yield helper.make_node("Pad", [f"{name}/time", f"{name}/pads", zero], [padded])
        yield helper.make_node("Squeeze", [steps, none], [f"{name}/end"])
        first, stride = (self._constant(f"number/{each}", np.int64(each)) for each in (0, BLOCK))
        yield helper.make_node("Range", [first, f"{name}/end", stride], [starts])
        within = f"{name}/block"
        body = [
            helper.make_node("Reshape", [f"{within}/start", self._numbers(-1)], [f"{within}/from"]),
            helper.make_node("Add", [f"{within}/from", self._numbers(BLOCK + (taps - 1) * step)], [f"{within}/to"]),
            helper.make_node("Slice", [padded, f"{within}/from", f"{within}/to", axis], [within]),
            *self._side_by_side(within, f"{within}/taps", step, [BLOCK + tap * step for tap in range(taps)]),
            *_product(f"{within}/taps", factors, f"{within}/out"),
        ]
        scanned = helper.make_graph(
            body,
            f"{name}/blocks",
            [helper.make_tensor_value_info(f"{within}/start", TensorProto.INT64, [])],
            [helper.make_tensor_value_info(f"{within}/out", TensorProto.FLOAT, [1, outputs, BLOCK])],
        )
        yield helper.make_node(
            "Scan", [starts], [f"{name}/stack"], body=scanned, num_scan_inputs=1, scan_output_axes=[2]
        )
        yield helper.make_node("Reshape", [f"{name}/stack", self._numbers(1, outputs, -1)], [f"{name}/filled"])
        yield helper.make_node("Slice", [f"{name}/filled", none, steps, self._numbers(2)], [name])

    def _side_by_side(self, of: str, into: str, step: int, ends: Sequence[int]) -> Iterator[NodeProto]:
        """Yield nodes that lay a tensor, time first, beside itself once a tap, each a step further."""
        for tap, end in enumerate(ends):
            bounds = (self._numbers(tap * step), self._numbers(end), self._numbers(1))
            yield helper.make_node("Slice", [of, *bounds], [f"{of}/tap {tap}"])
        yield helper.make_node("Concat", [f"{of}/tap {tap}" for tap in range(len(ends))], [into], axis=2)

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

    def _numbers(self, *values: int) -> str:
        return self._constant(f"numbers/{values}", np.array(values, np.int64))

    def _constant(self, name: str, value: NDArray[np.generic] | np.generic) -> str:
        self._constants.setdefault(name, numpy_helper.from_array(np.asarray(value), name))
        return name


def _product(of: str, factors: Sequence[str], into: str) -> Iterator[NodeProto]:
    """Yield the product of a tensor, time first, with the weights, and its turn back to channels first."""
    yield helper.make_node("MatMulIntegerToFloat", [of, *factors], [f"{of}/product"], domain=_CONTRIB)
    yield helper.make_node("Transpose", [f"{of}/product"], [into], perm=[0, 2, 1])


def _needed(nodes: Iterable[NodeProto], outputs: Iterable[str]) -> list[NodeProto]:
    """Return the nodes that the outputs come from, in order."""
    wanted, kept = set(outputs), list[NodeProto]()
    for node in reversed(list(nodes)):
        if wanted.intersection(node.output):
            wanted.update(_read_by(node))
            kept.append(node)
    return kept[::-1]


def _read_by(node: NodeProto) -> Iterator[str]:
    """Yield the names of what a node reads, its own graphs included."""
    yield from node.input
    for attribute in node.attribute:
        for inner in attribute.g.node:
            yield from _read_by(inner)
