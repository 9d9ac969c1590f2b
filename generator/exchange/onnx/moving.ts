// SPDX-License-Identifier: Apache-2.0
/** Owns the writing of operators that move values. */

import { assertNever } from '../../core/errors.js';
import type { FloatMovingOp } from '../../float/network.js';
import { UnwritableOpError } from '../errors.js';
import type { WritingContext } from './context.js';
import { int, ints, text } from './graph-builder.js';
import { CHANNELS_FIRST, fileAxis, fileShape, inFileOrder } from './layout.js';

/** The `perm` of the file for a permutation of the network's dimensions. */
function filePermutation(permutation: readonly number[]): number[] {
  const rank = permutation.length;
  const own = rank === 4 ? CHANNELS_FIRST : permutation.map((_, d) => d);
  return own.map((d) => fileAxis(permutation[d] as number, rank));
}

/** Scales that give exactly these sizes, where there are such; else the sizes. The first dimension stays as it is. */
function resizeInputs(context: WritingContext): string[] {
  const { graph, op, inputShape, outputShape } = context;
  const [from, to] = [fileShape(inputShape), fileShape(outputShape)];
  const scales = to.map((size, d) => Math.fround(size / (from[d] as number)));
  const isExact = scales.every((scale, d) => Math.floor((from[d] as number) * scale) === to[d]);
  return isExact ? ['', graph.floats(`${op.name}/scales`, [4], scales)] : ['', '', graph.integers(`${op.name}/sizes`, [...to])];
}

export function writeMoving(context: WritingContext, op: FloatMovingOp): void {
  const { graph, input, output, inputShape, outputShape } = context;
  const node = (type: string, inputs: readonly string[], attributes = {}): void => { graph.node(type, op.name, inputs, output, attributes); };
  switch (op.kind) {
    case 'reshape':
      context.reshaped(input, inputShape, outputShape, output);
      return;
    case 'concatenation':
      return node('Concat', op.inputs.map((id) => context.nameOf(id)), { axis: int(fileAxis(op.axis, outputShape.length)) });
    case 'pad': {
      const pads = graph.integers(`${op.name}/pads`, [...inFileOrder(op.before), ...inFileOrder(op.after)]);
      return node('Pad', [input, pads, graph.floats(`${op.name}/value`, [], [op.value])], { mode: text('constant') });
    }
    case 'transpose':
      return node('Transpose', [input], { perm: ints(filePermutation(op.permutation)) });
    case 'slice': {
      const [begin, steps, from, to] = [inFileOrder(op.begin), inFileOrder(op.strides), fileShape(inputShape), fileShape(outputShape)] as const;
      const axes = begin.map((_, d) => d).filter((d) => from[d] !== to[d]);
      if (axes.length === 0) return node('Identity', [input]);
      const list = (what: string, value: (d: number) => number): string => graph.integers(`${op.name}/${what}`, axes.map(value));
      const end = (d: number): number => (begin[d] as number) + ((to[d] as number) - 1) * (steps[d] as number) + 1;
      return node('Slice', [input, list('starts', (d) => begin[d] as number), list('ends', end), list('axes', (d) => d), list('steps', (d) => steps[d] as number)]);
    }
    case 'resize-nearest': {
      if (op.alignCorners && op.halfPixelCenters) throw new UnwritableOpError(op.name, 'nearest neighbour with aligned corners and half-pixel centres', 'one of the two');
      const [coordinates, rounding] = op.alignCorners ? ['align_corners', 'round_prefer_ceil'] : op.halfPixelCenters ? ['half_pixel', 'round_prefer_ceil'] : ['asymmetric', 'floor'];
      return node('Resize', [input, ...resizeInputs(context)], { mode: text('nearest'), coordinate_transformation_mode: text(coordinates as string), nearest_mode: text(rounding as string) });
    }
    default:
      return assertNever(op, 'writeMoving');
  }
}
