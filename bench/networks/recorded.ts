// SPDX-License-Identifier: Apache-2.0
/** Owns what onnxruntime answered, as examples/onnxruntime-reference recorded it. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import type { RealInput } from './onnx-inputs.js';

const schema = z.strictObject({
  model: z.string(), modelSha256: z.string(), onnxruntime: z.string(),
  count: z.int(), inputsSha256: z.string(), right: z.int().nullable(), answers: z.string(),
  keepEvery: z.int(), outputShape: z.array(z.int()), outputs: z.string(),
});

export interface Recorded {
  /** File below the data folder. */
  readonly model: string;
  readonly modelSha256: string;
  readonly onnxruntime: string;
  /** Scored inputs. */
  readonly count: number;
  readonly inputsSha256: string;
  /** Inputs whose answer is their class; null without classes. */
  readonly right: number | null;
  /** Index of the largest output of every scored input; empty where the output is no list of classes. */
  readonly answers: Uint16Array;
  /** Every nth row and column of an output image is kept. */
  readonly keepEvery: number;
  readonly outputShape: readonly number[];
  /** Whole outputs of the first inputs. */
  readonly outputs: readonly Float32Array[];
}

/** The bytes of base64 in memory of their own. */
const bytesOf = (text: string): ArrayBuffer => Uint8Array.from(Buffer.from(text, 'base64')).buffer;

export function readRecorded(name: string): Recorded {
  const file = resolve(import.meta.dirname, 'recorded', `${name}.json.gz`);
  const recorded = schema.parse(JSON.parse(gunzipSync(readFileSync(file)).toString('utf8')));
  const size = recorded.outputShape.reduce((product, dim) => product * dim, 1);
  const values = new Float32Array(bytesOf(recorded.outputs));
  return {
    ...recorded,
    answers: new Uint16Array(bytesOf(recorded.answers)),
    outputs: Array.from({ length: values.length / size }, (_, i) => values.slice(i * size, (i + 1) * size)),
  };
}

const hash = (parts: Iterable<ArrayBufferView>): string => {
  const sha = createHash('sha256');
  for (const { buffer, byteOffset, byteLength } of parts) sha.update(new Uint8Array(buffer, byteOffset, byteLength));
  return sha.digest('hex');
};

/** Throws unless model and inputs are those that were recorded, all of them in their order. */
export function requireRecorded(recorded: Recorded, model: Uint8Array, inputs: readonly RealInput[]): void {
  const found = hash(inputs.map(({ data }) => data));
  if (hash([model]) !== recorded.modelSha256) throw new Error(`${recorded.model} is another file than the one that was recorded`);
  if (found !== recorded.inputsSha256) throw new Error(`${recorded.model}: ${inputs.length} inputs with SHA-256 ${found}; recorded were ${recorded.count} with ${recorded.inputsSha256}`);
}
