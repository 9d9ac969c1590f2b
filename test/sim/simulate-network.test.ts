// SPDX-License-Identifier: Apache-2.0
/** Holds the network run, its comparison and its report to account, with the interpreter in the place of the hardware. */
import { describe, expect, it } from 'vitest';
import { validateConfig } from '../../generator/arch/rules.js';
import type { CompiledNetwork } from '../../generator/compile/compiled-network.js';
import { randomInput, syntheticResnet8 } from '../../generator/graph/synthetic.js';
import { networkLaw } from '../../generator/model/law.js';
import { networkResultSchema, type NetworkResult } from '../../generator/report/network-result.js';
import { lawKeeps } from '../../generator/prune/result.js';
import { networkTable } from '../../generator/report/network-table.js';
import { formatMismatch, layerOf, traceWindow } from '../../sim/run/mismatch.js';
import { simulateNetwork, type Progress, type SimulationRequest } from '../../sim/run/simulate-network.js';
import { keepBalanced, keepUnconstrained } from '../support/compile-layer.js';
import { interpretedArray } from '../support/interpreted-array.js';
import { smallNetwork } from '../support/small-network.js';

const config = validateConfig({});
const network = syntheticResnet8(5);
const about = { simulator: 'interpreter', memory: { latency: 0, stall: 0, seed: 1 } };
const images = [1, 2].map((seed) => ({ data: randomInput(network, seed) }));

const simulate = (over: Partial<SimulationRequest> = {}) =>
  simulateNetwork({
    network, config, images: images.slice(0, 1), about, seed: 1,
    open: (_run, bytes) => Promise.resolve(interpretedArray(config, bytes)),
    ...over,
  });

/** One bit of the first weight of a layer is wrong in memory: PE 0, so channel 0 of every tile's first command. */
const flipWeight = (layer: string) => (compiled: CompiledNetwork): CompiledNetwork => {
  const image = compiled.image.slice();
  const address = layerOf(compiled, layer).weightAddress;
  image[address] = (image[address] as number) ^ 0x80;
  return { ...compiled, image };
};

const row = (result: NetworkResult, name: string) => result.layers.find((layer) => layer.name === name);

describe('a simulated network', () => {
  it('compares every array layer, names the host operators and adds up to the law', async () => {
    const prune = keepBalanced(network, 8, 2);
    const { result } = await simulate({ prune, images, unconstrained: keepUnconstrained(network, 8, 2) });
    expect(networkResultSchema.parse(result)).toEqual(result);
    expect(result).toMatchObject({ bitExact: true, images: 2, correct: null, synthetic: true, mismatch: null, protocolViolations: 0 });
    expect(result.layers.map(({ name, place }) => `${name} ${place}`)).toEqual([
      ...['conv2d_1', 'conv2d_2', 'conv2d_3'].map((name) => `${name} array`), 'add_1 drain',
      ...['conv2d_4', 'conv2d_5', 'conv2d_6'].map((name) => `${name} array`), 'add_2 drain',
      ...['conv2d_7', 'conv2d_8', 'conv2d_9'].map((name) => `${name} array`), 'add_3 drain',
      'avgpool_1 array', 'reshape_1 memory', 'fc_1 array', 'softmax_1 host',
    ]);
    expect(row(result, 'conv2d_1')).toMatchObject({ keep: 'dense', shape: '32x32x3 > 32x32x16, 3x3', bitExact: true });
    expect(row(result, 'conv2d_4')).toMatchObject({ keep: 2 });
    expect(row(result, 'add_1')).toMatchObject({ cycles: null, bitExact: true });
    expect(row(result, 'softmax_1')).toMatchObject({ cycles: null, bitExact: null });
    // The interpreter takes the cycles of the compute commands: the law, the pooling, and a step a word for the operand of an addition.
    const law = networkLaw(network, lawKeeps(network, prune), config);
    const rest = 32 * 32 * 1 + 16 * 16 * 2 + 8 * 8 * 4 + 8 * 8 * 4;
    expect(result.totals).toMatchObject({ cycles: law.cycles + rest, lawCycles: law.cycles, layerCycles: law.cycles + rest, usefulWork: law.usefulWork });
    expect(result.totals.denseCycles).toBe(networkLaw(network, new Map(), config).cycles + rest);
    expect(result.totals.utilization).toBeCloseTo(law.usefulWork / (16 * (law.cycles + rest)), 12);
    expect(result.speedupOverDense).toBeGreaterThan(3);
    expect(result.unconstrained?.slowdown).toBeGreaterThan(1.3);
    const text = networkTable(result).join('\n');
    expect(text).toContain('2 images; synthetic, no accuracy');
    expect(text).toContain('1 operator: softmax_1');
    expect(text).toContain('every array layer of every run equals the golden model');
  });

  it('reports a dense network as its own dense run', async () => {
    const { result } = await simulate({ rows: false });
    expect(result).toMatchObject({ bitExact: true, speedupOverDense: 1, pruning: null });
    expect(row(result, 'conv2d_2')).toMatchObject({ keep: 'dense', cycles: null, bitExact: true });
  });

  it('shows what it does before it does it', async () => {
    const seen: Progress[] = [];
    await simulate({ prune: keepBalanced(network, 8, 4), images, onProgress: (progress) => seen.push(progress) });
    // A program for each of eleven operators; one for all of them, twice; the dense one.
    expect(seen.map(({ run }) => run)).toEqual([...Array<string>(11).fill('layers'), 'network', 'network', 'dense']);
    expect(seen.map(({ done }) => done)).toEqual(seen.map((_, i) => i));
    expect(new Set(seen.map(({ all }) => all))).toEqual(new Set([14]));
  });
});

describe('a wrong weight in memory', () => {
  it.each([['conv2d_1'], ['conv2d_5'], ['fc_1']])('of %s is found there, in the first channel', async (layer) => {
    const { result, layers } = await simulate({ prune: keepBalanced(network, 8, 2), tamper: flipWeight(layer) });
    expect(result.bitExact).toBe(false);
    expect(result.mismatch).toMatchObject({ run: 'layers', image: 0, layer, channel: 0, pe: 0, lane: 0 });
    expect(result.mismatch?.rtl).not.toBe(result.mismatch?.golden);
    expect(row(result, layer)).toMatchObject({ bitExact: false });
    expect(result.totals.cycles).toBeNull();
    expect(networkResultSchema.parse(result)).toEqual(result);
    expect(networkTable(result).join('\n')).toContain('DIFFER from the golden model');
    expect(layers?.segments.every((segment) => segment.layers.length === 1)).toBe(true);
  });

  it('is found in a layer alone, on golden input, and not in the layer after it', async () => {
    const prune = keepBalanced(network, 8, 2);
    const tamper = flipWeight('conv2d_5');
    const wrong = await simulate({ prune, tamper, layer: 'conv2d_5' });
    expect(wrong.result).toMatchObject({ bitExact: false, layers: [{ name: 'conv2d_5', bitExact: false }] });
    const right = await simulate({ prune, tamper, layer: 'conv2d_6' });
    expect(right.result).toMatchObject({ bitExact: true, images: 1, correct: null, layers: [{ name: 'conv2d_6', bitExact: true }] });
    // A 1 x 1 layer: 2 tiles x 256 pixels x D = 16 cycles, because 4 steps a pixel are fewer.
    expect(right.result.totals).toMatchObject({ lawCycles: 8192, layerCycles: 8192 });
  });
});

it('takes images in batches: as many programs fewer, the same bits, cycles of one image', async () => {
  const small = smallNetwork(4);
  const wide = validateConfig({ pes: 16, group: 8, lanes: 2 });
  const inputs = [1, 2, 3].map((seed) => ({ data: randomInput(small, seed) }));
  const run = (batch: number) => simulateNetwork({ network: small, config: wide, images: inputs, batch, rows: false, dense: false, about, seed: 1, open: (_run, bytes) => Promise.resolve(interpretedArray(wide, bytes)) });
  const [one, two] = [await run(1), await run(2)];
  expect(one.result).toMatchObject({ bitExact: true, images: 3 });
  expect(two.result).toMatchObject({ bitExact: true, images: 3 });
  expect(two.result.totals.cycles).toBeLessThan(one.result.totals.cycles!);
  expect(two.result.totals.lawCycles).toBeLessThan(one.result.totals.lawCycles);
});

describe('the place of a wrong value', () => {
  const mismatch = { layer: 'conv2d_3', channel: 17, y: 4, x: 9, rtl: -12, golden: -11, pe: 1, lane: 0, wrong: 3, all: 100 };

  it('is printed with layer, channel, pixel, PE and lane', () => {
    expect(formatMismatch(mismatch)).toBe('layer conv2d_3, channel 17, y=4 x=9: rtl -12, golden -11 (pe 1, lane 0; 3 of 100 values differ)');
  });

  it('lies in a trace window that the law gives', async () => {
    const { layers } = await simulate({ prune: keepBalanced(network, 8, 2), tamper: flipWeight('conv2d_4') });
    if (layers === undefined) throw new Error('no mismatch');
    const layer = layerOf(layers, 'conv2d_4');
    const [from, to] = traceWindow(layer, config, { channel: 31, y: 15, x: 15 }, layer.commandCycles + 100);
    expect(from).toBeLessThan(layer.commandCycles);
    expect(to).toBeGreaterThan(layer.commandCycles + 100);
    const [first] = traceWindow(layer, config, { channel: 0, y: 0, x: 0 }, layer.commandCycles + 100);
    expect(first).toBe(0);
  });
});
