# SPDX-License-Identifier: Apache-2.0
"""An ONNX model as a PyTorch module: runs its graph on any batch, trains its weights, writes them back into the same graph."""
import copy
from pathlib import Path

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import numpy_helper
from torch import Tensor, nn

WEIGHTED = ("Conv", "Gemm", "MatMul")


class OnnxModule(nn.Module):
    """Weights and biases of Conv, Gemm and MatMul and the values of BatchNormalization are trained; all other constants stay.

    The first dimension of every activation is the batch. An operator that is not in OPERATORS raises NotImplementedError.
    """

    def __init__(self, path: str | Path):
        super().__init__()
        self.proto = onnx.shape_inference.infer_shapes(onnx.load(str(path)))
        graph = self.proto.graph
        self.constants = {t.name: torch.from_numpy(np.array(numpy_helper.to_array(t))) for t in graph.initializer}
        self.nodes = []
        for node in graph.node:
            if node.op_type == "Constant":
                self.constants[node.output[0]] = torch.from_numpy(np.array(numpy_helper.to_array(node.attribute[0].t)))
                continue
            if node.op_type not in OPERATORS:
                raise NotImplementedError(f"node {node.name or node.output[0]!r}: operator {node.op_type} is not known here")
            self.nodes.append((node, {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}))
        self.opset = next(o.version for o in self.proto.opset_import if o.domain in ("", "ai.onnx"))
        given = [i.name for i in graph.input if i.name not in self.constants]
        self.input, self.output = given[0], graph.output[0].name
        self.trained = nn.ParameterDict()
        self.statistics: dict[str, Tensor] = {}
        self._keys: dict[str, str] = {}
        for node, _ in self.nodes:
            if node.op_type in WEIGHTED or node.op_type == "BatchNormalization":
                for i, name in enumerate(node.input):
                    value = self.constants.get(name)
                    if value is None or value.dtype != torch.float32:
                        continue
                    if node.op_type == "BatchNormalization" and i >= 3:
                        self.statistics[name] = value
                    elif name not in self._keys:
                        self._keys[name] = f"p{len(self._keys)}"
                        self.trained[self._keys[name]] = nn.Parameter(value.clone())
        self.momentum = 0.1
        self.norms: dict[str, Norm] = {}

    def parameter(self, name: str) -> nn.Parameter:
        """The trained tensor of an initializer's name."""
        return self.trained[self._keys[name]]

    def weight_names(self) -> list[str]:
        """Initializers that are weights (not biases) of Conv, Gemm and MatMul, in the order of the graph."""
        return [node.input[1] for node, _ in self.nodes if node.op_type in WEIGHTED and node.input[1] in self._keys]

    def joins(self) -> list[str]:
        """Outputs of residual sums, after their Relu where one follows: what feature distillation compares."""
        readers: dict[str, list] = {}
        for node, _ in self.nodes:
            for name in node.input:
                readers.setdefault(name, []).append(node)
        names = []
        for node, _ in self.nodes:
            if node.op_type == "Add" and all(name not in self.constants for name in node.input):
                after = readers.get(node.output[0], [])
                names.append(after[0].output[0] if len(after) == 1 and after[0].op_type in ("Relu", "Clip") else node.output[0])
        return names

    def value(self, name: str, values: dict[str, Tensor]) -> Tensor | None:
        if name == "":
            return None
        if name in values:
            return values[name]
        if name in self._keys:
            return self.parameter(name)
        return self.statistics[name] if name in self.statistics else self.constants[name]

    def run(self, x: Tensor) -> dict[str, Tensor]:
        """Every activation by its name."""
        values = {self.input: x}
        for node, attributes in self.nodes:
            inputs = [self.value(name, values) for name in node.input]
            output = OPERATORS[node.op_type](self, inputs, attributes)
            norm = self.norms.get(node.output[0])
            values[node.output[0]] = output if norm is None else norm(output, self.training)
        return values

    def insert_norms(self, dense: "OnnxModule", x: Tensor) -> None:
        """A batch norm behind every convolution that has none, for the time of training.

        It begins with the mean and variance that `dense`, the same graph unpruned, has there on the images `x`.
        """
        normed = {node.input[0] for node, _ in self.nodes if node.op_type == "BatchNormalization"}
        with torch.no_grad():
            wanted, found = dense.run(x), self.run(x)
        for (node, _), (its, _) in zip(self.nodes, dense.nodes, strict=True):
            name = node.output[0]
            if node.op_type == "Conv" and name not in normed and all(i in self._keys for i in node.input[1:3]) and len(node.input) == 3:
                self.parameter(node.input[2]).requires_grad_(False)
                self.norms[name] = Norm(len(self.norms), wanted[its.output[0]], found[name])
                self.trained.update(self.norms[name].trained)

    def fold_norms(self) -> None:
        """Takes the inserted batch norms into the weights and biases before them."""
        for node, _ in self.nodes:
            norm = self.norms.pop(node.output[0], None)
            if norm is None:
                continue
            with torch.no_grad():
                scale, offset = norm.affine()
                weight, bias = self.parameter(node.input[1]), self.parameter(node.input[2])
                weight.mul_(scale.view(-1, *[1] * (weight.dim() - 1)))
                bias.mul_(scale).add_(offset)
            for key in norm.trained:
                del self.trained[key]

    def forward(self, x: Tensor) -> Tensor:
        return self.run(x)[self.output]

    def logits(self, values: dict[str, Tensor]) -> Tensor:
        """What goes into the softmax at the end, or the output of a model that has none."""
        last, _ = self.nodes[-1]
        return values[last.input[0] if last.op_type == "Softmax" else self.output]

    def save(self, path: str | Path) -> None:
        """The graph as it was, with the weights as they are now."""
        proto = copy.deepcopy(self.proto)
        for tensor in proto.graph.initializer:
            if tensor.name in self._keys or tensor.name in self.statistics:
                value = self.value(tensor.name, {}).detach().numpy()
                tensor.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(value, np.float32), tensor.name))
        del proto.graph.value_info[:]
        onnx.checker.check_model(proto)
        onnx.save(proto, str(path))


class Norm:
    """A batch norm that is not in the graph."""

    def __init__(self, number: int, wanted: Tensor, found: Tensor):
        over = [0, *range(2, wanted.dim())]
        self.trained = {f"n{number}s": nn.Parameter(wanted.std(over) + 1e-6), f"n{number}o": nn.Parameter(wanted.mean(over))}
        self.mean, self.variance = found.mean(over), found.var(over)
        self.epsilon = 1e-3 * float(self.variance.mean())

    def __call__(self, x: Tensor, training: bool) -> Tensor:
        scale, offset = self.trained.values()
        return F.batch_norm(x, self.mean, self.variance, scale, offset, training, 0.1, self.epsilon)

    def affine(self) -> tuple[Tensor, Tensor]:
        """What it multiplies with and adds when it is not trained any more."""
        scale, offset = self.trained.values()
        factor = scale / (self.variance + self.epsilon).sqrt()
        return factor, offset - factor * self.mean


def _pads(attributes: dict, x: Tensor, kernel: list[int], strides: list[int], dilations: list[int]) -> list[int]:
    """top, left, bottom, right"""
    auto = attributes.get("auto_pad", b"NOTSET")
    if auto in (b"SAME_UPPER", b"SAME_LOWER"):
        total = [max(0, (-(-size // s) - 1) * s + (k - 1) * d + 1 - size) for size, k, s, d in zip(x.shape[2:], kernel, strides, dilations)]
        small, large = [t // 2 for t in total], [t - t // 2 for t in total]
        return small + large if auto == b"SAME_UPPER" else large + small
    return attributes.get("pads", [0] * (2 * len(kernel))) if auto == b"NOTSET" else [0] * (2 * len(kernel))


def _pad(x: Tensor, pads: list[int], value: float = 0.0) -> Tensor:
    if not any(pads):
        return x
    half = len(pads) // 2
    return F.pad(x, [p for d in reversed(range(half)) for p in (pads[d], pads[d + half])], value=value)


def _conv(_, inputs, attributes):
    x, weight, *rest = inputs
    kernel = list(weight.shape[2:])
    strides, dilations = attributes.get("strides", [1] * len(kernel)), attributes.get("dilations", [1] * len(kernel))
    pads = _pads(attributes, x, kernel, strides, dilations)
    half = len(kernel)
    inside = pads[:half] if pads[:half] == pads[half:] else [0] * half
    x = x if pads[:half] == pads[half:] else _pad(x, pads)
    call = F.conv2d if half == 2 else F.conv1d
    return call(x, weight, rest[0] if rest else None, strides, inside, dilations, attributes.get("group", 1))


def _batch_norm(module: OnnxModule, inputs, attributes):
    x, scale, offset, mean, variance = inputs
    return F.batch_norm(x, mean, variance, scale, offset, module.training, module.momentum, attributes.get("epsilon", 1e-5))


def _gemm(_, inputs, attributes):
    a, b, *rest = inputs
    a = a.T if attributes.get("transA", 0) else a
    b = b.T if attributes.get("transB", 0) else b
    product = attributes.get("alpha", 1.0) * (a @ b)
    return product + attributes.get("beta", 1.0) * rest[0] if rest else product


def _clip(_, inputs, attributes):
    low = inputs[1] if len(inputs) > 1 else attributes.get("min")
    high = inputs[2] if len(inputs) > 2 else attributes.get("max")
    return torch.clamp(inputs[0], None if low is None else float(low), None if high is None else float(high))


def _pool(kind: str):
    def pool(_, inputs, attributes):
        (x,) = inputs
        kernel = attributes["kernel_shape"]
        strides = attributes.get("strides", [1] * len(kernel))
        pads = _pads(attributes, x, kernel, strides, [1] * len(kernel))
        if attributes.get("ceil_mode", 0) or attributes.get("dilations", [1, 1]) != [1, 1]:
            raise NotImplementedError("pooling with ceil_mode or dilations")
        if kind == "max":
            return F.max_pool2d(_pad(x, pads, -float("inf")), kernel, strides)
        if not any(pads):
            return F.avg_pool2d(x, kernel, strides)
        sums = F.avg_pool2d(_pad(x, pads), kernel, strides)
        if attributes.get("count_include_pad", 0):
            return sums
        return sums / F.avg_pool2d(_pad(torch.ones_like(x[:1, :1]), pads), kernel, strides)
    return pool


def _reshape(_, inputs, attributes):
    x, target = inputs[0], [int(v) for v in inputs[1]]
    shape = [x.shape[i] if v == 0 else v for i, v in enumerate(target)]
    # A model that was written for one image says 1 where the batch is.
    return x.reshape([x.shape[0], *shape[1:]] if shape[0] == 1 else shape)


def _flatten(_, inputs, attributes):
    if attributes.get("axis", 1) != 1:
        raise NotImplementedError("Flatten along another axis than 1")
    return inputs[0].flatten(1)


def _slice(_, inputs, attributes):
    x, starts, ends, *rest = inputs
    axes = rest[0].tolist() if rest and rest[0] is not None else range(len(starts))
    steps = rest[1].tolist() if len(rest) > 1 else [1] * len(starts)
    index = [slice(None)] * x.dim()
    for axis, start, end, step in zip(axes, starts.tolist(), ends.tolist(), steps):
        index[axis] = slice(start, min(end, x.shape[axis]), step)
    return x[tuple(index)]


def _padding(_, inputs, attributes):
    value = float(inputs[2]) if len(inputs) > 2 and inputs[2] is not None else 0.0
    if attributes.get("mode", b"constant") != b"constant":
        raise NotImplementedError("Pad that is not constant")
    return _pad(inputs[0], inputs[1].tolist(), value)


def _softmax(module, inputs, attributes):
    return F.softmax(inputs[0], attributes.get("axis", -1 if module.opset >= 13 else 1))


def _resize(_, inputs, attributes):
    x, scales, sizes = inputs[0], inputs[2] if len(inputs) > 2 else None, inputs[3] if len(inputs) > 3 else None
    if attributes.get("mode", b"nearest") != b"nearest":
        raise NotImplementedError("Resize that is not nearest")
    if sizes is not None and sizes.numel() > 0:
        size = [int(v) for v in sizes[2:]]
    else:
        size = [int(n * float(s)) for n, s in zip(x.shape[2:], scales[2:])]
    if any(to % of for to, of in zip(size, x.shape[2:])):
        raise NotImplementedError("Resize by a factor that is no integer")
    return F.interpolate(x, size=size, mode="nearest")


OPERATORS = {
    "Conv": _conv,
    "BatchNormalization": _batch_norm,
    "Gemm": _gemm,
    "MatMul": lambda _, i, a: i[0] @ i[1],
    "Add": lambda _, i, a: i[0] + i[1],
    "Mul": lambda _, i, a: i[0] * i[1],
    "Relu": lambda _, i, a: F.relu(i[0]),
    "LeakyRelu": lambda _, i, a: F.leaky_relu(i[0], a.get("alpha", 0.01)),
    "Sigmoid": lambda _, i, a: torch.sigmoid(i[0]),
    "HardSigmoid": lambda _, i, a: torch.clamp(i[0] * a.get("alpha", 0.2) + a.get("beta", 0.5), 0, 1),
    "Clip": _clip,
    "MaxPool": _pool("max"),
    "AveragePool": _pool("average"),
    "GlobalAveragePool": lambda _, i, a: i[0].mean(tuple(range(2, i[0].dim())), keepdim=True),
    "Flatten": _flatten,
    "Reshape": _reshape,
    "Transpose": lambda _, i, a: i[0].permute(a["perm"]),
    "Concat": lambda _, i, a: torch.cat(i, a["axis"]),
    "Slice": _slice,
    "Pad": _padding,
    "Resize": _resize,
    "Softmax": _softmax,
    "Identity": lambda _, i, a: i[0],
    "Dropout": lambda _, i, a: i[0],
}
