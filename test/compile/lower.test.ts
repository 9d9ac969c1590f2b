// SPDX-License-Identifier: Apache-2.0
/** Passes of the array, taken by their plain meaning, against the golden model: every operator, odd sizes, gaps, fusion. */
import { describe, expect, it } from 'vitest';
import { validateConfig, type PartialConfig } from '../../generator/arch/rules.js';
import { lowerNetwork } from '../../generator/compile/lower-network.js';
import { NO_CLAMP, type Network, type Op } from '../../generator/graph/network.js';
import { randomInput } from '../../generator/graph/synthetic.js';
import { validateNetwork } from '../../generator/graph/validate.js';
import { importTflite } from '../../generator/import/tflite/import.js';
import { runGolden } from '../../generator/model/golden.js';
import type { Shape } from '../../generator/tensor/tensor.js';
import { compileAndCheck, keepBalanced } from '../support/compile-layer.js';
import { dataPath, readData } from '../support/data.js';
import { opNetwork, type OpRequest } from '../support/op-network.js';
import { checkPasses } from '../support/run-passes.js';
import { smallNetwork } from '../support/small-network.js';

const CONFIGS: readonly PartialConfig[] = [{ pes: 16, group: 8 }, { pes: 32, group: 8, rounding: 'single' }, { pes: 5, group: 4 }];

const check = (network: Network, config: PartialConfig, fuse = true): string[] => checkPasses(network, undefined, validateConfig(config), randomInput(network, 3), fuse);

/** Operators after each other: [operator, output shape, output scale, output zero point]; inputs are tensor numbers. */
function chain(input: Shape, ops: readonly { op: OpRequest; inputs: readonly number[]; shape: Shape; scale?: number; zeroPoint?: number }[]): Network {
  const quantization = (scale = 0.05, zeroPoint = 3) => ({ scale: Math.fround(scale), zeroPoint });
  const tensors = [{ id: 0, name: 'input', shape: input, quantization: quantization() }, ...ops.map(({ shape, scale, zeroPoint }, i) => ({ id: i + 1, name: `t${i + 1}`, shape, quantization: quantization(scale, zeroPoint) }))];
  const built = ops.map(({ op, inputs }, i) => ({ name: `${op.kind}_${i + 1}`, inputs, outputs: [i + 1], ...NO_CLAMP, ...op }) as unknown as Op);
  return validateNetwork({ name: 'chain', synthetic: true, tensors, ops: built, inputs: [0], outputs: [ops.length] });
}

const pool = { strideHeight: 2, strideWidth: 1, filterHeight: 3, filterWidth: 2, padding: { top: 1, left: 0, bottom: 1, right: 1 } };

const SINGLE: readonly (readonly [string, Network])[] = [
  ['average pooling at borders', opNetwork({ kind: 'average-pool', ...pool }, [{ shape: [1, 7, 5, 19] }], { shape: [1, 4, 5, 19] })],
  ['average pooling of legacy uint8', opNetwork({ kind: 'average-pool', ...pool, legacyUint8: true }, [{ shape: [1, 7, 5, 19] }], { shape: [1, 4, 5, 19] })],
  ['maximum pooling', opNetwork({ kind: 'max-pool', ...pool, activationMin: -20, activationMax: 90 }, [{ shape: [1, 7, 5, 19] }], { shape: [1, 4, 5, 19] })],
  ['mean', opNetwork({ kind: 'mean' }, [{ shape: [1, 5, 6, 21], zeroPoint: -7 }], { shape: [1, 21], scale: 0.03, zeroPoint: 5 })],
  ['logistic', opNetwork({ kind: 'logistic' }, [{ shape: [1, 3, 3, 11], zeroPoint: 4 }], { shape: [1, 3, 3, 11], scale: 1 / 256, zeroPoint: -128 })],
  ['leaky relu', opNetwork({ kind: 'leaky-relu', alpha: Math.fround(0.1) }, [{ shape: [1, 3, 3, 11], zeroPoint: 4 }], { shape: [1, 3, 3, 11], scale: 0.07 })],
  ['pad', opNetwork({ kind: 'pad', before: [0, 1, 2, 3], after: [0, 2, 0, 1], value: -9 }, [{ shape: [1, 3, 4, 9] }], { shape: [1, 6, 6, 13] })],
  ['slice', opNetwork({ kind: 'slice', begin: [0, 1, 0, 5], strides: [1, 2, 1, 3] }, [{ shape: [1, 7, 4, 30] }], { shape: [1, 3, 3, 8] })],
  ['resize by 2 x 3', opNetwork({ kind: 'resize-nearest', alignCorners: false, halfPixelCenters: true }, [{ shape: [1, 3, 4, 10] }], { shape: [1, 6, 12, 10] })],
];

describe('passes of the array', () => {
  it.each(SINGLE)('%s equals the golden model', (_name, network) => {
    for (const config of CONFIGS) {
      expect(check(network, config), JSON.stringify(config)).toEqual([]);
      expect(lowerNetwork(network, undefined, validateConfig(config)).steps.map(({ kind }) => kind)).toEqual(['array']);
    }
  });

  it('concatenations along each axis need no pass; a tensor that is joined twice is copied', () => {
    const relu: OpRequest = { kind: 'relu' };
    const branches = (axis: number, a: Shape, b: Shape, joined: Shape) => chain([1, 4, 4, 5], [
      { op: { kind: 'slice', begin: [0, 0, 0, 0], strides: [1, 1, 1, 1] }, inputs: [0], shape: a },
      { op: { kind: 'slice', begin: [0, 1, 1, 1], strides: [1, 1, 1, 1] }, inputs: [0], shape: b },
      { op: { kind: 'concatenation', axis }, inputs: [1, 2, 1], shape: joined },
      { op: relu, inputs: [3], shape: joined, scale: 0.06, zeroPoint: -9 },
      { op: { kind: 'max-pool', ...pool, strideHeight: 1, padding: { top: 1, left: 0, bottom: 1, right: 1 } }, inputs: [4], shape: joined, scale: 0.06, zeroPoint: -9 },
    ]);
    const cases = [
      branches(3, [1, 3, 3, 3], [1, 3, 3, 4], [1, 3, 3, 10]),
      branches(1, [1, 2, 3, 4], [1, 3, 3, 4], [1, 7, 3, 4]),
      branches(2, [1, 3, 2, 4], [1, 3, 3, 4], [1, 3, 7, 4]),
    ];
    for (const network of cases) for (const config of CONFIGS) expect(check(network, config), JSON.stringify(config)).toEqual([]);
  });

  it('takes a maximum over more taps than a schedule holds along rows first, then along columns', () => {
    const large: OpRequest = { kind: 'max-pool', strideHeight: 2, strideWidth: 3, filterHeight: 9, filterWidth: 8, padding: { top: 4, left: 3, bottom: 4, right: 4 }, activationMin: -90, activationMax: 100 };
    const network = opNetwork(large, [{ shape: [1, 13, 14, 11] }], { shape: [1, 7, 5, 11] });
    const images = [1, 2].map((seed) => randomInput(network, seed));
    for (const shape of [{ pes: 16, group: 8, schedDepth: 32 }, { pes: 6, group: 4, schedDepth: 64 }] as const) {
      const config = validateConfig(shape);
      expect(checkPasses(network, undefined, config, images)).toEqual([]);
      expect(compileAndCheck(network, undefined, config, { adversarial: true }).differences).toEqual([]);
      expect(lowerNetwork(network, undefined, config).steps.flatMap((step) => (step.kind === 'array' ? step.work.flatMap(({ layers }) => layers.map(({ name }) => name)) : []))).toEqual(['op_1', 'op_1.2']);
    }
    // Not even a row of taps fits: the host computes it.
    const wide = opNetwork({ ...large, filterWidth: 17, padding: { top: 4, left: 8, bottom: 4, right: 8 } }, [{ shape: [1, 13, 14, 11] }], { shape: [1, 7, 5, 11] });
    expect(lowerNetwork(wide, undefined, validateConfig({ schedDepth: 16 })).units.map(({ kind }) => kind)).toEqual(['host']);
  });

  it('zeros around an image become padding of the convolutions that read it', () => {
    const pad = { kind: 'pad', before: [0, 2, 1, 0], after: [0, 0, 3, 0] } as const;
    for (const value of [3, 4]) {
      const weights = { name: 'w', layout: 'OHWI', shape: [6, 3, 2, 5], data: Int8Array.from({ length: 180 }, (_, i) => ((i * 37) % 255) - 127), scales: [0.02], zeroPoint: 0 };
      const network = chain([1, 4, 5, 5], [
        { op: { ...pad, value }, inputs: [0], shape: [1, 6, 9, 5] },
        { op: { kind: 'conv2d', weights, bias: new Int32Array(6).fill(50), groups: 1, strideHeight: 1, strideWidth: 2, dilationHeight: 1, dilationWidth: 1, padding: { top: 1, left: 0, bottom: 0, right: 0 } }, inputs: [1], shape: [1, 5, 4, 6], scale: 0.9 },
      ]);
      for (const config of CONFIGS) expect(check(network, config)).toEqual([]);
      expect(lowerNetwork(network, undefined, validateConfig({})).units.map(({ kind }) => kind)).toEqual([value === 3 ? 'alias' : 'array', 'array']);
    }
  });

  it('additions and products of equal and of repeated tensors, with and without fusion', () => {
    for (const kind of ['add', 'mul'] as const) {
      for (const size of [[1, 4, 3, 13], [1, 1, 1, 13], [1, 4, 1, 13], [1, 4, 3, 1]] as Shape[]) {
        const [, height, width, channels] = size as [number, number, number, number];
        const network = chain([1, 4, 3, 13], [
          { op: { kind: 'slice', begin: [0, 0, 0, 0], strides: [1, 1, 1, 1] }, inputs: [0], shape: [1, height, width, channels] },
          { op: { kind: 'logistic' }, inputs: [0], shape: [1, 4, 3, 13], scale: 1 / 256, zeroPoint: -128 },
          { op: { kind }, inputs: [2, 1], shape: [1, 4, 3, 13], scale: 0.08, zeroPoint: -11 },
          { op: { kind, activationMin: -50 }, inputs: [1, 3], shape: [1, 4, 3, 13], scale: 0.09, zeroPoint: 1 },
          { op: { kind }, inputs: [4, 4], shape: [1, 4, 3, 13], scale: 0.2, zeroPoint: 0 },
        ]);
        for (const config of CONFIGS) for (const fuse of [true, false]) expect(check(network, config, fuse), `${kind} ${size} ${JSON.stringify(config)}`).toEqual([]);
      }
    }
  });

  it('a small network, dense and pruned, keeps softmax alone on the host', () => {
    for (const config of CONFIGS) {
      const network = smallNetwork(5);
      const full = validateConfig(config);
      expect(checkPasses(network, undefined, full, randomInput(network, 1))).toEqual([]);
      expect(checkPasses(network, keepBalanced(network, full.group, 1), full, randomInput(network, 2))).toEqual([]);
      const host = lowerNetwork(network, undefined, full).units.filter(({ kind }) => kind === 'host');
      expect(host.map(({ ops: [op] }) => op.kind)).toEqual(['softmax']);
    }
  });

  it('takes the images of a batch as pixels of fully connected layers, and one after the other elsewhere', () => {
    const network = smallNetwork(6);
    const images = [1, 2, 3].map((seed) => randomInput(network, seed));
    for (const config of CONFIGS) expect(checkPasses(network, undefined, validateConfig(config), images), JSON.stringify(config)).toEqual([]);
    const { steps } = lowerNetwork(network, undefined, validateConfig({}), { batch: 3 });
    const layers = steps.flatMap((step) => (step.kind === 'array' ? step.work.flatMap((work) => work.layers) : []));
    expect(layers.filter(({ ops: [op] }) => op?.kind === 'fully-connected').map(({ output }) => output)).toEqual([{ height: 3, width: 1, channels: 10 }]);
    expect(layers.map(({ name }) => name)).toContain('conv2d_1@2');
  });

  it.each([
    'mlcommons-tiny/resnet8_int8', 'mlcommons-tiny/dscnn_kws_int8', 'mlcommons-tiny/ad01_autoencoder_int8', 'tflite-micro/micro_speech_quantized',
    'tflite-micro/person_detect', 'coral/mobilenet_v1_0.25_128_quant',
  ])('%s: every stored tensor equals the golden model, softmax and flattening alone are on the host', (name) => {
    const file = `${name}.tflite`;
    if (dataPath(file) === undefined) return;
    const network = importTflite(readData(file), 'network');
    expect(runGolden(network, randomInput(network, 1)).size).toBe(network.ops.length + 1);
    expect(checkPasses(network, undefined, validateConfig({ pes: 16, group: 8 }), randomInput(network, 1))).toEqual([]);
    const host = lowerNetwork(network, undefined, validateConfig({})).units.filter(({ kind }) => kind === 'host');
    expect(host.every(({ ops: [op] }) => op.kind === 'softmax' || op.kind === 'reshape')).toBe(true);
  });
});
