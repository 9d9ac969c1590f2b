# SPDX-License-Identifier: Apache-2.0
"""Forms that are rare alone and meet in real files: views, unusual broadcasts, outputs in the middle."""

from corpus.registry import case


@case(13, variants=[("identity", "Identity"), ("transpose", "Transpose"), ("flatten", "Flatten")])
def only(m, variant):
    """A network without arithmetic."""
    return m.node(variant[1], m.input(1, 2, 3, 4))


@case(9)
def output_in_the_middle(m):
    """An output that others read, and one that is only another's view."""
    x = m.conv(m.input(1, 2, 5, 5), 2, 3)
    y = m.node("Relu", x)
    return [x, m.node("Transpose", y, perm=[0, 2, 3, 1]), m.node("GlobalAveragePool", y)]


@case(11, variants=[("higher", (2, 3, 4)), ("wider", (5, 1)), ("row", (4,))])
def constant_widens(m, variant):
    """The constant has more values than the activation."""
    shapes = {"higher": (3, 4), "wider": (1, 4), "row": (3, 1)}
    return m.node("Add", [m.input(*shapes[variant[0]]), m.weights(*variant[1])])


@case(13, variants=[("pixels", [1]), ("channels", [2, 3]), ("value", [1, 2, 3])])
def gated_by_mean(m, variant):
    """x * sigmoid(mean of x): spatial attention, channel attention, one value."""
    x = m.conv(m.input(1, 2, 4, 5), 2, 3)
    return m.node("Mul", [m.node("Sigmoid", m.mean(x, variant[1])), x])


@case(9)
def outer_product(m):
    """1xCx1x1 times 1x1xHxW: neither has all values of the result."""
    x = m.input(1, 3, 4, 5)
    return m.node("Add", [m.mean(x, [2, 3]), m.mean(x, [1])])


@case(13, variants=["Add", "Mul"])
def with_itself(m, variant):
    x = m.conv(m.input(1, 2, 4, 4), 2, 3)
    return m.node(variant, [x, x])


@case(12)
def shared_weights(m):
    """One initializer in two convolutions, by Identity as PyTorch writes it."""
    w, b = m.weights(3, 3, 3, 3), m.weights(3)
    x = m.node("Conv", [m.input(1, 3, 7, 7), w, b])
    return m.node("Conv", [m.node("Relu", x), m.node("Identity", w), m.node("Identity", b)])


@case(9, 13, variants=["relu", "norm", "twice", "concat", "add"])
def flatten_then(m, variant):
    """What may stand between Flatten and Gemm."""
    x = m.node("Flatten", m.conv(m.input(1, 2, 4, 4), 2, 3))
    if variant == "relu":
        x = m.node("Relu", x)
    if variant == "norm":
        x = m.batch_norm(x, 12)
    if variant == "twice":
        return [m.node("Gemm", [x, m.weights(12, 3), m.weights(3)]), m.node("Gemm", [x, m.weights(12, 2), m.weights(2)])]
    if variant == "concat":
        x = m.node("Concat", [x, m.node("Neg", x)], axis=1)
    if variant == "add":
        x = m.node("Add", [x, m.weights(1, 12)])
    return m.node("Gemm", [x, m.weights(24 if variant == "concat" else 12, 3), m.weights(3)])


@case(11)
def ssd_head(m):
    """Boxes and classes: Transpose, Reshape to 1 x boxes x values, Concat, Softmax along the last dimension."""
    x = m.node("Relu", m.conv(m.input(1, 2, 6, 6), 2, 4))
    small = m.node("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2])
    parts = []
    for feature in (x, small):
        scores = m.node("Transpose", m.conv(feature, 4, 6, 1), perm=[0, 2, 3, 1])
        parts.append(m.node("Reshape", [scores, m.ints([1, -1, 3])]))
    return m.node("Softmax", m.node("Concat", parts, axis=1), axis=2)


@case(11)
def yolo_head(m):
    """Five dimensions, values last."""
    x = m.conv(m.input(1, 2, 3, 4), 2, 6, 1)
    x = m.node("Transpose", m.node("Reshape", [x, m.ints([1, 2, 3, 3, 4])]), perm=[0, 1, 3, 4, 2])
    return m.node("Reshape", [m.node("Sigmoid", x), m.ints([1, -1, 3])])


@case(17)
def patches(m):
    """A vision transformer's first layers: patches as rows, a linear layer on each, the mean of all."""
    x = m.conv(m.input(1, 3, 6, 6), 3, 4, 3, strides=[3, 3])
    x = m.node("Transpose", m.node("Reshape", [x, m.ints([1, 4, 4])]), perm=[0, 2, 1])
    x = m.node("Add", [m.node("MatMul", [x, m.weights(4, 6)]), m.weights(6)])
    return m.mean(m.node("Relu", x), [1], keepdims=0)


@case(12)
def causal_conv(m):
    """Padding on both ends and a cut at the end, as temporal networks have it."""
    x = m.conv(m.input(1, 3, 10), 3, 4, [3], pads=[4, 4], dilations=[2])
    x = m.node("Relu", m.slice(x, [0], [-4], [2]))
    return m.conv(m.pad(x, [0, 0, 2, 0, 0, 0]), 4, 2, [3])


@case(10)
def focus(m):
    """Space to depth by four slices with steps."""
    x = m.input(1, 2, 6, 6)
    parts = [m.slice(m.slice(x, [row], [2**63 - 1], [2], [2]), [column], [2**63 - 1], [3], [2]) for column in (0, 1) for row in (0, 1)]
    return m.conv(m.node("Concat", parts, axis=1), 8, 3, 1)


@case(11)
def tf_conv_1d(m):
    """Conv1D as tf2onnx writes it: a row of height 1."""
    x = m.unsqueeze(m.node("Transpose", m.input(1, 9, 3), perm=[0, 2, 1]), [2])
    x = m.node("Relu", m.conv(x, 3, 4, [1, 3], auto_pad="SAME_UPPER"))
    return m.node("Transpose", m.squeeze(x, [2]), perm=[0, 2, 1])
