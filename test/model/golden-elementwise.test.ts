// SPDX-License-Identifier: Apache-2.0
/** Holds multiplication, mean and the operators on single values to real arithmetic and to other ways of computing them. */

import { describe, expect, it } from 'vitest';
import { createRandom } from '../../generator/core/random.js';
import type { Network } from '../../generator/graph/network.js';
import { randomConvNetwork, randomInput } from '../../generator/graph/synthetic.js';
import { goldenOutput, runGolden, runGoldenOp } from '../../generator/model/golden.js';
import { averagePoolInt8, roundedMean } from '../../generator/model/golden/pool.js';
import type { Rounding } from '../../generator/quantize/fixed-point.js';
import { RescaleRangeError } from '../../generator/quantize/multiplier.js';
import { elementCount, int8Tensor } from '../../generator/tensor/tensor.js';
import { opNetwork, type OpRequest } from '../support/op-network.js';

/** Largest distance from real arithmetic: half a step, and half of half a step more where a value is rounded twice. */
const BOUNDS = { single: 0.501, double: 0.751 } as const;

const ALL = Int8Array.from({ length: 256 }, (_, i) => i - 128);

/** The largest distance of an operator's output from `real`, over all int8 inputs and several scales. */
function worstStep(op: OpRequest, real: (x: number) => number, rounding: Rounding, output?: { scale: number; zeroPoint: number }): number {
  const random = createRandom(7);
  let worst = 0;
  for (let i = 0; i < 40; i++) {
    const from = { shape: [1, 256], scale: 0.005 + 0.1 * random.next(), zeroPoint: random.integer(-128, 127) };
    const to = { shape: [1, 256], ...(output ?? { scale: 0.005 + 0.1 * random.next(), zeroPoint: random.integer(-128, 127) }) };
    const network = opNetwork(op, [from], to);
    const { scale } = network.tensors[0]!.quantization;
    goldenOutput(network, runGolden(network, ALL, { rounding })).data.forEach((found, at) => {
      const exact = real((at - 128 - from.zeroPoint) * scale) / network.tensors[1]!.quantization.scale + to.zeroPoint;
      worst = Math.max(worst, Math.abs(found - Math.min(127, Math.max(-128, exact))));
    });
  }
  return worst;
}

describe('operators on single values are within a step of real arithmetic for all 256 inputs', () => {
  it.each<[string, OpRequest, (x: number) => number]>([
    ['requantize', { kind: 'requantize' }, (x) => x],
    ['relu without a clamp', { kind: 'relu' }, (x) => x],
    ['leaky relu', { kind: 'leaky-relu', alpha: Math.fround(0.1) }, (x) => (x >= 0 ? x : Math.fround(0.1) * x)],
    ['leaky relu with a falling slope', { kind: 'leaky-relu', alpha: Math.fround(-0.3) }, (x) => (x >= 0 ? x : Math.fround(-0.3) * x)],
  ])('%s, rounded once and twice', (_name, op, real) => {
    expect(worstStep(op, real, 'single')).toBeLessThanOrEqual(BOUNDS.single);
    expect(worstStep(op, real, 'double')).toBeLessThanOrEqual(BOUNDS.double);
    expect(worstStep(op, real, 'double')).toBeGreaterThan(BOUNDS.single);
  });

  it('hard-swish, in 16 bits', () => {
    expect(worstStep({ kind: 'hard-swish' }, (x) => (x * Math.min(6, Math.max(0, x + 3))) / 6, 'double')).toBeLessThanOrEqual(1);
  });

  it('logistic', () => {
    expect(worstStep({ kind: 'logistic' }, (x) => 1 / (1 + Math.exp(-x)), 'double', { scale: 1 / 256, zeroPoint: -128 })).toBeLessThanOrEqual(0.501);
  });

  it('relu clamps', () => {
    const quantization = { shape: [1, 256], scale: 0.05, zeroPoint: -20 };
    const network = opNetwork({ kind: 'relu', activationMin: -20, activationMax: 100 }, [quantization], quantization);
    expect([...goldenOutput(network, runGolden(network, ALL)).data]).toEqual([...ALL].map((q) => Math.min(100, Math.max(-20, q))));
  });

  it('logistic is one half at 0 and falls as it rises', () => {
    const network = opNetwork({ kind: 'logistic' }, [{ shape: [1, 256], scale: 0.04 }], { shape: [1, 256], scale: 1 / 256, zeroPoint: -128 });
    const { data } = goldenOutput(network, runGolden(network, ALL));
    expect(data[128]).toBe(0);
    for (let q = 1; q <= 127; q++) expect(Math.abs(data[128 + q]! + data[128 - q]!)).toBeLessThanOrEqual(1);
  });

  it('hard-swish refuses an output scale that its 16 bits cannot reach', () => {
    const network = opNetwork({ kind: 'hard-swish' }, [{ shape: [1, 4], scale: 10 }], { shape: [1, 4], scale: 0.001 });
    expect(() => runGolden(network, new Int8Array(4))).toThrow(RescaleRangeError);
    expect(() => runGolden(network, new Int8Array(4))).toThrow('op_1: the effective scale is 9999.999');
  });
});

describe('multiplication', () => {
  it('is within half a step of real arithmetic for all pairs of int8 values', () => {
    const shape = [1, 256, 256, 1];
    const [a, b, to] = [{ shape, scale: 0.03, zeroPoint: -7 }, { shape, scale: 0.02, zeroPoint: 40 }, { shape, scale: 0.06, zeroPoint: 5 }];
    const network = opNetwork({ kind: 'mul' }, [a, b], to);
    const [x, y] = [ALL.toReversed(), ALL].map((values, i) => Int8Array.from({ length: 65536 }, (_, at) => values[i === 0 ? at >> 8 : at & 255]!)) as [Int8Array, Int8Array];
    const found = runGoldenOp(network, network.ops[0]!, [int8Tensor(shape, x), int8Tensor(shape, y)]).data;
    const [sa, sb, so] = network.tensors.map(({ quantization }) => quantization.scale) as [number, number, number];
    found.forEach((value, i) => {
      const real = ((x[i]! + 7) * sa * (y[i]! - 40) * sb) / so + 5;
      if (Math.abs(value - Math.min(127, Math.max(-128, real))) > 0.501) expect.fail(`${x[i]} * ${y[i]}: ${value}, real ${real}`);
    });
  });

  it.each([
    [[1, 3, 4, 5], [1, 1, 1, 5]],
    [[1, 3, 4, 5], [1, 3, 4, 1]],
    [[1, 1, 1, 5], [1, 3, 4, 5]],
    [[1, 3, 4, 5], [1, 5]],
  ])('repeats dimensions of 1, and so does addition: %o and %o', (left, right) => {
    const shape = [1, 3, 4, 5];
    const random = createRandom(3);
    const values = (of: readonly number[]): Int8Array => Int8Array.from({ length: elementCount(of) }, () => random.integer(-128, 127));
    const [a, b] = [values(left), values(right)];
    /** The same by nested loops, dimensions aligned at their ends. */
    const repeat = (from: readonly number[], data: Int8Array): Int8Array => {
      const [h, w, c] = from.length === 2 ? [1, 1, from[1]!] : [from[1]!, from[2]!, from[3]!];
      const out: number[] = [];
      for (let y = 0; y < 3; y++) for (let x = 0; x < 4; x++) for (let z = 0; z < 5; z++) out.push(data[((y % h) * w + (x % w)) * c + (z % c)]!);
      return Int8Array.from(out);
    };
    for (const kind of ['mul', 'add'] as const) {
      const small = opNetwork({ kind }, [{ shape: left }, { shape: right, scale: 0.02 }], { shape });
      const full = opNetwork({ kind }, [{ shape }, { shape, scale: 0.02 }], { shape });
      const found = runGoldenOp(small, small.ops[0]!, [int8Tensor(left, a), int8Tensor(right, b)]).data;
      const expected = runGoldenOp(full, full.ops[0]!, [int8Tensor(shape, repeat(left, a)), int8Tensor(shape, repeat(right, b))]).data;
      expect([...found]).toEqual([...expected]);
    }
  });
});

describe('mean', () => {
  it.each([[1, 1], [5, 7], [4, 4], [16, 3], [25, 40]])('over %i x %i pixels is as near to real arithmetic as its rounding allows, whatever the scales', (height, width) => {
    for (const rounding of ['single', 'double'] as const) {
      const random = createRandom(height);
      for (let i = 0; i < 20; i++) {
        const from = { shape: [1, height, width, 6], scale: 0.01 + 0.1 * random.next(), zeroPoint: random.integer(-128, 127) };
        const network = opNetwork({ kind: 'mean' }, [from], { shape: i % 2 === 0 ? [1, 6] : [1, 1, 1, 6], scale: 0.01 + 0.1 * random.next(), zeroPoint: 4 });
        const input = randomInput(network, i);
        const [a, b] = network.tensors.map(({ quantization }) => quantization.scale) as [number, number];
        goldenOutput(network, runGolden(network, input, { rounding })).data.forEach((found, channel) => {
          const values = [...input].filter((_, at) => at % 6 === channel).map((q) => q - from.zeroPoint);
          const real = (values.reduce((sum, q) => sum + q, 0) / values.length) * (a / b) + 4;
          expect(Math.abs(found - Math.min(127, Math.max(-128, real)))).toBeLessThanOrEqual(BOUNDS[rounding]);
        });
      }
    }
  });

  it('of legacy uint8 pools rounds ties up, as uint8 sums do, for every sum of 16 values', () => {
    for (let sum = 0; sum <= 16 * 255; sum++) {
      const uint8 = Math.trunc((sum + 8) / 16);
      expect(roundedMean(sum - 16 * 128, 16, 'up') + 128).toBe(uint8);
    }
    const geometry = {
      input: { height: 1, width: 2, channels: 1 }, output: { height: 1, width: 1, channels: 1 }, filterHeight: 1, filterWidth: 2, strideHeight: 1,
      strideWidth: 1, padding: { top: 0, left: 0, bottom: 0, right: 0 }, activationMin: -128, activationMax: 127,
    };
    const network = opNetwork({ kind: 'average-pool', ...geometry, legacyUint8: true }, [{ shape: [1, 1, 2, 1] }], { shape: [1, 1, 1, 1] });
    expect(runGolden(network, Int8Array.of(-6, -5)).get(1)!.data[0]).toBe(-5);
    expect(averagePoolInt8(geometry, Int8Array.of(-6, -5))[0]).toBe(-6);
  });
});

describe('single rounding', () => {
  const network = (): Network => randomConvNetwork({ inputShape: [8, 8, 12], outChannels: 16, activation: 'none', seed: 5 });

  it('differs from double rounding, seldom, and is not the default', () => {
    const net = network();
    const input = randomInput(net, 1);
    const [twice, once] = (['double', 'single'] as const).map((rounding) => goldenOutput(net, runGolden(net, input, { rounding })).data) as [Int8Array, Int8Array];
    expect([...goldenOutput(net, runGolden(net, input)).data]).toEqual([...twice]);
    const different = twice.filter((value, i) => value !== once[i]).length;
    expect(different).toBeGreaterThan(0);
    expect(different).toBeLessThan(twice.length / 20);
  });

  it.each([{ kind: 'requantize' }, { kind: 'leaky-relu', alpha: 0.5 }, { kind: 'mean' }, { kind: 'add' }, { kind: 'mul' }] as const)('reaches %o', (op) => {
    const shape = [1, 4, 4, 8];
    const output = op.kind === 'mean' ? [1, 8] : shape;
    const inputs = op.kind === 'add' || op.kind === 'mul' ? 2 : 1;
    let different = 0;
    for (let seed = 0; seed < 200; seed++) {
      const random = createRandom(seed);
      const net = opNetwork(op, Array.from({ length: inputs }, () => ({ shape, scale: 2 ** -6, zeroPoint: 1 })), { shape: output, scale: 2 ** -random.integer(3, 5) });
      const tensors = Array.from({ length: inputs }, (_, i) => int8Tensor(shape, randomInput(net, 2 * seed + i)));
      const [twice, once] = (['double', 'single'] as const).map((rounding) => runGoldenOp(net, net.ops[0]!, tensors, { rounding }).data) as [Int8Array, Int8Array];
      different += twice.filter((value, i) => value !== once[i]).length;
    }
    expect(different).toBeGreaterThan(0);
  });
});
