// SPDX-License-Identifier: Apache-2.0
/** Holds hard-swish and mean to transcriptions of TFLite Micro's kernels in the widths of C: 16, 32 and 64 bits. */

import { expect, it } from 'vitest';
import { createRandom, type Random } from '../../generator/core/random.js';
import { randomInput } from '../../generator/graph/synthetic.js';
import { goldenOutput, runGolden } from '../../generator/model/golden.js';
import { quantizeMultiplier } from '../../generator/quantize/multiplier.js';
import { activationTable } from '../../generator/quantize/activation-table.js';
import type { TableOp } from '../../generator/graph/network.js';
import { opNetwork } from '../support/op-network.js';

/** Assignment to an int16_t: wraps. */
const short = (value: number): number => (value << 16) >> 16;
const saturate16 = (value: number): number => (value > 32767 ? 32767 : value < -32768 ? -32768 : value);
const divide = (a: number, b: number): number => Math.trunc(a / b);

const high16 = (a: number, b: number): number => (a === b && a === -32768 ? 32767 : short(divide(a * b + (a * b >= 0 ? 1 << 14 : 1 - (1 << 14)), 1 << 15)));
const high16Truncated = (a: number, b: number): number => (a === b && a === -32768 ? 32767 : short(divide(a * b, 1 << 15)));

function divideByPower(x: number, exponent: number): number {
  const power = 2 ** exponent;
  const quotient = Math.floor(x / power);
  const remainder = x - quotient * power;
  return quotient + (remainder > Math.floor((power - 1) / 2) + (x < 0 ? 1 : 0) ? 1 : 0);
}

/** DownScaleInt32ToInt16Multiplier as written. */
const down = (multiplier: number): number => (multiplier >= 2 ** 31 - 1 - (1 << 15) ? 32767 : (multiplier + (1 << 15)) >> 16);

function hardSwish(q: number, inputScale: number, inputZero: number, outputScale: number, outputZero: number): number {
  const fineScale = Math.fround(Math.fround(1 / 128) * inputScale);
  const output = quantizeMultiplier(Math.fround(fineScale / outputScale));
  const relu = quantizeMultiplier(Math.fround(fineScale / Math.fround(3 / 32768)));
  const fine = short((q - inputZero) * (1 << 7));
  const onOutput = high16(fine, down(output.multiplier));
  let value = fine;
  if (relu.shift > 0) value = saturate16(value * 2 ** (relu.shift - 1));
  value = high16(value, down(relu.multiplier));
  if (relu.shift > 0) value = saturate16(value * 2);
  if (relu.shift < 0) value = short(divideByPower(value, -relu.shift));
  value = short((value + (1 << 15)) >> 1);
  const result = short(divideByPower(high16Truncated(value, onOutput), -output.shift)) + outputZero;
  return Math.max(-128, Math.min(127, result));
}

/** A scale from 2^-9 to 2^3, evenly over its logarithm. */
const anyScale = (random: Random): number => Math.fround(2 ** (-9 + 12 * random.next()));

it('hard-swish equals the 16-bit kernel for all inputs, at 500 random pairs of scales (seed 1)', () => {
  const random = createRandom(1);
  const shifts = new Set<number>();
  for (let i = 0; i < 500; i++) {
    const [a, b] = [{ shape: [1, 4], scale: anyScale(random), zeroPoint: random.integer(-128, 127) }, { shape: [1, 4], scale: anyScale(random), zeroPoint: random.integer(-128, 127) }];
    if (a.scale / b.scale >= 64) continue;
    shifts.add(Math.sign(quantizeMultiplier(a.scale / 128 / (3 / 32768)).shift));
    const network = opNetwork({ kind: 'hard-swish' }, [a], b);
    activationTable(network, network.ops[0] as TableOp).forEach((found, at) => {
      const expected = hardSwish(at - 128, a.scale, a.zeroPoint, b.scale, b.zeroPoint);
      if (found !== expected) expect.fail(`${at - 128} from ${a.scale}, ${a.zeroPoint} to ${b.scale}, ${b.zeroPoint}: ${found}, kernel ${expected}`);
    });
  }
  expect([...shifts].toSorted()).toEqual([-1, 0, 1]);
});

/** gemmlowp's multiplication on BigInt: two roundings. */
function multiply(value: bigint, multiplier: bigint, shift: number): bigint {
  const product = BigInt.asIntN(32, value << BigInt(Math.max(0, shift))) * multiplier;
  const high = (product + (product >= 0n ? 1n << 30n : 1n - (1n << 30n))) / (1n << 31n);
  const right = BigInt(Math.max(0, -shift));
  const mask = (1n << right) - 1n;
  return (high >> right) + ((high & mask) > (mask >> 1n) + (high < 0n ? 1n : 0n) ? 1n : 0n);
}

it('mean equals QuantizedMeanOrSum for random sizes and scales (seed 2)', () => {
  const random = createRandom(2);
  for (let i = 0; i < 300; i++) {
    const [height, width] = [random.integer(1, 40), random.integer(1, 40)];
    const [a, b] = [{ shape: [1, height, width, 4], scale: anyScale(random), zeroPoint: random.integer(-128, 127) }, { shape: [1, 4], scale: anyScale(random), zeroPoint: random.integer(-128, 127) }];
    const network = opNetwork({ kind: 'mean' }, [a], b);
    const input = randomInput(network, i);
    let { multiplier, shift } = quantizeMultiplier(a.scale / b.scale);
    const count = BigInt(height * width);
    const extra = Math.min(count.toString(2).length - 1, 32, 31 + shift);
    multiplier = Number(BigInt.asIntN(32, (BigInt(multiplier) << BigInt(extra)) / count));
    shift -= extra;
    goldenOutput(network, runGolden(network, input)).data.forEach((found, channel) => {
      let sum = 0n;
      for (let at = channel; at < input.length; at += 4) sum += BigInt(input[at]!);
      const value = Number(multiply(sum - BigInt(a.zeroPoint) * count, BigInt(multiplier), shift)) + b.zeroPoint;
      const expected = Math.max(-128, Math.min(127, value));
      if (found !== expected) expect.fail(`case ${i}, channel ${channel}: ${found}, kernel ${expected}`);
    });
  }
});
