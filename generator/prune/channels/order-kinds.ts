// SPDX-License-Identifier: Apache-2.0
/** Owns which order of channels a constraint profits from: balanced groups from that of input channels, masks that allow any order from that of filters. */

import type { BalancedSettings } from '../constraints/balanced.js';
import type { Constraint } from '../scheme.js';

/** K and g of a constraint, or of the balanced part of a composition. */
export function balancedPart({ text }: Constraint): BalancedSettings | undefined {
  const [, keep, group] = /(?:^|\+)balanced:(\d+)\/(\d+)/.exec(text) ?? [];
  return keep === undefined || group === undefined ? undefined : { keep: Number(keep), group: Number(group) };
}

/** Masks of the constraint stay allowed when filters and input channels change places. */
export const allowsAnyOrder = ({ text }: Constraint): boolean => /^(unconstrained:[^+]*|pattern:[^+]*@(kernel|filter))$/.test(text);

/** Each pattern fills whole tiles, of filters that lie anywhere: which filter has which depends on their order. */
export const sharesByFilter = ({ text }: Constraint): boolean => /^pattern:[^+]*@filter$/.test(text);
