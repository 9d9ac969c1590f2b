# SPDX-License-Identifier: Apache-2.0
"""Networks in the manner of PyTorch: what it writes around the layers."""

import numpy as np
from onnx import TensorProto, numpy_helper

from corpus.registry import case


def torch_view(m, x, flat=None):
    """x.view(x.size(0), -1)."""
    shape = m.node("Shape", x)
    batch = m.node("Gather", [shape, m.constant(0, np.int64)], axis=0)
    return m.node("Reshape", [x, m.node("Concat", [m.unsqueeze(batch, [0]), m.constant([flat or -1], np.int64)], axis=0)])


@case(7, 11, 16, 21)
def torch_lenet(m):
    x = m.node("Relu", m.conv(m.input("N", 1, 12, 12), 1, 4, 5))
    x = m.node("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2])
    x = m.node("Gemm", [torch_view(m, x), m.weights(8, 64, spread=0.25), m.weights(8)], alpha=1.0, beta=1.0, transB=1)
    x = m.dropout(m.node("Relu", x))
    return m.node("Gemm", [x, m.weights(5, 8), m.weights(5)], transB=1)


@case(9, 13, 17)
def torch_adaptive_pool(m):
    """AdaptiveAvgPool2d(1) and view, or flatten."""
    x = m.node("Relu", m.batch_norm(m.conv(m.input("batch", 3, 8, 8), 3, 6, pads=[1, 1, 1, 1], strides=[2, 2], bias=False), 6))
    return m.node("Gemm", [torch_view(m, m.node("GlobalAveragePool", x), 6), m.weights(4, 6), m.weights(4)], transB=1)


def torch_pads(m, amounts):
    """Pads as torch.nn.functional.pad gives them from opset 11 on: a computation on constants that swaps their order."""
    given = m.constant(amounts, np.int64)
    rest = m.node("ConstantOfShape", m.node("Sub", [m.constant([8], np.int64), m.node("Shape", given)]), value=numpy_helper.from_array(np.zeros(1, np.int64)))
    table = m.node("Reshape", [m.node("Concat", [given, rest], axis=0), m.constant([-1, 2], np.int64)])
    table = m.node("Slice", [table, *(m.constant([v], np.int64) for v in (-1, -(2**63) + 1, 0, -1))])
    flat = m.node("Reshape", [m.node("Transpose", table, perm=[1, 0]), m.constant([-1], np.int64)])
    return m.node("Cast", flat, to=TensorProto.INT64)


@case(10, 12, 18)
def torch_option_a(m):
    """ResNet's shortcut without weights: every second pixel, zeros for the new channels."""
    x = m.node("Relu", m.conv(m.input(1, 3, 8, 8), 3, 4, pads=[1, 1, 1, 1]))
    short = m.slice(m.slice(x, [0], [2**63 - 1], [2], [2]), [0], [2**63 - 1], [3], [2])
    if m.opset < 11:
        short = m.node("Pad", short, mode="constant", pads=[0, 2, 0, 0, 0, 2, 0, 0], value=0.0)
    else:
        short = m.node("Pad", [short, torch_pads(m, [0, 0, 0, 0, 2, 2]), m.constant(0.0)], mode="constant")
    body = m.node("Relu", m.batch_norm(m.conv(x, 4, 8, strides=[2, 2], pads=[1, 1, 1, 1], bias=False), 8))
    body = m.batch_norm(m.conv(body, 8, 8, pads=[1, 1, 1, 1], bias=False), 8)
    return m.node("Relu", m.node("Add", [body, short]))


@case(20)
def torch_inverted_residual(m):
    """MobileNetV2: expand, depthwise, project, with ReLU6."""
    x = m.input(1, 4, 6, 6)
    h = m.clip(m.batch_norm(m.conv(x, 4, 8, 1, bias=False), 8), 0.0, 6.0)
    h = m.clip(m.batch_norm(m.conv(h, 8, 8, group=8, pads=[1, 1, 1, 1], bias=False), 8), 0.0, 6.0)
    return m.node("Add", [x, m.batch_norm(m.conv(h, 8, 4, 1, bias=False), 4)])


@case(9, 13, variants=["sigmoid", "swish"])
def torch_hard(m, variant):
    """Before opset 14: x * relu6(x + 3) / 6 in single operators, and nn.Hardsigmoid by the same."""
    x = m.conv(m.input(1, 3, 5, 5), 3, 4)
    gate = m.clip(m.node("Add", [x, m.constant(3.0)]), 0.0, 6.0)
    if variant == "sigmoid":
        return m.node("Div", [gate, m.constant(6.0)])
    return m.node("Div", [m.node("Mul", [x, gate]), m.constant(6.0)])


@case(14, 17)
def torch_hard_swish(m):
    """From opset 14 on; MobileNetV3's squeeze with HardSigmoid beside it."""
    x = m.node("HardSwish", m.conv(m.input(1, 3, 6, 6), 3, 8))
    s = m.node("Relu", m.conv(m.node("GlobalAveragePool", x), 8, 4, 1))
    return m.node("Mul", [m.node("HardSigmoid", m.conv(s, 4, 8, 1), alpha=1 / 6, beta=0.5), x])


@case(13, variants=[("swapped", 1), ("plain", 0)])
def hard_swish_by_gate(m, variant):
    x = m.conv(m.input(1, 2, 5, 5), 2, 4)
    pair = [x, m.node("HardSigmoid", x, alpha=1 / 6, beta=0.5)]
    return m.node("Mul", pair[::-1] if variant[1] else pair)


@case(9, 11, 15)
def torch_upsample_concat(m):
    """A decoder: upsampling by sizes of the encoder's tensor, and Concat with it."""
    x = m.node("Relu", m.conv(m.input(1, 2, 8, 8), 2, 4, pads=[1, 1, 1, 1]))
    down = m.node("Relu", m.conv(m.node("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2]), 4, 4, pads=[1, 1, 1, 1]))
    if m.opset < 11:
        up = m.upsample(down, (2, 2))
    else:
        head = m.node("Slice", [m.node("Shape", down), *(m.constant([v], np.int64) for v in (0, 2, 0))])
        tail = m.node("Slice", [m.node("Shape", x), *(m.constant([v], np.int64) for v in (2, 4, 0))])
        sizes = m.node("Concat", [head, tail], axis=0)
        none = "" if m.opset >= 13 else m.constant(np.zeros(0))
        up = m.node("Resize", [down, none, none, sizes], mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor", cubic_coeff_a=-0.75)
    return m.conv(m.node("Concat", [up, x], axis=1), 8, 2, 1)


@case(8, 14)
def torch_shuffle_unit(m):
    """ShuffleNetV2: split in halves (chunk), one of them worked on, joined and shuffled by shapes that are computed."""
    a, b = m.split(m.conv(m.input(1, 2, 4, 4), 2, 8, 1), [4, 4], 1)
    b = m.node("Relu", m.conv(b, 4, 4, group=4, pads=[1, 1, 1, 1]))
    x = m.node("Concat", [a, b], axis=1)
    size = [m.node("Gather", [m.node("Shape", x), m.constant(d, np.int64)], axis=0) for d in range(4)]
    half = m.node("Div", [size[1], m.constant(2, np.int64)])
    if m.opset < 10:
        half = m.node("Cast", m.node("Cast", half, to=TensorProto.INT64), to=TensorProto.INT64)
    parts = [size[0], m.constant(2, np.int64), half, size[2], size[3]]
    x = m.node("Reshape", [x, m.node("Concat", [m.unsqueeze(p, [0]) for p in parts], axis=0)])
    x = m.node("Transpose", x, perm=[0, 2, 1, 3, 4])
    return m.node("Reshape", [x, m.node("Concat", [m.unsqueeze(p, [0]) for p in [size[0], m.constant(-1, np.int64), size[2], size[3]]], axis=0)])


@case(15)
def torch_dense_block(m):
    x = m.input(1, 3, 6, 6)
    for channels in (3, 5, 7):
        x = m.node("Concat", [x, m.conv(m.node("Relu", m.batch_norm(x, channels)), channels, 2, pads=[1, 1, 1, 1], bias=False)], axis=1)
    return m.node("AveragePool", x, kernel_shape=[2, 2], strides=[2, 2])


@case(10)
def torch_fire(m):
    x = m.node("Relu", m.conv(m.input(1, 3, 7, 7), 3, 4, strides=[2, 2]))
    wide = [m.node("Relu", m.conv(x, 4, 4, 1)), m.node("Relu", m.conv(x, 4, 4, pads=[1, 1, 1, 1]))]
    return m.node("MaxPool", m.node("Concat", wide, axis=1), kernel_shape=[3, 3], strides=[2, 2], pads=[0, 0, 0, 0], ceil_mode=1)


@case(18)
def torch_conv_next_head(m):
    """mean([-2, -1]) and Linear; a scale per channel between."""
    x = m.conv(m.input(1, 3, 6, 6), 3, 6, 2, strides=[2, 2])
    x = m.node("Mul", [m.constant(m.values((6, 1, 1))), x])
    return m.node("Gemm", [m.mean(x, [-2, -1], keepdims=0), m.weights(6, 4), m.weights(4)])
