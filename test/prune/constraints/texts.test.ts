// SPDX-License-Identifier: Apache-2.0
/** Holds the texts of constraints to errors that say the forms that there are. */

import { describe, expect, it } from 'vitest';
import { largestCount } from '../../../generator/prune/constraints/balanced.js';
import { CONSTRAINT_KINDS } from '../../../generator/prune/constraints/parse.js';
import { unconstrained } from '../../../generator/prune/constraints/unconstrained.js';
import { ConstraintSyntaxError, DensityRangeError, KeepRangeError, KernelShapeError, PatternSettingsError } from '../../../generator/prune/errors.js';
import { of } from './support.js';

describe('texts that stand for no constraint', () => {
  it('are refused with the forms that there are', () => {
    expect(() => of('blanced:2/8')).toThrow(ConstraintSyntaxError);
    expect(() => of('pattern:4@tile+')).toThrow(`--prune: ""; expected one of ${CONSTRAINT_KINDS.map(({ form }) => form).join(', ')}, joined by + where one is inside another. Use balanced:2/8.`);
    expect(CONSTRAINT_KINDS.every(({ example }) => of(example).text !== '')).toBe(true);
  });

  it('and settings that no layer can have are refused where they are made', () => {
    expect(() => of('balanced:9/8')).toThrow(KeepRangeError);
    expect(() => of('unconstrained:0.0')).toThrow(DensityRangeError);
    expect(() => unconstrained({ density: 1.5 })).toThrow('--prune: a density of 1.5; expected more than 0, at most 1. Use unconstrained:0.25 for a quarter of the weights.');
    expect(() => of('pattern:0@tile')).toThrow(PatternSettingsError);
    expect(() => of('pattern:0@tile')).toThrow('--prune: 0 taps; expected an integer from 1. Use pattern:4@tile, or pattern:4/8@kernel for 8 patterns a layer.');
    expect(() => of('kernel:0x1')).toThrow(KernelShapeError);
    expect(() => of('kernel:auto/2')).toThrow('--prune: a kernel shape of auto/2; expected rows x columns from 1, a number of taps from 1, or auto/SHARE with a share up to 1. Use kernel:1x1, kernel:6 or kernel:auto/0.9.');
  });

  it('largestCount is 1 at least', () => {
    expect(largestCount(new Uint8Array(8), [1, 1, 1, 8], 4)).toBe(1);
  });
});
