// SPDX-License-Identifier: Apache-2.0
/** A netlist of ECP5 works as before when its multipliers have taken the registers around them: simulated, before against after. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { validateConfig } from '../../generator/arch/rules.js';
import { computeParameters } from '../../generator/blocks/compute-parameters.js';
import { peModule } from '../../generator/blocks/pe.js';
import { requantizerModule } from '../../generator/blocks/requantizer.js';
import { absorbRegisters, netlistScript, type Absorbed, type Netlist } from '../../sim/pnr/index.js';
import { runYosysScript } from '../../sim/synth/yosys.js';
import { findTool } from '../../sim/tools/index.js';
import { compareNetlists } from '../support/compare-netlists.js';
import { emitDesign } from '../support/emit-design.js';
import { hasTool } from '../support/lint-verilog.js';

const yosysPath = await findTool('yosys');
const noIcarus = !hasTool('iverilog');

async function netlistOf(files: ReadonlyMap<string, string>, top: string, path: string | undefined): Promise<Netlist> {
  const verilog = new Map([...files].filter(([name]) => name.endsWith('.v')));
  const request = { files: verilog, script: netlistScript('ecp5', '45k', [...verilog.keys()], top), outputs: ['netlist.json'] };
  const { outputs } = await runYosysScript(path === undefined ? request : { ...request, yosysPath: path });
  return JSON.parse(outputs.get('netlist.json') as string) as Netlist;
}

async function compare(files: ReadonlyMap<string, string>, top: string, path: string | undefined, cycles: number) {
  const before = await netlistOf(files, top, path);
  const after = structuredClone(before);
  const absorbed: Absorbed = absorbRegisters(after);
  const options = { cycles, seed: 7, ...(path === undefined ? {} : { yosysPath: path }) };
  return { absorbed, result: await compareNetlists(top, before, after, options), after, options, before };
}

/** All registers of one kind bypassed, as if the pass had forgotten to switch them on. */
function without(netlist: Netlist, register: string): Netlist {
  const changed = structuredClone(netlist);
  for (const { cells } of Object.values(changed.modules)) for (const { parameters } of Object.values(cells)) delete parameters[`REG_${register}_CLK`];
  return changed;
}

const MULTIPLIERS = new Map([['multipliers.v', readFileSync(new URL('fixtures/multipliers.v', import.meta.url), 'utf8')]]);

describe.skipIf(noIcarus).each([['the embedded Yosys', undefined, false], ['a native Yosys', yosysPath, yosysPath === undefined]] as const)('registers in multipliers, netlist of %s', (_name, path, skip) => {
  it.skipIf(skip)('change nothing in products with and without enables, resets, feedback and other users', async () => {
    const { absorbed, result } = await compare(MULTIPLIERS, 'multipliers', path, 100);
    expect(result).toEqual({ different: 0, moved: expect.any(Number) });
    expect(result.moved).toBeGreaterThan(90);
    expect(absorbed).toMatchObject({ multipliers: 10, inputs: 4, outputs: 7 });
  }, 60_000);
});

it.skipIf(noIcarus)('the comparison sees a register that is missing', async () => {
  const { before, after, options } = await compare(MULTIPLIERS, 'multipliers', yosysPath, 25);
  for (const register of ['INPUTA', 'INPUTB', 'OUTPUT']) {
    expect((await compareNetlists('multipliers', before, without(after, register), options)).different, register).toBeGreaterThan(20);
  }
}, 60_000);

describe.skipIf(noIcarus || yosysPath === undefined)('registers in multipliers of the core', () => {
  const config = validateConfig({ pes: 4, group: 4, lanes: 1 });
  const parameters = computeParameters(config, 2, config.weightDepth);
  const modules = { pe: peModule(config, parameters), requantizer: requantizerModule(config, parameters) };

  it.each([['pe', 1], ['requantizer', 4]] as const)('%s works as before', async (name, multipliers) => {
    const { files } = emitDesign(modules[name], 'dut');
    const { absorbed, result } = await compare(files, `dut_${name}`, yosysPath, 200);
    expect(result.different).toBe(0);
    expect(result.moved).toBeGreaterThan(20);
    expect(absorbed).toMatchObject({ multipliers, outputs: multipliers });
  }, 60_000);
});
