# SPDX-License-Identifier: Apache-2.0
"""What is left out, and what is computed of constants alone."""

import numpy as np
from onnx import TensorProto, numpy_helper

from corpus.registry import case


@case(7, 10, 14)
def dropout_identity(m):
    x = m.dropout(m.node("Identity", m.conv(m.input(1, 2, 4, 4), 2, 3)))
    return m.node("Cast", m.node("Relu", x), to=TensorProto.FLOAT)


@case(9, 12, 19)
def constants(m):
    """Weights out of Constant, Cast, Transpose, Reshape, Mul, Gather and Concat."""
    w = m.node("Transpose", m.constant(m.values((3, 3, 2, 4))), perm=[3, 2, 0, 1])
    w = m.node("Mul", [w, m.node("Cast", m.constant([3], np.int32), to=TensorProto.FLOAT)])
    half = m.node("Cast", m.constant(m.values((4,)), np.float16), to=TensorProto.FLOAT)
    b = m.node("Concat", [m.node("Gather", [half, m.ints([3, 0])]), m.node("Reshape", [m.constant(m.values((1, 2, 1))), m.ints([-1])])], axis=0)
    return m.node("Conv", [m.input(1, 2, 5, 5), w, b])


@case(12, 21)
def constant_lists(m):
    """value_ints and value_float in the place of tensors."""
    x = m.node("Reshape", [m.input(1, 2, 6), m.node("Constant", [], value_ints=[1, 3, 4])])
    return m.node("Mul", [x, m.node("Constant", [], value_float=0.75)])


@case(9, 16)
def folded(m):
    """Where, Equal, Expand, ConstantOfShape, Range: the chain that torch.Tensor.expand leaves, on constants."""
    wanted = m.constant([-1, 3, 4], np.int64)
    ones = m.node("ConstantOfShape", m.node("Shape", wanted), value=numpy_helper.from_array(np.ones(1, np.int64)))
    minus = m.node("Mul", [ones, m.constant(-1, np.int64)])
    is_minus = m.node("Equal", [wanted, minus])
    shape = m.node("Where", [is_minus, ones, wanted])
    offset = m.node("Expand", [m.constant(m.values((1, 3, 1))), shape])
    if m.opset >= 11:
        count = m.node("Range", [m.const(0, np.int64), m.const(4, np.int64), m.const(1, np.int64)])
        offset = m.node("Add", [offset, m.node("Cast", count, to=TensorProto.FLOAT)])
    return m.node("Add", [m.input(1, 3, 4), offset])


@case(8, ir=3)
def old_initializers(m):
    """IR version 3: every initializer is an input too."""
    x = m.node("Relu", m.batch_norm(m.conv(m.input("None", 3, 6, 6), 3, 4, bias=False), 4))
    return m.node("Gemm", [m.node("Reshape", [x, m.ints([1, 64])]), m.weights(64, 3, spread=0.25), m.weights(3)])
