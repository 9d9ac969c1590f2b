# SPDX-License-Identifier: Apache-2.0
"""Networks in the manner of tf2onnx, and two small ones of other kinds."""

import numpy as np
from onnx import TensorProto

from corpus.registry import case


def nhwc(m, x):
    return m.node("Transpose", x, perm=[0, 2, 3, 1])


def nchw(m, x):
    return m.node("Transpose", x, perm=[0, 3, 1, 2])


@case(7, 11, 15, 18)
def tf_network(m):
    """Input N x H x W x C; every layer between two Transposes; Reshape of N x H x W x C before MatMul."""
    x = nchw(m, m.input("unk__1", 8, 8, 3))
    x = nhwc(m, m.clip(m.conv(x, 3, 4, auto_pad="SAME_UPPER", strides=[2, 2]), 0.0, 6.0))
    x = m.node("Add", [x, m.weights(4)])
    x = nhwc(m, m.node("MaxPool", nchw(m, x), kernel_shape=[2, 2], strides=[2, 2], auto_pad="VALID"))
    x = m.node("MatMul", [m.node("Reshape", [x, m.ints([-1, 16])]), m.weights(16, 5, spread=0.5)])
    return m.node("Softmax", m.node("Add", [x, m.weights(5)]), axis=1)


@case(9, 12)
def tf_flatten(m):
    """Flatten as Keras writes it: the batch out of Shape, in int32."""
    x = nhwc(m, m.node("Relu", m.conv(nchw(m, m.input("N", 6, 6, 2)), 2, 3)))
    shape = m.node("Cast", m.node("Shape", x), to=TensorProto.INT32)
    batch = m.squeeze(m.node("Slice", [shape, m.ints([0]), m.ints([1]), m.ints([0])]) if m.opset >= 10 else m.node("Slice", shape, starts=[0], ends=[1], axes=[0]), [0])
    wanted = m.node("Concat", [m.unsqueeze(batch, [0]), m.const([48], np.int32)], axis=0)
    return m.node("MatMul", [m.node("Reshape", [x, m.node("Cast", wanted, to=TensorProto.INT64)]), m.weights(48, 3, spread=0.25)])


@case(8, 17)
def tf_depthwise(m):
    """Weights of a depthwise convolution come by Transpose and Reshape of constants; BatchNormalization as Mul and Add."""
    w = m.node("Reshape", [m.node("Transpose", m.const(m.values((3, 3, 4, 1))), perm=[3, 2, 0, 1]), m.ints([4, 1, 3, 3])])
    x = m.node("Conv", [nchw(m, m.input(1, 7, 7, 4)), w], group=4, auto_pad="SAME_UPPER", strides=[2, 2], kernel_shape=[3, 3], dilations=[1, 1])
    x = m.node("Add", [m.node("Mul", [x, m.weights(1, 4, 1, 1)]), m.weights(1, 4, 1, 1)])
    return m.mean(nhwc(m, m.node("Relu", x)), [1, 2], keepdims=0)


@case(20)
def tf_pad_and_pool(m):
    """Pad in N x H x W x C before the Transpose."""
    x = m.pad(m.input(1, 6, 6, 2), [0, 0, 0, 0, 0, 1, 1, 0])
    x = m.conv(nchw(m, x), 2, 4, strides=[2, 2])
    return nhwc(m, m.node("AveragePool", x, kernel_shape=[2, 2], strides=[1, 1], auto_pad="SAME_UPPER"))


@case(16)
def tf_concat(m):
    """Concat along the last dimension, between Transposes."""
    x = m.input(1, 5, 5, 2)
    a = nhwc(m, m.conv(nchw(m, x), 2, 3, 1))
    return nchw(m, m.node("Concat", [a, x], axis=3))


@case(9, 19)
def keyword_spotting(m):
    """DS-CNN: a rectangular first kernel, separable layers, average pooling over all."""
    x = m.node("Relu", m.batch_norm(m.conv(m.input(1, 1, 12, 8), 1, 6, [4, 3], strides=[2, 2], pads=[1, 1, 2, 1], bias=False), 6))
    for _ in range(2):
        x = m.node("Relu", m.batch_norm(m.conv(x, 6, 6, group=6, pads=[1, 1, 1, 1], bias=False), 6))
        x = m.node("Relu", m.conv(x, 6, 6, 1))
    x = m.node("AveragePool", x, kernel_shape=[6, 4])
    return m.node("Softmax", m.node("Gemm", [m.node("Flatten", x), m.weights(6, 4), m.weights(4)]), axis=1)


@case(8, 16)
def auto_encoder(m):
    x = m.input(1, 12)
    for inputs, outputs in ((12, 6), (6, 3), (3, 6), (6, 12)):
        x = m.node("Gemm", [x, m.weights(outputs, inputs), m.weights(outputs)], transB=1)
        if outputs < 12:
            x = m.node("Relu", m.batch_norm(x, outputs))
    return x
