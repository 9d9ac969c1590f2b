// SPDX-License-Identifier: Apache-2.0
/** Synthesizes a core and keeps its cells under the hash of its Verilog and of the tool. */
import { validateConfig } from '../../generator/arch/rules.js';
import { buildCore, type IndexDecoder } from '../../generator/blocks/index.js';
import { loadTemplates } from '../../generator/cli/load-templates.js';
import { packageVersion } from '../../generator/cli/version.js';
import { generate } from '../../generator/generate/generate.js';
import { lutsPerMultiplier, synthesize, type BlockCells, type CellCounts } from '../../sim/synth/index.js';
import type { MeasurementStore } from '../laws/store.js';
import { optionsOf, type Core } from './subjects.js';

export interface Area {
  readonly core: Core;
  readonly multipliers: number;
  readonly tool: string;
  readonly totals: CellCounts;
  /** Names without the prefix. */
  readonly blocks: readonly BlockCells[];
  /** LUTs that compute, of the array with decode and drain, a multiplier. */
  readonly arrayLuts: number;
  /** DSP blocks of the array. */
  readonly arrayDsp: number;
}

/** Everything that exists once a PE: decoders, PEs, the drain's multiplexer. */
const ARRAY = ['pe_array', 'drain_mux'];

export interface Measure {
  readonly yosysPath?: string | undefined;
  readonly flatten?: boolean;
  /** Takes the place of the configuration's index decoder. */
  readonly decoder?: IndexDecoder;
}

/** LUTs that compute and LUTs that store. */
export const allLuts = ({ lut, lutRam }: CellCounts): number => lut + lutRam;

export async function measureArea(store: MeasurementStore, core: Core, { yosysPath, flatten = false, decoder }: Measure): Promise<Area> {
  const indexDecoders = decoder === undefined ? [] : [decoder];
  const config = validateConfig({ ...core.input, ...(decoder === undefined ? {} : { index: decoder.format.name }) }, { indexDecoders: indexDecoders.map(({ format }) => format.name) });
  const { manifest, files } = generate(config, { buildTop: buildCore, indexDecoders, templates: loadTemplates(), version: packageVersion() });
  const verilog = new Map(manifest.verilog.map((path) => [path, files.get(path) ?? '']));
  const { multipliers } = manifest.derived;
  const title = `${optionsOf(core)} on ${core.target}${decoder === undefined ? '' : `, ${decoder.format.name}`}${flatten ? ', flattened' : ''}, ${yosysPath ?? 'embedded Yosys'}`;
  const parts = ['area', core.target, String(flatten), yosysPath === undefined ? 'embedded' : 'native', ...[...verilog].flat()];
  return store.get(title, parts, async () => {
    const { tool, totals, blocks } = await synthesize(verilog, manifest.top, core.target, { flatten, ...(yosysPath === undefined ? {} : { yosysPath }) });
    const named = blocks.map((block) => ({ ...block, module: block.module.slice(config.prefix.length + 1) }));
    return {
      core, multipliers, tool, totals, blocks: named,
      arrayLuts: lutsPerMultiplier({ blocks: named }, ARRAY, multipliers),
      arrayDsp: named.find(({ module }) => module === 'pe_array')?.inclusive.dsp ?? 0,
    };
  });
}
