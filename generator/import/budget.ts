// SPDX-License-Identifier: Apache-2.0
/** Owns the count of values that an import makes out of a file: small files must not become large networks. */

import { LimitError, LIMITS, limitText } from '../graph/limits.js';

/** Values for every byte of the file: weights are copied, reordered and dequantized a few times. */
const VALUES_PER_BYTE = 4;

/** One import's count. */
export class ImportBudget {
  private spent = 0;
  private readonly most: number;

  constructor(private readonly fileBytes: number) {
    this.most = LIMITS.computedValues + VALUES_PER_BYTE * fileBytes;
  }

  /** Takes `values` off before they are made. Throws LimitError. */
  spend(values: number, where: string): void {
    this.spent += values;
    if (this.spent <= this.most) return;
    throw new LimitError(
      where,
      `constants, weights and places of more than ${this.most} values to compute in all, in a file of ${this.fileBytes} bytes`,
      `at most ${limitText(LIMITS.computedValues)} values and ${VALUES_PER_BYTE} for every byte of the file`,
      'Store constants in the file instead of computing them (onnx-simplifier), and do not let many operators share large weights.',
    );
  }
}
