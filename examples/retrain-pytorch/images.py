# SPDX-License-Identifier: Apache-2.0
"""Training images: CIFAR-10 records or a pair of .npy files; and what augmentation does to a batch of them."""
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor


def read_images(path: str | Path) -> tuple[Tensor, Tensor]:
    """Pixels of 0..255 as N x C x H x W in float32, and labels.

    A .bin holds CIFAR-10 records. NAME.npy holds N x H x W x C in uint8, its labels are in NAME-labels.npy.
    """
    path = Path(path)
    if path.suffix == ".npy":
        pixels = np.load(path)
        labels = np.load(path.with_name(f"{path.stem}-labels.npy"))
        return torch.from_numpy(np.ascontiguousarray(pixels.transpose(0, 3, 1, 2)).astype(np.float32)), torch.from_numpy(labels.astype(np.int64))
    records = np.frombuffer(path.read_bytes(), np.uint8).reshape(-1, 3073)
    return torch.from_numpy(records[:, 1:].reshape(-1, 3, 32, 32).astype(np.float32)), torch.from_numpy(records[:, 0].astype(np.int64))


class Pixels:
    """From 0..255 to what the network reads: x, or (x / 255 - mean) / std."""

    def __init__(self, mean: list[float] | None, std: list[float] | None):
        self.mean = None if mean is None else torch.tensor(mean).view(1, -1, 1, 1)
        self.std = None if std is None else torch.tensor(std).view(1, -1, 1, 1)

    def __call__(self, x: Tensor) -> Tensor:
        return x if self.mean is None or self.std is None else (x / 255 - self.mean) / self.std


def augment(x: Tensor, generator: torch.Generator, flip: bool, shift: int, mix: float) -> Tensor:
    """Random mirror images, shifts by up to `shift` pixels with reflected borders, and for a share `mix` of the images a rectangle of another one.

    A mixed image has no label of its own; the teacher says what it shows.
    """
    n, _, height, width = x.shape
    if flip:
        mirrored = torch.rand(n, generator=generator) < 0.5
        x = torch.where(mirrored.view(-1, 1, 1, 1), x.flip(3), x)
    if shift > 0:
        wide = F.pad(x, [shift] * 4, mode="reflect")
        y0 = torch.randint(0, 2 * shift + 1, (n,), generator=generator)
        x0 = torch.randint(0, 2 * shift + 1, (n,), generator=generator)
        rows = (y0.view(-1, 1) + torch.arange(height)).view(n, 1, height, 1)
        columns = (x0.view(-1, 1) + torch.arange(width)).view(n, 1, 1, width)
        x = wide[torch.arange(n).view(n, 1, 1, 1), torch.arange(x.shape[1]).view(1, -1, 1, 1), rows, columns]
    if mix > 0:
        partner = torch.randperm(n, generator=generator)
        area = torch.rand(n, generator=generator)
        chosen = torch.rand(n, generator=generator) < mix
        h, w = (height * area.sqrt()).long().view(-1, 1), (width * area.sqrt()).long().view(-1, 1)
        y = (torch.rand(n, 1, generator=generator) * (height - h + 1)).long()
        z = (torch.rand(n, 1, generator=generator) * (width - w + 1)).long()
        inside_rows = (torch.arange(height) >= y) & (torch.arange(height) < y + h)
        inside_columns = (torch.arange(width) >= z) & (torch.arange(width) < z + w)
        patch = inside_rows.view(n, 1, height, 1) & inside_columns.view(n, 1, 1, width) & chosen.view(n, 1, 1, 1)
        x = torch.where(patch, x[partner], x)
    return x
