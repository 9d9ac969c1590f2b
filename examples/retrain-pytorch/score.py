# SPDX-License-Identifier: Apache-2.0
"""Counts the right answers of ONNX models on labelled images:  python score.py IMAGES MODEL.onnx [MODEL.onnx ...]

The first model is what the others are compared with, image by image: the loss in points and its standard error.
"""
import argparse
from pathlib import Path

import torch
from images import Pixels, read_images
from onnx_graph import OnnxModule


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    numbers = lambda text: [float(v) for v in text.split(",")]
    parser.add_argument("images", type=Path)
    parser.add_argument("models", type=Path, nargs="+")
    parser.add_argument("--count", type=int, help="the first images alone [all]")
    parser.add_argument("--mean", type=numbers, help="of (x / 255 - mean) / std, comma-separated [the network reads 0..255]")
    parser.add_argument("--std", type=numbers)
    options = parser.parse_args()
    torch.set_num_threads(1)
    x, y = read_images(options.images)
    x, y = Pixels(options.mean, options.std)(x[: options.count]), y[: options.count]
    first = None
    for path in options.models:
        module = OnnxModule(path).eval()
        with torch.no_grad():
            right = torch.cat([module(part).argmax(1) for part in x.split(100)]) == y
        line = f"{path}: {int(right.sum())} of {len(y)} right, {100 * right.float().mean():.1f} %"
        if first is None:
            first = right
        else:
            lost = first.float() - right.float()
            line += f"; loses {100 * lost.mean():.1f} points, standard error {100 * lost.std() / len(y) ** 0.5:.1f}"
        print(line)


if __name__ == "__main__":
    main()
