// SPDX-License-Identifier: Apache-2.0
/** Holds the importer to files of single operators: what each becomes, legacy uint8, float borders, refused forms. */

import { describe, expect, it } from 'vitest';
import { OP_STEMS, type Network, type Op } from '../../generator/graph/network.js';
import { randomConvNetwork, randomInput } from '../../generator/graph/synthetic.js';
import { UnsupportedOperatorError } from '../../generator/import/tflite/errors.js';
import { importTflite } from '../../generator/import/tflite/import.js';
import { goldenOutput, runGolden } from '../../generator/model/golden.js';
import { opNetwork, type OpRequest, type TensorRequest } from '../support/op-network.js';
import { asUint8, writeTflite, type RawTensor } from '../support/tflite-writer.js';

const IMAGE = { shape: [1, 4, 6, 3] };
const PROBABILITY = { shape: IMAGE.shape, scale: 1 / 256, zeroPoint: -128 };

/** Operator, inputs, output: as they are written and read back. */
const CASES: readonly (readonly [OpRequest, readonly TensorRequest[], TensorRequest])[] = [
  [{ kind: 'add' }, [IMAGE, { ...IMAGE, scale: 0.1 }], IMAGE],
  [{ kind: 'mul' }, [IMAGE, { shape: [1, 1, 1, 3], zeroPoint: 9 }], IMAGE],
  [{ kind: 'mean' }, [IMAGE], { shape: [1, 3], scale: 0.01 }],
  [{ kind: 'requantize' }, [IMAGE], { ...IMAGE, zeroPoint: 5 }],
  [{ kind: 'relu', activationMin: 3 }, [IMAGE], { ...IMAGE, zeroPoint: 3 }],
  [{ kind: 'leaky-relu', alpha: Math.fround(0.2) }, [IMAGE], IMAGE],
  [{ kind: 'logistic' }, [IMAGE], PROBABILITY],
  [{ kind: 'hard-swish' }, [IMAGE], IMAGE],
  [{ kind: 'concatenation', axis: 3 }, [IMAGE, { shape: [1, 4, 6, 2] }, { shape: [1, 4, 6, 1] }], { shape: [1, 4, 6, 6] }],
  [{ kind: 'pad', before: [0, 1, 2, 0], after: [0, 0, 1, 0], value: -9 }, [IMAGE], { shape: [1, 5, 9, 3] }],
  [{ kind: 'transpose', permutation: [0, 2, 3, 1] }, [IMAGE], { shape: [1, 6, 3, 4] }],
  [{ kind: 'slice', begin: [0, 1, 0, 1], strides: [1, 1, 2, 1] }, [IMAGE], { shape: [1, 2, 3, 2] }],
  [{ kind: 'resize-nearest', alignCorners: true, halfPixelCenters: false }, [IMAGE], { shape: [1, 8, 9, 3] }],
  [{ kind: 'resize-nearest', alignCorners: false, halfPixelCenters: true }, [IMAGE], { shape: [1, 2, 3, 3] }],
];

/** The operator as the importer names it. */
const named = (op: Op): Op => ({ ...op, name: `${OP_STEMS[op.kind]}_1` });

describe('operators', () => {
  it.each(CASES)('%o is read back as it was written', (op, inputs, output) => {
    const network = opNetwork(op, inputs, output);
    const copy = importTflite(writeTflite(network), 'copy');
    expect(copy.ops).toEqual(network.ops.map(named));
    expect(copy.tensors).toEqual(network.tensors);
  });

  const one = (code: number, op: OpRequest, to: TensorRequest, tensor?: (raw: RawTensor) => RawTensor): Op | undefined =>
    importTflite(writeTflite(opNetwork(op, [IMAGE], to), { code: () => code, ...(tensor === undefined ? {} : { tensor }) }), 'x').ops[0];

  it('RELU6 and RELU_N1_TO_1 become clamps', () => {
    const to = { ...IMAGE, scale: 0.1, zeroPoint: -20 };
    expect(one(21, { kind: 'relu' }, to)).toMatchObject({ kind: 'relu', activationMin: -20, activationMax: 40 });
    expect(one(20, { kind: 'relu' }, to)).toMatchObject({ kind: 'relu', activationMin: -30, activationMax: -10 });
  });

  it('PAD fills with the zero point', () => {
    const network = opNetwork({ kind: 'pad', before: [0, 1, 1, 0], after: [0, 1, 1, 0], value: 0 }, [{ ...IMAGE, zeroPoint: 17 }], { shape: [1, 6, 8, 3], zeroPoint: 17 });
    const bytes = writeTflite(network, { code: () => 34, inputs: (_op, indices) => indices.slice(0, 2) });
    expect(importTflite(bytes, 'x').ops[0]).toMatchObject({ kind: 'pad', value: 17 });
  });

  it('SQUEEZE and EXPAND_DIMS are reshapes', () => {
    const shape = { shape: [1, 72] };
    for (const code of [43, 70]) expect(one(code, { kind: 'reshape' }, shape)).toMatchObject({ kind: 'reshape', name: 'reshape_1' });
  });

  it('SLICE has strides of 1', () => {
    const op = { kind: 'slice', begin: [0, 1, 0, 1], strides: [1, 1, 1, 1] } as const;
    expect(one(65, op, { shape: [1, 2, 3, 2] })).toMatchObject(op);
  });

  it('SPLIT becomes a slice for every output', () => {
    const slice = opNetwork({ kind: 'slice', begin: [0, 0, 0, 0], strides: [1, 1, 1, 1] }, [IMAGE], { shape: [1, 4, 2, 3] });
    const parts = [1, 2, 3].map((id) => ({ ...slice.tensors[1]!, id, name: `part_${id}` }));
    const network = { ...slice, tensors: [slice.tensors[0]!, ...parts], ops: [{ ...slice.ops[0]!, outputs: [1, 2, 3] }], outputs: [1, 2, 3] } as unknown as Network;
    const bytes = writeTflite(network, {
      code: () => 49,
      tensor: (tensor) => (tensor.name === 'op_1/begin' ? { ...tensor, shape: [], bytes: Uint8Array.of(254, 255, 255, 255) } : tensor),
      inputs: (_op, [data, axis]) => [axis!, data!],
    });
    const { ops } = importTflite(bytes, 'x');
    expect(ops.map((op) => op.name)).toEqual(['slice_1', 'slice_2', 'slice_3']);
    expect(ops.map((op) => (op.kind === 'slice' ? op.begin : []))).toEqual([[0, 0, 0, 0], [0, 0, 2, 0], [0, 0, 4, 0]]);
    expect(ops.flatMap((op) => op.outputs)).toEqual([1, 2, 3]);
  });

  it('QUANTIZE to the same scale and zero point is a reshape', () => {
    expect(one(114, { kind: 'reshape' }, IMAGE)).toMatchObject({ kind: 'reshape' });
  });

  it('refuses forms that have no exact counterpart', () => {
    const mean = opNetwork({ kind: 'mean' }, [IMAGE], { shape: [1, 3] });
    const axes = (...values: number[]): Uint8Array =>
      writeTflite(mean, { tensor: (tensor) => (tensor.name === 'op_1/axes' ? { ...tensor, shape: [values.length], bytes: new Uint8Array(Int32Array.from(values).buffer) } : tensor) });
    expect(importTflite(axes(-2, 1), 'x').ops[0]?.kind).toBe('mean');
    expect(() => importTflite(axes(1, 3), 'x')).toThrow(UnsupportedOperatorError);
    expect(() => importTflite(axes(1, 3), 'x')).toThrow('TFLite operator 0 (MEAN): axes 1, 3; expected axes 1, 2 (rows and columns).');
    expect(() => importTflite(writeTflite(mean, { tensor: asUint8 }), 'x')).toThrow('TFLite operator 0 (MEAN): it is uint8; expected int8.');
    const constant = writeTflite(opNetwork({ kind: 'add' }, [IMAGE, IMAGE], IMAGE), {
      tensor: (tensor) => (tensor.name === 'input_1' ? { ...tensor, bytes: new Uint8Array(72) } : tensor),
    });
    expect(() => importTflite(constant, 'x')).toThrow('TFLite operator 0 (ADD): input 1 is a constant; expected an activation.');
  });
});

describe('legacy uint8', () => {
  it.each([
    { inputShape: [6, 5, 4], outChannels: 8, groups: 2 },
    { inputShape: [6, 5, 3], outChannels: 4, weightZeroPoint: -11 },
    { inputShape: [6, 5, 3], outChannels: 6, kind: 'depthwise-conv2d', weightZeroPoint: 40 },
    { inputShape: [1, 1, 12], outChannels: 5, kind: 'fully-connected', weightZeroPoint: 3 },
  ] as const)('becomes int8 with the same real values: %o', (request) => {
    const network = randomConvNetwork({ ...request, activation: 'none', seed: 2 });
    const [op] = network.ops as [Op & { weights: { scales: readonly number[] } }];
    const perTensor = { ...network, ops: [{ ...op, weights: { ...op.weights, scales: op.weights.scales.slice(0, 1) } }] } as Network;
    const copy = importTflite(writeTflite(perTensor, { tensor: asUint8 }), 'copy');
    expect(copy.tensors).toEqual(network.tensors);
    expect(copy.ops).toEqual([{ ...perTensor.ops[0], legacyUint8: true }]);
  });

  it('has zero point 0 of uint8 where none is given', () => {
    const network = randomConvNetwork({ inputShape: [4, 4, 3], outChannels: 1, activation: 'none', seed: 1 });
    const bytes = writeTflite(network, { tensor: (tensor) => (tensor.name.endsWith('weights') ? { ...asUint8(tensor), zeroPoints: [] } : asUint8(tensor)) });
    expect(importTflite(bytes, 'x').ops[0]).toMatchObject({ weights: { zeroPoint: -128 } });
  });

  it('to int8 is a reshape: the bits are the same', () => {
    const network = opNetwork({ kind: 'requantize' }, [{ ...IMAGE, zeroPoint: 3 }], { ...IMAGE, zeroPoint: 3 });
    const bytes = writeTflite(network, { tensor: (tensor) => (tensor.name === 'input_0' ? asUint8(tensor) : tensor) });
    expect(importTflite(bytes, 'x').ops[0]).toMatchObject({ kind: 'reshape', legacyUint8: true });
  });
});

describe('float borders', () => {
  it('QUANTIZE of an input and DEQUANTIZE of an output are left to the caller', () => {
    const inner = opNetwork({ kind: 'leaky-relu', alpha: 0.5 }, [IMAGE], { ...IMAGE, zeroPoint: 8 });
    const [from, to] = inner.tensors as [Network['tensors'][number], Network['tensors'][number]];
    const border = (input: number, output: number): Op => ({ kind: 'requantize', name: `border_${input}`, inputs: [input], outputs: [output] });
    const network: Network = {
      ...inner,
      tensors: [{ ...from, id: 0, name: 'float_in' }, { ...from, id: 1 }, { ...to, id: 2 }, { ...to, id: 3, name: 'float_out' }],
      ops: [border(0, 1), { ...inner.ops[0]!, inputs: [1], outputs: [2] } as Op, border(2, 3)],
      inputs: [0],
      outputs: [3],
    };
    const bytes = writeTflite(network, {
      code: ({ name }) => (name === 'border_0' ? 114 : name === 'border_2' ? 6 : 98),
      tensor: (tensor) => (tensor.name.startsWith('float') ? { ...tensor, type: 0, scales: [], zeroPoints: [] } : tensor),
    });
    const copy = importTflite(bytes, 'copy');
    expect(copy.tensors).toEqual(inner.tensors);
    expect(copy.ops).toEqual(inner.ops.map(named));
    const input = randomInput(inner, 1);
    expect(goldenOutput(copy, runGolden(copy, input)).data).toEqual(goldenOutput(inner, runGolden(inner, input)).data);
  });
});
