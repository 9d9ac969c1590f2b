// SPDX-License-Identifier: Apache-2.0
/** Owns what a comparison reads: the model, the calibration inputs, the scored images with their labels, and the check that none is in both. */
import { resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { NoLabelsError } from '../compare/errors.js';
import { isRightFloat } from '../compare/score.js';
import { sha256, stableHash } from '../core/stable-hash.js';
import type { FloatNetwork } from '../float/network.js';
import { floatTensorById } from '../float/query.js';
import type { Network } from '../graph/network.js';
import { tensorById } from '../graph/query.js';
import { realToInt8 } from '../import/pixel-values.js';
import { requireDisjoint } from '../quantize/post-training/overlap.js';
import { plural } from '../report/plural.js';
import type { CompareCache } from './compare-cache.js';
import type { CompareOptions } from './compare-options.js';
import { readImageFiles } from './image-files.js';
import { readModelFile } from './model-file.js';
import { InterruptedError } from './output-errors.js';
import { int8Inputs, realInputs } from './pixel-reading.js';
import { calibrationInputs, CalibrationNeededError, FloatNeededError, InputFileError, readFloatModel, readModel } from './read-network.js';
import { UsageError } from './usage-error.js';

/** An image as a network of its row reads it, and its class. */
export interface ScoredImage {
  readonly label: number;
  /** The input of an int8 network. */
  int8(network: Network): Int8Array;
  /** Undefined for int8 models. */
  readonly real: Float32Array | undefined;
}

export interface CompareInputs {
  readonly bytes: Uint8Array;
  readonly model: { readonly kind: 'float32'; readonly network: FloatNetwork } | { readonly kind: 'int8'; readonly network: Network };
  readonly calibration: readonly Float32Array[];
  readonly scored: readonly ScoredImage[];
  /** Over the contents of model and calibration; over those and the scored images. */
  readonly hash: string;
  readonly scoredHash: string;
}

const bytesOf = (values: Float32Array | Int8Array): Uint8Array => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

/** Throws UsageError and the errors of `readFloatModel` and `readModel`. */
export function loadModel(options: Pick<CompareOptions, 'model'>, cwd: string): CompareInputs['model'] {
  if (options.model === 'synthetic') throw new UsageError('compare scores images, and "synthetic" has no classes', 'Name an .onnx or .tflite file.');
  try {
    return { kind: 'float32', network: readFloatModel(options.model, cwd).network };
  } catch (error) {
    if (!(error instanceof FloatNeededError)) throw error;
    return { kind: 'int8', network: readModel(options.model, 1, cwd).network };
  }
}

/** Images between --skip and --count, all of them with a class. */
function readScored(options: CompareOptions, model: CompareInputs['model'], cwd: string): ScoredImage[] {
  const { images: path, skip, count, resize } = options;
  const where = `--images ${path}`;
  const { inputs } = model.network;
  if (inputs.length !== 1) throw new InputFileError(`model ${options.model}`, plural(inputs.length, 'input'), 'one input, for images', 'Export the model with one input.');
  const [id = 0] = inputs;
  const { shape } = model.kind === 'float32' ? floatTensorById(model.network, id) : tensorById(model.network, id);
  const all = readImageFiles({ where, path, shape, resize, limit: count === undefined ? Infinity : skip + count }, cwd);
  const chosen = all.slice(skip);
  if (chosen.length === 0 || chosen.length < (count ?? 1)) throw new InputFileError(where, plural(all.length, 'image'), `${skip + (count ?? 1)} (--skip ${skip} --count ${count ?? 1})`, `Use --count ${Math.max(1, all.length - skip)}.`);
  const bare = chosen.findIndex(({ label }) => label === undefined);
  if (bare >= 0) throw new NoLabelsError(where, `image ${skip + bare} has none`);
  if (model.kind === 'float32') {
    return realInputs(chosen, shape, options, where).map(({ label, data }) => ({ label: label as number, real: data, int8: (network) => realToInt8(data, tensorById(network, network.inputs[0] ?? 0).quantization) }));
  }
  return int8Inputs(chosen, shape, tensorById(model.network, id).quantization, options).map(({ label, data }) => ({ label: label as number, real: undefined, int8: () => data }));
}

/** @throws UsageError, InputFileError, CalibrationNeededError, CalibrationOverlapError, NoLabelsError, and the errors of importers and image readers */
export function readCompareInputs(options: CompareOptions, cwd: string): CompareInputs {
  const model = loadModel(options, cwd);
  if (model.kind === 'int8' && options.calibration !== undefined) throw new UsageError(`--calibration belongs to float networks, and ${options.model} has its int8 scales`, 'Leave out --calibration.');
  if (model.kind === 'float32' && options.calibration === undefined) throw new CalibrationNeededError(options.model);
  const calibration = model.kind === 'float32' ? calibrationInputs(model.network, options.calibration ?? '', options, cwd) : [];
  const scored = readScored(options, model, cwd);
  if (model.kind === 'float32') requireDisjoint(calibration, scored.map(({ real }) => real as Float32Array));
  const bytes = readModelFile(resolve(cwd, options.model), { where: `model ${options.model}`, expected: 'an ONNX or TFLite file', remedy: 'Correct the path.' });
  const { network } = model;
  const hash = stableHash([sha256(bytes), network.name, calibration.map((values) => sha256(bytesOf(values)))]);
  const images = scored.map(({ label, real, int8 }) => [label, sha256(bytesOf(real ?? int8(network as Network)))]);
  return { bytes, model, calibration, scored, hash, scoredHash: stableHash([hash, images]) };
}

/** The float network's own answers on the scored images. @throws InterruptedError */
export async function floatAnswers({ model, scored, scoredHash }: CompareInputs, cache: CompareCache, version: string, signal: AbortSignal, onPhase: (phase: string, detail: string) => void): Promise<string | undefined> {
  if (model.kind !== 'float32') return undefined;
  const key = { what: 'float', scored: scoredHash, version };
  let answers = cache.answers(key);
  if (answers !== undefined) return answers;
  answers = '';
  for (const [i, { real, label }] of scored.entries()) {
    await setImmediate();
    if (signal.aborted) throw new InterruptedError('comparison');
    onPhase('scoring the float network', `image ${i + 1} of ${scored.length}`);
    answers += isRightFloat(model.network, real as Float32Array, label) ? '1' : '0';
  }
  cache.keepAnswers(key, answers);
  return answers;
}
