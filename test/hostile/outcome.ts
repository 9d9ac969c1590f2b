// SPDX-License-Identifier: Apache-2.0
/** Owns what may come of a hostile file: a typed error with a text that helps, or a network that goes all the way. */
import { validateConfig } from '../../generator/arch/rules.js';
import { compileNetwork } from '../../generator/compile/compile-network.js';
import { GenAccelError } from '../../generator/core/errors.js';
import { createRandom } from '../../generator/core/random.js';
import { runFloat } from '../../generator/float/execute.js';
import type { FloatNetwork } from '../../generator/float/network.js';
import { validateFloatNetwork } from '../../generator/float/validate.js';
import type { Network } from '../../generator/graph/network.js';
import { randomInput } from '../../generator/graph/synthetic.js';
import { validateNetwork } from '../../generator/graph/validate.js';
import { readOnnx } from '../../generator/import/onnx/import.js';
import { readTflite } from '../../generator/import/tflite/import.js';
import { inspectNetwork } from '../../generator/inspect/inspect-network.js';
import { runGolden } from '../../generator/model/golden.js';
import { quantizeNetwork } from '../../generator/quantize/post-training/quantize-network.js';
import { elementCount } from '../../generator/tensor/tensor.js';
import type { Format } from './cases.js';

/** `refused later`: a valid network that quantizing, compiling or running refuses by a typed error. */
export type Outcome = 'typed error' | 'valid network' | 'refused later';

/** What a run may cost: values and window positions, and weights. */
const SMALL = { work: 2 ** 21, weights: 2 ** 16, values: 2 ** 15 } as const;
const CONFIG = validateConfig({});

/** What a text says that nobody meant to say. */
const UNHELPFUL = /Cannot read|is not a function|is not iterable|\[object|Invalid (array|typed array) length|Maximum call stack|Array buffer allocation|out of bounds|\bundefined\b|convert a BigInt/;
/** All that a terminal obeys, but for line feeds. */
const CONTROL = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
const MAX_TEXT = 12_000;

/** Why the text of an error is none; undefined when it is one. */
export function textProblem(error: GenAccelError): string | undefined {
  const { where, found, expected, remedy } = error.parts;
  if ([where, found, expected, remedy].some((part) => part.trim() === '')) return 'a part is empty';
  if (UNHELPFUL.test(error.message)) return 'it quotes the engine';
  if (CONTROL.test(error.message.replaceAll('\n', ''))) return 'it holds control characters';
  return error.message.length > MAX_TEXT ? `it has ${error.message.length} characters` : undefined;
}

/** Passes errors that a user may see; all else is a fault. */
function checkError(error: unknown): void {
  if (!(error instanceof GenAccelError)) throw error;
  const problem = error.origin === 'input' ? textProblem(error) : 'it says that gen-accel is broken';
  if (problem !== undefined) throw new Error(`${problem}: ${error.message}`, { cause: error });
}

interface Sized {
  readonly tensors: readonly { readonly shape: readonly number[] }[];
  readonly ops: readonly { readonly outputs: readonly number[] }[];
}

/** Multiplications, or values that are looked at. */
function work({ tensors, ops }: Sized): number {
  const size = (id: number): number => elementCount(tensors[id]?.shape ?? []);
  return ops.reduce((sum, op) => {
    const fields = op as { readonly filterHeight?: number; readonly filterWidth?: number; readonly weights?: { readonly data: { readonly length: number }; readonly shape: readonly number[] } };
    const perOutput = fields.weights === undefined ? (fields.filterHeight ?? 1) * (fields.filterWidth ?? 1) : fields.weights.data.length / (fields.weights.shape[0] as number);
    return sum + size(op.outputs[0] as number) * perOutput;
  }, tensors.reduce((sum, { shape }) => sum + elementCount(shape), 0));
}

const weightsOf = ({ ops }: Network): number => ops.reduce((sum, op) => sum + ('weights' in op ? op.weights.data.length : 0), 0);

/** Everything behind the import, as far as it is small. */
function goOn(network: Network, seed: number): void {
  validateNetwork(network);
  const isSmall = work(network) <= SMALL.work;
  if (isSmall && network.inputs.length === 1) runGolden(network, randomInput(network, seed));
  if (weightsOf(network) > SMALL.weights) return;
  inspectNetwork(network, CONFIG);
  const values = network.tensors.reduce((sum, { shape }) => sum + elementCount(shape), 0);
  if (seed % 4 === 0 && isSmall && values <= SMALL.values) compileNetwork(network, undefined, CONFIG);
}

function goOnFloat(network: FloatNetwork, seed: number): void {
  validateFloatNetwork(network);
  if (work(network) > SMALL.work) return;
  const random = createRandom(seed);
  const inputs = network.inputs.map((id) => Float32Array.from({ length: elementCount(network.tensors[id]?.shape ?? []) }, () => random.next()));
  runFloat(network, inputs);
  if (inputs.length === 1) goOn(quantizeNetwork(network, inputs), seed);
}

/** Throws what nobody may see. */
export function outcomeOf(format: Format, bytes: Uint8Array, seed: number): Outcome {
  let imported: ReturnType<typeof readTflite>;
  try {
    imported = format === 'TFLite' ? readTflite(bytes, 'model') : readOnnx(bytes, 'model');
  } catch (error) {
    checkError(error);
    return 'typed error';
  }
  try {
    if (imported.kind === 'int8') goOn(imported.network, seed);
    else goOnFloat(imported.network, seed);
    return 'valid network';
  } catch (error) {
    checkError(error);
    return 'refused later';
  }
}
