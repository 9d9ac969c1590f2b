# SPDX-License-Identifier: Apache-2.0
"""Builds the models, runs them in onnxruntime and writes models, inputs and outputs into one archive."""

import argparse
import gzip
import io
import json
import platform
import tarfile
import zlib

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper

from corpus import (  # noqa: F401 (they register their cases)
    constants, corners, corners_of_files, forms, layers, pooling, pytorch_networks, qdq, qdq_networks, qlinear_layers, refused, refused_quantized, refused_values, shapes,
    static, tf2onnx_networks, windows,
)
from corpus.registry import CASES

SETS = 2
TYPES = {"tensor(float)": np.float32, "tensor(double)": np.float64, "tensor(uint8)": np.uint8, "tensor(int8)": np.int8}


def session(model):
    """Without graph optimizations: every node runs as it stands, QuantizeLinear and DequantizeLinear too."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def inputs_of(run, name, at):
    """Seeded by name: a case more changes no other. A batch without a number is 1."""
    random = np.random.Generator(np.random.PCG64(zlib.crc32(f"{name} {at}".encode())))
    feed = {}
    for port in run.get_inputs():
        shape = [dim if isinstance(dim, int) and dim > 0 else 1 for dim in port.shape]
        kind = TYPES[port.type]
        if issubclass(kind, np.floating):
            feed[port.name] = (random.integers(-64, 65, shape) / 32).astype(kind)
        else:
            feed[port.name] = random.integers(np.iinfo(kind).min, np.iinfo(kind).max + 1, shape).astype(kind)
    return feed


def record(name, kind, build):
    """An entry of the index, and the files of a case."""
    model = build()
    first = session(model.proto())
    feeds = [inputs_of(first, name, at) for at in range(SETS)]
    values = first.run(None, feeds[0])
    shapes_of = {port: (helper.np_dtype_to_tensor_dtype(value.dtype), list(value.shape)) for port, value in zip(model.outputs, values)}
    proto = model.proto(shapes_of)
    run = session(proto)
    data = b""
    for feed in feeds:
        outputs = run.run(None, feed)
        for value in [*feed.values(), *outputs]:
            data += np.ascontiguousarray(value).tobytes()
    port = lambda key, value: {"name": key, "type": str(value.dtype), "shape": list(value.shape)}
    entry = {
        "name": name, "kind": kind, "opset": model.opset, "ir": model.ir,
        "inputs": [port(*item) for item in feeds[0].items()], "outputs": [port(*item) for item in zip(model.outputs, outputs)],
    }
    return entry, {f"{name}.onnx": proto.SerializeToString(deterministic=True), **({} if kind == "refused" else {f"{name}.bin": data})}


def write(path, files):
    """No time stamps: the same files give the same bytes."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    with open(path, "wb") as out:
        out.write(gzip.compress(buffer.getvalue(), 9, mtime=0))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", help="archive to write (.tar.gz)")
    parser.add_argument("--only", default="", help="cases whose names contain this")
    arguments = parser.parse_args()
    files, entries, failed = {}, [], []
    for name, kind, build in CASES:
        if arguments.only not in name:
            continue
        try:
            entry, own = record(name, kind, build)
        except Exception as error:
            failed.append(f"{name}: {error}")
            continue
        entries.append(entry)
        files.update(own)
    if failed:
        raise SystemExit("\n".join(failed))
    versions = {"onnx": onnx.__version__, "onnxruntime": onnxruntime.__version__, "numpy": np.__version__, "python": platform.python_version()}
    files = {"index.json": json.dumps({"versions": versions, "sets": SETS, "cases": entries}, indent=0).encode(), **files}
    write(arguments.output, files)
    print(f"{len(entries)} cases, {versions}")


main()
