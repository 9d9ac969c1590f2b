# SPDX-License-Identifier: Apache-2.0
"""Fine-tunes a network that gen-accel pruned, with its masks held, taught by the network as it was before.

    python retrain.py PRUNED_FOLDER --teacher dense.onnx --images train.bin --out retrained.onnx
"""
import argparse
import math
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor

from images import Pixels, augment, read_images
from onnx_graph import OnnxModule


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    numbers = lambda text: [float(v) for v in text.split(",")]
    parser.add_argument("folder", type=Path, help="what gen-accel prune wrote: model.onnx and masks.safetensors")
    parser.add_argument("--teacher", type=Path, required=True, help="the dense network, ONNX")
    parser.add_argument("--images", type=Path, required=True, help="training images: CIFAR-10 records (.bin) or .npy")
    parser.add_argument("--out", type=Path, required=True, help="the retrained network, ONNX")
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rate", type=float, default=0.01, help="step of Adam, relative to the size of a tensor's values; falls to 0 as a cosine [0.01]")
    parser.add_argument("--features", type=float, default=1.0, help="weight of the distance after every residual sum [1]")
    parser.add_argument("--temperature", type=float, default=2.0, help="of the distillation [2]")
    parser.add_argument("--flip", action="store_true", help="mirror images too")
    parser.add_argument("--shift", type=int, default=4, help="pixels that images are shifted by, at most [4]")
    parser.add_argument("--mix", type=float, default=0.5, help="share of the images with a part of another [0.5]")
    parser.add_argument("--mean", type=numbers, help="of (x / 255 - mean) / std, comma-separated [the network reads 0..255]")
    parser.add_argument("--std", type=numbers)
    parser.add_argument("--norms", action="store_true", help="put a batch norm behind every convolution that has none, and fold it into the weights at the end")
    parser.add_argument("--hold", type=int, default=0, help="last images that are not trained on: prints how often the teacher's answer is found there [0]")
    parser.add_argument("--bf16", action="store_true", help="multiply in bfloat16: about twice as fast where the processor has it")
    parser.add_argument("--round", type=int, default=23, help="binary digits behind the point that weights keep at the end; 11 halves a packed file [23: all]")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


def hold(student: OnnxModule, masks: dict[str, Tensor]) -> None:
    """Makes every weight outside its mask 0."""
    with torch.no_grad():
        for name, mask in masks.items():
            student.parameter(name).mul_(mask)


def rounded(values: Tensor, digits: int) -> Tensor:
    """The nearest numbers with so many binary digits behind the leading one."""
    fraction, exponent = torch.frexp(values)
    return torch.ldexp(torch.round(fraction * 2.0 ** (digits + 1)) / 2.0 ** (digits + 1), exponent)


def relative_groups(student: OnnxModule, masks: dict[str, Tensor], rate: float) -> list[dict]:
    """One group a tensor; its rate is relative to the root mean square of its values that are not masked."""
    names = {key: name for name, key in student._keys.items()}
    groups = []
    for key, value in student.trained.items():
        if not value.requires_grad:
            continue
        mask = masks.get(names.get(key, ""))
        count = value.numel() if mask is None else max(1, int(mask.sum()))
        size = math.sqrt(float((value.detach() ** 2).sum()) / count)
        groups.append({"params": [value], "lr": rate * max(size, 1e-4)})
    return groups


def loss_of(student: OnnxModule, teacher: OnnxModule, x: Tensor, options: argparse.Namespace) -> Tensor:
    with torch.autocast("cpu", torch.bfloat16, enabled=options.bf16):
        with torch.no_grad():
            taught = teacher.run(x)
        values = student.run(x)
    t = options.temperature
    answer, wanted = student.logits(values).float() / t, teacher.logits(taught).float() / t
    loss = t * t * F.kl_div(F.log_softmax(answer, 1), F.log_softmax(wanted, 1), log_target=True, reduction="batchmean")
    if options.features > 0:
        for mine, its in zip(student.joins(), teacher.joins(), strict=True):
            a, b = values[mine].float(), taught[its].float()
            loss = loss + options.features * ((a - b) ** 2).mean() / (b**2).mean()
    return loss


def agreement(student: OnnxModule, teacher: OnnxModule, x: Tensor, y: Tensor) -> str:
    with torch.no_grad():
        pairs = [(student(part).argmax(1), teacher(part).argmax(1)) for part in x.split(200)]
    mine, its = torch.cat([a for a, _ in pairs]), torch.cat([b for _, b in pairs])
    return f"held out {len(y)}: teacher's answer {100 * (mine == its).float().mean():.1f} %, right {100 * (mine == y).float().mean():.1f} % (teacher {100 * (its == y).float().mean():.1f} %)"


def main() -> None:
    options = arguments()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    generator = torch.Generator().manual_seed(options.seed)
    student, teacher = OnnxModule(options.folder / "model.onnx"), OnnxModule(options.teacher)
    teacher.eval()
    masks = {name: mask.float() for name, mask in load_file(options.folder / "masks.safetensors").items()}
    missing = set(masks) - set(student.weight_names())
    if missing:
        raise SystemExit(f"masks of {', '.join(sorted(missing))} belong to no weights of {options.folder / 'model.onnx'}")
    hold(student, masks)
    for module in (student, teacher):
        for value in module.trained.values():
            if value.dim() == 4:
                value.data = value.data.contiguous(memory_format=torch.channels_last)

    pixels = Pixels(options.mean, options.std)
    x, y = read_images(options.images)
    count = len(x) - options.hold
    if options.norms:
        student.insert_norms(teacher, pixels(x[:256]))
    steps = options.epochs * (count // options.batch)
    optimizer = torch.optim.Adam(relative_groups(student, masks, options.rate), betas=(0.9, 0.99))
    warm = min(100, steps // 20 + 1)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda s: min(1.0, (s + 1) / warm) * 0.5 * (1 + math.cos(math.pi * min(1.0, s / steps))))
    started = time.time()
    for epoch in range(options.epochs):
        student.train()
        order = torch.randperm(count, generator=generator)
        total = 0.0
        for at in range(0, count - options.batch + 1, options.batch):
            part = pixels(augment(x[order[at : at + options.batch]], generator, options.flip, options.shift, options.mix))
            loss = loss_of(student, teacher, part.contiguous(memory_format=torch.channels_last), options)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            hold(student, masks)
            schedule.step()
            total += loss.item() * options.batch / count
        last = epoch + 1 == options.epochs
        if last or (epoch + 1) % 5 == 0:
            student.eval()
            seen = agreement(student, teacher, pixels(x[count:]), y[count:]) if options.hold > 0 else ""
            print(f"epoch {epoch + 1} of {options.epochs}, {time.time() - started:.0f} s, loss {total:.4f}  {seen}", flush=True)
    student.fold_norms()
    with torch.no_grad():
        for name in student.weight_names():
            student.parameter(name).copy_(rounded(student.parameter(name), options.round))
    student.save(options.out)
    kept = {name: int(mask.sum()) for name, mask in masks.items()}
    outside = sum(int((student.parameter(name).detach()[mask == 0] != 0).sum()) for name, mask in masks.items())
    print(f"{options.out}: {sum(kept.values())} of {sum(mask.numel() for mask in masks.values())} masked weights kept, {outside} outside the masks")


if __name__ == "__main__":
    main()
