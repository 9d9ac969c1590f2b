# SPDX-License-Identifier: Apache-2.0
"""Runs onnxruntime on the scored inputs of every model and writes what it answers, for tests and benchmarks that need no Python."""
import argparse
import base64
import gzip
import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

from models import MODELS, Model
from modernize import modern

FULL_OUTPUTS = 20
ROOT = Path(__file__).resolve().parents[2]


def loadable(path: Path) -> str | bytes:
    """The file itself, but for one without an opset, which onnxruntime refuses."""
    model = onnx.load(str(path))
    return str(path) if len(model.opset_import) > 0 else modern(model)


def record(model: Model, data: Path) -> dict:
    inputs, labels = model.load(data)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(loadable(data / model.file), options, providers=["CPUExecutionProvider"])
    port, = session.get_inputs()
    fed = np.moveaxis(inputs, -1, 1) if model.channels_first else inputs
    # One after the other: every model takes a batch of one.
    outputs = np.concatenate([session.run(None, {port.name: np.ascontiguousarray(one[None])})[0] for one in fed])
    kept = outputs if model.keep_every == 1 else outputs[..., :: model.keep_every, :: model.keep_every]
    answers = outputs.argmax(1).astype("<u2") if model.is_classifier else np.zeros(0, "<u2")
    right = "" if labels is None else f", {(answers == labels).sum()} right"
    print(f"{model.name}: {len(inputs)} inputs{right}")
    return {
        "model": model.file,
        "modelSha256": hashlib.sha256((data / model.file).read_bytes()).hexdigest(),
        "onnxruntime": onnxruntime.__version__,
        "count": len(inputs),
        # Of all scored inputs, one after the other, float32, channels last.
        "inputsSha256": hashlib.sha256(np.ascontiguousarray(inputs, "<f4").tobytes()).hexdigest(),
        "right": None if labels is None else int((answers == labels).sum()),
        # Index of the largest output of every input, 16 bits each; empty where the output is no list of classes.
        "answers": base64.b64encode(answers.tobytes()).decode(),
        "keepEvery": model.keep_every,
        "outputShape": list(kept.shape[1:]),
        # Of the first inputs, float32.
        "outputs": base64.b64encode(np.ascontiguousarray(kept[:FULL_OUTPUTS], "<f4").tobytes()).decode(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared/data", help="folder of models and images")
    parser.add_argument("--only", default="", help="models whose name contains this")
    parser.add_argument("--out", type=Path, default=ROOT / "bench/networks/recorded", help="folder that is written")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    for model in MODELS:
        if args.only in model.name:
            text = json.dumps(record(model, args.data), indent=1) + "\n"
            # No time stamp: the same answers give the same bytes.
            (args.out / f"{model.name}.json.gz").write_bytes(gzip.compress(text.encode(), 9, mtime=0))


if __name__ == "__main__":
    main()
