# SPDX-License-Identifier: Apache-2.0
"""Small networks in QDQ form."""

from corpus.qdq import ASYMMETRIC, S8, SYMMETRIC, TENSOR, U8, quantized

@quantized((12, U8), (13, S8))
def pad_slice(m):
    """Option A: the other half of the channels is zeros."""
    x = m.q(m.node("Relu", m.qconv(m.q(m.input(1, 3, 8, 8)), 3, 4, pads=[1, 1, 1, 1])))
    s = m.q(m.slice(x, [0, 0], [8, 8], [2, 3], [2, 2]), like=x)
    s = m.q(m.pad(s, [0, 2, 0, 0, 0, 2, 0, 0]), like=x)
    y = m.q(m.qconv(x, 4, 8, strides=[2, 2], pads=[1, 1, 1, 1]))
    return m.q(m.node("Add", [y, s]))


@quantized((11, U8), (13, S8), (19, TENSOR))
def resize(m):
    x = m.q(m.qconv(m.q(m.input(1, 2, 4, 4)), 2, 3))
    up = m.q(m.upsample(x, (2, 2)), like=x)
    return m.q(m.qconv(up, 3, 2, pads=[1, 1, 1, 1]))


@quantized((13, S8), (12, U8))
def nhwc(m):
    """tf2onnx: the input lies channels last."""
    x = m.node("Transpose", m.q(m.input(1, 6, 6, 3)), perm=[0, 3, 1, 2])
    x = m.q(m.clip(m.qconv(x, 3, 4, auto_pad="SAME_UPPER", strides=[2, 2]), 0.0, 6.0))
    x = m.node("Reshape", [m.node("Transpose", x, perm=[0, 2, 3, 1]), m.ints([1, 36])])
    return m.q(m.qgemm(x, 36, 4))


@quantized((13, SYMMETRIC), (20, S8), (10, U8))
def mobile_block(m):
    """Expand, depthwise, project, Add: five layers of rounding."""
    x = m.q(m.input(1, 4, 6, 6))
    h = m.q(m.clip(m.qconv(x, 4, 8, 1), 0.0, 6.0))
    h = m.q(m.clip(m.qconv(h, 8, 8, group=8, pads=[1, 1, 1, 1]), 0.0, 6.0))
    y = m.q(m.node("Add", [x, m.q(m.qconv(h, 8, 4, 1))]))
    return m.q(m.qgemm(m.node("Flatten", m.q(m.node("GlobalAveragePool", y))), 4, 5))


@quantized((13, S8), (11, U8), (21, TENSOR))
def resnet(m):
    """Nine layers with a projection shortcut."""
    x = m.q(m.node("Relu", m.qconv(m.q(m.input("N", 3, 8, 8)), 3, 4, pads=[1, 1, 1, 1])))
    y = m.q(m.node("Relu", m.qconv(x, 4, 4, pads=[1, 1, 1, 1])))
    x = m.q(m.node("Relu", m.node("Add", [m.q(m.qconv(y, 4, 4, pads=[1, 1, 1, 1])), x])))
    y = m.q(m.node("Relu", m.qconv(x, 4, 8, strides=[2, 2], pads=[1, 1, 1, 1])))
    y = m.q(m.qconv(y, 8, 8, pads=[1, 1, 1, 1]))
    x = m.q(m.node("Relu", m.node("Add", [y, m.q(m.qconv(x, 4, 8, 1, strides=[2, 2]))])))
    x = m.q(m.qgemm(m.node("Flatten", m.q(m.node("GlobalAveragePool", x))), 8, 6))
    return m.q(m.node("Softmax", x, axis=1))


@quantized((13, S8), (15, SYMMETRIC))
def auto_encoder(m):
    x = m.q(m.input(1, 16))
    for inputs, outputs in ((16, 8), (8, 4), (4, 8)):
        x = m.q(m.node("Relu", m.qgemm(x, inputs, outputs)))
    return m.q(m.qgemm(x, 8, 16))


@quantized((10, U8), (13, S8))
def dense_block(m):
    x = m.q(m.input(1, 3, 5, 5))
    for channels in (3, 5, 7):
        x = m.q(m.node("Concat", [x, m.q(m.node("Relu", m.qconv(x, channels, 2, pads=[1, 1, 1, 1])))], axis=1))
    return x


@quantized((13, S8), (11, U8))
def subtraction(m):
    """Of two activations, in both orders."""
    x = m.q(m.input(1, 3, 5, 5))
    y = m.q(m.qconv(x, 3, 3, 1))
    return m.q(m.node("Sub", [y, m.q(m.node("Sub", [x, y]))]))


@quantized((16, S8), (11, U8))
def p_relu(m):
    """A slope per channel, one of them negative and one above 1."""
    return m.q(m.node("PRelu", [m.q(m.qconv(m.q(m.input(1, 3, 5, 5)), 3, 4)), m.const([[[0.25]], [[-0.1]], [[0.0]], [[1.25]]])]))


@quantized((13, S8), (10, ASYMMETRIC))
def gemm_alpha(m):
    """alpha in the scales of the weights; beta in the bias."""
    x = m.q(m.input(1, 10))
    w = m.qweights(6, 10, spread=0.75)
    return m.q(m.node("Gemm", [x, w, m.weights(6)], transB=1, alpha=0.3, beta=0.5))
