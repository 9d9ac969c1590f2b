# SPDX-License-Identifier: Apache-2.0
"""Operators on values, and whole models, that have no place on the accelerator."""

import numpy as np
from onnx import TensorProto, helper

from corpus.registry import case


@case(13, kind="refused")
def refused_Expand(m):
    return m.node("Expand", [m.input(1, 3, 1), m.ints([1, 3, 4])])


@case(9, kind="refused")
def refused_Tile(m):
    return m.node("Tile", [m.input(1, 3, 2), m.ints([1, 1, 2])])


@case(16, kind="refused")
def refused_Where(m):
    x = m.input(1, 3, 4)
    return m.node("Where", [m.node("Greater", [x, m.const(0.0)]), x, m.const(1.0)])


@case(14, kind="refused")
def refused_Gather_table(m):
    return m.node("Gather", [m.input(1, 5, 3), m.ints([[0, 2], [3, 3]])], axis=1)


@case(13, kind="refused")
def refused_GatherElements(m):
    return m.node("GatherElements", [m.input(1, 3), m.ints([[2, 0]])], axis=1)


@case(11, kind="refused")
def refused_TopK(m):
    return m.node("TopK", [m.input(1, 6), m.ints([2])], 2)


@case(7, kind="refused")
def refused_LSTM(m):
    return m.node("LSTM", [m.input(3, 1, 4), m.weights(1, 8, 4), m.weights(1, 8, 2)], hidden_size=2)


@case(14, kind="refused")
def refused_GRU(m):
    return m.node("GRU", [m.input(3, 1, 4), m.weights(1, 6, 4), m.weights(1, 6, 2)], hidden_size=2)


@case(13, kind="refused")
def refused_If(m):
    x = m.input(1, 3)
    branch = lambda name: helper.make_graph([helper.make_node("Neg", [x], [name])], name, [], [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 3])])
    return m.node("If", m.const(True, bool), then_branch=branch("a"), else_branch=branch("b"))


@case(13, kind="refused")
def refused_Cast(m):
    return m.node("Cast", m.node("Cast", m.input(1, 3), to=TensorProto.INT32), to=TensorProto.FLOAT)


@case(16, kind="refused")
def refused_GridSample(m):
    return m.node("GridSample", [m.input(1, 2, 4, 4), m.weights(1, 3, 3, 2)])


@case(13, kind="refused")
def refused_PRelu(m):
    x = m.input(1, 2, 3, 3)
    return m.node("PRelu", [x, m.node("Sigmoid", x)])


@case(11, kind="refused")
def refused_Clip(m):
    x = m.input(1, 2, 3)
    return m.node("Clip", [x, "", m.node("Squeeze", m.mean(x, [0, 1, 2]))])


@case(13, kind="refused")
def refused_Concat_constant(m):
    return m.node("Concat", [m.weights(1, 1, 4), m.input(1, 3, 4)], axis=1)


@case(15, kind="refused")
def refused_BatchNormalization_training(m):
    inputs = [m.input(1, 3, 4, 4), *(m.const(np.ones(3)) for _ in range(4))]
    return m.node("BatchNormalization", inputs, 3, training_mode=1)[0]


@case(10, kind="refused")
def refused_dynamic_rows(m):
    return m.node("Relu", m.input(1, 3, "H", "W"))


@case(13, kind="refused")
def refused_double(m):
    return m.node("Relu", m.input(1, 3, dtype=TensorProto.DOUBLE))


@case(12, kind="refused")
def refused_Add_integers(m):
    """Arithmetic on integers without a scale."""
    return m.node("Max", [m.input(1, 3, dtype=TensorProto.INT8), m.const(np.zeros(3), np.int8)])


@case(17, kind="refused")
def refused_function(m):
    """A function of the model itself, as newer exporters write their layers."""
    m.function = helper.make_function("local.layers", "twice", ["a"], ["b"], [helper.make_node("Add", ["a", "a"], ["b"])], [helper.make_opsetid("", 17)])
    return m.node("twice", m.input(1, 3), domain="local.layers")
