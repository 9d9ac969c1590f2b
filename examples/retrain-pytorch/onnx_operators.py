# SPDX-License-Identifier: Apache-2.0
"""The operators of ONNX in PyTorch. Each takes the module that runs, its inputs in order, and its attributes."""
import torch
import torch.nn.functional as F
from torch import Tensor


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


def _batch_norm(module, inputs, attributes):
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
