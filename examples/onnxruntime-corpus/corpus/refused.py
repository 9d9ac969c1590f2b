# SPDX-License-Identifier: Apache-2.0
"""Operators that onnxruntime runs and that have no place on the accelerator: each has to end in an error that says so."""

from corpus.registry import case

UNARY = [
    ("Tanh", 7), ("Softplus", 9), ("Elu", 8), ("Selu", 10), ("Softsign", 12), ("Erf", 13), ("Gelu", 20), ("Mish", 18), ("ThresholdedRelu", 11),
    ("Exp", 13), ("Sqrt", 9), ("Reciprocal", 14), ("Abs", 16), ("Log", 11), ("LogSoftmax", 13), ("Hardmax", 15), ("InstanceNormalization", 9),
    ("ReduceMax", 13), ("ReduceSum", 11), ("ReduceL2", 17), ("GlobalLpPool", 7), ("LpNormalization", 12), ("ArgMax", 19),
]

for kind, opset in UNARY:
    def unary(m, kind=kind):
        x = m.input(1, 3, 4, 4)
        return m.node(kind, [x, m.weights(3), m.weights(3)] if kind == "InstanceNormalization" else x)
    unary.__name__ = f"refused_{kind}"
    case(opset, kind="refused")(unary)


@case(7, 13, kind="refused")
def refused_Pow(m):
    return m.node("Pow", [m.input(1, 3, 4, 4), m.const(2.0)])


@case(17, kind="refused")
def refused_LayerNormalization(m):
    return m.node("LayerNormalization", [m.input(1, 4, 6), m.weights(6), m.weights(6)])


@case(21, kind="refused")
def refused_GroupNormalization(m):
    return m.node("GroupNormalization", [m.input(1, 4, 3, 3), m.weights(4), m.weights(4)], num_groups=2)


@case(13, kind="refused", variants=["MatMul", "Div"])
def refused_of_activations(m, variant):
    x = m.input(1, 4, 4)
    return m.node(variant, [x, m.node("Sigmoid", x)])


@case(12, kind="refused")
def refused_Einsum(m):
    return m.node("Einsum", [m.input(1, 3, 4), m.weights(4, 2)], equation="bij,jk->bik")


@case(13, kind="refused", variants=["linear", "cubic"])
def refused_Resize(m, variant):
    return m.node("Resize", [m.input(1, 2, 4, 4), "", m.const([1, 1, 2, 2])], mode=variant)


@case(9, kind="refused")
def refused_Upsample(m):
    return m.node("Upsample", [m.input(1, 2, 4, 4), m.const([1, 1, 2, 2])], mode="linear")


@case(11, kind="refused")
def refused_Resize_channels(m):
    return m.node("Resize", [m.input(1, 2, 4, 4), m.const([]), m.const([1, 2, 1, 1])], mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor")


@case(13, kind="refused")
def refused_Resize_fraction(m):
    """half_pixel by a factor where no rule of the networks here picks the same values."""
    return m.node("Resize", [m.input(1, 2, 5, 7), "", "", m.ints([1, 2, 8, 10])], mode="nearest", nearest_mode="ceil")


@case(11, kind="refused")
def refused_Conv_3d(m):
    return m.node("Conv", [m.input(1, 2, 4, 4, 4), m.weights(3, 2, 2, 2, 2)])


@case(10, kind="refused")
def refused_Conv_batch(m):
    return m.conv(m.input(2, 3, 4, 4), 3, 2)


@case(13, kind="refused")
def refused_Conv_weights(m):
    x = m.input(1, 2, 4, 4)
    return m.node("Conv", [x, m.node("Reshape", [m.slice(x, [0, 0], [1, 1], [2, 3]), m.ints([1, 2, 1, 1])])])


@case(7, kind="refused")
def refused_ConvTranspose_groups(m):
    return m.node("ConvTranspose", [m.input(1, 4, 3, 3), m.weights(4, 2, 2, 2)], group=2)


@case(9, kind="refused")
def refused_AveragePool_3d(m):
    return m.node("AveragePool", m.input(1, 2, 4, 4, 4), kernel_shape=[2, 2, 2])


@case(19, kind="refused")
def refused_AveragePool_dilated(m):
    return m.node("AveragePool", m.input(1, 2, 6, 6), kernel_shape=[2, 2], dilations=[2, 2], pads=[1, 1, 1, 1])


@case(8, kind="refused")
def refused_MaxPool_indices(m):
    return m.node("MaxPool", m.input(1, 2, 4, 4), 2, kernel_shape=[2, 2])
