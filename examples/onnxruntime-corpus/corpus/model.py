# SPDX-License-Identifier: Apache-2.0
"""Owns a model while it grows: nodes, initializers, and the form that its opset gives to an operator."""

import zlib

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper

IR = {7: 3, 8: 3, 9: 4, 10: 5, 11: 6, 12: 7, 13: 7, 14: 7, 15: 8, 16: 8, 17: 8, 18: 8, 19: 9, 20: 9, 21: 10}
MICROSOFT = "com.microsoft"


class Model:
    """Names are short and counted, so that the same code gives the same bytes."""

    def __init__(self, name, opset, ir=None):
        self.name, self.opset, self.ir = name, opset, ir or IR[opset]
        self.random = np.random.Generator(np.random.PCG64(zlib.crc32(name.encode())))
        self.nodes, self.initializers, self.inputs, self.outputs = [], [], [], []
        self.domains = set()
        self.function = None
        self.count = 0

    def fresh(self, stem="t"):
        self.count += 1
        return f"{stem}{self.count}"

    # Values

    def values(self, shape, spread=2.0, steps=32):
        """Multiples of 1/steps within +-spread: they take little space in the archive."""
        limit = int(spread * steps)
        return (self.random.integers(-limit, limit + 1, shape) / steps).astype(np.float32)

    def const(self, array, dtype=np.float32, name=None):
        array = np.asarray(array, dtype)
        name = name or self.fresh("c")
        self.initializers.append(numpy_helper.from_array(array, name))
        return name

    def ints(self, values):
        return self.const(values, np.int64)

    def weights(self, *shape, spread=1.0):
        return self.const(self.values(shape, spread))

    def constant(self, array, dtype=np.float32):
        """As a node, which exporters like as much as initializers; before opset 9 Constant has no integers."""
        if self.opset < 9 and dtype != np.float32:
            return self.const(array, dtype)
        return self.node("Constant", [], value=numpy_helper.from_array(np.asarray(array, dtype)))

    def input(self, *shape, dtype=TensorProto.FLOAT, name="x"):
        """Dimensions are numbers or names."""
        self.inputs.append(helper.make_tensor_value_info(name, dtype, list(shape)))
        return name

    def output(self, *names):
        self.outputs += names

    def node(self, kind, inputs, outputs=1, domain="", **attributes):
        """The name of the output, or a list of names."""
        if isinstance(inputs, str):
            inputs = [inputs]
        names = [self.fresh() for _ in range(outputs)]
        self.domains.add(domain)
        attributes = {key: value for key, value in attributes.items() if value is not None}
        self.nodes.append(helper.make_node(kind, inputs, names, domain=domain, **attributes))
        return names[0] if outputs == 1 else names

    # Operators whose form depends on the opset

    def clip(self, x, low=None, high=None):
        if self.opset < 11:
            return self.node("Clip", x, min=low, max=high)
        bounds = ["" if value is None else self.const(value) for value in (low, high)]
        return self.node("Clip", [x, *(bounds if high is not None else bounds[:1] if low is not None else [])])

    def squeeze(self, x, axes):
        return self.node("Squeeze", x, axes=axes) if self.opset < 13 else self.node("Squeeze", [x, self.ints(axes)])

    def unsqueeze(self, x, axes):
        return self.node("Unsqueeze", x, axes=axes) if self.opset < 13 else self.node("Unsqueeze", [x, self.ints(axes)])

    def pad(self, x, pads, value=None, mode=None):
        if self.opset < 11:
            return self.node("Pad", x, pads=pads, value=value, mode=mode)
        return self.node("Pad", [x, self.ints(pads), *([] if value is None else [self.const(value)])], mode=mode)

    def slice(self, x, starts, ends, axes, steps=None):
        if self.opset < 10:
            assert steps is None
            return self.node("Slice", x, starts=starts, ends=ends, axes=axes)
        return self.node("Slice", [x, *map(self.ints, (starts, ends, axes)), *([] if steps is None else [self.ints(steps)])])

    def split(self, x, parts, axis):
        if self.opset < 13:
            return self.node("Split", x, len(parts), axis=axis, split=parts)
        return self.node("Split", [x, self.ints(parts)], len(parts), axis=axis)

    def mean(self, x, axes, keepdims=1):
        if self.opset < 18:
            return self.node("ReduceMean", x, axes=axes, keepdims=keepdims)
        return self.node("ReduceMean", [x, self.ints(axes)], keepdims=keepdims)

    def dropout(self, x):
        return self.node("Dropout", [x, self.const(0.5), self.const(False, bool)] if self.opset >= 12 else x, ratio=None if self.opset >= 12 else 0.5)

    def upsample(self, x, factors):
        """Nearest neighbour by whole factors, in the way of PyTorch."""
        scales = [1.0, 1.0, *map(float, factors)]
        if self.opset < 9:
            return self.node("Upsample", x, mode="nearest", scales=scales)
        if self.opset < 11:
            return self.node("Upsample" if self.opset == 9 else "Resize", [x, self.const(scales)], mode="nearest")
        roi = "" if self.opset >= 13 else self.const(np.zeros(0))
        return self.node("Resize", [x, roi, self.const(scales)], mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor")

    def batch_norm(self, x, channels, epsilon=None):
        """Statistics as of a trained network: positive variances."""
        scale, offset, mean = (self.const(self.values(channels, spread)) for spread in (1.5, 1.0, 1.0))
        variance = self.const(np.abs(self.values(channels, 2.0)) + np.float32(0.25))
        return self.node("BatchNormalization", [x, scale, offset, mean, variance], epsilon=epsilon)

    def conv(self, x, inputs, outputs, kernel=3, group=1, bias=True, **attributes):
        kernel = [kernel, kernel] if isinstance(kernel, int) else list(kernel)
        weights = self.weights(outputs, inputs // group, *kernel)
        return self.node("Conv", [x, weights, *([self.weights(outputs)] if bias else [])], kernel_shape=kernel, group=group, **attributes)

    # The file

    def proto(self, shapes=None):
        """`shapes` gives (element type, shape) of every output once they are known."""
        inputs = list(self.inputs)
        if self.ir < 4:
            # Before IR version 4 every initializer is an input as well.
            inputs += [helper.make_tensor_value_info(c.name, c.data_type, list(c.dims)) for c in self.initializers]
        outputs = [helper.make_tensor_value_info(name, *shapes[name]) if shapes else helper.make_empty_tensor_value_info(name) for name in self.outputs]
        graph = helper.make_graph(self.nodes, "g", inputs, outputs, self.initializers)
        opsets = [helper.make_opsetid("", self.opset), *(helper.make_opsetid(domain, 1) for domain in sorted(self.domains - {""}))]
        functions = [] if self.function is None else [self.function]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=self.ir, producer_name="", functions=functions)
        if shapes:
            checker.check_model(model, full_check=self.domains <= {""})
        return model
