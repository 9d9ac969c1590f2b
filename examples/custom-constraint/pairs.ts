// SPDX-License-Identifier: Apache-2.0
/** A constraint from outside the package: of every group of input channels, K stay in aligned pairs, so that a pair needs one index. */
import { KeepRangeError, largestOf, type Constraint, type ConstraintKind, type WeightShape } from 'gen-accel';

const SIZE = 2;

/** Groups of `group` channels under every tap of every filter, each a list of pairs; a last channel without a neighbour is a pair by itself. */
function* groupsOf([outChannels, height, width, inChannels]: WeightShape, group: number): Generator<number[][]> {
  for (let row = 0; row < outChannels * height * width * inChannels; row += inChannels) {
    for (let first = 0; first < inChannels; first += group) {
      const end = Math.min(first + group, inChannels);
      const pairs: number[][] = [];
      for (let at = first; at < end; at += SIZE) pairs.push(at + 1 < end ? [row + at, row + at + 1] : [row + at]);
      yield pairs;
    }
  }
}

/** K of every g input channels, in pairs: `pairs:4/8`. K and g are even. */
export function pairs(keep: number, group: number): Constraint {
  if (keep % SIZE !== 0 || group % SIZE !== 0 || keep < SIZE || keep > group) throw new KeepRangeError('--prune pairs', keep, group);
  const count = keep / SIZE;
  const closed = (pair: readonly number[], within?: Uint8Array): boolean => pair.some((p) => within?.[p] === 0);
  const constraint: Constraint = {
    name: 'pairs',
    text: `pairs:${keep}/${group}`,
    description: `${keep} of every ${group} consecutive input channels, in aligned pairs`,
    project(scores, shape, within) {
      const mask = new Uint8Array(shape.reduce((a, b) => a * b, 1));
      for (const all of groupsOf(shape, group)) {
        const open = all.filter((pair) => !closed(pair, within));
        const sums = open.map((pair) => pair.reduce((sum, p) => sum + (scores[p] as number), 0));
        for (const chosen of largestOf(sums, [...open.keys()], count)) for (const p of open[chosen] as number[]) mask[p] = 1;
      }
      return mask;
    },
    allows(mask, shape, within) {
      for (const all of groupsOf(shape, group)) {
        const kept = all.filter((pair) => pair.every((p) => mask[p] === 1));
        const torn = all.some((pair) => pair.some((p) => mask[p] === 1) && pair.some((p) => mask[p] === 0));
        const open = all.filter((pair) => !closed(pair, within));
        if (torn || kept.length !== Math.min(count, open.length) || kept.some((pair) => !open.includes(pair))) return false;
      }
      return true;
    },
    kept(shape) {
      let sum = 0;
      // Without scores the first pairs stay: as many as of any others, for the pair that may be short is the last.
      for (const all of groupsOf(shape, group)) sum += all.slice(0, count).flat().length;
      return [...groupsOf(shape, group)].every((all) => all.every((pair) => pair.length === SIZE) || all.length <= count) ? sum : undefined;
    },
    contain(mask, shape, within) {
      let needed = 1;
      for (const all of groupsOf(shape, group)) needed = Math.max(needed, all.filter((pair) => pair.some((p) => mask[p] === 1)).length);
      if (needed > count) return undefined;
      const tightest = pairs(SIZE * needed, group);
      const held = tightest.project(mask, shape, within);
      return mask.every((bit, p) => bit <= (held[p] as number)) ? { constraint: tightest, mask: held } : undefined;
    },
    denseReason: ([, , , inChannels]) => (inChannels < group ? `it has ${inChannels} input channels, fewer than a group of ${group}` : undefined),
    // A slot alone may not leave its pair.
    exchange: (mask) => new Int32Array(mask.length).fill(-1),
    steps: ({ kernelHeight, kernelWidth }, array) => ({
      taps: kernelHeight * kernelWidth,
      slots: (size) => Math.floor(size / group) * keep + Math.min(keep, size % group),
      exact: array.group % group === 0,
    }),
    storage(shape) {
      let [weights, indices] = [0, 0];
      for (const all of groupsOf(shape, group)) {
        weights += all.slice(0, count).flat().length;
        indices += Math.min(count, all.length);
      }
      return { weights, weightBits: 8 * weights, indexBits: { pairs: indices * Math.ceil(Math.log2(group / SIZE)) } };
    },
  };
  return constraint;
}

/** How the command line says it. */
export const pairsKind: ConstraintKind = {
  form: 'pairs:K/g',
  example: 'pairs:4/8',
  read(text) {
    const [, keep, group] = /^pairs:(\d+)\/(\d+)$/.exec(text) ?? [];
    return keep === undefined ? undefined : pairs(Number(keep), Number(group));
  },
};
