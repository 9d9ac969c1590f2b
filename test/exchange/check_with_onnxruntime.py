# SPDX-License-Identifier: Apache-2.0
"""Holds the ONNX files of a folder to onnx.checker and to onnxruntime: N.onnx beside N.json with inputs and expected outputs."""
import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

TOLERANCE = 1e-4


def difference(found, wanted):
    if found.shape != wanted.shape:
        return float("inf")
    return float(np.abs(found - wanted).max() / max(1e-6, np.abs(wanted).max()))


def problems(path):
    case = json.loads(path.with_suffix(".json").read_text())
    onnx.checker.check_model(str(path), full_check=True)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options)
    tensor = lambda given: np.array(given["data"], np.float32).reshape(given["shape"])
    feed = {i.name: tensor(given) for i, given in zip(session.get_inputs(), case["inputs"], strict=True)}
    outputs = session.run(None, feed)
    worst = max(difference(y, tensor(wanted)) for y, wanted in zip(outputs, case["outputs"], strict=True))
    if not worst < TOLERANCE:
        yield f"one image differs by {worst}"
    if case["anyBatch"]:
        two = session.run(None, {name: np.concatenate([0.5 * x, x]) for name, x in feed.items()})
        worst = max(difference(y[1:], x) for y, x in zip(two, outputs, strict=True))
        if not worst < TOLERANCE:
            yield f"the second of two images differs by {worst}"


files = sorted(Path(sys.argv[1]).glob("*.onnx"))
found = [f"{path.name}: {problem}" for path in files for problem in problems(path)]
print(f"{len(files)} files, {len(found)} problems")
print("\n".join(found))
sys.exit(1 if found or not files else 0)
