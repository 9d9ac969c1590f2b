// SPDX-License-Identifier: Apache-2.0
/** Owns small TFLite models that are sound, every operator among them: what mutations begin with. */
import type { Network, Op } from '../../generator/graph/network.js';
import { randomConvNetwork } from '../../generator/graph/synthetic.js';
import { readTflite } from '../../generator/import/tflite/import.js';
import { asFloat } from '../support/float-network.js';
import { opNetwork, type OpRequest, type TensorRequest } from '../support/op-network.js';
import { randomGraph } from '../support/random-graph.js';
import { smallNetwork } from '../support/small-network.js';
import { asUint8, writeTflite, type WriterOverrides } from '../support/tflite-writer.js';

const IMAGE = { shape: [1, 4, 6, 3] };
const PROBABILITY = { scale: 1 / 256, zeroPoint: -128 };
const NO_PADDING = { top: 0, left: 0, bottom: 0, right: 0 };
const POOL = { filterHeight: 2, filterWidth: 3, strideHeight: 2, strideWidth: 1, padding: NO_PADDING };
const SLICE = { kind: 'slice', begin: [0, 1, 0, 1], strides: [1, 1, 1, 1] } as const;

/** Operator, inputs, output, and what the writer cannot say of itself. */
const SINGLE: readonly (readonly [OpRequest, readonly TensorRequest[], TensorRequest, WriterOverrides?])[] = [
  [{ kind: 'add' }, [IMAGE, { ...IMAGE, scale: 0.1 }], IMAGE, { activation: () => 1 }],
  [{ kind: 'mul' }, [IMAGE, { shape: [1, 1, 1, 3], zeroPoint: 9 }], IMAGE],
  [{ kind: 'average-pool', ...POOL }, [IMAGE], { shape: [1, 2, 4, 3] }, { activation: () => 3 }],
  [{ kind: 'max-pool', ...POOL }, [IMAGE], { shape: [1, 2, 4, 3] }],
  [{ kind: 'mean' }, [IMAGE], { shape: [1, 3], scale: 0.01 }],
  [{ kind: 'requantize' }, [IMAGE], { ...IMAGE, zeroPoint: 5 }],
  [{ kind: 'relu' }, [IMAGE], { ...IMAGE, zeroPoint: -128 }],
  [{ kind: 'relu' }, [IMAGE], { ...IMAGE, zeroPoint: -128 }, { code: () => 21 }],
  [{ kind: 'relu' }, [IMAGE], IMAGE, { code: () => 20 }],
  [{ kind: 'leaky-relu', alpha: Math.fround(0.2) }, [IMAGE], IMAGE],
  [{ kind: 'logistic' }, [IMAGE], { ...IMAGE, ...PROBABILITY }],
  [{ kind: 'softmax', beta: 1 }, [{ shape: [1, 10] }], { shape: [1, 10], ...PROBABILITY }],
  [{ kind: 'hard-swish' }, [IMAGE], IMAGE],
  [{ kind: 'concatenation', axis: 3 }, [IMAGE, { shape: [1, 4, 6, 2] }, { shape: [1, 4, 6, 1] }], { shape: [1, 4, 6, 6] }],
  [{ kind: 'pad', before: [0, 1, 2, 0], after: [0, 0, 1, 0], value: -9 }, [IMAGE], { shape: [1, 5, 9, 3] }],
  [{ kind: 'pad', before: [0, 1, 1, 0], after: [0, 1, 1, 0], value: 0 }, [IMAGE], { shape: [1, 6, 8, 3] }, { code: () => 34, inputs: (_op, indices) => indices.slice(0, 2) }],
  [{ kind: 'transpose', permutation: [0, 2, 3, 1] }, [IMAGE], { shape: [1, 6, 3, 4] }],
  [{ ...SLICE, strides: [1, 1, 2, 1] }, [IMAGE], { shape: [1, 2, 3, 2] }],
  [SLICE, [IMAGE], { shape: [1, 2, 3, 2] }, { code: () => 65 }],
  [{ kind: 'resize-nearest', alignCorners: false, halfPixelCenters: true }, [IMAGE], { shape: [1, 8, 12, 3] }],
  [{ kind: 'reshape' }, [IMAGE], { shape: [1, 72] }],
  [{ kind: 'reshape' }, [IMAGE], { shape: [1, 1, 4, 6, 3] }, { code: () => 70 }],
  [{ kind: 'reshape' }, [IMAGE], { shape: [1, 24, 3] }, { code: () => 43 }],
];

const WEIGHTED = [
  { inputShape: [6, 5, 3], outChannels: 4 }, { inputShape: [6, 5, 4], outChannels: 8, groups: 2, stride: 2 }, { inputShape: [7, 6, 3], outChannels: 6, kind: 'depthwise-conv2d', dilation: 2 },
  { inputShape: [1, 1, 12], outChannels: 5, kind: 'fully-connected' }, { inputShape: [6, 5, 3], outChannels: 1, kernel: 1, padding: 'valid' },
] as const;

/** A split into three parts. */
function split(): Uint8Array {
  const slice = opNetwork({ ...SLICE, begin: [0, 0, 0, 0] }, [IMAGE], { shape: [1, 4, 2, 3] });
  const parts = [1, 2, 3].map((id) => ({ ...slice.tensors[1]!, id, name: `part_${id}` }));
  const network = { ...slice, tensors: [slice.tensors[0]!, ...parts], ops: [{ ...slice.ops[0]!, outputs: [1, 2, 3] }], outputs: [1, 2, 3] } as unknown as Network;
  return writeTflite(network, {
    code: () => 49,
    tensor: (tensor) => (tensor.name === 'op_1/begin' ? { ...tensor, shape: [], bytes: Uint8Array.of(254, 255, 255, 255) } : tensor),
    inputs: (_op, [data, axis]) => [axis!, data!],
  });
}

/** Float input and output around one int8 operator. */
function floatBorder(): Uint8Array {
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
  return writeTflite(network, {
    code: ({ name }) => (name === 'border_0' ? 114 : name === 'border_2' ? 6 : 98),
    tensor: (tensor) => (tensor.name.startsWith('float') ? { ...tensor, type: 0, scales: [], zeroPoints: [] } : tensor),
  });
}

const isRead = (bytes: Uint8Array): boolean => {
  try {
    readTflite(bytes, 'm');
    return true;
  } catch {
    return false;
  }
};

/** Sound files alone: the writer knows no odd padding, and not every operator is there in float or uint8. */
export function tfliteCorpus(): Uint8Array[] {
  const singles = SINGLE.flatMap(([op, inputs, output, overrides]) => {
    const network = opNetwork(op, inputs, output);
    return [writeTflite(network, overrides), writeTflite(network, { ...overrides, tensor: asFloat }), writeTflite(network, { ...overrides, tensor: asUint8 })];
  });
  const weighted = WEIGHTED.flatMap((request, i) => {
    const network = randomConvNetwork({ ...request, activation: 'none', seed: i + 1 });
    return [writeTflite(network, { activation: () => i % 4 }), writeTflite(network, { tensor: asFloat })];
  });
  const small = [1, 2].flatMap((seed) => [writeTflite(smallNetwork(seed)), writeTflite(smallNetwork(seed), { tensor: asFloat })]);
  const random = Array.from({ length: 40 }, (_, seed) => writeTflite(randomGraph(seed)));
  return [...singles, ...weighted, split(), floatBorder(), ...small, ...random].filter(isRead);
}
