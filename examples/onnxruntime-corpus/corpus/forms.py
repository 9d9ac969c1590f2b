# SPDX-License-Identifier: Apache-2.0
"""Forms of quantized models that tools and training frameworks write around the layers."""

import numpy as np
from onnx import TensorProto

from corpus.model import MICROSOFT
from corpus.qdq import S8, U8, quantized
from corpus.quantized import activation_scale

BOTH = [(13, S8), (11, U8)]
ONE = [(13, S8)]


@quantized((10, U8), (13, U8))
def without_zero_point(m):
    """uint8 from 0 on, behind Relu: the zero point is left out."""
    x = m.node("Relu", m.qconv(m.q(m.input(1, 3, 5, 5)), 3, 4))
    m.watched.append(x)
    if m.ranges is None:
        return x
    scale = m.const(np.float32(m.ranges[len(m.watched) - 1][1] / 255))
    return m.node("DequantizeLinear", [m.node("QuantizeLinear", [x, scale]), scale])


@quantized((21, S8))
def output_type(m):
    """int8 by output_dtype alone."""
    x = m.qconv(m.q(m.input(1, 3, 5, 5)), 3, 4)
    m.watched.append(x)
    if m.ranges is None:
        return x
    scale = m.const(np.float32(max(np.abs(m.ranges[len(m.watched) - 1])) / 127))
    return m.node("DequantizeLinear", [m.node("QuantizeLinear", [x, scale], output_dtype=TensorProto.INT8), scale])


@quantized((9, U8), (11, U8))
def microsoft_domain(m):
    """QuantizeLinear and DequantizeLinear of com.microsoft, which older opsets need."""
    def q(x):
        m.watched.append(x)
        if m.ranges is None:
            return x
        scale, zero = activation_scale(*m.ranges[len(m.watched) - 1], np.uint8, False)
        names = [m.const(scale), m.const(zero, np.uint8)]
        y = m.node("DequantizeLinear", [m.node("QuantizeLinear", [x, *names], domain=MICROSOFT), *names], domain=MICROSOFT)
        m.known[y] = (scale, zero)
        return y

    x = q(m.input(1, 3, 5, 5))
    w = m.values((4, 3, 3, 3), 0.5)
    if m.ranges is None:
        return q(m.node("Relu", m.node("Conv", [x, m.const(w)])))
    values, scale, zero = m.weight_grid(w, 0)
    w = m.node("DequantizeLinear", [m.const(values, np.int8), m.const(scale), m.const(zero, np.int8)], domain=MICROSOFT)
    return q(m.node("Relu", m.node("Conv", [x, w])))


@quantized(*BOTH)
def scale_lists(m):
    """Scales and zero points as lists of one number."""
    m.list_scales = True
    return m.q(m.qconv(m.q(m.input(1, 3, 5, 5)), 3, 4))


@quantized(*BOTH)
def requantized(m):
    """From scale to scale without an operator between."""
    return m.q(m.q(m.clip(m.q(m.input(1, 3, 6, 6)), -1.0, 1.5)))


@quantized(*BOTH)
def two_scales(m):
    """One tensor quantized twice, in different ways."""
    x = m.qconv(m.q(m.input(1, 3, 5, 5)), 3, 4)
    return m.q(m.node("Concat", [m.q(x), m.q(m.node("Relu", x))], axis=1))


@quantized(*BOTH)
def probabilities_in_float(m):
    """Softmax, and nothing behind it."""
    return m.node("Softmax", m.q(m.qgemm(m.q(m.input(1, 8)), 8, 5)), axis=1)


@quantized(*BOTH)
def bias_in_float(m):
    x = m.q(m.input(1, 3, 5, 5))
    return m.q(m.node("Conv", [x, m.qweights(4, 3, 3, 3, spread=0.5), m.weights(4)]))


@quantized(*BOTH)
def trained(m):
    """Quantization-aware training: weights in float behind QuantizeLinear; Linear as DequantizeLinear, Transpose, MatMul, Add."""
    def fake(array, axis):
        if m.ranges is None:
            return m.const(array)
        _, scale, zero = m.weight_grid(array, axis)
        names = [m.const(scale), m.const(zero, zero.dtype)]
        more = {"axis": axis} if scale.ndim else {}
        return m.node("DequantizeLinear", [m.node("QuantizeLinear", [m.const(array), *names], **more), *names], **more)

    x = m.q(m.node("Relu", m.node("Conv", [m.q(m.input(1, 2, 4, 4)), fake(m.values((3, 2, 3, 3)), 0), m.weights(3)])))
    w = m.node("Transpose", fake(m.values((4, 12), 0.5), 0), perm=[1, 0])
    return m.q(m.node("Add", [m.node("MatMul", [m.node("Flatten", x), w]), m.weights(4)]))


def quantized_constant(m, array):
    if m.ranges is None:
        return m.const(array)
    if array.size > 1:
        values, scale, zero = m.weight_grid(array.astype(np.float32), 0)
    else:
        values, scale, zero = np.asarray(np.round(array * 16), np.int8), np.float32(1 / 16), np.int8(0)
    return m.node("DequantizeLinear", [m.const(values, values.dtype), m.const(scale), m.const(zero, values.dtype)], axis=0 if np.ndim(scale) else None)


@quantized(*BOTH)
def constant_operands(m):
    """Scale and offset of every channel, quantized themselves."""
    x = m.q(m.input(1, 3, 5, 5))
    x = m.q(m.node("Mul", [x, quantized_constant(m, m.values((3, 1, 1)))]))
    return m.q(m.node("Add", [quantized_constant(m, m.values((3, 1, 1))), x]))


@quantized(*BOTH)
def scalar_operands(m):
    x = m.q(m.node("Sub", [m.q(m.input(1, 3, 4, 4)), quantized_constant(m, np.asarray(0.75))]))
    x = m.q(m.node("Div", [x, m.const(np.float32(1.5))]))
    return m.q(m.node("Sub", [m.const(np.float32(1)), x]))


@quantized((11, U8), (13, S8))
def hard_swish_in_parts(m):
    """Every part with its own scale."""
    x = m.q(m.qconv(m.q(m.input(1, 3, 5, 5)), 3, 4))
    gate = m.q(m.clip(m.q(m.node("Add", [x, quantized_constant(m, np.asarray(3.0))])), 0.0, 6.0))
    return m.q(m.node("Div", [m.q(m.node("Mul", [x, gate])), quantized_constant(m, np.asarray(6.0))]))


@quantized(*BOTH)
def hard_sigmoid(m):
    x = m.q(m.qgemm(m.q(m.input(1, 8)), 8, 6))
    return m.q(m.node("HardSigmoid", x, alpha=0.25, beta=0.5))


@quantized(*BOTH)
def batch_norm_alone(m):
    """With QuantizeLinear on both sides."""
    x = m.q(m.qconv(m.q(m.input(1, 3, 5, 5)), 3, 4))
    return m.q(m.node("Relu", m.batch_norm(x, 4)))


@quantized(*BOTH)
def batch_norm_behind(m):
    """Nothing between it and the convolution: its factors go into the scales of the weights."""
    return m.q(m.node("Relu", m.batch_norm(m.qconv(m.q(m.input(1, 3, 5, 5)), 3, 4), 4)))


@quantized(*BOTH)
def split(m):
    x = m.q(m.input(1, 6, 4, 4))
    a, b = m.split(x, [2, 4], 1)
    return m.q(m.node("Concat", [m.q(b, like=x), m.q(m.node("Relu", a))], axis=1))


@quantized((12, U8), (13, S8))
def global_max(m):
    return m.q(m.node("GlobalMaxPool", m.q(m.input(1, 5, 4, 4))))


@quantized(*BOTH)
def depth_to_space(m):
    x = m.q(m.qconv(m.q(m.input(1, 2, 4, 4)), 2, 8, 1))
    return m.q(m.node("DepthToSpace", x, blocksize=2), like=x)


@quantized(*BOTH)
def one_dimension(m):
    """A temporal network: Conv, MaxPool, AveragePool of rows, mean."""
    x = m.q(m.node("Relu", m.qconv(m.q(m.input(1, 2, 16)), 2, 4, [5], pads=[2, 2])))
    x = m.q(m.node("MaxPool", x, kernel_shape=[2], strides=[2]), like=x)
    x = m.q(m.node("AveragePool", m.q(m.qconv(x, 4, 6, [3])), kernel_shape=[2], strides=[2]))
    return m.q(m.mean(x, [2], keepdims=0))


@quantized(*BOTH)
def rows(m):
    """A linear layer on each of four rows."""
    w = m.qweights(6, 5, axis=1, spread=0.5)
    x = m.node("MatMul", [m.q(m.input(1, 4, 6)), w])
    return m.q(m.node("Relu", m.node("Add", [x, m.const(m.values(5))])))
