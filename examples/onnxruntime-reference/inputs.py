# SPDX-License-Identifier: Apache-2.0
"""Owns what the inputs are made of, channels last; bench/networks/onnx-inputs.ts makes the same bits.

Real numbers are computed in float64 and rounded once, so that both programs give the same float32.
"""
import gzip
import struct
from pathlib import Path

import numpy as np

CIFAR_RECORD = 1 + 3 * 32 * 32


def cifar(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Pixels N x 32 x 32 x 3 and labels."""
    records = np.frombuffer(path.read_bytes(), np.uint8).reshape(-1, CIFAR_RECORD)
    return records[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1), records[:, 0].astype(int)


def mnist(folder: Path, which: str) -> tuple[np.ndarray, np.ndarray]:
    """Pixels N x 28 x 28 x 1 and labels of `t10k` or `train`."""
    pixels = gzip.decompress((folder / f"{which}-images-idx3-ubyte.gz").read_bytes())
    labels = gzip.decompress((folder / f"{which}-labels-idx1-ubyte.gz").read_bytes())
    _, count, height, width = struct.unpack(">4i", pixels[:16])
    return np.frombuffer(pixels[16:], np.uint8).reshape(count, height, width, 1), np.frombuffer(labels[8:], np.uint8).astype(int)


def keywords(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Features N x 490, recorded as the int8 input of the TFLite model, and labels."""
    values = np.fromfile(folder / "dev250_x_i8_250x49x10.bin", np.int8).reshape(250, 490)
    labels = [int(line.split(",")[1]) for line in (folder / "dev250_labels.csv").read_text().split()]
    return (0.5847029089927673 * (values.astype(np.float64) - 83)).astype(np.float32), np.array(labels)


def bmp(path: Path) -> np.ndarray:
    """Pixels H x W x 3 of an uncompressed 24-bit BMP with rows from below."""
    data = path.read_bytes()
    start, = struct.unpack("<i", data[10:14])
    width, height = struct.unpack("<2i", data[18:26])
    row = (3 * width + 3) // 4 * 4
    rows = np.frombuffer(data, np.uint8, row * height, start).reshape(height, row)[::-1, : 3 * width]
    return rows.reshape(height, width, 3)[:, :, ::-1]


def bilinear(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
    """Centres at half pixels, no low-pass before, rounded: gen-accel's `--resize bilinear`."""

    def source(size: int, start: int):
        place = np.clip((np.arange(size) + 0.5) * start / size - 0.5, 0, start - 1)
        low = np.floor(place).astype(int)
        return low, np.minimum(start - 1, low + 1), place - low

    y0, y1, fy = source(height, pixels.shape[0])
    x0, x1, fx = source(width, pixels.shape[1])
    fy, fx = fy[:, None, None], fx[None, :, None]
    values = pixels.astype(np.float64)
    top = values[y0][:, x0] * (1 - fx) + values[y0][:, x1] * fx
    bottom = values[y1][:, x0] * (1 - fx) + values[y1][:, x1] * fx
    return np.floor(top * (1 - fy) + bottom * fy + 0.5).astype(np.uint8)


def luma(pixels: np.ndarray) -> np.ndarray:
    """ITU-R 601 in 16 fraction bits, H x W."""
    red, green, blue = (pixels[..., c].astype(np.int64) for c in range(3))
    return (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16


def mosaic(photos: np.ndarray, side: int = 7) -> np.ndarray:
    """side x side photos as one picture, in rows."""
    size, channels = photos.shape[1], photos.shape[3]
    return photos[: side * side].reshape(side, side, size, size, channels).transpose(0, 2, 1, 3, 4).reshape(side * size, side * size, channels)


def normalized(pixels: np.ndarray, mean: tuple[float, ...], deviation: tuple[float, ...]) -> np.ndarray:
    return (((pixels.astype(np.float64) / 255) - np.array(mean)) / np.array(deviation)).astype(np.float32)


class Random:
    """mulberry32, as generator/core/random.ts."""

    def __init__(self, seed: int):
        self.state = seed

    def next(self) -> float:
        mask = 0xFFFFFFFF
        self.state = (self.state + 0x6D2B79F5) & mask
        t = self.state
        t = ((t ^ (t >> 15)) * (t | 1)) & mask
        t ^= (t + (((t ^ (t >> 7)) * (t | 61)) & mask)) & mask
        return (t ^ (t >> 14)) / 4294967296


def spectra(count: int) -> np.ndarray:
    """Seeded log spectra, five frames of 128 bands in dB: a random walk over the bands, and 3 dB of noise from frame to frame."""
    random = Random(1)
    out = np.empty((count, 640), np.float32)
    for i in range(count):
        level = -15 + 15 * random.next()
        bands = []
        for _ in range(128):
            bands.append(level)
            level = level * 0.97 + (6 * random.next() - 3.6)
        for at in range(640):
            out[i, at] = bands[at % 128] + (6 * random.next() - 3)
    return out
