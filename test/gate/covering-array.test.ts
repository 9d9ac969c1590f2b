// SPDX-License-Identifier: Apache-2.0
/** The gate's array: every allowed pair, no refused row, refusals whose suggestions work. */
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../generator/arch/config-error.js';
import { validateConfig, type PartialConfig } from '../../generator/arch/rules.js';
import { createRandom } from '../../generator/core/random.js';
import { allowedPairs, coveringArray, type Factor, type Row } from './covering-array.js';
import { extendable, FACTORS, GATE_SEED, gateConfig, gateRows, inputOf, refusalOf } from './configurations.js';

const randomRow = (next: (low: number, high: number) => number): Row => FACTORS.map(({ values }) => next(0, values.length - 1));

describe('covering array', () => {
  it('holds every pair of a small problem without rules, in few rows', () => {
    const factors: Factor[] = [3, 3, 3, 3].map((n, i) => ({ name: `f${i}`, values: Array.from({ length: n }, (_, v) => v) }));
    const rows = coveringArray(factors, () => true, { seed: 1 });
    for (let i = 0; i < 4; i++) for (let j = i + 1; j < 4; j++) expect(new Set(rows.map((row) => `${row[i]},${row[j]}`)).size).toBe(9);
    expect(rows.length).toBeLessThanOrEqual(12);
  });

  it('leaves out exactly the pairs that no allowed row holds', () => {
    const factors: Factor[] = ['a', 'b', 'c'].map((name) => ({ name, values: [0, 1, 2] }));
    const allowed = (row: Row): boolean => row[0] !== row[1] && !(row[1] === 2 && row[2] === 0);
    const full = [0, 1, 2].flatMap((a) => [0, 1, 2].flatMap((b) => [0, 1, 2].map((c) => [a, b, c]))).filter(allowed);
    const extend = (row: readonly (number | undefined)[]): boolean => full.some((one) => one.every((v, i) => (row[i] ?? v) === v));
    const rows = coveringArray(factors, extend, { seed: 3 });
    expect(rows.every(allowed)).toBe(true);
    const pairs = (list: readonly Row[]): Set<string> => new Set(list.flatMap((r) => [`01:${r[0]}${r[1]}`, `02:${r[0]}${r[2]}`, `12:${r[1]}${r[2]}`]));
    expect([...pairs(rows)].sort()).toEqual([...pairs(full)].sort());
  });

  it('gives the same rows for the same seed', () => {
    expect(coveringArray(FACTORS, extendable, { seed: GATE_SEED })).toEqual(gateRows());
  });
});

describe('the gate', () => {
  it('holds every pair of parameter values that the rules allow', () => {
    const rows = gateRows();
    const missing = allowedPairs(FACTORS, extendable).filter(({ factors: [i, j], values: [a, b] }) => !rows.some((row) => row[i] === a && row[j] === b));
    expect(missing).toEqual([]);
    const refused = rows.flatMap((row) => refusalOf(row)?.message ?? []);
    expect(refused).toEqual([]);
    expect(new Set(rows.map((row) => row.join())).size).toBe(rows.length);
    const pairs = allowedPairs(FACTORS, extendable).length;
    console.log(`gate: ${rows.length} configurations hold all ${pairs} allowed pairs of ${FACTORS.length} parameters (seed ${GATE_SEED})`);
  });

  it('judges partial rows as the rules judge full ones', () => {
    const random = createRandom(17);
    let refused = 0;
    for (let i = 0; i < 4000; i++) {
      const row = randomRow(random.integer);
      const refusal = refusalOf(row);
      if (refusal !== undefined) refused++;
      expect(`${row}: ${extendable(row)}`).toBe(`${row}: ${refusal === undefined}`);
    }
    expect(refused).toBeGreaterThan(100);
  });

  it('calls a pair refused only if random completions of it are refused', () => {
    const all = allowedPairs(FACTORS, () => true);
    const allowed = new Set(allowedPairs(FACTORS, extendable).map((pair) => JSON.stringify(pair)));
    const refused = all.filter((pair) => !allowed.has(JSON.stringify(pair)));
    expect(refused.length).toBeGreaterThan(0);
    const random = createRandom(18);
    for (const { factors, values } of refused) {
      for (let i = 0; i < 100; i++) {
        const row = randomRow(random.integer).map((v, f) => (f === factors[0] ? values[0] : f === factors[1] ? values[1] : v));
        expect(refusalOf(row), row.join()).toBeDefined();
      }
    }
  });

  it('gets a working value from every refusal of a pair', () => {
    const random = createRandom(19);
    const kinds = new Map<string, number>();
    for (let i = 0; i < 4000; i++) {
      const row = randomRow(random.integer);
      const error = refusalOf(row);
      if (error === undefined) continue;
      const repaired: Record<string, unknown> = { ...inputOf(row) };
      for (const { suggestion } of error.problems) repaired[suggestion.parameter] = suggestion.value;
      expect(() => validateConfig(repaired as PartialConfig), error.message).not.toThrow(ConfigError);
      for (const { parameter } of error.problems) kinds.set(parameter, (kinds.get(parameter) ?? 0) + 1);
    }
    expect([...kinds.keys()].sort()).toEqual(['actDepth', 'lanes', 'outDepth', 'partialDepth', 'patternBits', 'weightDepth']);
  });

  it('names its designs so that they can live together', () => {
    const prefixes = gateRows().map((row, i) => gateConfig(row, i).prefix);
    expect(new Set(prefixes).size).toBe(prefixes.length);
  });
});
