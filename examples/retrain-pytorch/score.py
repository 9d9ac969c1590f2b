# SPDX-License-Identifier: Apache-2.0
"""Counts the right answers of ONNX models on labelled images:  python score.py IMAGES MODEL.onnx [MODEL.onnx ...]

The first model is what the others are compared with, image by image: the loss in points and its standard error.
"""
import argparse
import json
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
    parser.add_argument("--json", action="store_true", help="print one JSON array instead")
    options = parser.parse_args()
    torch.set_num_threads(1)
    x, y = read_images(options.images)
    x, y = Pixels(options.mean, options.std)(x[: options.count]), y[: options.count]
    first, rows = None, []
    for path in options.models:
        module = OnnxModule(path).eval()
        with torch.no_grad():
            right = torch.cat([module(part).argmax(1) for part in x.split(100)]) == y
        first = right if first is None else first
        lost = first.double() - right.double()
        row = {"model": str(path), "right": int(right.sum()), "of": len(y), "loss": 100 * float(lost.mean()), "standardError": 100 * float(lost.std()) / len(y) ** 0.5}
        rows.append(row)
        line = f"{path}: {row['right']} of {row['of']} right, {100 * row['right'] / row['of']:.1f} %"
        line += "" if len(rows) == 1 else f"; loses {row['loss']:.1f} points, standard error {row['standardError']:.1f}"
        if not options.json:
            print(line)
    if options.json:
        print(json.dumps(rows))


if __name__ == "__main__":
    main()
