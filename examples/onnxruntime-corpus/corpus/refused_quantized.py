# SPDX-License-Identifier: Apache-2.0
"""Quantized models that have no place on the accelerator."""

import numpy as np

from corpus.qdq import ASYMMETRIC, S8, U8
from corpus.quantized import calibrated
from corpus.registry import CASES, case


def refused_quantized(opset, scheme):
    def register(function):
        name = f"{function.__name__}_{opset}"
        CASES.append((name, "refused", lambda: calibrated(name, opset, scheme, function)))
        return function
    return register


@refused_quantized(13, S8)
def refused_qdq_left_in_float(m):
    """The last layer's output is not quantized."""
    return m.qgemm(m.q(m.input(1, 8)), 8, 4)


@refused_quantized(11, U8)
def refused_qdq_float_weights(m):
    return m.q(m.conv(m.q(m.input(1, 3, 4, 4)), 3, 2))


@refused_quantized(12, U8)
def refused_qdq_mean_of_float(m):
    """The input is averaged before it is quantized."""
    return m.q(m.node("AveragePool", m.input(1, 3, 6, 6), kernel_shape=[2, 2], strides=[2, 2]))


@refused_quantized(13, U8)
def refused_qdq_offset_of_positions(m):
    """A constant with a value for every position."""
    return m.q(m.node("Add", [m.q(m.input(1, 3, 2, 2)), m.weights(1, 3, 2, 2)]))


@refused_quantized(13, S8)
def refused_qdq_wrong_axis(m):
    """Scales along the input channels."""
    x = m.q(m.input(1, 4))
    w = m.values((4, 3))
    if m.ranges is None:
        return m.q(m.node("MatMul", [x, m.const(w)]))
    values, scale, zero = m.weight_grid(w, 0)
    real = m.node("DequantizeLinear", [m.const(values, np.int8), m.const(scale), m.const(zero, np.int8)], axis=0)
    return m.q(m.node("MatMul", [x, real]))


@refused_quantized(10, ASYMMETRIC)
def refused_qdq_other_scale(m):
    """Integers read with another scale than they were written with."""
    x = m.q(m.input(1, 4))
    if m.ranges is not None:
        x = m.node("DequantizeLinear", [m.nodes[-2].output[0], m.const(0.5), m.const(7, np.uint8)])
    return m.q(m.node("Relu", x))


@refused_quantized(13, ASYMMETRIC)
def refused_qdq_zero_points(m):
    """A scale and a zero point per channel of the weights."""
    x = m.q(m.input(1, 4))
    w = m.values((3, 4))
    if m.ranges is None:
        return m.q(m.node("Gemm", [x, m.const(w)], transB=1))
    values = np.round(w * 50 + 120).astype(np.uint8)
    real = m.node("DequantizeLinear", [m.const(values, np.uint8), m.const([0.02, 0.03, 0.04]), m.const([120, 118, 122], np.uint8)], axis=0)
    return m.q(m.node("Gemm", [x, real], transB=1))


@case(21, kind="refused")
def refused_int16(m):
    scale, zero = m.const(2.0**-12), m.const(0, np.int16)
    return m.node("DequantizeLinear", [m.node("QuantizeLinear", [m.input(1, 4), scale, zero]), scale, zero])


@case(13, kind="refused")
def refused_channel_scales(m):
    """An activation with a scale per channel."""
    scales, zeros = m.const([0.02, 0.03, 0.05]), m.const([0, 1, 2], np.uint8)
    return m.node("DequantizeLinear", [m.node("QuantizeLinear", [m.input(1, 3, 2, 2), scales, zeros], axis=1), scales, zeros], axis=1)


@case(21, kind="refused")
def refused_blocks(m):
    """Weights with a scale per block of two."""
    scale, zero = m.const(1 / 32), m.const(0, np.int8)
    x = m.node("DequantizeLinear", [m.node("QuantizeLinear", [m.input(1, 4), scale, zero]), scale, zero])
    w = m.const(m.random.integers(-100, 100, (4, 3)), np.int8)
    real = m.node("DequantizeLinear", [w, m.const(np.full((2, 3), 0.01)), m.const(np.zeros((2, 3)), np.int8)], axis=0, block_size=2)
    y = m.node("MatMul", [x, real])
    return m.node("DequantizeLinear", [m.node("QuantizeLinear", [y, scale, zero]), scale, zero])


@refused_quantized(13, S8)
def refused_qdq_pad_value(m):
    """Padding with a value that no scale holds: nothing is quantized between Pad and Conv."""
    x = m.pad(m.q(m.input(1, 3, 4, 4)), [0, 0, 1, 1, 0, 0, 1, 1], 9.0)
    return m.q(m.qconv(x, 3, 2, bias=False))
