// SPDX-License-Identifier: Apache-2.0
/** Owns what may be asked of a pruned network as a whole, and what an analysis answers. */

import { TargetRangeError } from './errors.js';
import type { MeasuredLoss } from './answers.js';
import type { CurveRule } from './candidates.js';
import type { Keep } from '../result.js';

/** `sparsity`: at least this share of all weights pruned. `cycles`: the compiled program takes at most so many. `loss`: at most so many points, with the fewest cycles. */
export interface Target {
  readonly kind: 'sparsity' | 'cycles' | 'loss';
  readonly value: number;
}

export const TARGET_FLAGS: Readonly<Record<Target['kind'], string>> = { sparsity: '--target-sparsity', cycles: '--target-cycles', loss: '--max-loss' };

const RULES: Readonly<Record<Target['kind'], { readonly fits: (value: number) => boolean; readonly expected: string; readonly example: string }>> = {
  sparsity: { fits: (value) => value > 0 && value < 1, expected: 'a share of the weights above 0 and below 1', example: '0.7' },
  cycles: { fits: (value) => Number.isSafeInteger(value) && value > 0, expected: 'a whole number of cycles from 1', example: '500000' },
  loss: { fits: (value) => value >= 0 && value <= 100, expected: 'points from 0 to 100', example: '1' },
};

/** Throws TargetRangeError. */
export function checkTarget(target: Target, text = String(target.value)): Target {
  const { fits, expected, example } = RULES[target.kind];
  if (!fits(target.value)) throw new TargetRangeError(TARGET_FLAGS[target.kind], text, expected, example);
  return target;
}

export interface TargetLayer {
  readonly name: string;
  /** What was chosen, or what the layer is fixed to. */
  readonly keep: Keep;
  readonly kept: number;
  readonly all: number;
  /** Relative error of the network's output when this layer alone keeps K, for K = 1 to G; null: K was not chosen. */
  readonly curve: readonly number[] | null;
  /** Why K was not chosen. */
  readonly reason: string | null;
}

export interface TargetResult {
  readonly target: Target;
  readonly method: string;
  readonly group: number;
  readonly layers: readonly TargetLayer[];
  readonly kept: number;
  readonly all: number;
  /** 1 - kept / all. */
  readonly sparsity: number;
  /** Sum of the curves at the choice, and whether no other choice within the same budget has less. */
  readonly curveLoss: number;
  readonly exact: boolean;
  /** Of the compiled program; null: the target does not ask for them. */
  readonly cycles: number | null;
  /** Measured on held-out inputs with all layers pruned as chosen; null: the network gives no classes, or it was not asked for. */
  readonly heldOut: MeasuredLoss | null;
  /** Choices that were pruned and measured. */
  readonly measured: readonly { readonly cycles: number | null; readonly loss: number; readonly standardError: number }[];
  readonly inputs: { readonly seed: number; readonly fitted: number; readonly heldOut: number; readonly curves: number };
  readonly curveRule: CurveRule;
  /** Options that ask for the same choice without the analysis. */
  readonly options: readonly string[];
}
