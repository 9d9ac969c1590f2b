# SPDX-License-Identifier: Apache-2.0
"""Forms that are rare alone and meet in real files: more than one sample, old encodings, weights that are computed."""

import numpy as np
from onnx import TensorProto, helper

from corpus.registry import case


@case(13, variants=[("rows", (0, (4, 5))), ("columns", (1, (4, 5))), ("all", (-1, (2, 3, 4)))])
def rows_softmax(m, variant):
    """More than one sample where nothing asks for images."""
    axis, shape = variant[1]
    return m.node("Softmax", m.input(*shape), axis=axis)


@case(13)
def rows_moved(m):
    """Slice, Concat, ReduceMean and Transpose along the first dimension."""
    x = m.input(4, 6)
    first, last = m.split(x, [1, 3], 0)
    x = m.node("Concat", [last, first, m.slice(x, [1], [3], [0])], axis=0)
    return [m.mean(x, [0]), m.node("Transpose", m.node("Relu", x), perm=[1, 0])]


@case(13, variants=[("resized", 1.5), ("enlarged", 2.5)])
def resize_by_fraction(m, variant):
    scale = variant[1]
    return m.node("Resize", [m.input(1, 2, 4, 6), "", m.const([1, 1, scale, scale])], mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor")


@case(7)
def fields(m):
    """Values in float_data and int64_data instead of raw bytes, as old PyTorch wrote them."""
    def listed(array, kind):
        name = m.fresh("c")
        m.initializers.append(helper.make_tensor(name, kind, array.shape, array.flatten().tolist()))
        return name
    x = m.node("Conv", [m.input(1, 2, 4, 4), listed(m.values((3, 2, 3, 3)), TensorProto.FLOAT), listed(m.values((3,)), TensorProto.FLOAT)])
    return m.node("Reshape", [x, listed(np.asarray([1, -1]), TensorProto.INT64)])


@case(13)
def half_weights(m):
    """float16 and float64 constants behind Cast."""
    w = m.node("Cast", m.const(m.values((3, 2, 3, 3)), np.float16), to=TensorProto.FLOAT)
    b = m.node("Cast", m.const(m.values((3,)), np.float64), to=TensorProto.FLOAT)
    return m.node("Conv", [m.input(1, 2, 4, 4), w, b])


@case(15)
def shape_part(m):
    """Shape with start and end."""
    x = m.conv(m.input("N", 2, 4, 4), 2, 3)
    wanted = m.node("Concat", [m.node("Shape", x, start=0, end=1), m.ints([2]), m.node("Shape", x, start=-1), m.ints([-1])], axis=0)
    return m.node("Reshape", [x, wanted])


@case(14)
def reshape_allowing_zero(m):
    return m.node("Reshape", [m.input(1, 2, 6), m.ints([3, 4])], allowzero=1)


@case(9)
def weight_norm(m):
    """Weights that are computed: g * v / |v| with Sqrt, Pow and Div of constants."""
    v, g = m.const(np.abs(m.values((4, 6))) + np.float32(0.25)), m.weights(4, 1)
    squares = m.node("Pow", [v, m.const(2.0)])
    w = m.node("Div", [m.node("Mul", [g, v]), m.node("Sqrt", m.node("Add", [squares, m.const(1.0)]))])
    return m.node("Gemm", [m.input(1, 6), w, m.weights(4)], transB=1)


@case(13)
def conv_then_reshape_then_conv(m):
    """Rows become channels."""
    x = m.conv(m.input(1, 2, 4, 6), 2, 3, 1)
    x = m.node("Reshape", [x, m.ints([1, 12, 2, 3])])
    return m.conv(x, 12, 2, 1)


@case(11)
def gemm_of_columns(m):
    """A Gemm with transA on what Flatten gave, and one that adds an activation."""
    x = m.conv(m.input(1, 2, 3, 3), 2, 4, 2)
    rows = m.node("Reshape", [x, m.ints([4, 4])])
    y = m.node("Gemm", [rows, m.weights(4, 3), m.weights(3)], transA=1)
    z = m.node("Gemm", [rows, m.weights(4, 3), m.weights(3)])
    return m.node("Gemm", [z, m.weights(3, 3), y])


@case(13)
def chained_clips(m):
    x = m.node("Relu", m.conv(m.input(1, 2, 4, 4), 2, 3))
    return m.clip(m.node("Relu", m.clip(x, -1.0, 4.0)), 0.5, 3.0)


@case(11)
def scalar_weights(m):
    """Add of 1 value in every rank, to either side."""
    x = m.conv(m.input(1, 2, 3, 3), 2, 3, 2)
    x = m.node("Add", [m.const(np.ones((1, 1, 1, 1))), x])
    x = m.node("Mul", [x, m.const(np.full((1,), 0.5))])
    return m.node("Sub", [m.const(np.float32(2)), x])


@case(9)
def normalized_input(m):
    """(x / 255 - mean) / deviation before the first layer."""
    x = m.node("Div", [m.input(1, 3, 5, 5), m.const(2.0)])
    x = m.node("Div", [m.node("Sub", [x, m.weights(1, 3, 1, 1)]), m.const(np.abs(m.values((1, 3, 1, 1))) + np.float32(0.5))])
    return m.conv(x, 3, 4, pads=[1, 1, 1, 1])


@case(8)
def transposed_weights(m):
    """Constants through Transpose, Unsqueeze, Squeeze, Slice and Flatten."""
    w = m.unsqueeze(m.node("Transpose", m.weights(3, 4), perm=[1, 0]), [2, 3])
    b = m.squeeze(m.slice(m.weights(1, 6), [1], [5], [1]), [0])
    x = m.node("Conv", [m.input(1, 3, 2, 2), w, b])
    return m.node("Gemm", [m.node("Flatten", x), m.node("Flatten", m.weights(16, 1, 3)), m.weights(3)])


@case(13)
def gather_of_shape_by_list(m):
    x = m.conv(m.input(1, 2, 4, 4), 2, 3)
    sizes = m.node("Gather", [m.node("Shape", x), m.ints([0, 1])], axis=0)
    count = m.node("ReduceProd", m.node("Slice", [m.node("Shape", x), m.ints([2]), m.ints([4])]), keepdims=1)
    return m.node("Reshape", [x, m.node("Concat", [sizes, count], axis=0)])


@case(16)
def where_of_shapes(m):
    """-1 replaced by the size there is: Where on integers, Greater and Less on shapes."""
    shape = m.node("Shape", m.input(1, 2, 3, 4))
    wanted = m.ints([1, -1, 3, 2])
    negative = m.node("Less", [wanted, m.ints([0])])
    return m.node("Reshape", ["x", m.node("Where", [negative, m.node("Max", [m.node("Mul", [shape, m.ints([2])]), m.ints([1])]), wanted])])
