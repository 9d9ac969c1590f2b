# SPDX-License-Identifier: Apache-2.0
"""Owns quantized models while they grow: QuantizeLinear around activations, with scales from the ranges of the float model."""

import zlib

import numpy as np
import onnxruntime
from onnx import TensorProto, helper

from corpus.model import Model

DTYPES = {"u8": np.uint8, "s8": np.int8}
CALIBRATION_RUNS = 8
VIEWS = {"Flatten", "Reshape", "Transpose", "Squeeze", "Unsqueeze", "MaxPool"}


class Scheme:
    """Activations and weights: u8 or s8; `symmetric`: zero point 0 (128 of u8); weights per channel or not, with zero points or not."""

    def __init__(self, activations="u8", weights="s8", symmetric=False, per_channel=False, weight_zero=False):
        self.activations, self.weights, self.symmetric = DTYPES[activations], DTYPES[weights], symmetric
        self.per_channel, self.weight_zero = per_channel, weight_zero


def activation_scale(low, high, dtype, symmetric):
    """The widest range that was seen, with 0 in it: scale in float32, and zero point."""
    low, high = min(0.0, low), max(0.0, high)
    info = np.iinfo(dtype)
    if symmetric:
        scale = max(-low, high) / 127
        return np.float32(scale), dtype(0 if dtype == np.int8 else 128)
    scale = (high - low) / 255
    return np.float32(scale), dtype(np.clip(np.round(info.min - low / scale), info.min, info.max))


def quantize(values, scale, zero, dtype):
    info = np.iinfo(dtype)
    return np.clip(np.round(values / scale) + zero, info.min, info.max).astype(dtype)


class QuantizedModel(Model):
    """Built twice by the same function: first in float, where `q` notes what it sees, then with the ranges of `ranges`."""

    def __init__(self, name, opset, scheme, ranges=None):
        super().__init__(name, opset)
        self.scheme, self.ranges, self.watched, self.known = scheme, ranges, [], {}
        self.list_scales = False

    def node(self, kind, inputs, *more, **attributes):
        """A view of quantized values keeps their scale."""
        result = super().node(kind, inputs, *more, **attributes)
        first = inputs if isinstance(inputs, str) else (inputs or [""])[0]
        if kind in VIEWS and first in self.known:
            self.known[result] = self.known[first]
        return result

    def q(self, x, like=None):
        """Quantized and dequantized; `like` names a tensor whose scale is taken."""
        self.watched.append(x)
        if self.ranges is None:
            return x
        low, high = self.ranges[len(self.watched) - 1]
        scale, zero = self.known[like] if like else activation_scale(low, high, self.scheme.activations, self.scheme.symmetric)
        shape = [1] if self.list_scales else []
        names = [self.const(np.reshape(scale, shape)), self.const(np.reshape(zero, shape), self.scheme.activations)]
        y = self.node("DequantizeLinear", [self.node("QuantizeLinear", [x, *names]), *names])
        self.known[y] = (scale, zero)
        return y

    def weight_grid(self, array, axis):
        dtype = self.scheme.weights
        info = np.iinfo(dtype)
        others = tuple(d for d in range(array.ndim) if d != axis)
        low, high = (array.min(others), array.max(others)) if self.scheme.per_channel else (array.min(), array.max())
        if self.scheme.weight_zero:
            scale = np.float32((np.maximum(high, 0) - np.minimum(low, 0)) / 255)
            zero = np.round(info.min - np.minimum(low, 0) / scale).astype(dtype)
        else:
            scale = np.maximum(np.maximum(np.abs(low), np.abs(high)) / 127, 2.0**-20).astype(np.float32)
            zero = np.full_like(scale, 0 if dtype == np.int8 else 128, dtype)
        spread = lambda v: v.reshape([-1 if d == axis else 1 for d in range(array.ndim)]) if v.ndim else v
        return quantize(array, spread(np.asarray(scale)), spread(np.asarray(zero)).astype(np.int32), dtype), np.asarray(scale), np.asarray(zero)

    def qweights(self, *shape, axis=0, spread=1.0):
        array = (self.random.standard_normal(shape) * spread / 2).astype(np.float32)
        if self.ranges is None:
            return self.const(array)
        values, scale, zero = self.weight_grid(array, axis)
        names = [self.const(values, values.dtype), self.const(scale), self.const(zero, values.dtype)]
        y = self.node("DequantizeLinear", names, axis=axis if self.scheme.per_channel else None)
        self.known[y] = (scale, zero)
        return y

    def qbias(self, x, w, count):
        """int32 with the product of the scales."""
        array = (self.random.standard_normal(count) / 2).astype(np.float32)
        if self.ranges is None:
            return self.const(array)
        scale = np.float32(self.known[x][0] * self.known[w][0])
        values = np.round(array / scale).astype(np.int32)
        scale = np.asarray(scale)
        return self.node("DequantizeLinear", [self.const(values, np.int32), self.const(scale), self.const(np.zeros(scale.shape), np.int32)], axis=0 if scale.ndim else None)

    def qconv(self, x, inputs, outputs, kernel=3, group=1, bias=True, **attributes):
        """Without a QuantizeLinear behind it."""
        kernel = [kernel, kernel] if isinstance(kernel, int) else list(kernel)
        w = self.qweights(outputs, inputs // group, *kernel, spread=2 / np.sqrt(inputs / group * np.prod(kernel)))
        return self.node("Conv", [x, w, *([self.qbias(x, w, outputs)] if bias else [])], kernel_shape=kernel, group=group, **attributes)

    def qgemm(self, x, inputs, outputs):
        w = self.qweights(outputs, inputs, spread=2 / np.sqrt(inputs))
        return self.node("Gemm", [x, w, self.qbias(x, w, outputs)], transB=1)


def calibrated(name, opset, scheme, function, kind=QuantizedModel):
    """`function` on the float model, the ranges of what it quantizes, and `function` on the quantized one."""
    twin = kind(name, opset, scheme)
    result = function(twin)
    twin.output(result)
    proto = twin.proto()
    for watched in dict.fromkeys(twin.watched):
        if watched not in {port.name for port in [*proto.graph.output, *proto.graph.input]}:
            proto.graph.output.append(helper.make_tensor_value_info(watched, TensorProto.FLOAT, None))
    run = onnxruntime.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
    random = np.random.Generator(np.random.PCG64(zlib.crc32(f"{name} calibration".encode())))
    seen = {}
    names = [port.name for port in run.get_outputs()]
    for _ in range(CALIBRATION_RUNS):
        feed = {port.name: (random.integers(-64, 65, [d if isinstance(d, int) else 1 for d in port.shape]) / 32).astype(np.float32) for port in run.get_inputs()}
        for key, value in {**feed, **dict(zip(names, run.run(None, feed)))}.items():
            low, high = seen.get(key, (np.inf, -np.inf))
            seen[key] = (min(low, float(value.min())), max(high, float(value.max())))
    model = kind(name, opset, scheme, [seen[watched] for watched in twin.watched])
    model.output(function(model))
    return model
