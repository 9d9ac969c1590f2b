// SPDX-License-Identifier: Apache-2.0
/** Holds pixel shuffles to their definition and to the array: slices and concatenations, nothing for the host. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../generator/core/random.js';
import { floatOutput, runFloat } from '../../../generator/float/execute.js';
import { importOnnxFloat } from '../../../generator/import/onnx/import.js';
import type { NodeProto, TensorProto } from '../../../generator/import/onnx/proto.js';
import { randomValues } from '../../support/float-network.js';
import { onArray } from '../../support/onnx-array.js';
import { floats, int, integers, ints, node, onnxModel, text, value } from '../../support/onnx-model.js';
import { fromNetwork, toNetwork } from '../../support/onnx-values.js';

interface Sizes {
  readonly r: number;
  readonly c: number;
  readonly h: number;
  readonly w: number;
}

interface Form {
  readonly nodes: readonly NodeProto[];
  readonly initializers?: readonly TensorProto[];
}

/** From x to y, with channels in (colour, row, column) order (CRD) or (row, column, colour) order (DCR). */
const FORMS: Readonly<Record<string, (sizes: Sizes) => Form>> = {
  'DepthToSpace CRD': ({ r }) => ({ nodes: [node('DepthToSpace', ['x'], 'y', [int('blocksize', r), text('mode', 'CRD')])] }),
  'DepthToSpace DCR': ({ r }) => ({ nodes: [node('DepthToSpace', ['x'], 'y', [int('blocksize', r)])] }),
  'Reshape, Transpose, Reshape, CRD': ({ r, c, h, w }) => ({
    nodes: [node('Reshape', ['x', 'split'], 'a'), node('Transpose', ['a'], 'b', [ints('perm', [0, 1, 4, 2, 5, 3])]), node('Reshape', ['b', 'merged'], 'y')],
    initializers: [integers('split', [6], [1, c, r, r, h, w]), integers('merged', [4], [-1, c, r * h, r * w])],
  }),
  'Reshape, Transpose, Reshape, DCR': ({ r, c, h, w }) => ({
    nodes: [node('Reshape', ['x', 'split'], 'a'), node('Transpose', ['a'], 'b', [ints('perm', [0, 3, 4, 1, 5, 2])]), node('Reshape', ['b', 'merged'], 'y')],
    initializers: [integers('split', [6], [1, r, r, c, h, w]), integers('merged', [4], [1, c, r * h, r * w])],
  }),
};

/** Straight from ONNX's definition: x[row * r + i][column * r + j] of colour c is channel c * r * r + i * r + j, or (i * r + j) * C + c. */
function shuffled({ r, c, h, w }: Sizes, isCrd: boolean, x: ArrayLike<number>): number[] {
  const out: number[] = [];
  for (let colour = 0; colour < c; colour++) {
    for (let y = 0; y < h * r; y++) {
      for (let column = 0; column < w * r; column++) {
        const [i, j] = [y % r, column % r];
        const channel = isCrd ? (colour * r + i) * r + j : (i * r + j) * c + colour;
        out.push(x[(channel * h + Math.floor(y / r)) * w + Math.floor(column / r)] as number);
      }
    }
  }
  return out;
}

const modelOf = (form: Form, { r, c, h, w }: Sizes): Uint8Array => onnxModel({ ...form, inputs: [value('x', [1, c * r * r, h, w])] });

const SIZES: readonly Sizes[] = [{ r: 2, c: 1, h: 4, w: 6 }, { r: 3, c: 1, h: 5, w: 3 }, { r: 2, c: 3, h: 3, w: 5 }, { r: 4, c: 2, h: 2, w: 3 }, { r: 3, c: 10, h: 3, w: 2 }];

describe.each(Object.entries(FORMS))('a pixel shuffle as %s', (what, form) => {
  it.each(SIZES)('by $r of $c colours is ONNX\'s and transposes nothing', (sizes) => {
    const { network, inputs, outputs } = importOnnxFloat(modelOf(form(sizes), sizes), 'm');
    const x = Array.from(randomValues(createRandom(1), sizes.c * sizes.r * sizes.r * sizes.h * sizes.w));
    const y = floatOutput(network, runFloat(network, toNetwork(inputs[0]!, x)));
    expect(Array.from(fromNetwork(outputs[0]!, y))).toEqual(shuffled(sizes, what.endsWith('CRD'), x));
    expect(new Set(network.ops.map(({ kind }) => kind))).toEqual(new Set(['slice', 'concatenation', 'reshape']));
  });

  it.each(SIZES)('by $r of $c colours is the array\'s', (sizes) => {
    const { differences, hosted, steps } = onArray(modelOf(form(sizes), sizes));
    expect(differences).toEqual([]);
    expect(hosted).toEqual([]);
    expect(steps).toBeLessThan(1e-4);
  });
});

it('the inverse, SpaceToDepth, is the array\'s too', () => {
  for (const shape of [[1, 1, 4, 6], [1, 3, 6, 4], [1, 8, 4, 4]]) {
    const { differences, hosted, steps } = onArray(onnxModel({ nodes: [node('SpaceToDepth', ['x'], 'y', [int('blocksize', 2)])], inputs: [value('x', shape)] }));
    expect([differences, hosted]).toEqual([[], []]);
    expect(steps).toBeLessThan(1e-4);
  }
});

it('a network of the shape of ESPCN, 16 x 16, runs on the array from end to end', () => {
  const random = createRandom(3);
  const layers = [[12, 1, 5], [12, 12, 3], [8, 12, 3], [9, 8, 3]] as const;
  const weights = layers.map(([o, i, k], n) => floats(`w${n}`, [o, i, k, k], randomValues(random, o * i * k * k, 0.4)));
  const biases = layers.map(([o], n) => floats(`b${n}`, [o], randomValues(random, o, 0.2)));
  const nodes = layers.flatMap(([, , k], n) => {
    const conv = (output: string): NodeProto => node('Conv', [n === 0 ? 'x' : `r${n - 1}`, `w${n}`, `b${n}`], output, [ints('pads', [0, 0, 0, 0].map(() => (k - 1) / 2))]);
    return n === 3 ? [conv('c')] : [conv(`c${n}`), node('Relu', [`c${n}`], `r${n}`)];
  });
  const shuffle = FORMS['Reshape, Transpose, Reshape, CRD']!({ r: 3, c: 1, h: 16, w: 16 });
  const shuffleNodes = shuffle.nodes.map((one) => ({ ...one, input: (one.input ?? []).map((name) => (name === 'x' ? 'c' : name)) }));
  const bytes = onnxModel({ nodes: [...nodes, ...shuffleNodes], inputs: [value('x', [1, 1, 16, 16])], initializers: [...weights, ...biases, ...(shuffle.initializers ?? [])] });
  const { network, differences, hosted, steps } = onArray(bytes);
  expect(differences).toEqual([]);
  expect(hosted).toEqual([]);
  expect(network.tensors.at(-1)?.shape).toEqual([1, 48, 48, 1]);
  expect(steps).toBeLessThan(4);
});
