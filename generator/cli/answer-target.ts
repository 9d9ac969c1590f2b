// SPDX-License-Identifier: Apache-2.0
/** Owns the answer to a target on the command line: K for every layer, as if it had been typed. */
import { setImmediate } from 'node:timers/promises';
import { foldNetwork } from '../float/fold/fold-network.js';
import { isFloatWeighted } from '../float/network.js';
import type { WeightBits } from '../prune/layer/levels.js';
import { resolvePlan } from '../prune/plan.js';
import { chooseKeeps } from '../prune/sensitivity/choose-keeps.js';
import { TARGET_FLAGS, type TargetResult } from '../prune/sensitivity/target.js';
import type { CalibrationOptions } from './calibration-option.js';
import { interruptible, stopIfAborted } from './interruptible.js';
import { planAsAsked, type KeepChoice, type PruneArray, type Request } from './keep-option.js';
import { createProgress } from './progress.js';
import { CalibrationNeededError, calibrationImages, readFloatModel } from './read-network.js';
import type { Shell } from './shell.js';
import { compiledCycles, type ProgramSettings } from './target-cycles.js';
import { UsageError } from './usage-error.js';

const WHAT = 'the choice of K';

interface TargetRequest extends CalibrationOptions {
  readonly model: string;
  readonly keep: KeepChoice | undefined;
  readonly constraint: 'balanced' | 'unconstrained';
}

/** What an analysis found, and the same options with its answer in the place of the target. */
export interface Answered<Options> {
  readonly options: Options;
  /** Undefined: there was no target. */
  readonly target: TargetResult | undefined;
}

/**
 * Chooses K for every layer that is not named, on calibration images alone. Without a target the options come back as they are.
 * @throws UsageError, CalibrationNeededError, InterruptedError, the errors of reading and of `chooseKeeps`
 */
export async function answerTarget<Options extends TargetRequest>(options: Options, array: PruneArray, shell: Shell, settings: () => ProgramSettings): Promise<Answered<Options>> {
  const { keep: choice, model, constraint } = options;
  if (choice?.target === undefined) return { options, target: undefined };
  const { target, method } = choice;
  const flag = TARGET_FLAGS[target.kind];
  if (constraint === 'unconstrained') throw new UsageError(`${flag} chooses K of G, and --constraint unconstrained has none`, 'Leave out --constraint.');
  if (model === 'synthetic') throw new UsageError(`${flag} needs a float model, and "synthetic" is int8`, 'Name an ONNX or TFLite file of float32.');
  const { network } = readFloatModel(model, shell.cwd);
  if (options.calibration === undefined) throw new CalibrationNeededError(model);
  const inputs = calibrationImages(network, options.calibration, options, shell.cwd);
  const plan = planAsAsked(choice, constraint, array);
  resolvePlan(foldNetwork(network).ops.filter(isFloatWeighted), plan);
  const named = plan.layers;
  const bits = array.weightBits ?? 8;
  const progress = createProgress(shell.progress);
  try {
    progress.show({ done: 0, all: 1, phase: `choosing K for ${flag} ${target.value}` });
    const cycles = target.kind === 'sparsity' ? undefined : compiledCycles(network, inputs.map(({ data }) => data), named, array, settings());
    await setImmediate();
    const steps = chooseKeeps({
      network, inputs, group: array.group, method, target, named,
      ...(cycles === undefined ? {} : { cycles }), ...(bits === 8 ? {} : { pruning: { weightBits: bits as WeightBits } }),
    });
    for (;;) {
      const step = interruptible(WHAT, shell.signal, () => steps.next());
      if (step.done === true) return { options: { ...options, keep: answered(choice, step.value) }, target: step.value };
      progress.show(step.value);
      // SIGINT ends a step; every other signal is heard between two.
      await setImmediate();
      stopIfAborted(shell.signal, WHAT);
    }
  } finally {
    progress.stop();
  }
}

/** The choice as --keep would ask for it. */
function answered({ target: _, ...choice }: KeepChoice, { layers }: TargetResult): KeepChoice {
  const chosen = layers.flatMap(({ name, keep, reason }): [string, Request][] => (reason === null && typeof keep === 'number' ? [[name, { kind: 'keep', keep }]] : []));
  return { ...choice, layers: new Map([...choice.layers, ...chosen]) };
}
