// SPDX-License-Identifier: Apache-2.0
/** Estimates without hardware: parts add up, limits hold, waits appear where they are made, and it is fast. */
import { describe, expect, it } from 'vitest';
import { validateConfig, type PartialConfig } from '../../generator/arch/rules.js';
import { compileNetwork } from '../../generator/compile/compile-network.js';
import type { CompiledNetwork } from '../../generator/compile/compiled-network.js';
import { noTokens, type Instruction } from '../../generator/compile/instruction.js';
import { estimateProgram, type Estimate, type EstimateOptions } from '../../generator/estimate/estimate.js';
import { timeProgram } from '../../generator/estimate/program.js';
import { describeUnits } from '../../generator/estimate/units.js';
import { randomConvNetwork, syntheticResnet8 } from '../../generator/graph/synthetic.js';
import { layerWork } from '../../generator/prune/accounting.js';
import { keepBalanced } from '../support/compile-layer.js';

const network = syntheticResnet8(1);
const pruned = keepBalanced(network, 8, 2);
const compile = (shape: PartialConfig = {}): CompiledNetwork => compileNetwork(network, pruned, validateConfig(shape));
const work = new Map(layerWork(network, pruned.masks).map(({ name, usefulMacs }) => [name, usefulMacs]));
const estimate = (shape: PartialConfig = {}, options: EstimateOptions = {}): Estimate => estimateProgram(compile(shape), { work, ...options });

const CLASSES = ['compute', 'drain', 'load', 'store', 'dispatch'] as const;
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

describe.each<[string, PartialConfig]>([
  ['the default core', {}],
  ['two lanes and a wide bus', { lanes: 2, bus: 128 }],
  ['small buffers and a narrow bus', { bus: 32, weightDepth: 256, actDepth: 512, outDepth: 128, schedDepth: 128 }],
])('the estimate of ResNet-8 for %s', (_name, shape) => {
  const found = estimate(shape);

  it('counts every cycle of a program once, by class and by layer', () => {
    for (const { cycles, ...segment } of found.segments) {
      expect(sum(CLASSES.map((name) => segment[name]))).toBe(cycles);
      expect(sum(found.layers.filter((layer) => layer.segment === segment.index).map((layer) => layer.cycles))).toBe(cycles);
    }
    for (const layer of found.layers) expect(sum(CLASSES.map((name) => layer[name])), layer.name).toBe(layer.cycles);
    expect(found.totals.cycles).toBe(sum(found.segments.map(({ cycles }) => cycles)));
  });

  it('takes the steps that the limits say, and never less than the law', () => {
    const compiled = compile(shape);
    for (const { name, limits, cycles, compute } of found.layers) {
      expect(compute, name).toBe(limits.steps);
      expect(limits.law, name).toBe(compiled.layers.find((layer) => layer.name === name)?.commandCycles);
      expect(limits.law, name).toBeGreaterThanOrEqual(Math.max(limits.steps, limits.drain));
      expect(cycles, name).toBeGreaterThanOrEqual(limits.law);
    }
  });

  it('moves at least every tensor and every stream over the bus, and stores no byte twice', () => {
    const compiled = compile(shape);
    for (const layer of found.layers) {
      const { streamBytes, outputId } = compiled.layers.find(({ name }) => name === layer.name) as CompiledNetwork['layers'][number];
      expect(layer.streamBeats * (found.config.bus / 8), layer.name).toBeGreaterThanOrEqual(streamBytes);
      const { bytes } = compiled.tensors[outputId] as CompiledNetwork['tensors'][number];
      expect(layer.bytesWritten, layer.name).toBeGreaterThanOrEqual(bytes);
      expect(layer.bytesWritten, layer.name).toBeLessThan(1.5 * bytes + 64 * 8);
    }
    const beats = sum(found.layers.map(({ streamBeats, activationBeats }) => streamBeats + activationBeats));
    expect(found.totals.beatsRead).toBe(beats + sum(found.segments.map(({ beatsFetched }) => beatsFetched)));
    expect(found.totals.beatsWritten).toBe(sum(found.layers.map(({ writtenBeats }) => writtenBeats)));
  });
});

it('useful work comes from the masks, and utilization from it', () => {
  const { totals, config } = estimate();
  expect(totals.usefulWork).toBe(sum([...work.values()]));
  expect(totals.utilization).toBe((totals.usefulWork as number) / (config.pes * config.lanes * totals.cycles));
  expect(estimateProgram(compile()).totals.utilization).toBeNull();
});

it('a slower memory costs cycles of loading and storing, never steps', () => {
  const [fast, slow] = [estimate({}, { readLatency: 5, writeLatency: 5 }), estimate({}, { readLatency: 300, writeLatency: 300 })];
  expect(slow.totals.cycles).toBeGreaterThan(fast.totals.cycles + 300);
  expect(slow.totals.load).toBeGreaterThan(fast.totals.load);
  expect(slow.totals.compute).toBe(fast.totals.compute);
  expect([slow.totals.beatsRead, slow.totals.beatsWritten]).toEqual([fast.totals.beatsRead, fast.totals.beatsWritten]);
});

it('a core with few requantizers is bound by its drain, one with a narrow bus by its bus', () => {
  expect(estimate({ pes: 64, requant: 1 }).layers.map(({ bound }) => bound)).toContain('drain');
  const narrow = estimate({ pes: 64, requant: 16, lanes: 8, bus: 32 }).layers;
  expect(narrow.some(({ bound }) => bound === 'read' || bound === 'write')).toBe(true);
  for (const { bound, limits } of narrow) if (bound === 'read' || bound === 'write') expect(limits[bound]).toBeGreaterThan(limits.law);
});

it.each([128, 256, 512])('a layer with little to compute stores a beat a cycle on %i bits, of pixels shorter than a beat too', (bus) => {
  const layer = randomConvNetwork({ inputShape: [64, 64, 3], outChannels: 16, kernel: 1, seed: 1 });
  const { layers: [only] } = estimateProgram(compileNetwork(layer, undefined, validateConfig({ pes: 16, lanes: 16, requant: 16, group: 8, bus })));
  if (only === undefined) throw new Error('no layer');
  const bound = Math.max(only.limits.law, only.limits.read, only.limits.write);
  expect(only.limits.write).toBe((64 * 64 * 16) / (bus / 8));
  expect(only.cycles - bound).toBeLessThan(800);
});

it('names the operators of the host with their operations', () => {
  const { host, totals } = estimate();
  expect(host.map(({ name }) => name)).toContain('softmax_1');
  expect(host.find(({ name }) => name === 'softmax_1')?.operations).toBe(40);
  expect(totals.hostShare).toBeGreaterThan(0);
  expect(totals.hostShare).toBeLessThan(0.001);
});

it('takes much less than a second', () => {
  const compiled = compile();
  const before = process.cpuUsage();
  estimateProgram(compiled);
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1e6).toBeLessThan(1);
});

it('a program that waits for ever is a defect, named by the units that wait', () => {
  const store: Instruction = {
    kind: 'store', tokens: { ...noTokens(), popA: true },
    fields: { address: 0, rows: 1, segments: 1, rowStride: 0, segmentStride: 0, segmentWords: 1, outHalf: 0, outBase: 0, outPitch: 1, pixels: 1, pixelWords: 1 },
  };
  const program = { instructions: [store, { kind: 'end', tokens: noTokens() } as const], programAddress: 0, image: new Uint8Array(1024) };
  const units = describeUnits(validateConfig({}), { readLatency: 20, writeLatency: 20 });
  expect(() => timeProgram(program, units)).toThrow(/store wait for ever: the program is not legal/);
});
