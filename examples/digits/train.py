# SPDX-License-Identifier: Apache-2.0
"""Trains the dense network of the digits and writes it as ONNX.

    python train.py ARRAYS_FOLDER --out digits.onnx

The network is written as an ONNX graph first and trained by examples/retrain-pytorch, so what is trained is what is saved.
"""
import argparse
import math
import sys
import time
from pathlib import Path

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import TensorProto, helper, numpy_helper

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "retrain-pytorch"))
from images import augment, read_images  # noqa: E402
from onnx_graph import OnnxModule  # noqa: E402


class Graph:
    """Adds operators one after the other; weights begin as He initialisation says."""

    def __init__(self, seed: int):
        self.nodes, self.constants, self.random = [], [], np.random.default_rng(seed)

    def constant(self, name: str, values: np.ndarray) -> str:
        self.constants.append(numpy_helper.from_array(values.astype(np.float32), name))
        return name

    def node(self, kind: str, inputs: list[str], output: str, **attributes) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output

    def conv(self, x: str, name: str, inputs: int, outputs: int, kernel: int = 3, stride: int = 1, group: int = 1) -> str:
        """Convolution and batch norm."""
        shape = (outputs, inputs // group, kernel, kernel)
        weights = self.constant(f"{name}.weight", self.random.normal(0, math.sqrt(2 / (shape[1] * kernel * kernel)), shape))
        side = (kernel - 1) // 2
        x = self.node("Conv", [x, weights], f"{name}.conv", kernel_shape=[kernel] * 2, pads=[side] * 4, strides=[stride] * 2, group=group)
        ones, zeros = np.ones(outputs), np.zeros(outputs)
        norm = [self.constant(f"{name}.bn.{what}", values) for what, values in (("weight", ones), ("bias", zeros), ("mean", zeros), ("variance", ones))]
        return self.node("BatchNormalization", [x, *norm], f"{name}.bn", epsilon=1e-5)

    def relu(self, x: str, name: str) -> str:
        return self.node("Relu", [x], f"{name}.relu")

    def block(self, x: str, name: str, inputs: int, outputs: int) -> str:
        """Two convolutions and what came in, through a 1 x 1 convolution where the channels differ."""
        y = self.relu(self.conv(x, f"{name}.a", inputs, outputs), f"{name}.a")
        y = self.conv(y, f"{name}.b", outputs, outputs)
        x = x if inputs == outputs else self.conv(x, f"{name}.c", inputs, outputs, kernel=1)
        return self.relu(self.node("Add", [x, y], f"{name}.add"), name)


def network(seed: int) -> onnx.ModelProto:
    """28 x 28 grey pixels of 0..255 to ten classes: 91,184 weights, 6.7 million multiplications."""
    g = Graph(seed)
    x = g.relu(g.conv("image", "stem", 1, 16), "stem")
    x = g.node("MaxPool", [x], "pool", kernel_shape=[2, 2], strides=[2, 2])
    x = g.block(x, "block1", 16, 32)
    x = g.relu(g.conv(x, "depthwise", 32, 32, stride=2, group=32), "depthwise")
    x = g.relu(g.conv(x, "pointwise", 32, 64, kernel=1), "pointwise")
    x = g.block(x, "block2", 64, 64)
    x = g.node("Flatten", [g.node("GlobalAveragePool", [x], "mean")], "flat", axis=1)
    weights = g.constant("classes.weight", g.random.normal(0, 0.1, (10, 64)))
    g.node("Gemm", [x, weights, g.constant("classes.bias", np.zeros(10))], "classes", transB=1)
    g.node("Softmax", ["classes"], "probabilities", axis=-1)
    inputs = [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", 1, 28, 28])]
    outputs = [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["N", 10])]
    model = helper.make_model(helper.make_graph(g.nodes, "digits", inputs, outputs, g.constants), opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 7
    onnx.checker.check_model(model)
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="what draw.ts arrays wrote")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=16)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rate", type=float, default=0.003)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--bf16", action="store_true")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    generator = torch.Generator().manual_seed(options.seed)
    onnx.save(network(options.seed), str(options.out))
    module = OnnxModule(options.out)
    for value in module.trained.values():
        if value.dim() == 4:
            value.data = value.data.contiguous(memory_format=torch.channels_last)
    x, y = read_images(options.folder / "train.npy")
    steps = options.epochs * (len(x) // options.batch)
    optimizer = torch.optim.AdamW(module.parameters(), lr=options.rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda s: min(1.0, (s + 1) / 200) * 0.5 * (1 + math.cos(math.pi * min(1.0, s / steps))))
    started = time.time()
    for epoch in range(options.epochs):
        module.train()
        total, right = 0.0, 0
        for part in torch.randperm(len(x), generator=generator).split(options.batch):
            if len(part) < options.batch:
                continue
            with torch.autocast("cpu", torch.bfloat16, enabled=options.bf16):
                logits = module.logits(module.run(augment(x[part], generator, False, 1, 0.0)))
            loss = F.cross_entropy(logits.float(), y[part], label_smoothing=0.05)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total, right = total + loss.item() / (len(x) // options.batch), right + int((logits.argmax(1) == y[part]).sum())
        print(f"epoch {epoch + 1} of {options.epochs}, {time.time() - started:.0f} s, loss {total:.4f}, training images right {100 * right / len(x):.1f} %", flush=True)
    module.save(options.out)


if __name__ == "__main__":
    main()
