// SPDX-License-Identifier: Apache-2.0
/** Owns how many channels of every class stay: a share, in multiples that the array profits from. */

import type { ChannelClass } from './classes.js';

export interface CountRule {
  /** Of the channels of every tensor that may be cut. */
  readonly share: number;
  /** G: a filter reads so many input channels at once. */
  readonly inMultiple: number;
  /** P: so many output channels are computed at once. */
  readonly outMultiple: number;
}

const greatestDivisor = (a: number, b: number): number => (b === 0 ? a : greatestDivisor(b, a % b));

/**
 * What the number of channels of a tensor of `count` channels is a multiple of: of P (and G) where it has more than P; of G where it has not, since then
 * its writers take one tile all the same, and only its readers get shorter.
 */
export function channelMultiple(count: number, { inMultiple, outMultiple }: Pick<CountRule, 'inMultiple' | 'outMultiple'>): number {
  const both = (inMultiple * outMultiple) / greatestDivisor(inMultiple, outMultiple);
  return count > both ? both : inMultiple;
}

/** Channels of a tensor of `count` that stay: the nearest multiple to the share, halves upwards, one multiple at least; no more than one: all. */
export function keptChannels(count: number, rule: CountRule): number {
  const multiple = channelMultiple(count, rule);
  if (count <= multiple) return count;
  return Math.min(count, Math.max(1, Math.floor((rule.share * count) / multiple + 0.5)) * multiple);
}

/**
 * Channels of every class that stay. A class that shares its smallest tensor with classes before it gets what is left of that tensor's number.
 */
export function classCounts(classes: readonly ChannelClass[], rule: CountRule): number[] {
  const decided = new Map<number, boolean>();
  return classes.map(({ labels, reason, tensorLabels }) => {
    const all = labels.length;
    const others = [...tensorLabels].filter((label) => !labels.includes(label));
    const isLast = others.length > 0 && others.every((label) => decided.has(label));
    const wanted = isLast ? keptChannels(tensorLabels.size, rule) - others.filter((label) => decided.get(label) === true).length : keptChannels(all, rule);
    const kept = reason === undefined ? Math.max(0, Math.min(all, wanted)) : all;
    labels.forEach((label, i) => decided.set(label, i < kept));
    return kept;
  });
}
