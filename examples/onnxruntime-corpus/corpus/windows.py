# SPDX-License-Identifier: Apache-2.0
"""Transposed convolution, dilated maxima, and padding, slicing and picking in their less usual modes."""

from corpus.qdq import ASYMMETRIC, S8, U8, quantized
from corpus.registry import case

TRANSPOSED = [
    ("plain", {}), ("stride", {"strides": [2, 2], "pads": [1, 1, 1, 1], "output_padding": [1, 1]}), ("uneven", {"strides": [2, 1], "pads": [0, 1, 1, 0]}),
    ("dilated", {"dilations": [2, 1]}), ("same", {"strides": [2, 2], "auto_pad": "SAME_UPPER"}),
]


@case(7, 11, 14, 19, 20, variants=TRANSPOSED)
def conv_transpose(m, variant):
    return m.node("ConvTranspose", [m.input(1, 3, 3, 4), m.weights(3, 4, 3, 3), m.weights(4)], **variant[1])


@case(9, 16)
def conv_transpose_as_upsampling(m):
    """Kernel 2, stride 2, as in U-Net; BatchNormalization behind it."""
    x = m.node("ConvTranspose", [m.input(1, 3, 4, 4), m.weights(3, 4, 2, 2)], strides=[2, 2], kernel_shape=[2, 2])
    return m.node("Relu", m.batch_norm(x, 4))


@case(10, 17)
def max_pool_dilated(m):
    return m.node("MaxPool", m.input(1, 2, 8, 7), kernel_shape=[2, 3], dilations=[2, 2], pads=[1, 0, 1, 2], strides=[1, 2])


@case(7, 10, 12, 15, 18, 20, variants=["reflect", "edge"])
def pad_mode(m, variant):
    return m.conv(m.pad(m.input(1, 2, 5, 5), [0, 0, 1, 2, 0, 0, 2, 1], mode=variant), 2, 3)


@case(19)
def pad_wrap(m):
    return m.node("Pad", [m.input(1, 2, 4, 5), m.ints([0, 0, 1, 2, 0, 0, 2, 1])], mode="wrap")


@case(10, 16, variants=[("columns", ([-1], [-(2**31)], [3], [-1])), ("both", ([5, 0], [0, 5], [2, 3], [-2, 2])), ("channels", ([2], [-5], [1], [-1]))])
def slice_backwards(m, variant):
    return m.node("Relu", m.slice(m.input(1, 3, 6, 6), *variant[1]))


@case(11, 14, variants=[("channels", ([2, 0, 1], 1)), ("columns", ([4, -1], 3))])
def gather_list(m, variant):
    indices, axis = variant[1]
    return m.node("Gather", [m.input(1, 3, 4, 5), m.ints(indices)], axis=axis)


@quantized((13, S8), (11, U8), (18, ASYMMETRIC))
def deconvolution(m):
    """ConvTranspose with its weights per output channel, which are their second dimension."""
    x = m.q(m.input(1, 3, 4, 4))
    return m.q(m.node("Relu", m.node("ConvTranspose", [x, m.qweights(3, 4, 2, 2, axis=1, spread=0.5), m.weights(4)], strides=[2, 2])))


@quantized((13, S8), (12, U8))
def pad_modes(m):
    x = m.q(m.input(1, 3, 5, 5))
    return m.q(m.qconv(m.q(m.pad(x, [0, 0, 1, 1, 0, 0, 1, 1], mode="reflect"), like=x), 3, 4))


@quantized((17, S8), (12, U8))
def pad_filled(m):
    """With a value that only the scale behind it holds."""
    return m.q(m.pad(m.q(m.node("Sigmoid", m.q(m.input(1, 3, 4, 4)))), [0, 0, 0, 1, 0, 0, 1, 0], 1.25))


@quantized((13, S8), (10, U8))
def maximum_times_values(m):
    """A product with what MaxPool gives: the two meet in one pass of the array."""
    x = m.q(m.input(1, 3, 5, 5))
    y = m.q(m.node("MaxPool", x, kernel_shape=[3, 3], pads=[1, 1, 1, 1]), like=x)
    return m.q(m.node("Mul", [y, x]))
