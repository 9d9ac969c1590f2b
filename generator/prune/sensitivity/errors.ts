// SPDX-License-Identifier: Apache-2.0
/** Owns the typed errors of pruning towards a target. */

import { GenAccelError } from '../../core/errors.js';

/** Too few calibration inputs to hold some of them out. */
export class FewInputsError extends GenAccelError {
  constructor(found: number, least: number) {
    super('E_FEW_INPUTS', 'input', {
      where: 'calibration inputs of a target',
      found: `${found}`,
      expected: `at least ${least}: a third of them is held out, and losses are measured on that`,
      remedy: 'Pass some hundred real inputs (--calibration, --calibration-count), none of those that are scored.',
    });
  }
}

/** No choice of K reaches the target. */
export class TargetUnreachableError extends GenAccelError {
  constructor(flag: string, asked: string, nearest: string, dense: readonly (readonly [layer: string, reason: string])[], remedy: string) {
    const lines = dense.map(([layer, reason]) => `\n  ${layer} stays as it is: ${reason}`).join('');
    super('E_TARGET_UNREACHABLE', 'input', { where: flag, found: `${asked} cannot be reached${lines === '' ? '' : `:${lines}\n`}`, expected: nearest, remedy });
  }
}

/** A target that is no number of its range. */
export class TargetRangeError extends GenAccelError {
  constructor(flag: string, found: string, expected: string, example: string) {
    super('E_TARGET_RANGE', 'input', { where: flag, found, expected, remedy: `Use ${flag} ${example}.` });
  }
}

/** Points of accuracy are asked of a network that gives no classes. */
export class NoClassesError extends GenAccelError {
  constructor(network: string, found: string) {
    super('E_NO_CLASSES', 'input', {
      where: `--max-loss of ${network}`,
      found,
      expected: 'one output with a value for each of at least two classes',
      remedy: 'Use --target-sparsity or --target-cycles.',
    });
  }
}
