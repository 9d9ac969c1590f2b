// SPDX-License-Identifier: Apache-2.0
/** Owns reading a model and pruning it as a command line asks: int8 weights by magnitude, float weights by any method before they are quantized. */
import { isFloatWeighted } from '../float/network.js';
import { pruneFloatNetwork, type FloatPruneProgress } from '../prune/prune-float.js';
import type { WeightBits } from '../prune/layer/levels.js';
import type { ExistingRequest } from '../prune/plan.js';
import type { PruneResult } from '../prune/prune.js';
import type { CalibrationOptions } from './calibration-option.js';
import { refuseChannels } from './channel-option.js';
import { shapeChannels } from './channel-shape.js';
import { interruptible, stopIfAborted } from './interruptible.js';
import { planAsAsked, pruneAsAsked, requirePruned, requireWeightsPruned, type KeepChoice, type PruneArray } from './keep-option.js';
import type { ProgressView } from './progress.js';
import { readModel, type LoadedModel } from './read-network.js';
import type { Shell } from './shell.js';
import { UsageError } from './usage-error.js';

export interface PruneRequest extends CalibrationOptions {
  readonly model: string;
  /** Undefined: dense. */
  readonly keep: KeepChoice | undefined;
  readonly constraint: ExistingRequest['existing'];
}

export interface PrunedModel extends LoadedModel {
  readonly prune: PruneResult | undefined;
}

/**
 * Reads, prunes and quantizes; an interrupt ends it at once.
 * @throws InterruptedError, the errors of `readModel` and of pruning; UsageError for an int8 model and a method that changes weights, or channels
 */
export function readPruned(request: PruneRequest, seed: number, { cwd, signal }: Pick<Shell, 'cwd' | 'signal'>, array: PruneArray, progress?: ProgressView): PrunedModel {
  const what = request.keep === undefined ? `reading ${request.model}` : 'pruning';
  try {
    return interruptible(what, signal, () => readAndPrune(request, seed, cwd, array, ({ layer, done, all }) => {
      stopIfAborted(signal, what);
      progress?.show({ done, all, phase: `pruning ${layer}` });
    }));
  } finally {
    progress?.stop();
  }
}

function readAndPrune(request: PruneRequest, seed: number, cwd: string, array: PruneArray, onProgress: (progress: FloatPruneProgress) => void): PrunedModel {
  const { keep, constraint, model } = request;
  const reading = { ...request, ...(array.weightBits === undefined ? {} : { weightBits: array.weightBits }) };
  let prune: PruneResult | undefined;
  let isFloat = false;
  const loaded = readModel(model, seed, cwd, reading, (network, calibration) => {
    isFloat = true;
    const shaped = shapeChannels(network, { choice: keep, constraint, array, calibration, onProgress }).network;
    if (keep === undefined || keep.method.needs === 'weights') return shaped;
    const plan = planAsAsked(keep, constraint, array);
    requirePruned(keep, plan, network.name, shaped.ops.filter(isFloatWeighted));
    const result = pruneFloatNetwork(shaped, plan, keep.method, calibration, { weightBits: (array.weightBits ?? 8) as WeightBits, onProgress });
    requireWeightsPruned(keep, plan, network.name, result.network.ops.filter(isFloatWeighted), result);
    prune = result;
    return result.network;
  });
  if (keep?.channels !== undefined && !isFloat) refuseChannels(keep.channels, model);
  if (keep === undefined || keep.method.needs === 'weights') return { ...loaded, prune: pruneAsAsked(loaded.network, keep, constraint, array) };
  if (prune === undefined) throw new UsageError(`--method ${keep.method.name} changes weights, and those of ${model} are int8 already`, 'Use --method magnitude, or a float model with --calibration.');
  return { ...loaded, prune };
}
