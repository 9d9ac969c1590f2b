// SPDX-License-Identifier: Apache-2.0
/** Owns the typed errors of pruning. */

import { GenAccelError } from '../core/errors.js';

/** K is not a number of weights that a group of G can keep. */
export class KeepRangeError extends GenAccelError {
  constructor(where: string, keep: number, groupSize: number) {
    super('E_KEEP_RANGE', 'input', {
      where,
      found: `keep ${keep}`,
      expected: `an integer from 1 to the group size ${groupSize}`,
      remedy: `Use --keep ${Math.min(groupSize, Math.max(1, Math.round(keep) || 1))}, or a larger --group.`,
    });
  }
}

/** A layer was given its own K although a rule leaves it dense. */
export class KeepOnDenseLayerError extends GenAccelError {
  constructor(layer: string, keep: number, reason: string) {
    super('E_KEEP_DENSE_LAYER', 'input', {
      where: `--keep ${layer}=${keep}`,
      found: `layer ${layer} is left dense: ${reason}`,
      expected: 'a layer that can be pruned',
      remedy: `Leave out --keep ${layer}=${keep}.`,
    });
  }
}

/** A mask does not belong to the layer it is applied to. */
export class MaskShapeError extends GenAccelError {
  constructor(layer: string, found: number, expected: number) {
    super('E_MASK_SHAPE', 'input', {
      where: `mask of ${layer}`,
      found: `${found} entries`,
      expected: `${expected}, one per weight`,
      remedy: 'Use the mask that was made for this network.',
    });
  }
}

/** One layer whose own zeros a request would not leave as they are. */
export interface RepruneProblem {
  readonly layer: string;
  /** What is there: "2:4, 50.0% of the weights kept". */
  readonly found: string;
  /** K that was asked for. */
  readonly keep: number;
  /** Nonzero weights that would become 0, at least. */
  readonly lost: number;
  /** The smallest K that keeps every nonzero weight; G: none below dense. */
  readonly fits: number;
}

/** Layers that are pruned already would be pruned a second time. */
export class RepruneError extends GenAccelError {
  readonly problems: readonly RepruneProblem[];

  constructor(groupSize: number, problems: readonly RepruneProblem[]) {
    const line = ({ layer, found, keep, lost, fits }: RepruneProblem): string =>
      `\n  ${layer} is pruned already (${found}): keep ${keep} of ${groupSize} would remove ${lost} more of its weights; ${fits === groupSize ? `no keep below ${groupSize} holds its zeros` : `keep ${fits} holds its zeros`}`;
    super('E_REPRUNE', 'input', {
      where: '--keep',
      found: `the model has zeros of its own:${problems.map(line).join('')}\n`,
      expected: 'a keep that leaves existing zeros as they are',
      remedy: 'Use --keep existing, name the layers with --keep LAYER=N, or add --reprune to prune them again.',
    });
    this.problems = problems;
  }
}
