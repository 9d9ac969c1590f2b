# SPDX-License-Identifier: Apache-2.0
"""Single layers: convolution, matrix products, normalization, activations."""

from corpus.registry import case

CONVOLUTIONS = [
    ("plain", {}), ("padded", {"pads": [1, 1, 1, 1]}), ("uneven", {"pads": [0, 1, 2, 0]}), ("stride", {"strides": [2, 2], "pads": [1, 1, 1, 1]}),
    ("strides", {"strides": [1, 3]}), ("dilated", {"dilations": [2, 2], "pads": [2, 2, 2, 2]}), ("upper", {"auto_pad": "SAME_UPPER", "strides": [2, 2]}),
    ("lower", {"auto_pad": "SAME_LOWER", "strides": [2, 2]}), ("valid", {"auto_pad": "VALID"}),
]


@case(7, variants=CONVOLUTIONS)
def conv(m, variant):
    return m.conv(m.input(1, 3, 7, 6), 3, 4, **variant[1])


@case(11, 21, variants=CONVOLUTIONS[6:8])
def conv_even_kernel(m, variant):
    return m.conv(m.input(1, 3, 7, 8), 3, 4, [4, 2], **variant[1])


@case(11, 14)
def conv_pointwise(m):
    return m.conv(m.input(1, 5, 4, 4), 5, 7, 1, bias=False)


@case(8, 20)
def conv_without_kernel_shape(m):
    return m.node("Conv", [m.input(1, 3, 6, 6), m.weights(4, 3, 3, 1)], pads=[1, 0, 1, 0])


@case(9, 15, variants=[("groups", (6, 9, 3)), ("depthwise", (4, 4, 4)), ("multiplier", (3, 6, 3)), ("shuffled", (8, 4, 2))])
def conv_group(m, variant):
    inputs, outputs, group = variant[1]
    return m.conv(m.input(1, inputs, 6, 6), inputs, outputs, group=group, pads=[1, 1, 1, 1], strides=[2, 1])


@case(18)
def conv_depthwise_dilated(m):
    return m.conv(m.input(1, 4, 6, 7), 4, 4, group=4, dilations=[2, 3], pads=[2, 3, 2, 3])


@case(7, 13, 19, variants=[("plain", {}), ("stride", {"strides": [2], "pads": [2, 1]}), ("dilated", {"dilations": [3], "group": 2}), ("same", {"auto_pad": "SAME_UPPER", "strides": [3]})])
def conv_1d(m, variant):
    return m.conv(m.input(1, 4, 11), 4, 6, [3], **variant[1])


@case(16)
def conv_1d_network(m):
    x = m.node("Relu", m.conv(m.input(1, 2, 16), 2, 4, [5], pads=[2, 2]))
    x = m.node("MaxPool", x, kernel_shape=[2], strides=[2])
    return m.node("Gemm", [m.node("Flatten", x), m.weights(32, 3, spread=0.5)])


@case(7, 9, 14, 15, variants=["relu", "wide", "alone"])
def batch_norm(m, variant):
    x = m.input(1, 4, 5, 5)
    if variant != "alone":
        x = m.conv(x, 4, 4, bias=variant == "wide")
    x = m.batch_norm(x, 4, epsilon=0.125 if variant == "wide" else None)
    return m.node("Relu", x) if variant != "wide" else x


@case(8, 17)
def batch_norm_of_rows(m):
    x = m.node("Gemm", [m.input(1, 6), m.weights(5, 6), m.weights(5)], transB=1)
    return m.node("Relu", m.batch_norm(x, 5))


@case(13)
def batch_norm_1d(m):
    return m.batch_norm(m.conv(m.input(1, 3, 8), 3, 4, [3]), 4)


@case(21)
def batch_norm_before_conv(m):
    """As in DenseNet and in networks with pre-activation; zeros of the padding are zeros after it."""
    x = m.node("Relu", m.batch_norm(m.input(1, 3, 5, 5), 3))
    return m.conv(x, 3, 4, pads=[1, 1, 1, 1])


@case(11)
def batch_norm_before_conv_unclamped(m):
    return m.conv(m.batch_norm(m.input(1, 3, 5, 5), 3), 3, 4, pads=[1, 1, 1, 1])


@case(7, 11, 13, variants=[
    ("plain", {}), ("alpha", {"alpha": 0.5, "beta": 0.25}), ("a", {"transA": 1}), ("b", {"transB": 1, "alpha": 2.0}), ("both", {"transA": 1, "transB": 1, "beta": -1.0})])
def gemm(m, variant):
    """Three rows."""
    a = m.input(*([6, 3] if variant[1].get("transA") else [3, 6]))
    b = m.weights(*([4, 6] if variant[1].get("transB") else [6, 4]))
    return m.node("Gemm", [a, b, m.weights(4)], **variant[1])


@case(9, 18, variants=[("scalar", ()), ("one", (1,)), ("row", (1, 4)), ("column", (3, 1)), ("whole", (3, 4)), ("corner", (1, 1))])
def gemm_c(m, variant):
    return m.node("Gemm", [m.input(3, 6), m.weights(6, 4), m.weights(*variant[1])], beta=0.5)


@case(11, 20)
def gemm_without_c(m):
    return m.node("Gemm", [m.input(1, 6), m.weights(6, 4)])


@case(7, 13, variants=[("row", (1, 6)), ("rows", (3, 6)), ("stack", (1, 2, 3, 6)), ("vector", (6,))])
def mat_mul_add(m, variant):
    x = m.node("MatMul", [m.input(*variant[1]), m.weights(6, 5)])
    return m.node("Relu", m.node("Add", [x, m.weights(5)]))


@case(9)
def mat_mul_vector(m):
    return m.node("MatMul", [m.input(1, 3, 6), m.weights(6)])


@case(7, 10, 11, 12, 13, variants=[("both", (-0.5, 1.25)), ("low", (-0.5, None)), ("high", (None, 1.25)), ("relu6", (0.0, 6.0))])
def clip(m, variant):
    return m.clip(m.conv(m.input(1, 2, 5, 5), 2, 3), *variant[1])


@case(7, 11)
def clip_without_bounds(m):
    return m.clip(m.input(1, 2, 3, 3))


@case(7, 16, variants=[("LeakyRelu", {}), ("steep", {"alpha": 0.3})])
def leaky_relu(m, variant):
    return m.node("LeakyRelu", m.conv(m.input(1, 2, 4, 4), 2, 3), **variant[1])


@case(7, 9, 16, variants=[("one", (1,)), ("channels", (4, 1, 1)), ("whole", (1, 4, 1, 1)), ("columns", (5,)), ("scalar", ())])
def p_relu(m, variant):
    return m.node("PRelu", [m.input(1, 4, 5, 5), m.weights(*variant[1])])


@case(7, 13, variants=["Sigmoid", "Relu", "Neg", "HardSigmoid", "Softmax"])
def single(m, variant):
    return m.node(variant, m.input(1, 5))


@case(14)
def hard_swish(m):
    return m.node("HardSwish", m.input(1, 3, 4, 4))


@case(9, 13)
def swish(m):
    x = m.conv(m.input(1, 2, 5, 5), 2, 3)
    return m.node("Mul", [x, m.node("Sigmoid", x)])


@case(7, 11, 12, 13, variants=[("default", None), ("last", -1), ("first", 1), ("middle", 2)])
def softmax(m, variant):
    """Before opset 13 all dimensions from `axis` on are one; negative axes come with opset 11."""
    axis = variant[1]
    return m.node("Softmax", m.input(1, 3, 2, 4), axis=3 if axis == -1 and m.opset < 11 else axis)
