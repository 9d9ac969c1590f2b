// SPDX-License-Identifier: Apache-2.0
/** Owns how layers share the pattern table over a network: which of them have one library, and where in the table it lies. */
import type { AccelConfig } from '../arch/config.js';
import { PatternLibraryError } from './errors.js';
import { PatternLibrary, patternsFor, type Demand } from './pattern-library.js';

/** What a layer asks of the table. */
export interface PatternNeed {
  readonly layer: string;
  readonly demands: ReadonlySet<Demand>;
  /** Those of them that no pruning changes, and why: `average-pool reads one channel at a time`. */
  readonly fixed?: { readonly demands: ReadonlySet<Demand>; readonly why: string };
}

/** Layers that follow each other and have one library. */
interface Sharing {
  readonly layers: readonly string[];
  readonly demands: ReadonlySet<Demand>;
  readonly patterns: readonly number[];
}

function join(a: Sharing, b: Sharing): Sharing {
  const demands = new Set([...a.demands, ...b.demands]);
  return { layers: [...a.layers, ...b.layers], demands, patterns: patternsFor(demands) };
}

/**
 * Libraries by layer; `needs` are in the order of the program, `words` those of the table. All layers have one library when
 * the table holds it. Else neighbours share at most half a table, so that the next library is loaded beside the one in use;
 * a layer that needs more takes neighbours in as far as the table reaches. Throws PatternLibraryError.
 */
export function planPatterns(needs: readonly PatternNeed[], words: number, config: AccelConfig): Map<string, PatternLibrary> {
  const alone = needs.map(({ layer, demands, fixed }): Sharing => {
    const patterns = patternsFor(demands);
    if (patterns.length > words) throw new PatternLibraryError(layer, patterns.length, config, fixed === undefined ? undefined : { found: patternsFor(fixed.demands).length, why: fixed.why });
    return { layers: [layer], demands, patterns };
  });
  const planned = new Map<string, PatternLibrary>();
  let end = 0;
  shared(alone, words).forEach(({ layers, patterns }, index) => {
    const base = end + patterns.length <= words ? end : 0;
    end = base + patterns.length;
    const library = new PatternLibrary(index, base, patterns);
    for (const layer of layers) planned.set(layer, library);
  });
  return planned;
}

function shared(alone: readonly Sharing[], words: number): Sharing[] {
  const [first, ...others] = alone;
  if (first === undefined) return [];
  const all = others.reduce<Sharing | undefined>((sum, next) => {
    const joined = sum === undefined ? undefined : join(sum, next);
    return joined === undefined || joined.patterns.length > words ? undefined : joined;
  }, first);
  if (all !== undefined) return [all];
  const groups = [first];
  for (const next of others) {
    const last = groups.at(-1) as Sharing;
    const joined = join(last, next);
    const most = Math.max(last.patterns.length, next.patterns.length) > words / 2 ? words : words / 2;
    if (joined.patterns.length <= most) groups[groups.length - 1] = joined;
    else groups.push(next);
  }
  return groups;
}
