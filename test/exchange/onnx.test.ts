// SPDX-License-Identifier: Apache-2.0
/** Writes float networks as ONNX and reads them again: the same operators with weights, the same values at every output. */
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../generator/core/random.js';
import { sha256 } from '../../generator/core/stable-hash.js';
import { UnwritableOpError } from '../../generator/exchange/errors.js';
import { CHANNELS_FIRST, fileShape, isImage, permuted } from '../../generator/exchange/onnx/layout.js';
import { writeOnnx } from '../../generator/exchange/onnx/write.js';
import { runFloat } from '../../generator/float/execute.js';
import { isFloatWeighted, type FloatNetwork } from '../../generator/float/network.js';
import { floatTensorById } from '../../generator/float/query.js';
import { importOnnxFloat } from '../../generator/import/onnx/import.js';
import { decodeModel, toNumber } from '../../generator/import/onnx/proto.js';
import { readTflite } from '../../generator/import/tflite/import.js';
import { elementCount } from '../../generator/tensor/tensor.js';
import { dataPath, readData } from '../support/data.js';
import { floatChain, randomConv, randomValues, realNetwork } from '../support/float-network.js';
import { fromNetwork, toNetwork } from '../support/onnx-values.js';
import { describeGraph, randomGraph } from '../support/random-graph.js';

const regress = process.env['GEN_ACCEL_REGRESS'] === '1';

/** Values of a tensor of the network as they lie in the file. */
const inFile = (network: FloatNetwork, id: number, values: Float32Array): Float32Array => {
  const { shape } = floatTensorById(network, id);
  return isImage(shape) ? permuted(values, shape, CHANNELS_FIRST) : values;
};

/** The largest difference between any output of the network and of its file, relative to the output's largest value; and the network that was read. */
function roundTrip(network: FloatNetwork, seed = 1): { readonly difference: number; readonly read: FloatNetwork } {
  const random = createRandom(seed);
  const { network: read, inputs, outputs } = importOnnxFloat(writeOnnx(network).bytes, network.name);
  const given = network.inputs.map((id) => randomValues(random, elementCount(floatTensorById(network, id).shape)));
  const own = runFloat(network, given);
  const again = runFloat(read, given.map((values, i) => toNetwork(inputs[i]!, inFile(network, network.inputs[i]!, values))));
  const differences = network.outputs.map((id, i) => {
    const [want, got] = [inFile(network, id, own.get(id)!), fromNetwork(outputs[i]!, again.get(read.outputs[i]!)!)];
    expect(got.length).toBe(want.length);
    const largest = want.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-6);
    return want.reduce((most, value, k) => Math.max(most, Math.abs(value - got[k]!) / largest), 0);
  });
  return { difference: Math.max(...differences), read };
}

/** With one input channel a filter may be called depthwise or not. */
const weighted = ({ ops }: FloatNetwork): string[] => ops.filter(isFloatWeighted).map(({ kind, weights: { shape, data } }) => `${shape[3] === 1 ? 'one channel' : kind} ${shape.join('x')} ${sha256(new Uint8Array(data.buffer))}`);

describe('a network that is written and read again', () => {
  it(`has the same values at every output and the same weights, for ${regress ? 400 : 60} random graphs`, () => {
    const kinds = new Set<string>();
    for (let seed = 1; seed <= (regress ? 400 : 60); seed++) {
      const graph = randomGraph(seed);
      const network = realNetwork(graph);
      for (const { kind } of network.ops) kinds.add(kind);
      const { difference, read } = roundTrip(network, seed);
      expect(difference, `seed ${seed}: ${describeGraph(graph)}`).toBeLessThan(1e-6);
      expect(weighted(read), `seed ${seed}`).toEqual(weighted(network));
    }
    expect([...kinds].sort()).toEqual(expect.arrayContaining(['add', 'average-pool', 'concatenation', 'conv2d', 'depthwise-conv2d', 'fully-connected', 'hard-swish', 'leaky-relu', 'logistic', 'max-pool', 'mean', 'mul', 'pad', 'relu', 'reshape', 'resize-nearest', 'slice', 'softmax', 'transpose']));
  });

  for (const path of ['mlperf-tiny-results/onnx/resnet8_float.onnx', 'akamaster/resnet20_opset13.onnx', 'mlperf-tiny-results/alibaba_ic_mbconv.onnx', 'mnist/mnist-8.onnx', ...(regress ? ['onnx-misc/super_resolution.onnx', 'squeezenet-dc/squeezenet_v1.0_pruned_opset13.onnx'] : [])]) {
    it.skipIf(dataPath(path) === undefined)(`${basename(path)}: the same operators, names of weights and outputs`, () => {
      const { network } = importOnnxFloat(readData(path), 'net');
      const { difference, read } = roundTrip(network);
      expect(difference).toBeLessThan(1e-6);
      const names = ({ ops }: FloatNetwork): string[] => ops.filter(isFloatWeighted).map((op) => `${op.name} ${op.weights.name}`);
      expect(names(read)).toEqual(names(network));
      expect(read.ops.length).toBeLessThanOrEqual(network.ops.length + network.ops.filter((op) => 'activationMin' in op && op.kind !== 'relu').length);
    }, 600_000);
  }

  for (const path of ['mlcommons-tiny/resnet8_float.tflite', 'mlperf-tiny-results/dscnn_kws_float.tflite']) {
    it.skipIf(dataPath(path) === undefined)(`${basename(path)}, which came from TFLite: the same outputs`, () => {
      const imported = readTflite(readData(path), 'net');
      if (imported.kind !== 'float32') throw new Error('no float network');
      expect(roundTrip(imported.network).difference).toBeLessThan(1e-6);
    }, 600_000);
  }

  it('keeps a batch norm after a convolution, whose bias of zeros is left out', () => {
    const random = createRandom(5);
    const norm = { scale: randomValues(random, 6), offset: randomValues(random, 6), mean: randomValues(random, 6), variance: randomValues(random, 6).map(Math.abs), epsilon: 0.001 };
    const network = floatChain([1, 5, 4, 3], [
      { kind: 'conv2d', shape: [1, 5, 4, 6], ...randomConv(random, 3, 6), bias: new Float32Array(6) },
      { kind: 'batch-norm', shape: [1, 5, 4, 6], ...norm },
    ]);
    const { difference, read } = roundTrip(network);
    expect(difference).toBeLessThan(1e-6);
    expect(read.ops.map(({ kind }) => kind)).toEqual(['conv2d', 'batch-norm']);
    expect(decodeModel(writeOnnx(network).bytes).graph?.node?.map(({ op_type, input }) => [op_type, input?.length])).toEqual([['Conv', 2], ['BatchNormalization', 5]]);
  });

  it('keeps a batch norm of rows, which becomes one of an image', () => {
    const random = createRandom(6);
    const norm = { scale: randomValues(random, 4), offset: randomValues(random, 4), mean: randomValues(random, 4), variance: randomValues(random, 4).map(Math.abs), epsilon: 0.001 };
    expect(roundTrip(floatChain([1, 5, 4], [{ kind: 'batch-norm', shape: [1, 5, 4], ...norm }])).difference).toBeLessThan(1e-6);
  });

  it('adds constants of fewer dimensions along the channels', () => {
    const network = floatChain([1, 3, 2, 4], [
      { kind: 'add', shape: [1, 3, 2, 4], constant: { shape: [4], values: [1, 2, 3, 4] } },
      { kind: 'mul', shape: [1, 3, 2, 4], constant: { shape: [2, 1], values: [0.5, -3] } },
    ]);
    expect(roundTrip(network).difference).toBeLessThan(1e-6);
  });
});

describe('the file', () => {
  const convolution = () => floatChain([1, 4, 4, 3], [{ kind: 'conv2d', shape: [1, 4, 4, 8], ...randomConv(createRandom(2), 3, 8), activationMin: 0, activationMax: 6 }]);

  it('says opset 13, images with channels first, and a batch of any size', () => {
    const { bytes, weights, anyBatch } = writeOnnx(convolution());
    const { opset_import, ir_version, graph } = decodeModel(bytes);
    expect([toNumber(ir_version!), toNumber(opset_import![0]!.version!)]).toEqual([7, 13]);
    const dims = graph!.input![0]!.type!.tensor_type!.shape!.dim!.map(({ dim_param, dim_value }) => (dim_param === undefined || dim_param === '' ? toNumber(dim_value!) : dim_param));
    expect(dims).toEqual(['N', 3, 4, 4]);
    expect(anyBatch).toBe(true);
    expect([...weights]).toEqual([['op_0', { name: 'weights', shape: [8, 3, 3, 3] }]]);
    expect(graph!.node!.map(({ op_type }) => op_type)).toEqual(['Conv', 'Clip']);
  });

  it('is the same for the same network', () => {
    expect(writeOnnx(convolution()).bytes).toEqual(writeOnnx(convolution()).bytes);
  });

  it('gives two tensors of one name names of their own', () => {
    const network = floatChain([1, 4, 4, 8], [
      { kind: 'conv2d', shape: [1, 4, 4, 8], ...randomConv(createRandom(2), 8, 8) },
      { kind: 'conv2d', shape: [1, 4, 4, 8], ...randomConv(createRandom(3), 8, 8) },
    ]);
    expect([...writeOnnx(network).weights.values()].map(({ name }) => name)).toEqual(['weights', 'weights/2']);
    expect(roundTrip(network).difference).toBeLessThan(1e-6);
  });

  it('has a batch of 1 where an operator gives the first dimension another place', () => {
    const network = floatChain([1, 3, 2], [{ kind: 'reshape', shape: [1, 1, 3, 2] }, { kind: 'transpose', shape: [1, 1, 2, 3], permutation: [1, 0, 3, 2] }]);
    expect(writeOnnx(network).anyBatch).toBe(false);
    expect(roundTrip(network).difference).toBe(0);
  });

  it('refuses what ONNX has no form of, by name', () => {
    const network = floatChain([1, 2, 2, 3], [{ kind: 'resize-nearest', shape: [1, 4, 4, 3], alignCorners: true, halfPixelCenters: true }]);
    expect(() => writeOnnx(network)).toThrow(UnwritableOpError);
    expect(() => writeOnnx(network)).toThrow('ONNX file, op_0: nearest neighbour with aligned corners and half-pixel centres; expected one of the two. Replace this operator in the model before export.');
  });

  it('has shapes in the order of the file', () => {
    expect([fileShape([1, 2, 3, 4]), fileShape([1, 5])]).toEqual([[1, 4, 2, 3], [1, 5]]);
  });
});
