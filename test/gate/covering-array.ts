// SPDX-License-Identifier: Apache-2.0
/** Owns seeded pairwise covering arrays under constraints; knows nothing of accelerators. */
import { createRandom, type Random } from '../../generator/core/random.js';

/** A parameter and the values that it takes. */
export interface Factor {
  readonly name: string;
  readonly values: readonly (string | number)[];
}

/** One value index a factor; undefined: not chosen yet. */
export type PartialRow = readonly (number | undefined)[];
export type Row = readonly number[];

/** Whether some full row that follows all rules agrees with the chosen values. Exact: greedy filling never backtracks. */
export type Extendable = (row: PartialRow) => boolean;

/** Two factors with their values, first factor < second factor. */
export interface Pair {
  readonly factors: readonly [number, number];
  readonly values: readonly [number, number];
}

const keyOf = ({ factors, values }: Pair): string => `${factors[0]}=${values[0]},${factors[1]}=${values[1]}`;

/** Every pair that some allowed row holds. */
export function allowedPairs(factors: readonly Factor[], extendable: Extendable): Pair[] {
  const pairs: Pair[] = [];
  factors.forEach((first, i) =>
    factors.slice(i + 1).forEach((second, offset) => {
      const j = i + 1 + offset;
      for (let a = 0; a < first.values.length; a++) {
        for (let b = 0; b < second.values.length; b++) {
          const row = factors.map((_, f) => (f === i ? a : f === j ? b : undefined));
          if (extendable(row)) pairs.push({ factors: [i, j], values: [a, b] });
        }
      }
    }),
  );
  return pairs;
}

export interface CoveringArrayOptions {
  readonly seed: number;
  /** Rows that are tried for each that is taken. */
  readonly candidates?: number;
}

/** Rows that together hold every allowed pair; the same seed gives the same rows. */
export function coveringArray(factors: readonly Factor[], extendable: Extendable, options: CoveringArrayOptions): Row[] {
  const random = createRandom(options.seed);
  const open = new Map(allowedPairs(factors, extendable).map((pair) => [keyOf(pair), pair]));
  const rows: Row[] = [];
  while (open.size > 0) {
    let best: { row: Row; gain: number } | undefined;
    for (let i = 0; i < (options.candidates ?? 40); i++) {
      const row = fill(factors, extendable, open, random.pick([...open.values()]), random);
      const gain = pairsOf(row).filter((pair) => open.has(keyOf(pair))).length;
      if (best === undefined || gain > best.gain) best = { row, gain };
    }
    const { row } = best as { row: Row };
    for (const pair of pairsOf(row)) open.delete(keyOf(pair));
    rows.push(row);
  }
  return rows;
}

/** All pairs of a full row. */
export const pairsOf = (row: Row): Pair[] =>
  row.flatMap((a, i) => row.slice(i + 1).map((b, offset): Pair => ({ factors: [i, i + 1 + offset], values: [a, b] })));

/** Completes a pair, factor after factor in random order, each with the value that holds most open pairs. */
function fill(factors: readonly Factor[], extendable: Extendable, open: ReadonlyMap<string, Pair>, start: Pair, random: Random): Row {
  const row: (number | undefined)[] = factors.map(() => undefined);
  start.factors.forEach((factor, i) => (row[factor] = start.values[i]));
  const rest = factors.map((_, f) => f).filter((f) => row[f] === undefined);
  while (rest.length > 0) {
    const [f] = rest.splice(random.integer(0, rest.length - 1), 1) as [number];
    let best: { values: number[]; gain: number } | undefined;
    for (let value = 0; value < (factors[f] as Factor).values.length; value++) {
      row[f] = value;
      if (!extendable(row)) continue;
      const gain = row.filter((other, g) => {
        if (g === f || other === undefined) return false;
        return open.has(keyOf(g < f ? { factors: [g, f], values: [other, value] } : { factors: [f, g], values: [value, other] }));
      }).length;
      if (best === undefined || gain > best.gain) best = { values: [value], gain };
      else if (gain === best.gain) best.values.push(value);
    }
    if (best === undefined) throw new Error(`covering array: no value for ${(factors[f] as Factor).name} in ${JSON.stringify(row)}`);
    row[f] = random.pick(best.values);
  }
  return row as number[];
}
