# SPDX-License-Identifier: Apache-2.0
"""Owns which models are recorded, and what each of them reads."""
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import inputs

IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
CIFAR = ((0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010))
CAFFE_BGR = (104, 117, 123)
SIDE = 227


@dataclass(frozen=True)
class Model:
    """`load` gives the scored inputs in order, channels last, and their labels or None."""

    name: str
    file: str
    load: Callable[[Path], tuple[np.ndarray, np.ndarray | None]]
    # The model reads N x C x H x W.
    channels_first: bool = False
    # The output is a list of classes.
    is_classifier: bool = True
    # Rows and columns of the output that are kept: every nth.
    keep_every: int = 1


def photos(prepare: Callable[[np.ndarray], np.ndarray]) -> Callable[[Path], tuple[np.ndarray, np.ndarray]]:
    def load(data: Path):
        pixels, labels = inputs.cifar(data / "cifar10/dev500_cifarbin.bin")
        return prepare(pixels), labels

    return load


def digits(data: Path):
    pixels, labels = inputs.mnist(data / "mnist", "t10k")
    return pixels.astype(np.float32), labels


def pictures(data: Path) -> list[np.ndarray]:
    return [inputs.bmp(data / f"coral/{name}.bmp") for name in ("cat", "bird")]


def caffe(picture: np.ndarray) -> np.ndarray:
    return (inputs.bilinear(picture, SIDE, SIDE)[..., ::-1].astype(np.float64) - CAFFE_BGR).astype(np.float32)


def unit_luma(picture: np.ndarray) -> np.ndarray:
    return (inputs.luma(picture) / 255).astype(np.float32)[..., None]


def imagenet(data: Path):
    """Two pictures, then the first 100 photos; blue, green, red, less the mean."""
    small, _ = inputs.cifar(data / "cifar10/dev500_cifarbin.bin")
    return np.stack([caffe(picture) for picture in [*pictures(data), *small[:100]]]), None


def luma(data: Path):
    """Two pictures, then mosaics of 7 x 7 photos; the luma of 0..1."""
    small, _ = inputs.cifar(data / "cifar10/dev500_cifarbin.bin")
    pixels = [*(inputs.bilinear(picture, 224, 224) for picture in pictures(data)), *(inputs.mosaic(small[49 * i :]) for i in range(8))]
    return np.stack([unit_luma(picture) for picture in pixels]), None


MODELS = [
    Model("mnist-8", "mnist/mnist-8.onnx", digits, channels_first=True),
    Model("resnet8_float", "mlperf-tiny-results/onnx/resnet8_float.onnx", photos(lambda x: x.astype(np.float32)), channels_first=True),
    Model("resnet8_qdq", "mlperf-tiny-results/onnx/resnet8_qdq.onnx", photos(lambda x: x.astype(np.float32))),
    Model("dscnn_kws_qdq", "mlperf-tiny-results/onnx/dscnn_kws_qdq.onnx", lambda data: inputs.keywords(data / "eembc-kws01")),
    Model("ad_autoencoder_qdq", "mlperf-tiny-results/onnx/ad_autoencoder_qdq.onnx", lambda data: (inputs.spectra(20), None), is_classifier=False),
    Model("alibaba_ic_mbconv", "mlperf-tiny-results/alibaba_ic_mbconv.onnx", photos(lambda x: inputs.normalized(x, *CIFAR)), channels_first=True),
    Model("resnet20", "akamaster/resnet20_opset13.onnx", photos(lambda x: inputs.normalized(x, *IMAGENET)), channels_first=True),
    Model("squeezenet", "squeezenet-dc/squeezenet_v1.0_pruned_opset13.onnx", imagenet, channels_first=True),
    Model("super_resolution", "onnx-misc/super_resolution.onnx", luma, channels_first=True, is_classifier=False, keep_every=11),
]
