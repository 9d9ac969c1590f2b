# SPDX-License-Identifier: Apache-2.0
"""Networks that onnxruntime's own static quantizer has quantized, in QDQ form and with integer operators."""

import logging
import os
import tempfile

import numpy as np
import onnx
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

from corpus.model import Model
from corpus.registry import CASES


def mixed(m):
    """Convolutions, pooling of three kinds, Concat, upsampling, Pad, Gemm, Softmax."""
    x = m.node("Relu", m.conv(m.input(1, 3, 8, 8), 3, 4, pads=[1, 1, 1, 1]))
    down = m.node("Relu", m.conv(m.node("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2]), 4, 4, pads=[1, 1, 1, 1]))
    x = m.conv(m.node("Concat", [m.upsample(down, (2, 2)), x], axis=1), 8, 4, 1)
    x = m.node("AveragePool", m.pad(x, [0, 0, 1, 1, 0, 0, 1, 1]), kernel_shape=[2, 2], strides=[2, 2])
    x = m.node("Flatten", m.node("GlobalAveragePool", x))
    return m.node("Softmax", m.node("Gemm", [x, m.weights(5, 4), m.weights(5)], transB=1), axis=1)


def mobile(m):
    """Clip, depthwise, Add, squeeze and excite, LeakyRelu, MatMul."""
    x = m.clip(m.conv(m.input(1, 3, 8, 8), 3, 8, strides=[2, 2], pads=[1, 1, 1, 1]), 0.0, 6.0)
    y = m.clip(m.conv(x, 8, 8, group=8, pads=[1, 1, 1, 1]), 0.0, 6.0)
    s = m.node("Relu", m.conv(m.node("GlobalAveragePool", y), 8, 2, 1))
    y = m.node("Mul", [y, m.node("Sigmoid", m.conv(s, 2, 8, 1))])
    x = m.node("LeakyRelu", m.node("Add", [x, m.conv(y, 8, 8, 1)]), alpha=0.1)
    x = m.node("Reshape", [m.node("GlobalAveragePool", x), m.ints([1, 8])])
    return m.node("MatMul", [x, m.weights(8, 5)])


class Samples(CalibrationDataReader):
    def __init__(self):
        random = np.random.Generator(np.random.PCG64(1))
        self.rest = [{"x": (random.integers(-64, 65, (1, 3, 8, 8)) / 32).astype(np.float32)} for _ in range(8)]

    def get_next(self):
        return self.rest.pop() if self.rest else None


class Finished(Model):
    """A model that is there already."""

    def __init__(self, name, opset, proto):
        super().__init__(name, opset, proto.ir_version)
        self.done = proto
        self.outputs = [port.name for port in proto.graph.output]

    def proto(self, shapes=None):
        return self.done


def build(name, opset, function, options):
    model = Model(name, opset)
    model.output(function(model))
    proto = onnx.shape_inference.infer_shapes(model.proto())
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "float.onnx")
        result = os.path.join(folder, "quantized.onnx")
        onnx.save(proto, path)
        quantize_static(path, result, Samples(), **options)
        quantized = onnx.load(result)
    logging.disable(logging.NOTSET)
    quantized.producer_name = quantized.producer_version = ""
    return Finished(name, opset, quantized)


def options(form, activations, weights, **more):
    return {"quant_format": form, "activation_type": activations, "weight_type": weights, **more}


WAYS = {
    "qdq_u8s8": options(QuantFormat.QDQ, QuantType.QUInt8, QuantType.QInt8),
    "qdq_s8": options(QuantFormat.QDQ, QuantType.QInt8, QuantType.QInt8, per_channel=True, extra_options={"ActivationSymmetric": True}),
    "integer_u8u8": options(QuantFormat.QOperator, QuantType.QUInt8, QuantType.QUInt8),
    "integer_s8": options(QuantFormat.QOperator, QuantType.QInt8, QuantType.QInt8, per_channel=True),
}

for function in (mixed, mobile):
    for way, chosen in WAYS.items():
        for opset in (13, 17):
            if way.startswith("qdq") == (opset == 17):
                name = f"static_{function.__name__}_{way}_{opset}"
                CASES.append((name, "quantized", lambda name=name, opset=opset, function=function, chosen=chosen: build(name, opset, function, chosen)))
