# SPDX-License-Identifier: Apache-2.0
"""Operators that move values, and arithmetic of shapes."""

import numpy as np

from corpus.registry import case


@case(7, 12, 13, 19, variants=[("constant", (2.5, ())), ("channels", (None, (3, 1, 1))), ("rows", (None, (4, 1))), ("whole", (None, (1, 3, 4, 4)))])
def arithmetic(m, variant):
    """Every operator with a constant on its right, and one on its left."""
    value, shape = variant[1]
    other = (lambda: m.const(value)) if value is not None else (lambda: m.const(np.abs(m.values(shape)) + np.float32(0.5)))
    x = m.node("Add", [m.input(1, 3, 4, 4), other()])
    x = m.node("Mul", [x, other()])
    x = m.node("Sub", [x, other()])
    return m.node("Sub", [other(), m.node("Div", [x, other()])])


@case(8, 14)
def sum_of_three(m):
    x = m.input(1, 2, 5, 5)
    return m.node("Sum", [x, m.conv(x, 2, 2, pads=[1, 1, 1, 1]), m.node("Relu", x)])


@case(7, 13)
def two_inputs(m):
    a, b = m.input(1, 2, 4, 4, name="a"), m.input(1, 2, 1, 4, name="b")
    return m.node("Mul", [m.node("Add", [a, b]), m.node("Sub", [b, a])])


@case(8, 17)
def two_outputs(m):
    x = m.conv(m.input(1, 2, 6, 6), 2, 4)
    return [m.node("Relu", x), m.node("Flatten", m.node("GlobalAveragePool", x))]


@case(15)
def squeeze_excite(m):
    x = m.conv(m.input(1, 3, 6, 6), 3, 8)
    s = m.node("Relu", m.conv(m.node("GlobalAveragePool", x), 8, 2, 1))
    return m.node("Mul", [x, m.node("Sigmoid", m.conv(s, 2, 8, 1))])


@case(7, 9, 11, 13, 21, variants=[("one", 1), ("none", 0), ("two", 2), ("all", 4), ("last", -1)])
def flatten(m, variant):
    axis = variant[1] if m.opset >= 11 else max(variant[1], 0)
    return m.node("Flatten", m.conv(m.input(1, 2, 4, 5), 2, 3, 1), axis=axis)


@case(7, 13, 14, variants=[("rest", [1, -1]), ("copy", [0, -1]), ("merge", [0, 3, 20]), ("split", [1, 3, 2, 2, 5]), ("swap", [4, 3, 5]), ("rows", [-1, 5])])
def reshape(m, variant):
    return m.node("Relu", m.node("Reshape", [m.conv(m.input(1, 2, 4, 5), 2, 3, 1), m.ints(variant[1])]))


@case(7, 21)
def squeezes(m):
    x = m.node("Relu", m.unsqueeze(m.squeeze(m.mean(m.input(1, 3, 4, 4), [2]), [2]), [1]))
    return m.squeeze(x, [0, 1]) if m.opset < 13 else m.node("Squeeze", x)


@case(11)
def squeezes_from_the_end(m):
    return m.unsqueeze(m.squeeze(m.node("GlobalMaxPool", m.input(1, 3, 4, 4)), [-1, -2]), [-1, 1])


@case(7, 13, variants=[("images", [0, 2, 3, 1]), ("rows", [0, 1, 3, 2]), ("channels", [1, 0, 2, 3]), ("all", None)])
def transpose(m, variant):
    return m.node("Relu", m.node("Transpose", m.conv(m.input(1, 2, 4, 5), 2, 3, 1), perm=variant[1]))


@case(7, 11, 13, variants=[("channels", 1), ("rows", 2), ("columns", 3)])
def concat(m, variant):
    x = m.input(1, 3, 4, 4)
    axis = variant[1] if m.opset < 11 else variant[1] - 4
    return m.node("Concat", [x, m.conv(x, 3, 3, 1), m.node("Relu", x)], axis=axis)


@case(7, 11, 13, 18, variants=[("channels", ([1, 4, 2], 1)), ("rows", ([3, 4], 2))])
def split(m, variant):
    parts = m.split(m.input(1, 7, 7, 3), *variant[1])
    return m.node("Concat", [m.node("Relu", parts[-1]), *parts[:-1]], axis=variant[1][1])


@case(7, 17)
def split_evenly(m):
    """Without sizes."""
    a, b = m.node("Split", m.input(1, 6, 3, 3), 2, axis=1)
    return m.node("Add", [a, b])


@case(18, 20)
def split_by_number(m):
    """Four parts of seven: the last one is smaller."""
    parts = m.node("Split", m.input(1, 7, 3, 3), 4, axis=1, num_outputs=4)
    return m.node("Concat", [*reversed(parts)], axis=1)


@case(7, 9, 10, 11, 13, variants=[("middle", ([0, 1], [3, -1], [1, 2])), ("end", ([-2], [2**31 - 1], [2])), ("beyond", ([1], [1000], [3]))])
def slice_(m, variant):
    return m.node("Relu", m.slice(m.input(1, 4, 5, 5), *variant[1]))


@case(10, 20)
def slice_steps(m):
    return m.slice(m.input(1, 4, 7, 7), [0, 1], [7, 2**63 - 1], [2, 3], [2, 3])


@case(7, 11, 13, variants=[("one", 1), ("last", 3)])
def gather(m, variant):
    """x[:, 1] and x[..., 2]."""
    return m.node("Relu", m.node("Gather", [m.input(1, 3, 4, 5), m.const(2, np.int64)], axis=variant[1]))


@case(7, 10, 11, 13, 18, variants=[("zeros", ([0, 0, 1, 2, 0, 0, 0, 1], None)), ("value", ([0, 1, 1, 0, 0, 2, 0, 0], -1.5)), ("cut", ([0, 0, -1, 1, 0, 0, 1, -2], 0.5))])
def pad(m, variant):
    pads, value = variant[1]
    return m.node("Relu", m.pad(m.node("Neg", m.input(1, 3, 4, 5)), pads, value))


@case(18, 21)
def pad_axes(m):
    return m.node("Pad", [m.input(1, 2, 4, 4), m.ints([1, 0, 0, 2]), "", m.ints([-2, 3])])


@case(7, 14)
def pad_then_conv(m):
    """As tf2onnx writes a convolution with explicit padding."""
    return m.conv(m.pad(m.input(1, 3, 6, 6), [0, 0, 1, 1, 0, 0, 1, 1]), 3, 4, strides=[2, 2])


@case(7, 11, 13, variants=["SpaceToDepth", "DepthToSpace"])
def blocks(m, variant):
    return m.node(variant, m.input(1, 8, 2, 4), blocksize=2)


@case(11)
def depth_to_space_crd(m):
    return m.node("DepthToSpace", m.conv(m.input(1, 2, 3, 4), 2, 8, 1), blocksize=2, mode="CRD")


@case(9)
def pixel_shuffle(m):
    """By Reshape and Transpose of six dimensions."""
    x = m.node("Reshape", [m.conv(m.input(1, 2, 3, 4), 2, 8, 1), m.ints([1, 2, 2, 2, 3, 4])])
    return m.node("Reshape", [m.node("Transpose", x, perm=[0, 1, 4, 2, 5, 3]), m.ints([1, 2, 6, 8])])


@case(16)
def channel_shuffle(m):
    x = m.node("Reshape", [m.conv(m.input(1, 3, 4, 4), 3, 6, 1), m.ints([1, 2, 3, 4, 4])])
    x = m.node("Reshape", [m.node("Transpose", x, perm=[0, 2, 1, 3, 4]), m.ints([1, 6, 4, 4])])
    return m.conv(x, 6, 4, group=2)


@case(7, 9, 10, 11, 13, 19, variants=[("twice", (2, 2)), ("uneven", (3, 1))])
def upsample(m, variant):
    return m.conv(m.upsample(m.input(1, 2, 3, 4), variant[1]), 2, 3, pads=[1, 1, 1, 1])


@case(10)
def resize_down(m):
    return m.node("Resize", [m.input(1, 2, 6, 8), m.const([1, 1, 0.5, 0.5])], mode="nearest")


@case(11, 13, 18, variants=[
    ("sizes", ("asymmetric", "floor")), ("half", ("half_pixel", "round_prefer_ceil")), ("floor", ("half_pixel", "round_prefer_floor")),
    ("corners", ("align_corners", "round_prefer_ceil")), ("torch", ("pytorch_half_pixel", "round_prefer_floor"))])
def resize_to(m, variant):
    """By sizes; half_pixel with round_prefer_floor is the default of the operator."""
    coordinates, rounding = variant[1]
    x = m.input(1, 2, 3, 5)
    return m.node("Resize", [x, "" if m.opset >= 13 else m.const([]), "" if m.opset >= 13 else m.const([]), m.ints([1, 2, 6, 10])], mode="nearest", coordinate_transformation_mode=coordinates, nearest_mode=rounding)


@case(18, 19)
def resize_axes(m):
    return m.node("Resize", [m.input(1, 2, 3, 5), "", m.const([2, 2])], mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor", axes=[2, 3])
