// SPDX-License-Identifier: Apache-2.0
/** Tensors that are rounded to several scales: each rounding starts from the unrounded values, as in onnxruntime. */
import { describe, expect, it } from 'vitest';
import type { Network } from '../../../generator/graph/network.js';
import { readOnnx } from '../../../generator/import/onnx/import.js';
import type { NodeProto } from '../../../generator/import/onnx/proto.js';
import { runGolden } from '../../../generator/model/golden.js';
import { onArray } from '../../support/onnx-array.js';
import { floats, INT8, integers, node, onnxModel, value } from '../../support/onnx-model.js';

/** x, a value of scale 1, times 3: the sum, with the scales coarse (8) and fine (1/4); zero points 0. */
const CONSTANTS = [
  floats('one', [], [1]), floats('coarse', [], [8]), floats('fine', [], [0.25]), integers('z', [], [0], INT8),
  integers('wq', [2, 2], [3, 0, 0, 3], INT8), floats('ws', [], [1]), floats('other', [], [0.5]),
];

const rounded = (from: string, scale: string, to: string): NodeProto[] => [node('QuantizeLinear', [from, scale, 'z'], `${to}_q`), node('DequantizeLinear', [`${to}_q`, scale, 'z'], to)];
const sum = [...rounded('x', 'one', 'xr'), node('DequantizeLinear', ['wq', 'ws', 'z'], 'w'), node('MatMul', ['xr', 'w'], 'sum')];

const bytesOf = (nodes: readonly NodeProto[], outputs: readonly string[]): Uint8Array => onnxModel({ nodes, inputs: [value('x', [1, 2])], initializers: CONSTANTS, outputs });

function networkOf(nodes: readonly NodeProto[], outputs: readonly string[]): Network {
  const imported = readOnnx(bytesOf(nodes, outputs), 'm');
  if (imported.kind !== 'int8') throw new Error('no int8 network');
  return imported.network;
}

/** The int8 values of every output. */
function outputsOf(network: Network, x: readonly number[]): number[][] {
  const tensors = runGolden(network, Int8Array.from(x));
  return network.outputs.map((id) => Array.from(tensors.get(id)!.data));
}

const count = (network: Network, kind: string): number => network.ops.filter((op) => op.kind === kind).length;

describe('a tensor that QuantizeLinear and a float operator read', () => {
  // 3 * 5 = 15 is 2 coarse steps and 60 fine ones; 2 coarse steps are 64 fine ones.
  const x = [5, -5];

  it('is not rounded before the float operator where that is rounded to a scale of its own', () => {
    const nodes = [...sum, ...rounded('sum', 'coarse', 'a'), node('Relu', ['sum'], 'r'), ...rounded('r', 'fine', 'b')];
    for (const order of [nodes, [...sum, ...nodes.slice(sum.length + 2), ...nodes.slice(sum.length, sum.length + 2)]]) {
      const network = networkOf(order, ['a', 'b']);
      expect(outputsOf(network, x)).toEqual([[2, -2], [60, 0]]);
      expect([count(network, 'fully-connected'), count(network, 'relu')]).toEqual([2, 0]);
    }
  });

  it('is rounded to each of two scales by itself', () => {
    expect(outputsOf(networkOf([...sum, ...rounded('sum', 'coarse', 'a'), ...rounded('sum', 'fine', 'b')], ['a', 'b']), x)).toEqual([[2, -2], [60, -60]]);
  });

  it('is not rounded behind what hands it on either', () => {
    const nodes = [...sum, node('Transpose', ['sum'], 't'), ...rounded('t', 'coarse', 'a'), node('Flatten', ['sum'], 'f'), node('Clip', ['f', 'one'], 'c'), ...rounded('c', 'fine', 'b')];
    expect(outputsOf(networkOf(nodes, ['a', 'b']), x)).toEqual([[2, -2], [60, 4]]);
  });

  it('is not rounded before two operators that hand it on to two scales', () => {
    const nodes = [...sum, node('Relu', ['sum'], 'r'), ...rounded('r', 'fine', 'b'), node('Neg', ['one'], 'low'), node('Clip', ['sum', 'low'], 'c'), ...rounded('c', 'coarse', 'a')];
    expect(outputsOf(networkOf(nodes, ['a', 'b']), x)).toEqual([[2, 0], [60, 0]]);
  });

  it('runs on the array so', () => {
    const nodes = [...sum, ...rounded('sum', 'coarse', 'a'), node('Relu', ['sum'], 'r'), ...rounded('r', 'fine', 'b')];
    expect(onArray(bytesOf(nodes, ['a', 'b'])).differences).toEqual([]);
  });

  it('is computed once where all its readers have one scale', () => {
    const network = networkOf([...sum, ...rounded('sum', 'fine', 'a'), node('Relu', ['sum'], 'r'), ...rounded('r', 'fine', 'b')], ['a', 'b']);
    expect(outputsOf(network, x)).toEqual([[60, -60], [60, 0]]);
    expect(count(network, 'fully-connected')).toBe(1);
  });

  it('has the first scale where the float operator needs its values in memory', () => {
    const nodes = [...sum, ...rounded('sum', 'coarse', 'a'), node('Add', ['sum', 'xr'], 'added'), ...rounded('added', 'fine', 'b')];
    // 16 + 5, not 15 + 5.
    expect(outputsOf(networkOf(nodes, ['a', 'b']), x)).toEqual([[2, -2], [84, -84]]);
    const two = [...sum, ...rounded('sum', 'coarse', 'a'), ...rounded('sum', 'other', 'c'), node('Add', ['sum', 'xr'], 'added'), ...rounded('added', 'fine', 'b')];
    expect(outputsOf(networkOf(two, ['a', 'b', 'c']), x)).toEqual([[2, -2], [84, -84], [30, -30]]);
  });

  it('is int8 itself where it is the input of the model', () => {
    // 5 * 8 = 40 is what the network reads; as 41 it would have been 164 fine steps.
    const network = networkOf([...rounded('x', 'coarse', 'a'), node('Relu', ['x'], 'r'), ...rounded('r', 'other', 'b')], ['a', 'b']);
    expect(outputsOf(network, x)).toEqual([[5, -5], [80, 0]]);
  });
});
