// SPDX-License-Identifier: Apache-2.0
/** Owns the gate's configurations: the values of every parameter, what the rules refuse, and the seeded rows. */
import { MAX_PATTERN_BITS, type AccelConfig } from '../../generator/arch/config.js';
import { ConfigError } from '../../generator/arch/config-error.js';
import { validateConfig, type PartialConfig } from '../../generator/arch/rules.js';
import { clog2 } from '../../generator/core/integers.js';
import { coveringArray, type Extendable, type Factor, type PartialRow, type Row } from './covering-array.js';

/** The classes of a buffer's depth; `small` is small enough that the rules refuse it for some shapes, `large` serves all. */
const DEPTHS = {
  weightDepth: { small: 16, large: 65536 }, actDepth: { small: 32, large: 65536 }, schedDepth: { small: 16, large: 65536 }, outDepth: { small: 64, large: 65536 },
  // A word holds a 32-bit sum of every requantizer and lane: more would be gigabytes in a simulator.
  partialDepth: { small: 16, large: 4096 },
} as const;
type DepthName = keyof typeof DEPTHS;
const DEPTH_NAMES = Object.keys(DEPTHS) as DepthName[];
const CLASSES = ['small', 'default', 'large'] as const;

export const FACTORS: readonly Factor[] = [
  { name: 'pes', values: [1, 3, 12, 16, 64, 256] },
  { name: 'group', values: [2, 4, 8, 16, 32] },
  { name: 'lanes', values: [1, 2, 3, 4, 8, 16] },
  { name: 'bus', values: [32, 64, 128, 256, 512] },
  { name: 'index', values: ['direct', 'bitmap', 'pattern'] },
  { name: 'patternBits', values: ['small', 'default', 'full'] },
  { name: 'weightBits', values: [8, 4, 2] },
  { name: 'multiplier', values: ['dsp', 'packed', 'lut'] },
  { name: 'rounding', values: ['double', 'single'] },
  { name: 'requant', values: ['one', 'default', 'max'] },
  ...DEPTH_NAMES.map((name) => ({ name, values: CLASSES })),
  { name: 'addr', values: [32, 40, 64] },
  { name: 'id', values: [1, 4, 8] },
];

const at = (name: string): number => FACTORS.findIndex((factor) => factor.name === name);

const requantOf = (choice: string, pes: number): { requant?: number } =>
  choice === 'default' ? {} : { requant: choice === 'one' ? 1 : pes & -pes };

/** A table of as many patterns as a group has positions, or of every one as far as 8 bits reach. */
const patternBitsOf = (choice: string, group: number): { patternBits?: number } =>
  choice === 'default' ? {} : { patternBits: choice === 'small' ? clog2(group) : Math.min(MAX_PATTERN_BITS, group) };

/** The configuration that a full row stands for. */
export function inputOf(row: Row): PartialConfig {
  const value = <T>(name: string): T => FACTORS[at(name)]?.values[row[at(name)] as number] as T;
  const depths = DEPTH_NAMES.flatMap((name) => {
    const choice = value<(typeof CLASSES)[number]>(name);
    return choice === 'default' ? [] : [[name, DEPTHS[name][choice]] as const];
  });
  return {
    pes: value('pes'), group: value('group'), lanes: value('lanes'), bus: value('bus'), index: value('index'),
    weightBits: value('weightBits'), ...patternBitsOf(value('patternBits'), value('group')),
    multiplier: value('multiplier'), rounding: value('rounding'), addr: value('addr'), id: value('id'), ...requantOf(value('requant'), value('pes')), ...Object.fromEntries(depths),
  };
}

/** What the rules say about a row. */
export function refusalOf(row: Row): ConfigError | undefined {
  try {
    validateConfig(inputOf(row));
    return undefined;
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
}

/**
 * Parameters that the rules set against each other, in sets that do not influence one another.
 * A test holds this to the rules: `allowed by all scopes` equals `accepted` on random rows.
 */
const SCOPES: readonly (readonly string[])[] = [
  ['pes', 'requant'],
  ['weightDepth', 'group'],
  ['patternBits', 'index', 'group'],
  ['lanes', 'multiplier'],
  // Sub-banks: the words of a bus beat, or the clusters of PEs.
  ['actDepth', 'pes', 'bus', 'group'],
  ['outDepth', 'pes', 'group', 'requant'],
  ['partialDepth', 'pes', 'requant'],
];

interface Table {
  readonly factors: readonly number[];
  readonly allowed: readonly (readonly number[])[];
}

/** The combinations of a scope that the rules accept when every other parameter has a harmless value. */
function tabulate(scope: readonly string[]): Table {
  const factors = scope.map(at);
  const harmless: Row = FACTORS.map(({ name, values }) => (DEPTH_NAMES.includes(name as DepthName) ? CLASSES.indexOf('large') : name === 'requant' ? values.indexOf('one') : name === 'patternBits' ? values.indexOf('default') : 0));
  let combinations: number[][] = [[]];
  for (const f of factors) combinations = combinations.flatMap((head) => (FACTORS[f] as Factor).values.map((_, v) => [...head, v]));
  const allowed = combinations.filter((values) => refusalOf(harmless.map((v, f) => values[factors.indexOf(f)] ?? v)) === undefined);
  return { factors, allowed };
}

const TABLES = SCOPES.map(tabulate);

/** Depth-first over the scopes: does a common choice of their parameters exist? */
function satisfiable(row: PartialRow, index = 0): boolean {
  const table = TABLES[index];
  if (table === undefined) return true;
  const { factors, allowed } = table;
  return allowed.some((values) => {
    if (!values.every((value, i) => (row[factors[i] as number] ?? value) === value)) return false;
    const next = [...row];
    factors.forEach((f, i) => (next[f] = values[i]));
    return satisfiable(next, index + 1);
  });
}

/** Exact: partial rows are judged through the scopes that the rules speak of. */
export const extendable: Extendable = (row) => satisfiable(row);

export const GATE_SEED = 2;

let rows: readonly Row[] | undefined;
/** The rows of the gate. */
export const gateRows = (): readonly Row[] => (rows ??= coveringArray(FACTORS, extendable, { seed: GATE_SEED }));

/** The validated configuration of row `index`; the prefix is unique in the gate. */
export const gateConfig = (row: Row, index: number): AccelConfig => validateConfig({ ...inputOf(row), name: `gate${index}`, prefix: `g${index}` });

/** One word for tables. */
export const nameOf = (row: Row): string => row.map((v, f) => `${FACTORS[f]?.name}=${FACTORS[f]?.values[v]}`).join(' ');
