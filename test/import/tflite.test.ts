// SPDX-License-Identifier: Apache-2.0
/** Holds the TFLite importer to a writer of its own, to a real file, and to damaged ones. */

import { describe, expect, it } from 'vitest';
import { GenAccelError } from '../../generator/core/errors.js';
import { createRandom } from '../../generator/core/random.js';
import { InvalidNetworkError } from '../../generator/graph/errors.js';
import type { Network } from '../../generator/graph/network.js';
import { weightedOps } from '../../generator/graph/query.js';
import { randomConvNetwork, syntheticResnet8 } from '../../generator/graph/synthetic.js';
import { MalformedTfliteError, UnsupportedOperatorError, UnsupportedTypeError } from '../../generator/import/tflite/errors.js';
import { importTflite } from '../../generator/import/tflite/import.js';
import { dataPath, readData } from '../support/data.js';
import { writeTflite } from '../support/tflite-writer.js';

const RESNET = 'mlcommons-tiny/resnet8_int8.tflite';
const noResnet = dataPath(RESNET) === undefined;

/** A network as it looks after import: not synthetic, under another name, weight names kept. */
const imported = (network: Network): Network => ({ ...network, name: 'copy', synthetic: false });

const small = (): Network => randomConvNetwork({ inputShape: [6, 5, 3], outChannels: 4, activation: 'none', seed: 1 });

describe('importTflite', () => {
  it('reads back a written ResNet-8 unchanged', () => {
    const network = syntheticResnet8(3);
    expect(importTflite(writeTflite(network), 'copy')).toEqual(imported(network));
  });

  it.each([
    { inputShape: [9, 8, 3], outChannels: 9, kind: 'depthwise-conv2d', kernel: [3, 2], stride: [2, 1], dilation: [1, 2], padding: 'same' },
    { inputShape: [9, 8, 3], outChannels: 2, kernel: [2, 3], stride: [1, 2], padding: 'valid' },
    { inputShape: [1, 1, 12], outChannels: 5, kind: 'fully-connected' },
  ] as const)('reads back a written layer unchanged: %o', (request) => {
    const network = randomConvNetwork({ ...request, activation: 'none', seed: 2 });
    expect(importTflite(writeTflite(network), 'copy')).toEqual(imported(network));
  });

  it('resolves fused activations to integers with the output’s scale and zero point', () => {
    const network = small();
    const { zeroPoint } = network.tensors[1]!.quantization;
    const relu = importTflite(writeTflite(network, { activation: () => 1 }), 'relu').ops[0];
    expect(relu).toMatchObject({ activationMin: zeroPoint, activationMax: 127 });
    expect(() => importTflite(writeTflite(network, { activation: () => 4 }), 'tanh')).toThrow(
      'TFLite operator 0 (CONV_2D): fused activation 4; expected 0..3 (none, relu, relu-n1-to-1, relu6).',
    );
  });

  it('names an unsupported operator, its index and what is supported', () => {
    const bytes = writeTflite(small(), { code: () => 24 });
    expect(() => importTflite(bytes, 'x')).toThrow(UnsupportedOperatorError);
    expect(() => importTflite(bytes, 'x')).toThrow(
      'TFLite operator 0 (RNN): it is not supported; expected one of ADD, AVERAGE_POOL_2D, CONCATENATION, CONV_2D, DEPTHWISE_CONV_2D, EXPAND_DIMS, ' +
        'FULLY_CONNECTED, HARD_SWISH, LEAKY_RELU, LOGISTIC, MAX_POOL_2D, MEAN, MUL, PAD, PADV2, QUANTIZE, RELU, RELU6, RELU_N1_TO_1, RESHAPE, ' +
        'RESIZE_NEAREST_NEIGHBOR, SLICE, SOFTMAX, SPLIT, SQUEEZE, STRIDED_SLICE, TRANSPOSE. Remove or replace this operator in the model before export.',
    );
  });

  it('names a tensor of another type, weights with a zero point and wrong scales', () => {
    const edit = (match: string, change: object): Uint8Array =>
      writeTflite(small(), { tensor: (tensor) => (tensor.name === match ? { ...tensor, ...change } : tensor) });
    expect(() => importTflite(edit('input', { type: 7 }), 'x')).toThrow(UnsupportedTypeError);
    expect(() => importTflite(edit('input', { type: 7 }), 'x')).toThrow('TFLite tensor 0 (input): int16 activation; expected int8.');
    expect(() => importTflite(edit('conv2d_1/weights', { zeroPoints: [0, 0, 3, 0] }), 'x')).toThrow('weights per channel with zero point 3; expected zero point 0 where weights have one scale per channel');
    expect(() => importTflite(edit('conv2d_1/weights', { scales: [1, 2] }), 'x')).toThrow('2 weight scales along dimension 0; expected 1, or 4 along dimension 0');
    expect(() => importTflite(edit('conv2d_1/bias', { type: 4 }), 'x')).toThrow('int64 bias; expected int32');
  });

  it('refuses a batch other than 1', () => {
    const bytes = writeTflite(small(), { tensor: (tensor) => (tensor.name === 'input' ? { ...tensor, shape: [2, 6, 5, 3] } : tensor) });
    expect(() => importTflite(bytes, 'batch')).toThrow('TFLite operator 0 (CONV_2D): input shape 2x6x5x3; expected 1xHxWxC');
  });

  it('reports contradictions of the graph together', () => {
    const wrongOutput = writeTflite(small(), { tensor: (tensor) => (tensor.name === 'conv2d_1' ? { ...tensor, shape: [1, 6, 5, 5], scales: [-1] } : tensor) });
    expect(() => importTflite(wrongOutput, 'two')).toThrow(InvalidNetworkError);
    expect(() => importTflite(wrongOutput, 'two')).toThrow(/2 problems:\n {2}- tensor 1 \(conv2d_1\): scale -1 is not a positive number\n {2}- conv2d_1: gives 1x6x5x4, its output tensor says 1x6x5x5/);
  });

  it('refuses what is not TFLite', () => {
    expect(() => importTflite(new Uint8Array(0), 'x')).toThrow(
      'TFLite header: a read of 4 bytes at offset 4; expected an offset within the 0 bytes of the file. The file is truncated or damaged; fetch or export it again.',
    );
    expect(() => importTflite(new TextEncoder().encode('PK\u0003\u0004 some zip file'), 'x')).toThrow('file identifier " som"; expected "TFL3"');
  });
});

/** Damages bytes and imports them: only typed errors may come out. Returns how many were refused. */
function damage(bytes: Uint8Array, count: number, seed: number, change: (copy: Uint8Array, random: ReturnType<typeof createRandom>) => Uint8Array): number {
  const random = createRandom(seed);
  let refused = 0;
  for (let i = 0; i < count; i++) {
    const damaged = change(bytes.slice(), random);
    try {
      importTflite(damaged, 'damaged');
    } catch (error) {
      if (!(error instanceof GenAccelError) || error.origin !== 'input') {
        throw new Error(`mutation ${i} of seed ${seed} ended in ${String(error)}`, { cause: error });
      }
      refused++;
    }
  }
  return refused;
}

/** Overwrites one to eight bytes; half of the time in the first or last kilobytes, where the tables are. */
const mutate = (copy: Uint8Array, random: ReturnType<typeof createRandom>): Uint8Array => {
  const window = random.pick([copy.length, 2048, -4096]);
  for (let n = random.integer(1, 8); n > 0; n--) {
    const at = window > 0 ? random.integer(0, Math.min(window, copy.length) - 1) : random.integer(Math.max(0, copy.length + window), copy.length - 1);
    copy[at] = random.pick([0, 1, 0x7f, 0x80, 0xff, random.integer(0, 255)]);
  }
  return copy;
};

const truncate = (copy: Uint8Array, random: ReturnType<typeof createRandom>): Uint8Array => copy.slice(0, random.integer(0, copy.length - 1));

describe('damaged TFLite files end in a typed error or a valid network', () => {
  // Depthwise, so that a small file has every kind of table; mutations hit structure more often than data.
  const bytes = writeTflite(randomConvNetwork({ kind: 'depthwise-conv2d', inputShape: [5, 5, 2], outChannels: 4, activation: 'none', seed: 3 }));

  it('after 1,000 mutations of a small file (seed 1)', () => {
    const refused = damage(bytes, 1000, 1, mutate);
    expect(refused).toBeGreaterThan(300);
  });

  it('after truncation at every length; only the last four bytes, which are padding, may be missing', () => {
    let at = 0;
    const refused = damage(bytes, bytes.length - 4, 2, (copy) => copy.slice(0, at++));
    expect(refused).toBe(bytes.length - 4);
    expect(importTflite(bytes.slice(0, -4), 'x')).toEqual(importTflite(bytes, 'x'));
  });

  it('with vectors that point at one another', () => {
    const refused = damage(bytes, 500, 3, (copy, random) => {
      const view = new DataView(copy.buffer);
      for (let n = 0; n < 3; n++) view.setUint32(4 * random.integer(2, (copy.length >> 2) - 1), random.integer(0, copy.length), true);
      return copy;
    });
    expect(refused).toBeGreaterThan(100);
  });
});

describe.skipIf(noResnet)('the real resnet8_int8.tflite', () => {
  it('is imported as it is: names, shapes and 77,360 weights', () => {
    const network = importTflite(readData(RESNET), 'resnet8');
    expect(network.ops.map((op) => op.name).join(' ')).toBe(
      'conv2d_1 conv2d_2 conv2d_3 add_1 conv2d_4 conv2d_5 conv2d_6 add_2 conv2d_7 conv2d_8 conv2d_9 add_3 avgpool_1 reshape_1 fc_1 softmax_1',
    );
    expect(weightedOps(network).reduce((sum, op) => sum + op.weights.data.length, 0)).toBe(77_360);
    expect(network.tensors[0]).toMatchObject({ shape: [1, 32, 32, 3], quantization: { scale: 1, zeroPoint: -128 } });
    const shapes = (net: Network): unknown[] => net.ops.map((op) => [op.kind, op.inputs.length, net.tensors[op.outputs[0]]!.shape, 'padding' in op ? op.padding : null]);
    expect(shapes(syntheticResnet8(1)).map((row) => JSON.stringify(row))).toEqual(shapes(network).map((row) => JSON.stringify(row)));
  });

  it('gives only typed errors after 1,000 mutations (seed 4) and 200 truncations (seed 5)', () => {
    const bytes = readData(RESNET);
    expect(damage(bytes, 1000, 4, mutate)).toBeGreaterThan(100);
    expect(damage(bytes, 200, 5, truncate)).toBe(200);
  });
});

describe('other real files', () => {
  it.skipIf(dataPath('mlcommons-tiny/resnet8_float.tflite') === undefined)('in float or hybrid are refused with the reason', () => {
    expect(() => importTflite(readData('mlcommons-tiny/resnet8_float.tflite'), 'x')).toThrow(/float32 activation; expected int8/);
    const hybrid = (): Network => importTflite(readData('mlcommons-tiny/dscnn_kws_hybrid.tflite'), 'x');
    expect(hybrid).toThrow(UnsupportedTypeError);
    expect(hybrid).toThrow(
      'TFLite operator 0 (CONV_2D): int8 weights with float32 activations: a hybrid model (dynamic range quantization), whose activations have no ' +
        'fixed scale; expected int8 weights and int8 activations. Export the model with full int8 quantization (post-training, int8 input and output).',
    );
    expect(() => importTflite(readData('mlcommons-tiny/resnet8_int8.tflite').slice(0, 5000), 'x')).toThrow(MalformedTfliteError);
  });
});
