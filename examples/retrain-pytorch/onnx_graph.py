# SPDX-License-Identifier: Apache-2.0
"""An ONNX model as a PyTorch module: runs its graph on any batch, trains its weights, writes them back into the same graph."""
import copy
from pathlib import Path

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import numpy_helper
from torch import Tensor, nn

from onnx_operators import OPERATORS

WEIGHTED = ("Conv", "Gemm", "MatMul")


class Norm:
    """A batch norm that is not in the graph."""

    def __init__(self, number: int, wanted: Tensor, found: Tensor):
        over = [0, *range(2, wanted.dim())]
        self.trained = {f"n{number}s": nn.Parameter(wanted.std(over) + 1e-6), f"n{number}o": nn.Parameter(wanted.mean(over))}
        self.mean, self.variance = found.mean(over), found.var(over)
        self.epsilon = 1e-3 * float(self.variance.mean())

    def __call__(self, x: Tensor, training: bool) -> Tensor:
        scale, offset = self.trained.values()
        return F.batch_norm(x, self.mean, self.variance, scale, offset, training, 0.1, self.epsilon)

    def affine(self) -> tuple[Tensor, Tensor]:
        """What it multiplies with and adds when it is not trained any more."""
        scale, offset = self.trained.values()
        factor = scale / (self.variance + self.epsilon).sqrt()
        return factor, offset - factor * self.mean


class OnnxModule(nn.Module):
    """Weights and biases of Conv, Gemm and MatMul and the values of BatchNormalization are trained; all other constants stay.

    The first dimension of every activation is the batch. An operator that is not in OPERATORS raises NotImplementedError.
    """

    def __init__(self, path: str | Path):
        super().__init__()
        self.proto = onnx.shape_inference.infer_shapes(onnx.load(str(path)))
        graph = self.proto.graph
        self.constants = {t.name: torch.from_numpy(np.array(numpy_helper.to_array(t))) for t in graph.initializer}
        self.nodes = []
        for node in graph.node:
            if node.op_type == "Constant":
                self.constants[node.output[0]] = torch.from_numpy(np.array(numpy_helper.to_array(node.attribute[0].t)))
                continue
            if node.op_type not in OPERATORS:
                raise NotImplementedError(f"node {node.name or node.output[0]!r}: operator {node.op_type} is not known here")
            self.nodes.append((node, {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}))
        self.opset = next(o.version for o in self.proto.opset_import if o.domain in ("", "ai.onnx"))
        given = [i.name for i in graph.input if i.name not in self.constants]
        self.input, self.output = given[0], graph.output[0].name
        self.trained = nn.ParameterDict()
        self.statistics: dict[str, Tensor] = {}
        self._keys: dict[str, str] = {}
        for node, _ in self.nodes:
            if node.op_type in WEIGHTED or node.op_type == "BatchNormalization":
                for i, name in enumerate(node.input):
                    value = self.constants.get(name)
                    if value is None or value.dtype != torch.float32:
                        continue
                    if node.op_type == "BatchNormalization" and i >= 3:
                        self.statistics[name] = value
                    elif name not in self._keys:
                        self._keys[name] = f"p{len(self._keys)}"
                        self.trained[self._keys[name]] = nn.Parameter(value.clone())
        self.momentum = 0.1
        self.norms: dict[str, Norm] = {}

    def parameter(self, name: str) -> nn.Parameter:
        """The trained tensor of an initializer's name."""
        return self.trained[self._keys[name]]

    def weight_names(self) -> list[str]:
        """Initializers that are weights (not biases) of Conv, Gemm and MatMul, in the order of the graph."""
        return [node.input[1] for node, _ in self.nodes if node.op_type in WEIGHTED and node.input[1] in self._keys]

    def joins(self) -> list[str]:
        """Outputs of residual sums, after their Relu where one follows: what feature distillation compares."""
        readers: dict[str, list] = {}
        for node, _ in self.nodes:
            for name in node.input:
                readers.setdefault(name, []).append(node)
        names = []
        for node, _ in self.nodes:
            if node.op_type == "Add" and all(name not in self.constants for name in node.input):
                after = readers.get(node.output[0], [])
                names.append(after[0].output[0] if len(after) == 1 and after[0].op_type in ("Relu", "Clip") else node.output[0])
        return names

    def value(self, name: str, values: dict[str, Tensor]) -> Tensor | None:
        if name == "":
            return None
        if name in values:
            return values[name]
        if name in self._keys:
            return self.parameter(name)
        return self.statistics[name] if name in self.statistics else self.constants[name]

    def run(self, x: Tensor) -> dict[str, Tensor]:
        """Every activation by its name."""
        values = {self.input: x}
        for node, attributes in self.nodes:
            inputs = [self.value(name, values) for name in node.input]
            output = OPERATORS[node.op_type](self, inputs, attributes)
            norm = self.norms.get(node.output[0])
            values[node.output[0]] = output if norm is None else norm(output, self.training)
        return values

    def insert_norms(self, dense: "OnnxModule", x: Tensor) -> None:
        """A batch norm behind every convolution that has none, for the time of training.

        It begins with the mean and variance that `dense`, the same network unpruned, has there on the images `x`.
        """
        normed = {node.input[0] for node, _ in self.nodes if node.op_type == "BatchNormalization"}
        with torch.no_grad():
            wanted, found = dense.run(x), self.run(x)
        convolutions = lambda module: [node for node, _ in module.nodes if node.op_type == "Conv"]
        for node, its in zip(convolutions(self), convolutions(dense), strict=True):
            name, constants = node.output[0], node.input[1:]
            if name not in normed and len(constants) == 2 and all(i in self._keys for i in constants):
                self.parameter(constants[1]).requires_grad_(False)
                self.norms[name] = Norm(len(self.norms), wanted[its.output[0]], found[name])
                self.trained.update(self.norms[name].trained)

    def fold_norms(self) -> None:
        """Takes the inserted batch norms into the weights and biases before them."""
        for node, _ in self.nodes:
            norm = self.norms.pop(node.output[0], None)
            if norm is None:
                continue
            with torch.no_grad():
                scale, offset = norm.affine()
                weight, bias = self.parameter(node.input[1]), self.parameter(node.input[2])
                weight.mul_(scale.view(-1, *[1] * (weight.dim() - 1)))
                bias.mul_(scale).add_(offset)
            for key in norm.trained:
                del self.trained[key]

    def forward(self, x: Tensor) -> Tensor:
        return self.run(x)[self.output]

    def logits(self, values: dict[str, Tensor]) -> Tensor:
        """What goes into the softmax at the end, or the output of a model that has none."""
        last, _ = self.nodes[-1]
        return values[last.input[0] if last.op_type == "Softmax" else self.output]

    def save(self, path: str | Path) -> None:
        """The graph as it was, with the weights as they are now."""
        proto = copy.deepcopy(self.proto)
        for tensor in proto.graph.initializer:
            if tensor.name in self._keys or tensor.name in self.statistics:
                value = self.value(tensor.name, {}).detach().numpy()
                tensor.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(value, np.float32), tensor.name))
        del proto.graph.value_info[:]
        onnx.checker.check_model(proto)
        onnx.save(proto, str(path))
