// SPDX-License-Identifier: Apache-2.0
/** Owns operators that only move values, as boxes of elements that a host copies: what it does between two programs. */
import type { Network, Op } from '../graph/network.js';
import { outputOf, tensorById } from '../graph/query.js';
import { elementCount, stridesOf, type Shape } from '../tensor/tensor.js';

/** Dimensions of a box in C; unused ones are 1. */
export const BOX_DIMENSIONS = 6;

/** Elements of one input that go to the output; offsets and strides count elements of the row-major tensors. */
export interface CopyBox {
  /** Which of the operator's inputs. */
  readonly input: number;
  readonly size: readonly number[];
  readonly from: number;
  readonly fromStrides: readonly number[];
  readonly to: number;
  readonly toStrides: readonly number[];
}

export interface CopyPlan {
  /** Value of output elements that no box writes. */
  readonly fill: number;
  readonly boxes: readonly CopyBox[];
}

const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);

/** The operator as copies; undefined when it is none, or has too many dimensions. */
export function copyPlan(network: Network, op: Op): CopyPlan | undefined {
  const boxes = boxesOf(network, op);
  if (boxes === undefined || boxes.some(({ size }) => size.length > BOX_DIMENSIONS)) return undefined;
  return { fill: op.kind === 'pad' ? op.value : 0, boxes };
}

function boxesOf(network: Network, op: Op): CopyBox[] | undefined {
  const shapeOf = (id: number): Shape => tensorById(network, id).shape;
  const [input, output] = [shapeOf(op.inputs[0]), outputOf(network, op).shape];
  const [inStrides, outStrides] = [stridesOf(input), stridesOf(output)];
  switch (op.kind) {
    case 'reshape':
      return [{ input: 0, size: [elementCount(output)], from: 0, fromStrides: [1], to: 0, toStrides: [1] }];
    case 'transpose':
      return [{ input: 0, size: output, from: 0, fromStrides: op.permutation.map((d) => inStrides[d] as number), to: 0, toStrides: outStrides }];
    case 'slice':
      return [{ input: 0, size: output, from: dot(op.begin, inStrides), fromStrides: inStrides.map((stride, d) => stride * (op.strides[d] as number)), to: 0, toStrides: outStrides }];
    case 'pad':
      return [{ input: 0, size: input, from: 0, fromStrides: inStrides, to: dot(op.before, outStrides), toStrides: outStrides }];
    case 'concatenation': {
      const row = elementCount(output.slice(op.axis));
      const outer = elementCount(output.slice(0, op.axis));
      let to = 0;
      return op.inputs.map((id, i) => {
        const own = elementCount(shapeOf(id).slice(op.axis));
        const box = { input: i, size: [outer, own], from: 0, fromStrides: [own, 1], to, toStrides: [row, 1] };
        to += own;
        return box;
      });
    }
    default:
      return undefined;
  }
}

/** Runs a plan: the reference of the C code. */
export function runCopies({ fill, boxes }: CopyPlan, inputs: readonly Int8Array[], elements: number): Int8Array {
  const output = new Int8Array(elements).fill(fill);
  for (const { input, size, from, fromStrides, to, toStrides } of boxes) {
    const strides = stridesOf(size);
    for (let i = 0; i < elementCount(size); i++) {
      const position = size.map((extent, d) => Math.floor(i / (strides[d] as number)) % extent);
      output[to + dot(position, toStrides)] = inputs[input]?.[from + dot(position, fromStrides)] as number;
    }
  }
  return output;
}
