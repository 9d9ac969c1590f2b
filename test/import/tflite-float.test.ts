// SPDX-License-Identifier: Apache-2.0
/** Holds the float half of the TFLite importer to files written for it, to the real float models, and to damaged ones. */

import { describe, expect, it } from 'vitest';
import { createRandom } from '../../generator/core/random.js';
import { GenAccelError } from '../../generator/core/errors.js';
import { foldNetwork } from '../../generator/float/fold/fold-network.js';
import type { FloatNetwork } from '../../generator/float/network.js';
import { isFloatWeighted } from '../../generator/float/network.js';
import { randomConvNetwork } from '../../generator/graph/synthetic.js';
import { RandomNetworkBuilder } from '../../generator/graph/random-layers.js';
import type { Network, Op } from '../../generator/graph/network.js';
import { UnsupportedOperatorError, UnsupportedTypeError } from '../../generator/import/tflite/errors.js';
import { importTflite, readTflite } from '../../generator/import/tflite/import.js';
import { dataPath, readData } from '../support/data.js';
import { asFloat, realNetwork } from '../support/float-network.js';
import { opNetwork, type OpRequest } from '../support/op-network.js';
import { smallNetwork } from '../support/small-network.js';
import { writeTflite, type RawTensor } from '../support/tflite-writer.js';

function float(bytes: Uint8Array): FloatNetwork {
  const imported = readTflite(bytes, 'copy');
  if (imported.kind !== 'float32') throw new Error('int8');
  return imported.network;
}

/** Without clamps and biases, which the writer writes in another way. */
const bare = (network: FloatNetwork): unknown =>
  network.ops.map((op) => ({ ...op, activationMin: 0, activationMax: 0, ...(isFloatWeighted(op) ? { bias: 0 } : {}) }));

describe('a float file', () => {
  it.each([
    ['a small network', smallNetwork(2)],
    ['depthwise', randomConvNetwork({ inputShape: [9, 8, 3], outChannels: 6, kind: 'depthwise-conv2d', kernel: [3, 2], stride: [2, 1], activation: 'none', seed: 2 })],
  ])('%s is read as the real numbers that were written', (_what, network) => {
    const copy = float(writeTflite(network, { tensor: asFloat }));
    expect(bare(copy)).toEqual(bare(realNetwork(network)));
    expect(copy.tensors).toEqual(network.tensors.map(({ id, name, shape }) => ({ id, name, shape })));
    const [op] = copy.ops;
    expect(isFloatWeighted(op!) ? [...op.bias] : []).toEqual([...(network.ops[0] as Extract<Op, { bias: Int32Array }>).bias].map((q) => Math.fround(q / 64)));
  });

  it('has fused activations as real clamps', () => {
    const clampOf = (activation: number): unknown => float(writeTflite(smallNetwork(1), { tensor: asFloat, activation: () => activation })).ops[0];
    expect(clampOf(0)).toMatchObject({ activationMin: -Infinity, activationMax: Infinity });
    expect(clampOf(1)).toMatchObject({ activationMin: 0, activationMax: Infinity });
    expect(clampOf(2)).toMatchObject({ activationMin: -1, activationMax: 1 });
    expect(clampOf(3)).toMatchObject({ activationMin: 0, activationMax: 6 });
  });

  const IMAGE = { shape: [1, 4, 6, 3] };
  it.each<[OpRequest, readonly number[]]>([
    [{ kind: 'mean' }, [1, 3]],
    [{ kind: 'leaky-relu', alpha: Math.fround(0.2) }, IMAGE.shape],
    [{ kind: 'hard-swish' }, IMAGE.shape],
    [{ kind: 'transpose', permutation: [0, 2, 3, 1] }, [1, 6, 3, 4]],
    [{ kind: 'slice', begin: [0, 1, 0, 1], strides: [1, 1, 2, 1] }, [1, 2, 3, 2]],
    [{ kind: 'resize-nearest', alignCorners: true, halfPixelCenters: false }, [1, 8, 9, 3]],
  ])('%o', (op, shape) => {
    const network = opNetwork(op, [IMAGE], { shape });
    expect(float(writeTflite(network, { tensor: asFloat })).ops[0]).toMatchObject({ ...op, inputs: [0], outputs: [1] });
  });

  it('pads with zero, or with the value that it names', () => {
    const network = opNetwork({ kind: 'pad', before: [0, 1, 2, 0], after: [0, 0, 1, 0], value: -9 }, [IMAGE], { shape: [1, 5, 9, 3] });
    expect(float(writeTflite(network, { tensor: asFloat })).ops[0]).toMatchObject({ kind: 'pad', value: -9 });
    expect(float(writeTflite(network, { tensor: asFloat, code: () => 34, inputs: (_op, [x, amounts]) => [x!, amounts!] })).ops[0]).toMatchObject({ kind: 'pad', value: 0 });
  });
});

/** conv, then `add` with the conv's bias tensor as the constant operand, under another operator code. */
function withConstant(code: number, optionsCode: number): FloatNetwork {
  const builder = new RandomNetworkBuilder(createRandom(3));
  const input = builder.input([1, 3, 3, 4], { scale: 0.1, zeroPoint: 0 });
  const slide = { kernelHeight: 1, kernelWidth: 1, padding: { top: 0, left: 0, bottom: 0, right: 0 }, strideHeight: 1, strideWidth: 1, dilationHeight: 1, dilationWidth: 1 };
  const conv = builder.conv2d({ input, outChannels: 4, activation: 'none', ...slide });
  const network: Network = builder.finish('x', input, builder.addRelu(conv, conv));
  let biasIndex = -1;
  const bytes = writeTflite(network, {
    tensor: asFloat,
    code: (op) => (op.kind === 'add' ? code : 3),
    inputs: (op, indices) => {
      if (op.kind === 'conv2d') biasIndex = indices[2]!;
      return op.kind === 'add' ? [indices[0]!, biasIndex] : indices;
    },
  });
  // The writer gives the operator the options of an addition; the importer wants those of its code.
  const at = [...bytes.keys()].filter((i) => bytes[i] === 11);
  for (const i of at) {
    const copy = bytes.slice();
    copy[i] = optionsCode;
    try {
      return float(copy);
    } catch (error) {
      if (!(error instanceof GenAccelError)) throw error;
    }
  }
  throw new Error('no options found');
}

describe('operators that others stand for', () => {
  it('SUB and DIV by a constant are ADD and MUL, and are folded', () => {
    for (const [code, options, kind] of [[0, 11, 'add'], [41, 28, 'add'], [18, 21, 'mul'], [42, 29, 'mul']] as const) {
      const network = withConstant(code, options);
      expect(network.ops.map((op) => op.kind)).toEqual(['conv2d', kind]);
      const [conv, op] = network.ops;
      const bias = isFloatWeighted(conv!) ? conv.bias : new Float32Array(0);
      const constant = network.tensors[op!.inputs[1]!]!.constant!;
      const expected = { 0: (x: number) => x, 41: (x: number) => -x, 18: (x: number) => x, 42: (x: number) => 1 / x }[code];
      expect([...constant]).toEqual([...bias].map((x) => Math.fround(expected(x))));
      expect(foldNetwork(network).ops.map((one) => one.kind)).toEqual(['conv2d']);
    }
  });

  it('SUB of two activations is refused by name', () => {
    const network = opNetwork({ kind: 'add' }, [{ shape: [1, 4] }, { shape: [1, 4] }], { shape: [1, 4] });
    const bytes = writeTflite(network, { tensor: asFloat, code: () => 41 });
    expect(() => readTflite(bytes, 'x')).toThrow(UnsupportedOperatorError);
    expect(() => readTflite(bytes, 'x')).toThrow('TFLite operator 0 (SUB): it is not supported; expected one of ADD, AVERAGE_POOL_2D');
  });

  it('weights in float16 behind DEQUANTIZE are constants', () => {
    const network = randomConvNetwork({ inputShape: [4, 4, 3], outChannels: 2, activation: 'none', seed: 4 });
    const half = (tensor: RawTensor): RawTensor => {
      const one = asFloat(tensor);
      if (!tensor.name.endsWith('/weights')) return one;
      // 1.5, -2, 2^-24 (subnormal), 0 and so on.
      const patterns = [0x3e00, 0xc000, 0x0001, 0x0000];
      const bytes = new Uint8Array(Uint16Array.from({ length: tensor.bytes.length }, (_, i) => patterns[i % 4]!).buffer);
      return { ...one, type: 1, bytes };
    };
    const op = network.ops[0]!;
    // DEQUANTIZE writes a tensor of its own: the identity operator in front takes its place.
    const before = { kind: 'reshape', name: 'dequantize', inputs: [2], outputs: [2] } as const;
    const weights = { id: 2, name: 'weights32', shape: [2, 3, 3, 3], quantization: { scale: 1, zeroPoint: 0 } };
    let halfIndex = -1;
    const bytes = writeTflite({ ...network, tensors: [...network.tensors, weights], ops: [before, op] } as unknown as Network, {
      tensor: half,
      code: (one) => (one.kind === 'reshape' ? 6 : 3),
      inputs: (one, indices) => {
        if (one.kind === 'reshape') return [4 - 1];
        halfIndex = indices[1]!;
        return [indices[0]!, 2, indices[2]!];
      },
    });
    expect(halfIndex).toBe(3);
    const conv = float(bytes).ops[0]!;
    expect(isFloatWeighted(conv) ? [...conv.weights.data.slice(0, 5)] : []).toEqual([1.5, -2, 2 ** -24, 0, 1.5]);
  });
});

describe('what is no float model', () => {
  it('an int8 model is told apart, and importTflite still refuses float', () => {
    const network = smallNetwork(1);
    expect(readTflite(writeTflite(network), 'x').kind).toBe('int8');
    expect(() => importTflite(writeTflite(network, { tensor: asFloat }), 'x')).toThrow(UnsupportedTypeError);
  });

  it('int8 within float is refused', () => {
    const network = smallNetwork(1);
    const bytes = writeTflite(network, { tensor: (tensor) => (tensor.name === network.tensors[3]!.name ? tensor : asFloat(tensor)) });
    expect(() => readTflite(bytes, 'x')).toThrow(/TFLite tensor 3 \(.*\): int8 activation; expected float32/);
  });

  it.skipIf(dataPath('mlcommons-tiny/dscnn_kws_hybrid.tflite') === undefined)('the hybrid DS-CNN is refused with the reason', () => {
    expect(() => readTflite(readData('mlcommons-tiny/dscnn_kws_hybrid.tflite'), 'x')).toThrow('int8 weights with float32 activations: a hybrid model');
  });

  it('damaged float files end in a typed error or a valid network: 1,000 mutations (seed 1)', () => {
    const random = createRandom(1);
    const good = writeTflite(randomConvNetwork({ kind: 'depthwise-conv2d', inputShape: [5, 5, 2], outChannels: 4, activation: 'none', seed: 3 }), { tensor: asFloat });
    let refused = 0;
    for (let i = 0; i < 1000; i++) {
      const bytes = good.slice();
      for (let n = random.integer(1, 8); n > 0; n--) bytes[random.integer(0, bytes.length - 1)] = random.pick([0, 1, 0x7f, 0x80, 0xff, random.integer(0, 255)]);
      try {
        readTflite(bytes, 'damaged');
      } catch (error) {
        if (!(error instanceof GenAccelError) || error.origin !== 'input') throw new Error(`mutation ${i} ended in ${String(error)}`, { cause: error });
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(200);
  });
});

describe.skipIf(dataPath('mlcommons-tiny/resnet8_float.tflite') === undefined)('the real float models', () => {
  it('ResNet-8 has the layers of its int8 form and 77,360 weights', () => {
    const network = float(readData('mlcommons-tiny/resnet8_float.tflite'));
    expect(network.ops.map(({ name }) => name).join(' ')).toBe(
      'conv2d_1 conv2d_2 conv2d_3 add_1 conv2d_4 conv2d_5 conv2d_6 add_2 conv2d_7 conv2d_8 conv2d_9 add_3 avgpool_1 reshape_1 fc_1 softmax_1',
    );
    expect(network.ops.filter(isFloatWeighted).reduce((sum, op) => sum + op.weights.data.length, 0)).toBe(77_360);
  });
});
