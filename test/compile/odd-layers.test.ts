// SPDX-License-Identifier: Apache-2.0
/** Layers that are no plain convolutions, and a chain of operators of every place, compiled and run to the bits of the golden model. */
import { expect, it } from 'vitest';
import { validateConfig } from '../../generator/arch/rules.js';
import { createRandom } from '../../generator/core/random.js';
import { NO_CLAMP, NO_PADDING, type ActivationTensor, type Conv2dOp, type Network, type Op } from '../../generator/graph/network.js';
import { RandomNetworkBuilder } from '../../generator/graph/random-layers.js';
import { randomConvNetwork } from '../../generator/graph/synthetic.js';
import { validateNetwork } from '../../generator/graph/validate.js';
import { compileAndCheck } from '../support/compile-layer.js';
import type { OpRequest } from '../support/op-network.js';

it.each([
  ['a grouped convolution', { inputShape: [5, 5, 8], outChannels: 8, groups: 2 }],
  ['a convolution whose weights have a zero point', { inputShape: [5, 5, 8], outChannels: 8, weightZeroPoint: 3 }],
  ['a fully connected layer whose weights have a zero point', { kind: 'fully-connected', inputShape: [1, 1, 8], outChannels: 8, weightZeroPoint: -9 }],
  ['a depthwise convolution with two filters a channel', { kind: 'depthwise-conv2d', inputShape: [5, 5, 4], outChannels: 8 }],
] as const)('%s runs on the array', (_what, request) => {
  const network = randomConvNetwork({ ...request, seed: 1 });
  for (const shape of [{}, { pes: 32, requant: 4 }, { pes: 6, group: 4, lanes: 2, index: 'bitmap' }, { pes: 8, group: 2, rounding: 'single' }] as const) {
    const { compiled, differences } = compileAndCheck(network, undefined, validateConfig(shape), { adversarial: true });
    expect(differences, JSON.stringify(shape)).toEqual([]);
    expect(compiled.steps.map(({ kind }) => kind)).toEqual(['array']);
  }
});

/** Operators in a chain, some on tensors of three dimensions, between two convolutions of the array. */
function chain(): Network {
  const builder = new RandomNetworkBuilder(createRandom(4));
  const input = builder.input([1, 6, 6, 5], { scale: 0.05, zeroPoint: 3 });
  const conv = (from: number): number =>
    builder.conv2d({ input: from, outChannels: 5, activation: 'none', kernelHeight: 3, kernelWidth: 3, strideHeight: 1, strideWidth: 1, dilationHeight: 1, dilationWidth: 1, padding: { top: 1, left: 1, bottom: 1, right: 1 } });
  const first = builder.finish('chain', input, conv(input));
  const tensors = [...first.tensors];
  const ops: Op[] = [...first.ops];
  const [quantization] = [tensors[first.outputs[0]!]!.quantization];
  const add = (op: OpRequest, inputs: readonly number[], shape: readonly number[]): number => {
    const id = tensors.length;
    tensors.push({ id, name: `tensor_${id}`, shape, quantization });
    ops.push({ name: `${op.kind}_${id}`, inputs, outputs: [id], ...op } as unknown as Op);
    return id;
  };
  const [conv1] = first.outputs as [number];
  const flat = add({ kind: 'reshape' }, [conv1], [1, 36, 5]);
  const turned = add({ kind: 'transpose', permutation: [0, 2, 1] }, [flat], [1, 5, 36]);
  const back = add({ kind: 'reshape' }, [add({ kind: 'transpose', permutation: [0, 2, 1] }, [turned], [1, 36, 5])], [1, 6, 6, 5]);
  const leaky = add({ kind: 'leaky-relu', alpha: 0.25 }, [back], [1, 6, 6, 5]);
  const joined = add({ kind: 'concatenation', axis: 3 }, [leaky, conv1], [1, 6, 6, 10]);
  const gate = add({ kind: 'mean' }, [joined], [1, 1, 1, 10]);
  const gated = add({ kind: 'mul', ...NO_CLAMP }, [joined, gate], [1, 6, 6, 10]);
  const cut = add({ kind: 'slice', begin: [0, 1, 0, 3], strides: [1, 2, 1, 1] }, [gated], [1, 3, 6, 5]);
  const large = add({ kind: 'resize-nearest', alignCorners: false, halfPixelCenters: false }, [cut], [1, 6, 6, 5]);
  const padded = add({ kind: 'pad', before: [0, 1, 1, 0], after: [0, 1, 1, 0], value: quantization.zeroPoint }, [large], [1, 8, 8, 5]);
  const { kind, weights, bias } = first.ops[0] as Conv2dOp;
  const last = add(
    { kind, weights, bias, groups: 1, strideHeight: 1, strideWidth: 1, dilationHeight: 1, dilationWidth: 1, padding: NO_PADDING, ...NO_CLAMP },
    [padded],
    [1, 6, 6, 5],
  );
  return validateNetwork({ ...first, tensors, ops, outputs: [last] });
}

it('a chain of operators of every place has the bits of the golden model; changes of shape alone are the host\'s', () => {
  const { compiled, differences } = compileAndCheck(chain(), undefined, validateConfig({}), { adversarial: true });
  expect(differences).toEqual([]);
  const at = (place: string): string[] => [...compiled.places].filter(([, own]) => own === place).map(([name]) => name.replace(/_\d+$/, ''));
  expect(at('host')).toEqual(['transpose', 'transpose']);
  expect(at('memory')).toEqual(['reshape', 'reshape', 'concatenation', 'pad']);
  expect(at('array')).toEqual(['conv2d', 'leaky-relu', 'mean', 'mul', 'slice', 'resize-nearest', 'conv2d']);
  expect(compiled.steps.filter(({ kind }) => kind === 'array').length).toBe(2);
});

it('a fully connected layer reads three dimensions on the array as the golden model does', () => {
  const network = randomConvNetwork({ kind: 'fully-connected', inputShape: [1, 6, 5], outChannels: 7, activation: 'none', seed: 3 });
  const [input, output] = network.tensors as [ActivationTensor, ActivationTensor];
  const flat = validateNetwork({ ...network, tensors: [{ ...input, shape: [1, 6, 5] }, { ...output, shape: [1, 1, 7] }] });
  expect(compileAndCheck(flat, undefined, validateConfig({})).differences).toEqual([]);
});
