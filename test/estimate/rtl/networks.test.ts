// SPDX-License-Identifier: Apache-2.0
/** Whole networks on the generated core: the estimate is within 1 % of its counters, class by class, and counts the same beats. */
import { describe, expect, it } from 'vitest';
import { validateConfig, type PartialConfig } from '../../../generator/arch/rules.js';
import { compileNetwork } from '../../../generator/compile/compile-network.js';
import type { MemoryTiming } from '../../../generator/estimate/units.js';
import { narrowWeights } from '../../../generator/graph/narrow-weights.js';
import type { Network } from '../../../generator/graph/network.js';
import { syntheticResnet8 } from '../../../generator/graph/synthetic.js';
import { importTflite } from '../../../generator/import/tflite/import.js';
import { findTool } from '../../../sim/tools/index.js';
import { keepBalanced } from '../../support/compile-layer.js';
import { dataPath, readData } from '../../support/data.js';
import { turnConfig, turnNetwork, turnsTaken } from '../../support/turn-network.js';
import { COMPARED, comparisonText, measure } from './measure.js';

const regress = process.env['GEN_ACCEL_REGRESS'] === '1';
const hasVerilator = (await findTool('verilator')) !== undefined;

/** What the cycles and every class of them may differ by, as a share of all cycles of the program. */
const TOLERANCE = 0.01;

async function check(network: Network, keep: number | 'dense', shape: PartialConfig, memory: MemoryTiming): Promise<void> {
  const config = validateConfig(shape);
  const compiled = compileNetwork(narrowWeights(network, config.weightBits), keep === 'dense' ? undefined : keepBalanced(network, config.group, keep), config);
  for (const one of await measure(compiled, memory)) {
    const text = `rtl/estimate of ${comparisonText(one)}`;
    console.log(text);
    for (const name of COMPARED) {
      const most = name.startsWith('beats') ? 0 : TOLERANCE * one.rtl.cycles;
      expect(Math.abs(one.estimate[name] - one.rtl[name]), `${name}, ${text}`).toBeLessThanOrEqual(most);
    }
  }
}

const latency = (cycles: number): MemoryTiming => ({ readLatency: cycles, writeLatency: cycles });

describe.skipIf(!hasVerilator)('the estimate of the shape of ResNet-8', () => {
  const cases: [string, number | 'dense', PartialConfig, MemoryTiming][] = [
    ['dense', 'dense', {}, latency(20)],
    ['keep 2', 2, {}, latency(20)],
    ['keep 4', 4, {}, latency(20)],
    ['keep 2, latency 5', 2, {}, latency(5)],
    ['keep 2, latency 40', 2, {}, latency(40)],
    ['keep 2, slow writes', 2, {}, { readLatency: 3, writeLatency: 200 }],
    ['keep 2, patterns and weights of 4 bits', 2, { index: 'pattern', weightBits: 4 }, latency(20)],
    ['keep 2, two lanes, a wide bus and two requantizers', 2, { lanes: 2, bus: 128, requant: 2 }, latency(20)],
  ];
  if (regress) {
    cases.push(
      ['two lanes', 2, { lanes: 2 }, latency(20)],
      ['a 32-bit bus', 2, { bus: 32 }, latency(20)],
      ['a 128-bit bus', 'dense', { bus: 128 }, latency(20)],
      ['two requantizers', 2, { requant: 2 }, latency(20)],
      ['64 PEs, four lanes, 256-bit bus', 2, { pes: 64, lanes: 4, bus: 256 }, latency(40)],
      ['12 PEs, groups of 4, three lanes, bitmap', 2, { pes: 12, group: 4, lanes: 3, bus: 32, index: 'bitmap' }, latency(100)],
      ['small buffers', 2, { weightDepth: 256, actDepth: 256, outDepth: 128, schedDepth: 128 }, latency(20)],
    );
  }
  const network = syntheticResnet8(1);
  it.each(cases)('is within a hundredth of the counters: %s', (_name, keep, shape, memory) => check(network, keep, shape, memory), 1_200_000);
});

describe.skipIf(!hasVerilator)('the estimate of layers that take turns', () => {
  it.each(regress ? [8, 9, 10, 19, 21, 24] : [8, 9])('is within a hundredth of the counters: seed %i', async (seed) => {
    const [network, config] = [turnNetwork(seed), turnConfig(seed)];
    expect(turnsTaken(compileNetwork(network, undefined, config))).toBeGreaterThan(0);
    await check(network, 'dense', config, latency(40));
  }, 1_200_000);
});

const MODELS = [
  'mlcommons-tiny/dscnn_kws_int8.tflite', 'tflite-micro/person_detect.tflite', 'mlcommons-tiny/resnet8_int8.tflite', 'mlcommons-tiny/ad01_autoencoder_int8.tflite',
  'tflite-micro/micro_speech_quantized.tflite', 'coral/mobilenet_v1_0.25_128_quant.tflite',
] as const;

describe.skipIf(!hasVerilator)('the estimate of a real network', () => {
  for (const path of regress ? MODELS : MODELS.slice(0, 2)) {
    it.skipIf(dataPath(path) === undefined)(`is within a hundredth of the counters: ${path}`, async () => {
      const network = importTflite(readData(path), path);
      for (const keep of regress ? (['dense', 2] as const) : (['dense'] as const)) await check(network, keep, {}, latency(20));
    }, 1_200_000);
  }
});
