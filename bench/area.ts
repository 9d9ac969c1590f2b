// SPDX-License-Identifier: Apache-2.0
/**
 * Synthesizes cores of several sizes for several families and writes docs/area.md. A synthesis is kept in build/area and done again where its Verilog has changed; `--fresh` does all again.
 * Needs a native Yosys: the bars are bound to one version, and the embedded one stands beside it.
 */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { requireTool } from '../sim/tools/index.js';
import { denseOnlyDecoder } from './area/dense-only.js';
import { areaDocument, type Bar } from './area/document.js';
import { allLuts, measureArea, type Area, type Measure } from './area/measure.js';
import { AGAINST_DENSE, EMBEDDED_TOO, optionsOf, OTHER_FAMILIES, PACKED, SIZES, VARIANTS, type Core } from './area/subjects.js';
import { MeasurementStore } from './laws/store.js';

const root = resolve(import.meta.dirname, '..');
const say = (text: string): void => console.error(`bench: area: ${text}`);
const store = new MeasurementStore(resolve(root, 'build/area/area.json'), process.argv.includes('--fresh'), say);
const yosysPath = await requireTool('yosys');

/** Runs of Yosys at a time; the embedded one has threads of its own. */
const AT_ONCE = 2;

const each = async (cores: readonly Core[], options: Measure): Promise<Area[]> => {
  const areas: Area[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let i = next++; i < cores.length; i = next++) areas[i] = await measureArea(store, cores[i] as Core, options);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return areas;
};

const [sizes, packed, variants, others] = [await each(SIZES, { yosysPath }), await each(PACKED, { yosysPath }), await each(VARIANTS, { yosysPath }), await each(OTHER_FAMILIES, { yosysPath })];
const embedded = await each(EMBEDDED_TOO, {});
const flat = { yosysPath, flatten: true };
const [sparse, dense] = [await each(AGAINST_DENSE, flat), await each(AGAINST_DENSE, { ...flat, decoder: denseOnlyDecoder })];

/** Luts a multiplier, at most. */
const [ARRAY, PACKED_ARRAY, CORE] = [40, 70, 150];
const least64 = sizes.filter(({ multipliers }) => multipliers === 64).sort((a, b) => allLuts(a.totals) - allLuts(b.totals))[0];
const arrayBar = (area: Area, bar: number): Bar => ({ what: `array, LUT a multiplier: \`${optionsOf(area.core)}\``, bar, found: area.arrayLuts });
const bars: Bar[] = [
  ...sizes.map((area) => arrayBar(area, ARRAY)), ...packed.map((area) => arrayBar(area, PACKED_ARRAY)),
  ...(least64 === undefined ? [] : [{ what: `whole core of 64 multipliers, LUT (computing and storing) a multiplier: \`${optionsOf(least64.core)}\``, bar: CORE, found: allLuts(least64.totals) / 64 }]),
];

const text = areaDocument({ sizes, packed, variants, others, embedded, againstDense: sparse.map((one, i) => ({ sparse: one, dense: dense[i] as Area })), bars });
console.log(text);
writeFileSync(resolve(root, 'docs/area.md'), text);
for (const { what, bar, found } of bars.filter((own) => own.found > own.bar)) {
  say(`${what}: ${found.toFixed(1)}, the bar is ${bar}`);
  process.exitCode = 1;
}
