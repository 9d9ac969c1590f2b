# SPDX-License-Identifier: Apache-2.0
"""Owns models of integer operators while they grow: QLinearConv, QLinearMatMul and their kin in com.microsoft."""

import numpy as np
from onnx import TensorProto

from corpus.model import MICROSOFT
from corpus.quantized import QuantizedModel, activation_scale


class IntegerModel(QuantizedModel):
    """Values of the quantized model are integers here: the scale and zero point of each are known by its name."""

    @property
    def is_float(self):
        return self.ranges is None

    def input(self, *shape, **more):
        if self.is_float:
            x = super().input(*shape, **more)
            self.watched.append(x)
            return x
        kind = TensorProto.UINT8 if self.scheme.activations == np.uint8 else TensorProto.INT8
        x = super().input(*shape, dtype=kind, **more)
        self.grid(x)
        return x

    def grid(self, name):
        """Scale and zero point of an integer tensor, by the range of its place."""
        self.watched.append(name)
        low, high = self.ranges[len(self.watched) - 1]
        scale, zero = activation_scale(low, high, self.scheme.activations, self.scheme.symmetric)
        self.known[name] = (scale, self.const(scale), self.const(zero, self.scheme.activations))

    def parts(self, name):
        """Value, scale and zero point as inputs of an operator."""
        return [name, *self.known[name][1:]]

    def run(self, kind, inputs, domain="", float_kind=None, relu=False, float_inputs=None, **attributes):
        """The float operator in the float model; the integer one, with a grid for its output, in the other."""
        if self.is_float:
            x = self.node(float_kind, float_inputs or inputs, **attributes)
            x = self.node("Relu", x) if relu else x
            self.watched.append(x)
            return x
        output = self.fresh("y")
        self.grid(output)
        scale, zero = self.known[output][1:]
        operands = [part for name in inputs for part in self.parts(name)]
        more = float_inputs[len(inputs):] if float_inputs else []
        made = self.node(kind, [*operands, scale, zero, *more] if kind != "QGemm" else [*operands, *more, scale, zero], domain=domain, **attributes)
        self.known[made] = self.known[output]
        return made

    def integer_weights(self, *shape, axis, spread):
        array = (self.random.standard_normal(shape) * spread / 2).astype(np.float32)
        if self.is_float:
            return self.const(array)
        values, scale, zero = self.weight_grid(array, axis)
        name = self.const(values, values.dtype)
        self.known[name] = (scale, self.const(scale), self.const(zero, values.dtype))
        return name

    def integer_bias(self, x, w, count, alpha=1.0):
        """In steps of both scales, times the alpha of QGemm."""
        array = (self.random.standard_normal(count) / 2).astype(np.float32)
        if self.is_float:
            return self.const(array)
        return self.const(np.round(array / (alpha * self.known[x][0] * self.known[w][0])), np.int32)

    def conv_(self, x, inputs, outputs, kernel=3, group=1, bias=True, relu=False, **attributes):
        w = self.integer_weights(outputs, inputs // group, kernel, kernel, axis=0, spread=2 / np.sqrt(inputs / group * kernel * kernel))
        more = [self.integer_bias(x, w, outputs)] if bias else []
        return self.run("QLinearConv", [x, w], float_kind="Conv", float_inputs=[x, w, *more], relu=relu, kernel_shape=[kernel, kernel], group=group, **attributes)

    def matrix(self, x, inputs, outputs, relu=False):
        w = self.integer_weights(inputs, outputs, axis=1, spread=2 / np.sqrt(inputs))
        return self.run("QLinearMatMul", [x, w], float_kind="MatMul", relu=relu)

    def gemm_(self, x, inputs, outputs, **attributes):
        w = self.integer_weights(outputs, inputs, axis=0, spread=2 / np.sqrt(inputs))
        bias = self.integer_bias(x, w, outputs, attributes.get("alpha", 1.0))
        return self.run("QGemm", [x, w], MICROSOFT, "Gemm", float_inputs=[x, w, bias], transB=1, **attributes)

    def special(self, kind, inputs, **attributes):
        """Of com.microsoft."""
        float_kind = kind.removeprefix("QLinear")
        return self.run(kind, inputs, MICROSOFT, float_kind, **attributes)

    def concat_(self, inputs, axis):
        if self.is_float:
            x = self.node("Concat", inputs, axis=axis)
            self.watched.append(x)
            return x
        output = self.fresh("y")
        self.grid(output)
        made = self.node("QLinearConcat", [*self.known[output][1:], *(part for name in inputs for part in self.parts(name))], domain=MICROSOFT, axis=axis)
        self.known[made] = self.known[output]
        return made
