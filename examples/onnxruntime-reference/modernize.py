# SPDX-License-Identifier: Apache-2.0
"""Owns the rewriting of a model of IR version 1, which onnxruntime does not load, into the same model of opset 13."""
import numpy as np
from onnx import AttributeProto, ModelProto, helper, numpy_helper

# Old attributes do not say their type.
FIELDS = [("i", AttributeProto.INT), ("f", AttributeProto.FLOAT), ("s", AttributeProto.STRING), ("ints", AttributeProto.INTS), ("floats", AttributeProto.FLOATS)]


def modern(model: ModelProto) -> bytes:
    """`broadcast` with `axis` becomes a shape of the operand, Reshape's attribute an input."""
    initializers = {each.name: numpy_helper.to_array(each) for each in model.graph.initializer}
    nodes = []
    for at, node in enumerate(model.graph.node):
        attributes = {}
        for attribute in node.attribute:
            for field, kind in FIELDS:
                value = getattr(attribute, field)
                if attribute.HasField(field) if field in "ifs" else len(value) > 0:
                    attributes[attribute.name] = value if field in "ifs" else list(value)
        names = list(node.input)
        if node.op_type == "Reshape":
            names.append(f"shape{at}")
            initializers[names[1]] = np.array(attributes.pop("shape"), np.int64)
        if attributes.pop("broadcast", 0) == 1:
            operand, axis = initializers[names[1]], attributes.pop("axis")
            initializers[names[1]] = operand.reshape([1] * axis + list(operand.shape) + [1] * (4 - axis - operand.ndim))
        nodes.append(helper.make_node(node.op_type, names, list(node.output), **attributes))
    inputs = [each for each in model.graph.input if each.name not in initializers]
    constants = [numpy_helper.from_array(np.ascontiguousarray(value), name) for name, value in initializers.items()]
    graph = helper.make_graph(nodes, "modern", inputs, list(model.graph.output), constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=7).SerializeToString()
