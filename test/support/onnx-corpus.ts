// SPDX-License-Identifier: Apache-2.0
/** Reads the archive of ONNX models with the inputs and outputs that onnxruntime had for them (examples/onnxruntime-corpus). */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { OnnxPort } from '../../generator/import/onnx/convert-graph.js';
import { elementCount, type Shape } from '../../generator/tensor/tensor.js';
import { readTar } from './tar.js';

export interface RecordedTensor {
  readonly name: string;
  readonly type: 'float32' | 'uint8' | 'int8';
  readonly shape: Shape;
}

/** Values as they stand in the file, in the order of the case's inputs and outputs. */
export interface RecordedRun {
  readonly inputs: readonly number[][];
  readonly outputs: readonly number[][];
}

export interface RecordedCase {
  readonly name: string;
  readonly kind: 'float' | 'quantized' | 'refused';
  readonly opset: number;
  readonly ir: number;
  readonly inputs: readonly RecordedTensor[];
  readonly outputs: readonly RecordedTensor[];
  readonly model: Uint8Array;
  /** None where the model is to be refused. */
  readonly runs: readonly RecordedRun[];
}

interface Index {
  readonly versions: Readonly<Record<string, string>>;
  readonly sets: number;
  readonly cases: readonly Omit<RecordedCase, 'model' | 'runs'>[];
}

const ARRAYS = { float32: Float32Array, uint8: Uint8Array, int8: Int8Array } as const;

function runsOf({ inputs, outputs }: Omit<RecordedCase, 'model' | 'runs'>, sets: number, bytes: Uint8Array): RecordedRun[] {
  let at = 0;
  const take = ({ type, shape }: RecordedTensor): number[] => {
    const count = elementCount(shape);
    const size = count * ARRAYS[type].BYTES_PER_ELEMENT;
    const values = new ARRAYS[type](bytes.slice(at, at + size).buffer);
    at += size;
    return Array.from(values);
  };
  return Array.from({ length: sets }, () => ({ inputs: inputs.map(take), outputs: outputs.map(take) }));
}

const ARCHIVE = fileURLToPath(new URL('../import/onnx/recorded/corpus.tar.gz', import.meta.url));

/** Every case, and the versions of what recorded them. */
export function readCorpus(path = ARCHIVE): { readonly versions: Index['versions']; readonly cases: readonly RecordedCase[] } {
  const files = readTar(new Uint8Array(readFileSync(path)));
  const file = (name: string): Uint8Array => {
    const bytes = files.get(name);
    if (bytes === undefined) throw new Error(`${name} is not in ${path}`);
    return bytes;
  };
  const { versions, sets, cases } = JSON.parse(new TextDecoder().decode(file('index.json'))) as Index;
  const runs = (one: Index['cases'][number]): RecordedRun[] => (one.kind === 'refused' ? [] : runsOf(one, sets, file(`${one.name}.bin`)));
  return { versions, cases: cases.map((one) => ({ ...one, model: file(`${one.name}.onnx`), runs: runs(one) })) };
}

/** Position of a port among the recorded tensors. */
export function recordedAt(ports: readonly RecordedTensor[], { name }: OnnxPort): number {
  const at = ports.findIndex((port) => port.name === name);
  if (at < 0) throw new Error(`no recorded tensor ${name}`);
  return at;
}
