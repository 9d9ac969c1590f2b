// SPDX-License-Identifier: Apache-2.0
/** Compares long arrays and says where they differ first. */

import { expect } from 'vitest';

/** Fails with `label, element i: found a, expected b` at the first difference. */
export function expectSame(found: ArrayLike<number>, expected: ArrayLike<number>, label: string): void {
  if (found.length !== expected.length) expect.fail(`${label}: ${found.length} elements, expected ${expected.length}`);
  for (let i = 0; i < found.length; i++) {
    if (found[i] !== expected[i]) expect.fail(`${label}, element ${i}: found ${found[i]}, expected ${expected[i]}`);
  }
}
