// SPDX-License-Identifier: Apache-2.0
/** Owns the bounds of a network while it is built out of an ONNX graph: what is too large is refused where it arises. */

import { LimitError, LIMITS, limitText } from '../../graph/limits.js';
import { elementCount, formatShape, type Shape } from '../../tensor/tensor.js';
import type { ImportBudget } from '../budget.js';

/** Operators are made that no output needs, and that are joined later. */
const MAX_MADE_OPERATORS = 4 * LIMITS.operators;

export class Growth {
  /** The node that is converted, for messages. */
  place = 'ONNX graph';
  private operators = 0;

  constructor(private readonly budget: ImportBudget) {}

  /** Values that are made of constants, before they are made. Throws LimitError. */
  spend(values: number): void {
    this.budget.spend(values, this.place);
  }

  /** Throws LimitError for an activation of this shape. */
  activation(shape: Shape): void {
    if (elementCount(shape) <= LIMITS.tensorValues) return;
    throw new LimitError(this.place, `an activation of shape ${formatShape(shape)}`, `at most ${limitText(LIMITS.tensorValues)} values`);
  }

  /** Throws LimitError for a value of too many dimensions. */
  rank(shape: Shape): void {
    if (shape.length > LIMITS.rank) throw new LimitError(this.place, `${shape.length} dimensions`, `at most ${LIMITS.rank}`);
  }

  operator(): void {
    this.operators++;
    if (this.operators > MAX_MADE_OPERATORS) throw new LimitError(this.place, `more than ${MAX_MADE_OPERATORS} operators`, `at most ${LIMITS.operators} in a network`);
  }
}
