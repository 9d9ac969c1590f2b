// SPDX-License-Identifier: Apache-2.0
/** Owns the typed errors of pruning. */

import { GenAccelError } from '../core/errors.js';

/** K is not a number of weights that a group of G can keep. */
export class KeepRangeError extends GenAccelError {
  constructor(where: string, keep: number, groupSize: number) {
    const near = Math.min(groupSize, Math.max(1, Math.round(keep) || 1));
    super('E_KEEP_RANGE', 'input', {
      where,
      found: `keep ${keep}`,
      expected: `an integer from 1 to the group size ${groupSize}`,
      remedy: where.startsWith('--prune') ? `Write it as ${near}/${groupSize}.` : `Use --keep ${near}, or a larger --group.`,
    });
  }
}

/** A share of the weights that is none. */
export class DensityRangeError extends GenAccelError {
  constructor(where: string, density: number) {
    super('E_DENSITY_RANGE', 'input', { where, found: `a density of ${density}`, expected: 'more than 0, at most 1', remedy: 'Use unconstrained:0.25 for a quarter of the weights.' });
  }
}

/** Taps or patterns that no kernel can keep. */
export class PatternSettingsError extends GenAccelError {
  constructor(where: string, found: string, expected: string) {
    super('E_PATTERN_SETTINGS', 'input', { where, found, expected, remedy: 'Use pattern:4@tile, or pattern:4/8@kernel for 8 patterns a layer.' });
  }
}

/** A kernel shape that is none. */
export class KernelShapeError extends GenAccelError {
  constructor(where: string, found: string) {
    super('E_KERNEL_SHAPE', 'input', { where, found: `a kernel shape of ${found}`, expected: 'rows x columns from 1, a number of taps from 1, or auto/SHARE with a share up to 1', remedy: 'Use kernel:1x1, kernel:6 or kernel:auto/0.9.' });
  }
}

/** A text that stands for no constraint. */
export class ConstraintSyntaxError extends GenAccelError {
  constructor(where: string, found: string, forms: readonly string[], example: string) {
    super('E_CONSTRAINT_SYNTAX', 'input', { where, found: `"${found}"`, expected: `one of ${forms.join(', ')}, joined by + where one is inside another`, remedy: `Use ${example}.` });
  }
}

/** A layer was given its own constraint although it stays dense. */
export class DenseLayerError extends GenAccelError {
  constructor(layer: string, asked: string, reason: string) {
    super('E_DENSE_LAYER', 'input', {
      where: `layer ${layer}`,
      found: `${asked}, but the layer is left dense: ${reason}`,
      expected: 'a layer that can be pruned',
      remedy: `Leave ${layer} out.`,
    });
  }
}

/** A constraint was asked for that no layer of the network can have. */
export class NothingPrunedError extends GenAccelError {
  constructor(asked: string, network: string, reason: string) {
    super('E_NOTHING_PRUNED', 'input', { where: '--prune', found: `${asked}, under which every layer of ${network} stays dense: ${reason}`, expected: 'a constraint that at least one layer can have', remedy: 'Use another one, or --prune dense.' });
  }
}

/** A method that reads activations was given none. */
export class CalibrationMissingError extends GenAccelError {
  constructor(method: string) {
    super('E_CALIBRATION_MISSING', 'input', {
      where: `pruning by ${method}`,
      found: 'no calibration input',
      expected: 'inputs on which the layers\' outputs are fitted',
      remedy: 'Pass some hundred real inputs (--calibration), none of those that are scored, or prune by magnitude.',
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
  /** What was asked for: "balanced:1/8". */
  readonly asked: string;
  /** Nonzero weights that would become 0, at least. */
  readonly lost: number;
  /** The smallest K of G that keeps every nonzero weight; G: none below dense. */
  readonly fits: number;
}

/** Layers that are pruned already would be pruned a second time. */
export class RepruneError extends GenAccelError {
  readonly problems: readonly RepruneProblem[];

  /** `where`: the options that asked. */
  constructor(groupSize: number, problems: readonly RepruneProblem[], where = '--keep') {
    const line = ({ layer, found, asked, lost, fits }: RepruneProblem): string =>
      `\n  ${layer} is pruned already (${found}): ${asked} would remove ${lost} more of its weights; ${fits === groupSize ? `no keep below ${groupSize} holds its zeros` : `keep ${fits} holds its zeros`}`;
    super('E_REPRUNE', 'input', {
      where,
      found: `the model has zeros of its own:${problems.map(line).join('')}\n`,
      expected: 'a constraint that leaves existing zeros as they are',
      remedy: 'Use --keep existing, name the layers with LAYER=..., or add --reprune to prune them again.',
    });
    this.problems = problems;
  }
}
