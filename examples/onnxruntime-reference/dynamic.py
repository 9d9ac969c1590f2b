# SPDX-License-Identifier: Apache-2.0
"""Quantizes resnet8_float dynamically and writes what onnxruntime answers on photos, for test/import/onnx/integer-models.test.ts."""
import argparse
import hashlib
import json
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper
from onnxruntime.quantization import quantize_dynamic

import inputs
from record import ROOT

MODEL = "mlperf-tiny-results/onnx/resnet8_float.onnx"
FULL_OUTPUTS = 10


def run(model: str, images: np.ndarray) -> np.ndarray:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    # One after the other: the scales are those of one image.
    return np.concatenate([session.run(None, {name: image[None]})[0] for image in images])


def integers(model: onnx.ModelProto) -> list[str]:
    """SHA-256 of the integer weights of every product, in order of the digests."""
    constants = {each.name: numpy_helper.to_array(each) for each in model.graph.initializer}
    return sorted(hashlib.sha256(constants[node.input[1]].tobytes()).hexdigest() for node in model.graph.node if node.op_type in ("ConvInteger", "MatMulInteger"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared/data", help="folder of models and images")
    parser.add_argument("--out", type=Path, default=ROOT / "test/import/onnx/recorded-integer.json", help="file that is written")
    args = parser.parse_args()
    pixels, labels = inputs.cifar(args.data / "cifar10/dev500_cifarbin.bin")
    images = np.ascontiguousarray(np.moveaxis(pixels.astype(np.float32), -1, 1))
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "dynamic.onnx")
        quantize_dynamic(str(args.data / MODEL), path)
        weights = integers(onnx.load(path))
        outputs = run(path, images)
    answers = outputs.argmax(1)
    print(f"{len(images)} images, {(answers == labels).sum()} right")
    recorded = {
        "onnxruntime": onnxruntime.__version__,
        "model": MODEL,
        # Of the integer weights of every product.
        "weightsSha256": weights,
        "right": int((answers == labels).sum()),
        # The class of every photo, one digit each.
        "answers": "".join(map(str, answers)),
        # Ten probabilities of each of the first photos.
        "outputs": [[float(f"{value:.6g}") for value in row] for row in outputs[:FULL_OUTPUTS]],
        # The largest probability of every photo.
        "largest": [float(f"{value:.5g}") for value in outputs.max(1)],
    }
    args.out.write_text(json.dumps(recorded) + "\n")


if __name__ == "__main__":
    main()
