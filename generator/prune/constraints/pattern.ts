// SPDX-License-Identifier: Apache-2.0
/** Owns the pattern constraint (intra-kernel regular pruning): every kernel keeps the same number of taps, in few patterns learned from the layer. */

import { elementCount } from '../../tensor/tensor.js';
import { PatternSettingsError } from '../errors.js';
import type { Constraint, MaskStorage, WeightShape } from '../scheme.js';
import { binomial, bitsFor, choose, meanLargest } from './expected.js';
import { assign, learnLibrary, type Pattern } from './library.js';
import { blocksOf, tapScores, type PatternBlocks, type Sharing } from './pattern-blocks.js';
import { quotaAssign } from './pattern-quota.js';

export interface PatternSettings {
  /** n: taps that every kernel keeps. */
  readonly taps: number;
  /** Patterns of a layer; `all`: each block its own best. */
  readonly library: number | 'all';
  /** `kernel`: each kernel picks; `filter`: all kernels of a filter; `tile`: the filters of a PE tile share one for each block of input channels. */
  readonly sharing: Sharing;
  /** P and G of the array. */
  readonly pes: number;
  readonly group: number;
}

const AREA = ([, height, width]: WeightShape): number => height * width;

/** Throws PatternSettingsError. */
export function pattern(settings: PatternSettings, where = '--prune'): Constraint {
  const { taps, library, sharing, pes, group } = settings;
  if (!Number.isInteger(taps) || taps < 1) throw new PatternSettingsError(where, `${taps} taps`, 'an integer from 1');
  if (library !== 'all' && (!Number.isInteger(library) || library < 1)) throw new PatternSettingsError(where, `a library of ${library}`, 'an integer from 1, or nothing for one pattern a block');
  const limit = library === 'all' ? Infinity : library;
  const suffix = library === 'all' ? '' : `/${library}`;

  /** The pattern of each block, and its slots kept. */
  const fill = (blocks: PatternBlocks, shape: WeightShape, chosen: (block: number) => Pattern, within?: Uint8Array): Uint8Array => {
    const mask = new Uint8Array(elementCount(shape));
    blocks.each((block, tap, position) => {
      if (chosen(block).includes(tap) && within?.[position] !== 0) mask[position] = 1;
    });
    return mask;
  };

  const constraint: Constraint = {
    name: 'pattern',
    text: `pattern:${taps}${suffix}@${sharing}`,
    description: `${taps} taps of every kernel${library === 'all' ? '' : `, ${library} patterns a layer`}, shared by ${sharing}`,
    project(scores, shape, within) {
      const blocks = blocksOf(shape, sharing, pes, group);
      const area = AREA(shape);
      const kept = Math.min(taps, area);
      const byTap = tapScores(blocks, area, scores, within);
      const patterns = learnLibrary(byTap, area, kept, limit);
      const choice = sharing === 'filter' ? quotaAssign(byTap, area, patterns, pes) : assign(byTap, area, patterns);
      return fill(blocks, shape, (block) => patterns[choice[block] as number] as Pattern, within);
    },
    allows(mask, shape, within) {
      if (mask.length !== elementCount(shape)) return false;
      const blocks = blocksOf(shape, sharing, pes, group);
      const sets = tapsOf(blocks, AREA(shape), mask);
      const open = tapsOf(blocks, AREA(shape), within ?? new Uint8Array(mask.length).fill(1));
      const exact = fill(blocks, shape, (block) => sets[block] as Pattern, within);
      return exact.every((bit, p) => bit === mask[p]) && sets.every((set, block) => set.length === Math.min(taps, (open[block] as Pattern).length)) && fits(sets, shape);
    },
    kept: (shape) => shape[0] * shape[3] * Math.min(taps, AREA(shape)),
    contain(mask, shape, within) {
      const blocks = blocksOf(shape, sharing, pes, group);
      const area = AREA(shape);
      const sets = tapsOf(blocks, area, mask);
      const needed = Math.max(1, ...sets.map((set) => set.length));
      if (needed > taps) return undefined;
      const tightest = needed === taps ? constraint : pattern({ ...settings, taps: needed }, where);
      const open = tapsOf(blocks, area, within ?? new Uint8Array(mask.length).fill(1));
      const filled = sets.map((set, block) => [...set, ...(open[block] as Pattern).filter((tap) => !set.includes(tap))].slice(0, needed).sort((a, b) => a - b));
      return fits(filled, shape) ? { constraint: tightest, mask: fill(blocks, shape, (block) => filled[block] as Pattern, within) } : undefined;
    },
    denseReason: (shape) => (AREA(shape) <= taps ? `its kernel of ${shape[1]} x ${shape[2]} has no more than ${taps} taps` : undefined),
    exchange: (mask) => new Int32Array(mask.length).fill(-1),
    steps({ kernelHeight, kernelWidth, outChannels }, array) {
      const area = kernelHeight * kernelWidth;
      const left = Math.min(taps, area);
      if (sharing !== 'kernel') return { taps: left, slots: (size) => size, exact: array.pes === pes && array.group === group && (sharing === 'tile' || outChannels <= pes) };
      return { taps: area, exact: left === area, slots: (size) => meanLargest(Math.min(array.pes, outChannels), binomial(size, left / area)) };
    },
    storage: (shape): MaskStorage => {
      const weights = shape[0] * shape[3] * Math.min(taps, AREA(shape));
      const numbers = Math.min(limit, choose(AREA(shape), Math.min(taps, AREA(shape))));
      const bits = blocksOf(shape, sharing, pes, group).count * bitsFor(numbers);
      // Where a tile shares its taps, the schedule has no entry for the others.
      return { weights, weightBits: 8 * weights, indexBits: sharing === 'kernel' ? { bitmap: elementCount(shape), pattern: bits } : { schedule: 0, pattern: bits } };
    },
  };

  /** No more patterns than the library has; with `filter`, each fills whole tiles, but for the last. */
  function fits(sets: readonly Pattern[], [filters]: WeightShape): boolean {
    const uses = new Map<string, number>();
    for (const set of sets) uses.set(set.join(), (uses.get(set.join()) ?? 0) + 1);
    if (uses.size > limit) return false;
    if (sharing !== 'filter') return true;
    const ragged = [...uses.values()].filter((count) => count % pes !== 0);
    return ragged.length === 0 || (ragged.length === 1 && (ragged[0] as number) % pes === filters % pes);
  }
  return constraint;
}

/** Taps that are kept anywhere in each block, ascending. */
function tapsOf(blocks: PatternBlocks, area: number, mask: Uint8Array): Pattern[] {
  const seen = Array.from({ length: blocks.count }, () => new Uint8Array(area));
  blocks.each((block, tap, position) => { if (mask[position] === 1) (seen[block] as Uint8Array)[tap] = 1; });
  return seen.map((bits) => Array.from(bits.keys()).filter((tap) => bits[tap] === 1));
}
