// SPDX-License-Identifier: Apache-2.0
/** Owns what a pruning method is: how the weights that stay are chosen and changed under a constraint. */

import type { LayerProblem } from '../layer/problem.js';
import type { Constraint, WeightShape } from '../scheme.js';

/** Weights of a layer, OHWI, and its name for messages. */
export interface LayerWeights {
  readonly name: string;
  readonly shape: WeightShape;
  readonly dense: Float64Array;
}

export interface PrunedWeights {
  readonly mask: Uint8Array;
  /** 0 outside the mask. */
  readonly weights: Float64Array;
}

/** What quantization will leave of weights; methods may take it into account. */
export interface WeightLevels {
  /** Largest absolute level: 127 for 8 bits, 7 for 4, 1 for 2. */
  readonly largest: number;
}

/** By weights alone, or by what the layer does on calibration inputs. */
export type PruningMethod =
  | {
      readonly name: string;
      readonly description: string;
      readonly needs: 'weights';
      prune(layer: LayerWeights, constraint: Constraint): PrunedWeights;
    }
  | {
      readonly name: string;
      readonly description: string;
      readonly needs: 'problem';
      prune(problem: LayerProblem, constraint: Constraint, levels?: WeightLevels): PrunedWeights;
    };
