// SPDX-License-Identifier: Apache-2.0
/** The gate: every configuration lints clean and computes bit-exactly; a part here, all with GEN_ACCEL_REGRESS=1. */
import { afterAll, describe, expect, it } from 'vitest';
import { ConfigError } from '../../generator/arch/config-error.js';
import { validateConfig, type PartialConfig } from '../../generator/arch/rules.js';
import { createRandom } from '../../generator/core/random.js';
import { lintGate, mergeSources } from '../../sim/gate/index.js';
import { findTool } from '../../sim/tools/index.js';
import { coreDesign, coreTop } from '../support/core-design.js';
import { FACTORS, gateConfig, gateRows, inputOf, refusalOf } from './configurations.js';
import { lintRow, simulateRow, simulatorOf } from './gate-row.js';
import { gateLayers } from './layers.js';
import { joinCores } from './join-cores.js';

const regress = process.env['GEN_ACCEL_REGRESS'] === '1';
const missing = (await Promise.all((['iverilog', 'verilator', 'yosys'] as const).map(findTool))).includes(undefined);
/** Configurations that are linted by all tools and simulated in `make test`. */
const PART = 6;
/** Multipliers of the largest configuration that Icarus elaborates in `make test`; every one is generated. */
const MAX_ELABORATED = 1024;

const configs = gateRows().map((row, index) => ({ config: gateConfig(row, index), index }));
/** Seed of a row's layers, memory behaviour and initial state. */
const seedOf = (index: number): number => 1000 + index;

/** Small arrays first; of equal ones those that are quickly simulated. */
const cost = ({ config, index }: (typeof configs)[number]): number =>
  config.pes * config.lanes * gateLayers(config, seedOf(index)).reduce((sum, { compiled }) => sum + (compiled.layers[0]?.commandCycles ?? 0), 0);

const chosen = regress
  ? configs
  : configs
      .filter(({ config }) => simulatorOf(config) === 'icarus' && config.pes > 1)
      .map((one) => ({ ...one, cost: cost(one) }))
      .sort((a, b) => a.cost - b.cost)
      .slice(0, PART);

describe.skipIf(missing)('the gate', () => {
  const count = { clean: 0, exact: 0 };
  afterAll(() => {
    const part = regress ? '' : ` (of ${configs.length}; GEN_ACCEL_REGRESS=1 runs all)`;
    console.log(`gate: ${chosen.length} configurations, ${count.clean} clean, ${count.exact} bit-exact${part}`);
  });

  it('generates every configuration, and Icarus elaborates each without a warning', async () => {
    const found: string[] = [];
    for (const { config } of configs) {
      if (regress || config.pes * config.lanes <= MAX_ELABORATED) found.push(...(await lintRow(config, ['iverilog'])));
      else coreDesign(config);
    }
    expect(found).toEqual([]);
  }, regress ? 3_600_000 : 300_000);

  it.each(chosen)('$config.prefix is clean and bit-exact: $config.pes x $config.group x $config.lanes, $config.index, $config.bus-bit bus', async ({ config, index }) => {
    const started = Date.now();
    const lint = await lintRow(config);
    if (lint.length === 0) count.clean++;
    const linted = Date.now();
    const wrong = await simulateRow(config, seedOf(index));
    if (wrong.length === 0) count.exact++;
    console.log(`${config.prefix}: ${inputText(config)}: lint ${seconds(linted - started)}, ${simulatorOf(config)} ${seconds(Date.now() - linted)}`);
    expect([...lint, ...wrong]).toEqual([]);
  }, regress ? 3_600_000 : 120_000);

  it('elaborates two cores of different prefixes in one design', async () => {
    const [one, two] = configs.map(({ config }) => config).filter(({ pes, lanes }) => pes > 1 && pes * lanes <= 64);
    if (one === undefined || two === undefined) throw new Error('the gate has too few rows');
    const designs = [coreDesign(one), coreDesign(two)];
    const both = joinCores('both', [one, two].map((config, i) => ({ top: coreTop(config), text: designs[i]?.rtl.get(`rtl/${coreTop(config)}.v`) ?? '' })));
    const files = mergeSources([...designs.map(({ rtl }) => rtl), new Map([['both.v', both]])]);
    expect(await lintGate(files, 'both')).toEqual([]);
  });

  it('generates what every kind of refusal suggests', async () => {
    const random = createRandom(23);
    const kinds = new Map<string, PartialConfig>();
    for (let i = 0; i < 3000; i++) {
      const row = FACTORS.map(({ values }) => random.integer(0, values.length - 1));
      const error = refusalOf(row);
      if (error !== undefined) kinds.set(error.problems.map(({ parameter, rule }) => `${parameter} ${rule}`).join('; '), repaired(inputOf(row), error));
    }
    for (const input of OUT_OF_RANGE) {
      const error = errorOf(input);
      kinds.set(error.message, repaired(input, error));
    }
    expect(kinds.size).toBeGreaterThan(20);
    const found: string[] = [];
    for (const [kind, input] of kinds) {
      // Generation checks every width and driver; Icarus is asked about some.
      const config = validateConfig({ ...input, name: 'repaired', prefix: 'repaired' });
      const design = coreDesign(config);
      if (random.next() < 0.15 && config.pes * config.lanes <= MAX_ELABORATED) found.push(...(await lintGate(design.rtl, coreTop(config), { tools: ['iverilog'] })).map(({ text }) => `${kind}: ${text}`));
    }
    expect(found).toEqual([]);
    console.log(`gate: ${kinds.size} kinds of refusal, each suggestion generated`);
  });
});

/** One refusal of every parameter's own range. */
const OUT_OF_RANGE: readonly PartialConfig[] = [
  { pes: 0 }, { pes: 257 }, { group: 3 }, { group: 64 }, { lanes: 17 }, { lanes: 0 }, { index: 'pattern', patternBits: 9 }, { patternBits: 6 }, { index: 'none' }, { weightBits: 3 },
  { multiplier: 'packed', lanes: 3 }, { requant: 3 }, { pes: 12, requant: 8 }, { bus: 1024 }, { bus: 48 }, { addr: 31 }, { addr: 65 }, { id: 0 }, { id: 17 },
  { weightDepth: 8 }, { weightDepth: 100 }, { actDepth: 131_072 }, { schedDepth: 1 }, { outDepth: 3 }, { partialDepth: 8 }, { partialDepth: 100 }, { rounding: 'triple' as 'single' },
];

function errorOf(input: PartialConfig): ConfigError {
  try {
    validateConfig(input);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error(`${JSON.stringify(input)} is not refused`);
}

const repaired = (input: PartialConfig, error: ConfigError): PartialConfig =>
  ({ ...input, ...Object.fromEntries(error.problems.map(({ suggestion }) => [suggestion.parameter, suggestion.value])) });

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
const inputText = (config: object): string => Object.entries(config).filter(([key]) => key !== 'name' && key !== 'prefix').map(([key, value]) => `${key} ${value}`).join(', ');
