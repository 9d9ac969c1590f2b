# SPDX-License-Identifier: Apache-2.0
"""Pooling and means over dimensions."""

import numpy as np

from corpus.registry import case

POOLS = [
    ("plain", {"strides": [2, 2]}), ("uneven", {"pads": [0, 1, 1, 0], "strides": [2, 2]}), ("upper", {"auto_pad": "SAME_UPPER", "strides": [2, 2]}),
    ("lower", {"auto_pad": "SAME_LOWER", "strides": [2, 2]}), ("default", {}),
]


@case(7, 11, variants=POOLS)
def average_pool(m, variant):
    return m.node("AveragePool", m.input(1, 3, 7, 6), kernel_shape=[3, 2], **variant[1])


@case(7, 11, 19, variants=POOLS[1:4])
def average_pool_counted(m, variant):
    return m.node("AveragePool", m.input(1, 2, 7, 6), kernel_shape=[3, 2], count_include_pad=1, **variant[1])


@case(10, 19, variants=[("counted", 1), ("left_out", 0)])
def average_pool_ceil(m, variant):
    return m.node("AveragePool", m.input(1, 2, 8, 7), kernel_shape=[3, 3], strides=[2, 3], pads=[1, 0, 0, 1], ceil_mode=1, count_include_pad=variant[1])


@case(19)
def average_pool_dilated(m):
    return m.node("AveragePool", m.input(1, 2, 8, 8), kernel_shape=[2, 3], dilations=[2, 2])


@case(7, 12)
def average_pool_1d(m):
    return m.node("AveragePool", m.input(1, 3, 9), kernel_shape=[3], strides=[2], pads=[1, 1])


@case(7, 8, 12, variants=POOLS)
def max_pool(m, variant):
    return m.node("MaxPool", m.input(1, 3, 7, 6), kernel_shape=[3, 2], **variant[1])


@case(10, 20)
def max_pool_ceil(m):
    return m.node("MaxPool", m.input(1, 2, 8, 7), kernel_shape=[3, 3], strides=[2, 2], pads=[1, 0, 0, 1], ceil_mode=1)


@case(7, 13, variants=["GlobalAveragePool", "GlobalMaxPool"])
def global_pool(m, variant):
    return m.node("Flatten", m.node(variant, m.conv(m.input(1, 2, 6, 5), 2, 4)))


@case(11)
def global_pool_1d(m):
    return m.node("GlobalAveragePool", m.input(1, 3, 7))


@case(7, 11, 18, variants=[("spatial", [2, 3]), ("channels", [1]), ("rows", [2]), ("all", [0, 1, 2, 3]), ("batch", [0])])
def reduce_mean(m, variant):
    return m.mean(m.input(1, 3, 4, 5), variant[1])


@case(9, 13, 18)
def reduce_mean_dropping(m):
    axes = [2, 3] if m.opset < 11 else [-2, -1]
    return m.node("Gemm", [m.mean(m.input(1, 3, 4, 5), axes, keepdims=0), m.weights(3, 4), m.weights(4)])


@case(13, 18)
def reduce_mean_of_all(m):
    """Without axes: one value."""
    return m.node("ReduceMean", m.input(1, 3, 4), keepdims=1)


@case(18)
def reduce_mean_of_none(m):
    return m.node("ReduceMean", [m.input(1, 3, 4), m.ints(np.zeros(0))], noop_with_empty_axes=1)
