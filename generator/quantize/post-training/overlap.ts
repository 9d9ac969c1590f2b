// SPDX-License-Identifier: Apache-2.0
/** Owns the check that no scored image is a calibration image, by content. */

import { createHash } from 'node:crypto';
import { CalibrationOverlapError } from './errors.js';

const hash = (values: Float32Array): string =>
  createHash('sha256').update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength)).digest('hex');

/** Compares values alone: the same image under another name or label is the same. Throws CalibrationOverlapError. */
export function requireDisjoint(calibration: readonly Float32Array[], scored: readonly Float32Array[]): void {
  const seen = new Map(calibration.map((values, i) => [hash(values), i]));
  const overlaps = scored.flatMap((values, i) => {
    const at = seen.get(hash(values));
    return at === undefined ? [] : [[i, at] as const];
  });
  const [first] = overlaps;
  if (first !== undefined) throw new CalibrationOverlapError(first[0], first[1], overlaps.length);
}
