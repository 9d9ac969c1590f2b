# SPDX-License-Identifier: Apache-2.0
"""Models of integer operators."""

from corpus.qlinear import IntegerModel
from corpus.quantized import Scheme, calibrated
from corpus.registry import CASES

U8, U8U8, S8 = Scheme("u8", "s8"), Scheme("u8", "u8", weight_zero=True), Scheme("s8", "s8")
U8_CHANNEL, S8_CHANNEL, SYMMETRIC = Scheme("u8", "s8", per_channel=True), Scheme("s8", "s8", per_channel=True), Scheme("s8", "s8", symmetric=True, per_channel=True)
S8_ZERO, U8S8_ZERO = Scheme("s8", "s8", weight_zero=True), Scheme("u8", "s8", weight_zero=True)
LABELS = {U8: "u8s8", U8U8: "u8u8", S8: "s8", U8_CHANNEL: "u8_channel", S8_CHANNEL: "s8_channel", SYMMETRIC: "symmetric", S8_ZERO: "s8_zero", U8S8_ZERO: "u8s8_zero"}


def integer(*pairs):
    def register(function):
        for opset, scheme in pairs:
            name = f"qlinear_{function.__name__}_{LABELS[scheme]}_{opset}"
            CASES.append((name, "quantized", lambda name=name, opset=opset, scheme=scheme: calibrated(name, opset, scheme, function, IntegerModel)))
        return function

    return register


FEW = [(10, U8U8), (15, S8)]


@integer((10, U8), (10, U8U8), (11, U8_CHANNEL), (13, S8), (13, S8_CHANNEL), (14, SYMMETRIC), (10, S8_ZERO), (12, U8S8_ZERO))
def conv(m):
    return m.conv_(m.input(1, 3, 6, 6), 3, 5, pads=[1, 1, 1, 1])


@integer((10, U8U8), (13, S8_CHANNEL))
def conv_relu(m):
    return m.conv_(m.input(1, 3, 7, 7), 3, 4, strides=[2, 2], relu=True, bias=False)


@integer((10, U8), (13, U8_CHANNEL), (13, S8_CHANNEL), (15, U8U8))
def depthwise(m):
    return m.conv_(m.input(1, 6, 6, 6), 6, 6, group=6, pads=[1, 1, 1, 1])


@integer((10, U8U8), (13, S8_CHANNEL))
def grouped(m):
    return m.conv_(m.input(1, 4, 6, 6), 4, 6, group=2, dilations=[1, 2])


@integer((10, U8), (10, U8U8), (13, S8), (21, S8_ZERO))
def mat_mul(m):
    return m.matrix(m.input(1, 14), 14, 5)


@integer((13, U8U8), (13, S8))
def mat_mul_rows(m):
    """Three rows of samples: shape 1 x 3 x 8."""
    return m.matrix(m.input(1, 3, 8), 8, 4)


@integer((10, U8), (11, U8U8), (13, S8), (13, U8_CHANNEL), (18, S8_CHANNEL))
def gemm(m):
    return m.gemm_(m.input(1, 14), 14, 5)


@integer((13, S8), (12, U8U8))
def gemm_alpha(m):
    return m.gemm_(m.input(1, 14), 14, 5, alpha=0.5)


@integer(*FEW)
def add(m):
    x = m.input(1, 4, 5, 5)
    return m.special("QLinearAdd", [m.conv_(x, 4, 4, 1), x])


@integer(*FEW)
def mul(m):
    x = m.input(1, 4, 5, 5)
    s = m.special("QLinearSigmoid", [m.conv_(m.special("QLinearGlobalAveragePool", [x]), 4, 4, 1)])
    return m.special("QLinearMul", [x, s])


@integer(*FEW)
def sigmoid(m):
    return m.special("QLinearSigmoid", [m.input(1, 3, 6, 6)])


@integer(*FEW)
def leaky(m):
    return m.special("QLinearLeakyRelu", [m.input(1, 3, 6, 6)], alpha=0.2)


@integer(*FEW)
def global_average(m):
    x = m.special("QLinearGlobalAveragePool", [m.input(1, 5, 6, 6)])
    return m.matrix(m.node("Flatten", x), 5, 3)


@integer(*FEW)
def average_pool(m):
    return m.special("QLinearAveragePool", [m.input(1, 3, 7, 6)], kernel_shape=[3, 2], strides=[2, 2], pads=[1, 0, 1, 0])


@integer((10, U8), (13, S8))
def average_pool_counted(m):
    return m.special("QLinearAveragePool", [m.input(1, 3, 6, 6)], kernel_shape=[3, 3], pads=[1, 1, 1, 1], count_include_pad=1)


@integer(*FEW)
def concat(m):
    x = m.input(1, 3, 5, 5)
    return m.concat_([m.conv_(x, 3, 4, 1), x, m.conv_(x, 3, 2, 3, pads=[1, 1, 1, 1], relu=True)], 1)


@integer((12, U8U8), (13, S8_CHANNEL))
def max_pool(m):
    """MaxPool takes integers from opset 12 on."""
    x = m.node("MaxPool", m.conv_(m.input(1, 3, 8, 8), 3, 4, relu=True), kernel_shape=[2, 2], strides=[2, 2])
    return m.node("Transpose", x, perm=[0, 2, 3, 1])


@integer((12, U8U8), (13, S8_CHANNEL), (20, U8_CHANNEL))
def classifier(m):
    x = m.conv_(m.input(1, 3, 8, 8), 3, 4, pads=[1, 1, 1, 1], relu=True)
    y = m.conv_(m.conv_(x, 4, 4, group=4, pads=[1, 1, 1, 1], relu=True), 4, 4, 1)
    x = m.special("QLinearAdd", [x, y])
    x = m.node("Reshape", [m.special("QLinearGlobalAveragePool", [x]), m.ints([1, 4])])
    return m.gemm_(x, 4, 6)
