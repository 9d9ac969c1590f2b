// SPDX-License-Identifier: Apache-2.0
/** Runs small networks on the generated Verilog in both simulators and holds the report to what must be true of it. */
import { describe, expect, it } from 'vitest';
import type { AccelConfig } from '../../generator/arch/config.js';
import { validateConfig } from '../../generator/arch/rules.js';
import { buildCore } from '../../generator/blocks/index.js';
import { loadTemplates } from '../../generator/cli/load-templates.js';
import type { CompiledNetwork } from '../../generator/compile/compiled-network.js';
import { randomInput } from '../../generator/graph/synthetic.js';
import type { GenerateOptions } from '../../generator/generate/generate.js';
import { networkResultSchema, type NetworkResult } from '../../generator/report/network-result.js';
import { openRtlArray, rtlDesign, rtlOpener } from '../../sim/run/rtl-array.js';
import { simulateNetwork, type SimulationRequest } from '../../sim/run/simulate-network.js';
import { createSimulator, type MemorySettings, SIMULATOR_NAMES } from '../../sim/simulators/index.js';
import { findTool } from '../../sim/tools/index.js';
import { keepBalanced, keepUnconstrained } from '../support/compile-layer.js';
import { smallNetwork } from '../support/small-network.js';

const generate: GenerateOptions = { buildTop: buildCore, templates: loadTemplates(), version: '0.0.0' };
const has = { icarus: (await findTool('iverilog')) !== undefined, verilator: (await findTool('verilator')) !== undefined };

interface Case {
  readonly name: (typeof SIMULATOR_NAMES)[number];
  readonly config?: AccelConfig;
  readonly keep?: number;
  readonly seed?: number;
  readonly images?: number;
  readonly settings?: MemorySettings;
  readonly over?: Partial<SimulationRequest>;
}

async function simulate({ name, config = validateConfig({}), keep = 2, seed = 1, images = 1, settings = { latency: 20 }, over = {} }: Case): Promise<NetworkResult> {
  const network = smallNetwork(3);
  const { result } = await simulateNetwork({
    network, config, prune: keepBalanced(network, config.group, keep), seed,
    images: Array.from({ length: images }, (_, i) => ({ data: randomInput(network, i + 1) })),
    open: rtlOpener({ config, generate, simulator: createSimulator(name), seed, settings }),
    about: { simulator: name, memory: { latency: 20, stall: 0, seed } },
    ...over,
  });
  return result;
}

describe.each(SIMULATOR_NAMES)('a small network in %s', (name) => {
  it.skipIf(!has[name])('is bit-exact on every image, dense, pruned and unconstrained, and its counters add up', async () => {
    const network = smallNetwork(3);
    const result = await simulate({ name, images: 2, over: { unconstrained: keepUnconstrained(network, 8, 2) } });
    expect(result).toMatchObject({ bitExact: true, images: 2, protocolViolations: 0, mismatch: null });
    expect(networkResultSchema.parse(result)).toEqual(result);
    const { totals, layers, unconstrained } = result;
    for (const layer of layers) {
      if (layer.place === 'host' || layer.place === 'memory') continue;
      if (layer.lawCycles !== null) expect(layer.cycles, layer.name).toBeGreaterThan(layer.lawCycles);
      expect(layer.bitExact, layer.name).toBe(true);
    }
    const waiting = Object.values(totals.stalls ?? {}).reduce((sum, cycles) => sum + cycles, 0);
    expect(totals.cycles).toBeGreaterThan(totals.lawCycles);
    expect(waiting).toBeLessThan(totals.cycles ?? 0);
    // Layers that share a program overlap: the network is faster than its layers one by one.
    expect(totals.cycles).toBeLessThan(totals.layerCycles ?? 0);
    expect(totals.denseCycles).toBeGreaterThan(totals.cycles ?? 0);
    expect(unconstrained?.slowdown).toBeGreaterThan(1);
    expect(layers.filter(({ place }) => place === 'host').map(({ name: op }) => op)).toEqual(['softmax_1']);
  });
});

it.skipIf(!has.icarus || !has.verilator)('takes the same cycles in both simulators, and from any initial state', async () => {
  const cycles = async (one: Case) => {
    const { totals, bitExact, layers } = await simulate(one);
    expect(bitExact).toBe(true);
    return { totals, layers };
  };
  const icarus = await cycles({ name: 'icarus' });
  for (const seed of [1, 2, 3]) expect(await cycles({ name: 'verilator', seed })).toEqual(icarus);
});

it.skipIf(!has.verilator)('is bit-exact with lanes that do not divide the image, a narrow bus and random stalls', async () => {
  const config = validateConfig({ pes: 12, group: 4, lanes: 3, bus: 32 });
  const settings = { latency: 12, stall: 30, jitter: 9 };
  expect(await simulate({ name: 'verilator', config, keep: 1, images: 2, settings })).toMatchObject({ bitExact: true, protocolViolations: 0 });
});

describe.skipIf(!has.icarus)('a fault in the Verilog', () => {
  const config = validateConfig({ pes: 4, group: 4 });
  /** The generated core with one text in one module replaced. */
  const broken = (module: string, from: string, to: string): SimulationRequest['open'] => async (_run, memoryBytes) => {
    const design = rtlDesign(config, generate);
    const path = `rtl/${config.prefix}_${module}.v`;
    const text = design.rtl.get(path) ?? '';
    expect(text).toContain(from);
    const rtl = new Map([...design.rtl, [path, text.replace(from, to)] as const]);
    return openRtlArray(await createSimulator('icarus').build({ ...design, rtl }, { memoryBytes }), config, { seed: 1 });
  };
  const run = (open: SimulationRequest['open']) => simulate({ name: 'icarus', config, over: { open, rows: false } });

  it('in the rounding of the requantizer is found as a wrong value', async () => {
    const result = await run(broken('requantizer', "+ { {10{1'b0} }, shifted_q[0]}", "+ { {10{1'b0} }, shifted_q[0] & shifted_q[1]}"));
    expect(result.bitExact).toBe(false);
    expect(result.mismatch).toMatchObject({ run: 'network', layer: 'conv2d_1' });
    const { rtl, golden, wrong, all } = result.mismatch ?? { rtl: 0, golden: 0, wrong: 0, all: 0 };
    expect(Math.abs(rtl - golden)).toBe(1);
    expect(wrong).toBeLessThan(all / 2);
  });

  it('that leaves a bit unknown does not pass for a 0', async () => {
    const open = broken('requantizer', 'else              value_q <= inner_q;', "else              value_q <= {1'bx, inner_q[6:0]};");
    await expect(run(open)).rejects.toThrow(/unknown byte/);
  });

  it('in the program ends in the error of the core', async () => {
    const open = rtlOpener({ config, generate, simulator: createSimulator('icarus'), seed: 1 });
    const tamper = (compiled: CompiledNetwork): CompiledNetwork => {
      const image = compiled.image.slice();
      image[(compiled.segments[0]?.programAddress ?? 0) + 3] = 0x70; // the opcode of the program's first header
      return { ...compiled, image };
    };
    await expect(simulate({ name: 'icarus', config, over: { open, tamper, rows: false } })).rejects.toThrow(/program at BASE \+ 0x[0-9a-f]+: error 1 \(illegalOpcode\) at 0x[0-9a-f]+; expected DONE/);
  });

  it('of another configuration is refused before it runs', async () => {
    const other = validateConfig({ pes: 4, group: 4, requant: 2 });
    const binary = await createSimulator('icarus').build(rtlDesign(config, generate), { memoryBytes: 1 << 22 });
    await expect(openRtlArray(binary, other, { seed: 1 })).rejects.toThrow(/CONFIG_HASH/);
  });
});
