# SPDX-License-Identifier: Apache-2.0
"""Quantizes the float models with onnxruntime's own tools, on the calibration inputs of bench/networks/onnx-models.ts: what int8 costs elsewhere."""
import argparse
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import version_converter
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static

import inputs
import models
from modernize import modern

ROOT = Path(__file__).resolve().parents[2]
TILES = 7


def soft_and_sharp(photos: np.ndarray) -> list[np.ndarray]:
    return [models.caffe(inputs.mosaic(photos[TILES * TILES * i :], 1 + i % TILES)) for i in range(14)]


def calibration(name: str, data: Path) -> list[np.ndarray]:
    """Channels last."""
    if name == "mnist-8":
        return list(inputs.mnist(data / "mnist", "train")[0][:200].astype(np.float32))
    photos, _ = inputs.cifar(data / "cifar10/train4000_cifarbin.bin")
    return {
        "resnet8_float": lambda: list(photos[:200].astype(np.float32)),
        "alibaba_ic_mbconv": lambda: list(inputs.normalized(photos[:200], *models.CIFAR)),
        "resnet20": lambda: list(inputs.normalized(photos[:200], *models.IMAGENET)),
        "squeezenet": lambda: soft_and_sharp(photos),
        "super_resolution": lambda: [models.unit_luma(inputs.mosaic(photos[TILES * TILES * i :])) for i in range(8)],
    }[name]()


class Reader(CalibrationDataReader):
    def __init__(self, name: str, values: list[np.ndarray]):
        self.feeds = iter([{name: fed(value)} for value in values])

    def get_next(self):
        return next(self.feeds, None)


def fed(value: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(np.moveaxis(value, -1, 0)[None])


def session(model: str | bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def run(model: str | bytes, values: np.ndarray) -> np.ndarray:
    own = session(model)
    return np.concatenate([own.run(None, {own.get_inputs()[0].name: fed(value)})[0] for value in values])


def opset13(path: Path) -> onnx.ModelProto:
    """Weights with a scale per channel need it."""
    model = onnx.load(str(path))
    if len(model.opset_import) == 0:
        return onnx.load_from_string(modern(model))
    if model.opset_import[0].version >= 13:
        return model
    constants = {each.name for each in model.graph.initializer}
    kept = [each for each in model.graph.input if each.name not in constants]
    del model.graph.input[:]
    model.graph.input.extend(kept)
    model.ir_version = max(model.ir_version, 7)
    return version_converter.convert_version(model, 13)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared/data")
    parser.add_argument("--only", default="")
    args = parser.parse_args()
    print("| model | ranges | float | int8 | same answer | output error, rms |\n| --- | --- | --- | --- | --- | --- |")
    for model in models.MODELS:
        if model.file.endswith("_qdq.onnx") or args.only not in model.name:
            continue
        scored, labels = model.load(args.data)
        with tempfile.TemporaryDirectory() as folder:
            plain = str(Path(folder) / "float.onnx")
            onnx.save(opset13(args.data / model.file), plain)
            reference = run(plain, scored)
            name = session(plain).get_inputs()[0].name
            for method in (CalibrationMethod.MinMax, CalibrationMethod.Percentile):
                out = str(Path(folder) / f"{method.name}.onnx")
                values = calibration(model.name, args.data)
                quantize_static(plain, out, Reader(name, values), quant_format=QuantFormat.QDQ, per_channel=True, activation_type=QuantType.QInt8, weight_type=QuantType.QInt8, calibrate_method=method)
                found = run(out, scored)
                error = np.sqrt(((found[:20] - reference[:20]) ** 2).mean()) / (reference[:20].max() - reference[:20].min())
                right = ["-", "-"] if labels is None else [str((each.argmax(1) == labels).sum()) for each in (reference, found)]
                same = f"{(found.argmax(1) == reference.argmax(1)).sum()} of {len(scored)}" if model.is_classifier else f"PSNR {-10 * np.log10(((found - reference) ** 2).mean()):.1f} dB"
                print(f"| {model.name} | {method.name} | {right[0]} | {right[1]} | {same} | {100 * error:.2f} % |", flush=True)


if __name__ == "__main__":
    main()
