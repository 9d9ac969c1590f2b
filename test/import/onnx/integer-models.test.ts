// SPDX-License-Identifier: Apache-2.0
/** Holds integer products and dynamically quantized models to onnxruntime's answers, to plain integers, and their weights to the file's. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../generator/core/random.js';
import { floatOutput, runFloat } from '../../../generator/float/execute.js';
import { foldNetwork } from '../../../generator/float/fold/fold-network.js';
import type { FloatNetwork } from '../../../generator/float/network.js';
import { importOnnxFloat, readOnnx } from '../../../generator/import/onnx/import.js';
import { quantizeNetwork } from '../../../generator/quantize/post-training/quantize-network.js';
import { dataPath, readData } from '../../support/data.js';
import { onArray } from '../../support/onnx-array.js';
import { FLOAT, floats, int, INT8, INT32, integers, ints, node, onnxModel, UINT8, value, type ModelParts } from '../../support/onnx-model.js';
import { fromNetwork, toNetwork } from '../../support/onnx-values.js';
import { quantizeDynamic } from '../../support/quantize-dynamic.js';
import recorded from './recorded-integer.json' with { type: 'json' };

const PHOTOS = 'cifar10/dev500_cifarbin.bin';
const RECORD = 1 + 3 * 32 * 32;

/** Real values of y for real values of x, both as ONNX orders them. */
function run(parts: ModelParts, x: readonly number[]): number[] {
  const { network, inputs, outputs } = importOnnxFloat(onnxModel(parts), 'm');
  const values = floatOutput(network, runFloat(network, toNetwork(inputs[0]!, x)));
  return Array.from(fromNetwork(outputs[0]!, values));
}

const messageOf = (parts: ModelParts): string => {
  try {
    readOnnx(onnxModel(parts), 'm');
  } catch (error) {
    return (error as Error).message;
  }
  return 'no error';
};

describe.skipIf(dataPath(recorded.model) === undefined || dataPath(PHOTOS) === undefined)('resnet8_float, quantized dynamically', () => {
  const photos = dataPath(PHOTOS) === undefined ? new Uint8Array() : readData(PHOTOS);
  const count = process.env['GEN_ACCEL_REGRESS'] === '1' ? recorded.answers.length : 60;

  it('answers as onnxruntime does, within what rounding its activations costs', { timeout: 240_000 }, () => {
    const model = quantizeDynamic(readData(recorded.model));
    expect(model.weightsSha256).toEqual(recorded.weightsSha256);
    const { network, inputs } = importOnnxFloat(model.bytes, 'dynamic');
    const folded = foldNetwork(network);
    let [same, right, ofAnswer, ofAll] = [0, 0, 0, 0];
    for (let i = 0; i < count; i++) {
      const record = photos.subarray(i * RECORD, (i + 1) * RECORD);
      const values = Array.from(floatOutput(folded, runFloat(folded, toNetwork(inputs[0]!, record.subarray(1)))));
      const answer = values.indexOf(Math.max(...values));
      if (answer === Number(recorded.answers[i])) same++;
      if (answer === record[0]) right++;
      ofAnswer = Math.max(ofAnswer, Math.abs((values[Number(recorded.answers[i])] as number) - (recorded.largest[i] as number)));
      for (const [c, wanted] of (recorded.outputs[i] ?? []).entries()) ofAll = Math.max(ofAll, Math.abs((values[c] as number) - wanted));
    }
    console.log(`dynamic resnet8: ${same} of ${count} answers as onnxruntime ${recorded.onnxruntime}, ${right} right; largest difference ${ofAnswer.toFixed(3)} of the answer's probability, ${ofAll.toFixed(3)} of any of the first ${recorded.outputs.length}`);
    expect(same).toBeGreaterThanOrEqual(count - 2);
    expect(ofAnswer).toBeLessThan(0.08);
    expect(ofAll).toBeLessThan(0.03);
  });

  it('keeps the integer weights of the file and their scales when it is quantized statically', () => {
    const network = importOnnxFloat(quantizeDynamic(readData(recorded.model)).bytes, 'dynamic').network;
    const image = Float32Array.from({ length: 32 * 32 * 3 }, (_, i) => photos[1 + i] as number);
    const weights = weightsOf(quantizeNetwork(network, [image]));
    const original = weightsOf(readOnnxFloatWeights());
    expect(weights.length).toBe(original.length);
    weights.forEach(({ data, scales }, n) => {
      const float = original[n]!.data;
      const scale = Math.fround((2 * float.reduce((most, one) => Math.max(most, Math.abs(one)), 0)) / 254);
      expect(new Set(scales)).toEqual(new Set([scale]));
      expect(Array.from(data).filter((q, i) => Math.abs(q - (float[i] as number) / scale) > 0.5001)).toEqual([]);
    });
  });
});

const weightsOf = <W>({ ops }: { readonly ops: readonly ({ readonly kind: string } | { readonly weights: W })[] }): W[] => ops.flatMap((op) => ('weights' in op ? [op.weights] : []));

const readOnnxFloatWeights = (): FloatNetwork => foldNetwork(importOnnxFloat(readData(recorded.model), 'float').network);

/** Sums of (x - zero point of x) * (w - zero point of w), N x C x H x W, from the definition. */
function sums(x: ArrayLike<number>, w: ArrayLike<number>, { c, h, k, o, pad, zero, zeros }: { c: number; h: number; k: number; o: number; pad: number; zero: number; zeros: readonly number[] }): number[] {
  const size = h + 2 * pad - k + 1;
  return Array.from({ length: o * size * size }, (_, i) => {
    const [channel, row, column] = [Math.floor(i / size ** 2), Math.floor(i / size) % size, i % size];
    let sum = 0;
    for (let n = 0; n < c * k * k; n++) {
      const [y, z] = [row - pad + (Math.floor(n / k) % k), column - pad + (n % k)];
      if (y < 0 || z < 0 || y >= h || z >= h) continue;
      sum += ((x[(Math.floor(n / k ** 2) * h + y) * h + z] as number) - zero) * ((w[channel * c * k * k + n] as number) - (zeros[zeros.length === 1 ? 0 : channel] as number));
    }
    return sum;
  });
}

describe('integer products of integers', () => {
  const random = createRandom(5);
  const bytes = (count: number, type: number): number[] => Array.from({ length: count }, () => (type === INT8 ? random.integer(-128, 127) : random.integer(0, 255)));
  const place = { c: 3, h: 5, k: 3, o: 4, pad: 1 };

  it.each([
    ['int8 by int8 without zero points', INT8, INT8, 0, [0]],
    ['uint8 by uint8 with zero points', UINT8, UINT8, 131, [7]],
    ['int8 by uint8 with a zero point for each output channel', INT8, UINT8, -5, [0, 128, 255, 3]],
    ['uint8 by int8 with a zero point for each output channel', UINT8, INT8, 255, [-128, 127, 0, 1]],
  ])('are exact: %s', (_what, xType, wType, zero, zeros) => {
    const [x, w] = [bytes(75, xType), bytes(108, wType)];
    const parts: ModelParts = {
      nodes: [node('ConvInteger', ['x', 'w', 'xz', 'wz'], 'y', [ints('pads', [1, 1, 1, 1])])], inputs: [value('x', [1, 3, 5, 5], xType)],
      initializers: [integers('w', [4, 3, 3, 3], w, wType), integers('xz', [], [zero], xType), integers('wz', zeros.length === 1 ? [] : [4], zeros, wType)],
    };
    expect(run(parts, x)).toEqual(sums(x, w, { ...place, zero, zeros }));
  });

  it('are exact for matrices, with a zero point for each column', () => {
    const [x, w, zeros] = [bytes(8, UINT8), bytes(12, INT8), [3, -1, 0]];
    const parts: ModelParts = {
      nodes: [node('MatMulInteger', ['x', 'w', 'xz', 'wz'], 'y')], inputs: [value('x', [2, 4], UINT8)],
      initializers: [integers('w', [4, 3], w, INT8), integers('xz', [1], [17], UINT8), integers('wz', [3], zeros, INT8)],
    };
    const wanted = [0, 1].flatMap((row) => [0, 1, 2].map((o) => [0, 1, 2, 3].reduce((sum, i) => sum + (x[4 * row + i]! - 17) * (w[3 * i + o]! - zeros[o]!), 0)));
    expect(run(parts, x)).toEqual(wanted);
  });

  it('of values with a scale are quantized with it, and run on the array', () => {
    const [w] = [bytes(108, INT8)];
    const nodes = [
      node('QuantizeLinear', ['x', 's', 'z'], 'q'), node('ConvInteger', ['q', 'w', 'z'], 'i', [ints('pads', [1, 1, 1, 1])]), node('Cast', ['i'], 'f', [int('to', FLOAT)]),
      node('Mul', ['f', 'sw'], 'm'), node('QuantizeLinear', ['m', 'sy', 'z'], 'yq'), node('DequantizeLinear', ['yq', 'sy', 'z'], 'y'),
    ];
    const initializers = [floats('s', [], [0.02]), integers('z', [], [120], UINT8), integers('w', [4, 3, 3, 3], w, INT8), floats('sw', [], [0.02 * 0.01]), floats('sy', [], [0.25])];
    const { network, differences, hosted } = onArray(onnxModel({ nodes, inputs: [value('x', [1, 3, 5, 5])], initializers }));
    expect([differences, hosted]).toEqual([[], []]);
    const [weights] = weightsOf(network);
    expect(Array.from(weights!.data).toSorted((a, b) => a - b)).toEqual(w.toSorted((a, b) => a - b));
    expect(weights!.scales[0]).toBeCloseTo(0.01, 6);
  });
});

describe('a dynamic quantization', () => {
  const random = createRandom(6);
  const weights = Array.from({ length: 12 }, () => random.integer(-127, 127));
  const constants = [integers('w', [4, 3], weights, INT8), integers('wz', [], [0], INT8), floats('ws', [3], [0.5, 0.25, 2]), floats('b', [3], [1, 2, 3])];
  const dynamic = node('DynamicQuantizeLinear', ['x'], ['q', 's', 'z']);
  const product = [node('MatMulInteger', ['q', 'w', 'z', 'wz'], 'i'), node('Cast', ['i'], 'f', [int('to', FLOAT)])];
  const model = (nodes: ModelParts['nodes'], outputs = ['y']): ModelParts => ({ nodes: [dynamic, ...nodes], inputs: [value('x', [1, 4])], initializers: constants, outputs });
  const x = [1, -2, 0.5, 4];
  const wanted = [0, 1, 2].map((o) => [0.5, 0.25, 2][o]! * x.reduce((sum, one, i) => sum + one * weights[3 * i + o]!, 0));

  it('is the float network of its weights, with scales per column', () => {
    expect(run(model([...product, node('Mul', ['s', 'ws'], 'sw'), node('Mul', ['f', 'sw'], 'm'), node('Add', ['m', 'b'], 'y')]), x)).toEqual(wanted.map((one, o) => one + o + 1));
    expect(run(model([...product, node('Mul', ['f', 's'], 'm'), node('Mul', ['m', 'ws'], 'y')]), x)).toEqual(wanted);
  });

  it('as DynamicQuantizeMatMul and MatMulIntegerToFloat is the same', () => {
    const fused = node('DynamicQuantizeMatMul', ['x', 'w', 'ws', 'wz', 'b'], 'y', [], 'com.microsoft');
    expect(run({ nodes: [fused], inputs: [value('x', [1, 4])], initializers: [...constants.slice(0, 1), integers('wz', [3], [0, 0, 0], INT8), ...constants.slice(2)] }, x)).toEqual(wanted.map((one, o) => one + o + 1));
    expect(run(model([node('MatMulIntegerToFloat', ['q', 'w', 's', 'ws', 'z'], 'y', [], 'com.microsoft')]), x)).toEqual(wanted);
  });

  it('that is dequantized at once leaves its values', () => {
    expect(run(model([node('DequantizeLinear', ['q', 's', 'z'], 'y')]), x)).toEqual(x);
  });

  it('is quantized statically and runs on the array with the weights of the file', () => {
    const { network, differences, hosted, steps } = onArray(onnxModel(model([...product, node('Mul', ['s', 'ws'], 'sw'), node('Mul', ['f', 'sw'], 'm'), node('Add', ['m', 'b'], 'y')])));
    expect([differences, hosted]).toEqual([[], []]);
    expect(steps).toBeLessThan(1.01);
    const [found] = weightsOf(network);
    expect([Array.from(found!.data), found!.scales]).toEqual([[0, 1, 2].flatMap((o) => [0, 1, 2, 3].map((i) => weights[3 * i + o])), [0.5, 0.25, 2]]);
  });

  it('whose integers, scale or sums anything else reads is refused', () => {
    const outputs = 'dynamically quantized integers, or their scale, as an output of the model; expected an output in float32, or with a scale in the file. Quantize the model statically, or leave this output out.';
    expect(messageOf(model([], ['q']))).toBe(`ONNX node 0 "DynamicQuantizeLinear_here" (DynamicQuantizeLinear, opset 13): ${outputs}`);
    expect(messageOf(model([], ['s']))).toContain(outputs);
    expect(messageOf(model(product, ['f']))).toContain(`(Cast, opset 13): ${outputs}`);
    expect(messageOf(model([node('Relu', ['q'], 'y')]))).toContain('input 0 of uint8; expected float32: DequantizeLinear before it');
    expect(messageOf(model([...product, node('Relu', ['f'], 'y')]))).toContain('input 0 is a sum of a dynamic quantization; expected a product with its scale first');
    expect(messageOf(model([...product, node('Mul', ['f', 'ws'], 'y')]))).toContain('sums of a dynamic quantization times something else; expected times its scale. Quantize the model statically');
    expect(messageOf(model([node('Add', ['x', 's'], 'y')]))).toContain('input 1 is a scale or zero point of DynamicQuantizeLinear; expected a constant');
    expect(messageOf(model([node('MatMulInteger', ['q', 'w', 'other', 'wz'], 'y'), node('Identity', ['wz'], 'other')]))).toContain('a zero point that is not that of DynamicQuantizeLinear before it');
    expect(messageOf({ nodes: [node('MatMulInteger', ['x', 'w'], 'y')], inputs: [value('x', [1, 4])], initializers: constants })).toContain('input 0 of float32; expected int8 or uint8');
    expect(messageOf({ nodes: [node('MatMulInteger', ['x', 'w'], 'y')], inputs: [value('x', [1, 4], INT8)], initializers: [integers('w', [4, 3], weights, INT32)] })).toContain('weights of int32; expected int8 or uint8');
  });
});
