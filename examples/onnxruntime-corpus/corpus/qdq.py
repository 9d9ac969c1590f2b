# SPDX-License-Identifier: Apache-2.0
"""Models in QDQ form: layers between DequantizeLinear and QuantizeLinear."""

from corpus.quantized import Scheme, calibrated
from corpus.registry import CASES

U8 = Scheme("u8", "s8")
S8 = Scheme("s8", "s8", per_channel=True)
SYMMETRIC = Scheme("s8", "s8", symmetric=True, per_channel=True)
TENSOR = Scheme("s8", "s8")
ASYMMETRIC = Scheme("u8", "u8", weight_zero=True)
CENTRED = Scheme("u8", "u8", symmetric=True)
S8_ASYMMETRIC = Scheme("s8", "s8", weight_zero=True)
LABELS = {U8: "u8", S8: "s8", SYMMETRIC: "symmetric", TENSOR: "tensor", ASYMMETRIC: "asymmetric", CENTRED: "centred", S8_ASYMMETRIC: "s8_asymmetric"}


def quantized(*pairs):
    """Registers a function once per (opset, scheme)."""

    def register(function):
        for opset, scheme in pairs:
            name = f"qdq_{function.__name__}_{LABELS[scheme]}_{opset}"
            CASES.append((name, "quantized", lambda name=name, opset=opset, scheme=scheme: calibrated(name, opset, scheme, function)))
        return function

    return register


ALL = [(10, U8), (13, S8), (13, SYMMETRIC), (10, ASYMMETRIC), (14, CENTRED), (16, S8_ASYMMETRIC), (21, S8)]
SOME = [(12, U8), (19, S8)]
OTHERS = [(13, SYMMETRIC), (11, ASYMMETRIC)]
FEW = [(10, U8), (17, S8)]


@quantized(*ALL)
def conv(m):
    return m.q(m.qconv(m.q(m.input(1, 3, 6, 6)), 3, 5, pads=[1, 1, 1, 1]))


@quantized(*SOME)
def conv_relu(m):
    """Relu without QuantizeLinear between: the range of the output begins at 0."""
    return m.q(m.node("Relu", m.qconv(m.q(m.input(1, 3, 7, 6)), 3, 6, strides=[2, 2])))


@quantized(*OTHERS)
def conv_clip(m):
    return m.q(m.clip(m.qconv(m.q(m.input(1, 4, 6, 6)), 4, 4, 1), 0.0, 1.0))


@quantized(*FEW)
def conv_then_relu(m):
    """Relu with QuantizeLinear before and behind it."""
    return m.q(m.node("Relu", m.q(m.qconv(m.q(m.input(1, 3, 6, 6)), 3, 5))))


@quantized(*SOME)
def depthwise(m):
    return m.q(m.node("Relu", m.qconv(m.q(m.input(1, 6, 6, 6)), 6, 6, group=6, pads=[1, 1, 1, 1])))


@quantized((13, S8), (10, U8), (15, ASYMMETRIC))
def grouped(m):
    return m.q(m.qconv(m.q(m.input(1, 4, 6, 6)), 4, 6, group=2, pads=[0, 1, 1, 0], strides=[2, 1]))


@quantized((13, S8), (12, U8))
def multiplied(m):
    """Two output channels per group."""
    return m.q(m.qconv(m.q(m.input(1, 3, 6, 6)), 3, 6, group=3, dilations=[2, 1]))


@quantized((13, S8), (18, U8))
def conv_1d(m):
    return m.q(m.node("Relu", m.qconv(m.q(m.input(1, 3, 12)), 3, 4, [5], pads=[2, 2], bias=False)))


@quantized((10, U8), (13, SYMMETRIC), (14, CENTRED))
def residual(m):
    """Add of two scales, Relu behind it."""
    x = m.q(m.input(1, 4, 6, 6))
    y = m.q(m.node("Relu", m.qconv(x, 4, 4, pads=[1, 1, 1, 1])))
    y = m.q(m.qconv(y, 4, 4, pads=[1, 1, 1, 1]))
    return m.q(m.node("Relu", m.node("Add", [x, y])))


@quantized(*OTHERS)
def add_unclamped(m):
    x = m.q(m.input(1, 4, 5, 5))
    return m.q(m.node("Add", [m.q(m.qconv(x, 4, 4, 1)), x]))


@quantized(*SOME)
def concat(m):
    """Three scales become one."""
    x = m.q(m.input(1, 3, 5, 5))
    a = m.q(m.qconv(x, 3, 2, pads=[1, 1, 1, 1]))
    b = m.q(m.node("Relu", m.qconv(x, 3, 3, 1)))
    return m.q(m.node("Concat", [x, a, b], axis=1))


@quantized(*FEW)
def concat_of_one_scale(m):
    x = m.q(m.input(1, 3, 5, 5))
    y = m.q(m.node("Relu", x))
    return m.q(m.node("Concat", [x, y], axis=1))


@quantized(*OTHERS)
def max_pool(m):
    """Quantized again with another scale behind it."""
    x = m.q(m.node("Relu", m.qconv(m.q(m.input(1, 3, 8, 8)), 3, 4)))
    return m.q(m.node("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2]))


@quantized(*FEW)
def max_pool_padded(m):
    x = m.q(m.input(1, 4, 7, 7))
    return m.q(m.node("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]), like=x)


@quantized(*SOME)
def average_pool(m):
    return m.q(m.node("AveragePool", m.q(m.input(1, 3, 6, 6)), kernel_shape=[3, 2], strides=[2, 2]))


@quantized(*FEW)
def average_pool_padded(m):
    return m.q(m.node("AveragePool", m.q(m.input(1, 3, 6, 6)), kernel_shape=[3, 3], pads=[1, 1, 1, 1]))


@quantized(*FEW)
def average_pool_counted(m):
    return m.q(m.node("AveragePool", m.q(m.input(1, 3, 6, 6)), kernel_shape=[3, 3], pads=[1, 1, 1, 1], count_include_pad=1))


@quantized(*OTHERS)
def global_average(m):
    """With Flatten and Gemm behind it, as classifiers end."""
    x = m.q(m.node("GlobalAveragePool", m.q(m.input(1, 6, 5, 5))))
    return m.q(m.qgemm(m.node("Flatten", x), 6, 4))


@quantized((13, S8), (18, U8))
def reduce_mean(m):
    return m.q(m.mean(m.q(m.input(1, 6, 5, 4)), [2, 3], keepdims=0))


@quantized((13, S8), (10, ASYMMETRIC), (16, S8_ASYMMETRIC))
def gemm(m):
    return m.q(m.qgemm(m.q(m.input(1, 20)), 20, 6))


@quantized(*FEW)
def gemm_relu(m):
    """Two layers; Flatten with QuantizeLinear on both sides."""
    x = m.q(m.input(1, 2, 3, 4))
    x = m.q(m.node("Flatten", x), like=x)
    return m.q(m.qgemm(m.q(m.node("Relu", m.qgemm(x, 24, 8))), 8, 5))


@quantized((10, U8), (13, S8), (11, ASYMMETRIC))
def mat_mul_add(m):
    """MatMul, and the bias by Add: no QuantizeLinear between."""
    w = m.qweights(12, 5, axis=1, spread=0.5)
    x = m.node("MatMul", [m.q(m.input(1, 12)), w])
    return m.q(m.node("Add", [x, m.const(m.values(5))]))


@quantized(*SOME)
def soft_max(m):
    return m.q(m.node("Softmax", m.q(m.qgemm(m.q(m.input(1, 8)), 8, 5)), axis=1))


@quantized(*OTHERS)
def sigmoid(m):
    return m.q(m.node("Sigmoid", m.q(m.input(1, 3, 5, 5))))


@quantized(*SOME)
def leaky(m):
    return m.q(m.node("LeakyRelu", m.q(m.qconv(m.q(m.input(1, 3, 5, 5)), 3, 4)), alpha=0.125))


@quantized((14, U8), (14, S8), (18, SYMMETRIC))
def hard_swish(m):
    return m.q(m.node("HardSwish", m.q(m.input(1, 3, 5, 5))))


@quantized(*OTHERS)
def mul(m):
    """Squeeze and excite."""
    x = m.q(m.node("Relu", m.qconv(m.q(m.input(1, 3, 5, 5)), 3, 4)))
    s = m.q(m.node("Sigmoid", m.q(m.qconv(m.q(m.node("GlobalAveragePool", x)), 4, 4, 1))))
    return m.q(m.node("Mul", [x, s]))


@quantized(*FEW)
def swish(m):
    x = m.q(m.qconv(m.q(m.input(1, 3, 5, 5)), 3, 4))
    return m.q(m.node("Mul", [x, m.q(m.node("Sigmoid", x))]))
