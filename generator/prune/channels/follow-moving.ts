// SPDX-License-Identifier: Apache-2.0
/** Owns the way of channels through operators that move values. Where they cannot be followed they are pinned. */

import type { FloatMovingOp } from '../../float/network.js';
import { elementCount, stridesOf, type Shape } from '../../tensor/tensor.js';
import type { ChannelLabels, TensorChannels } from './labels.js';

/** What an operator reads. */
export interface ChanneledInput extends TensorChannels {
  readonly shape: Shape;
}

/** New pinned labels for a tensor whose channels have no known origin. */
export function unfollowed(inputs: readonly ChanneledInput[], shape: Shape, labels: ChannelLabels, reason: string): TensorChannels {
  for (const input of inputs) labels.pin(input.labels, reason);
  const axis = shape.length - 1;
  const own = labels.fresh(shape[axis] as number);
  labels.pin(own, reason);
  return { axis, labels: own };
}

/** Label of every element of a tensor, row-major. */
export function elementLabels({ axis, labels, shape }: ChanneledInput): Int32Array {
  const inner = stridesOf(shape)[axis] as number;
  return Int32Array.from({ length: elementCount(shape) }, (_, i) => labels[Math.floor(i / inner) % labels.length] as number);
}

/** The dimension of `shape` along which alone these elements' labels change; undefined: there is none. */
function axisOf(elements: Int32Array, shape: Shape): TensorChannels | undefined {
  const strides = stridesOf(shape);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const [inner, size] = [strides[axis] as number, shape[axis] as number];
    const labels = Int32Array.from({ length: size }, (_, i) => elements[i * inner] as number);
    if (elements.every((label, i) => label === labels[Math.floor(i / inner) % size])) return { axis, labels };
  }
  return undefined;
}

const isWholeAxis = (count: number, before: number, after: number): boolean => before === 0 && after === 0 && count > 0;

/** Channels of the output of an operator that moves values. */
export function followMoving(op: FloatMovingOp, inputs: readonly ChanneledInput[], shape: Shape, labels: ChannelLabels): TensorChannels {
  const first = inputs[0] as ChanneledInput;
  const { axis } = first;
  const stop = (why: string): TensorChannels => unfollowed(inputs, shape, labels, `${op.name} ${why}`);
  switch (op.kind) {
    case 'reshape': {
      // A class is one label by now or will be: joins that come later keep equal what is equal here.
      const resolved = first.labels.map((label) => labels.find(label));
      return axisOf(elementLabels({ ...first, labels: resolved }), shape) ?? stop('mixes channels and positions');
    }
    case 'transpose':
      return { axis: op.permutation.indexOf(axis), labels: first.labels };
    case 'resize-nearest':
      return axis === 3 ? first : stop('resizes along channels');
    case 'pad': {
      const [before, after] = [op.before[axis] as number, op.after[axis] as number];
      if (isWholeAxis(first.labels.length, before, after)) return first;
      return { axis, labels: Int32Array.from([...labels.fresh(before), ...first.labels, ...labels.fresh(after)]) };
    }
    case 'slice': {
      const [begin, stride, count] = [op.begin[axis] as number, op.strides[axis] as number, shape[axis] as number];
      const isWhole = count === first.labels.length;
      if (!isWhole && (stride !== 1 || new Set(first.labels.map((label) => labels.find(label))).size < first.labels.length)) return stop('takes channels in steps');
      return { axis, labels: first.labels.slice(begin, begin + count) };
    }
    case 'concatenation': {
      if (inputs.some((input) => input.axis !== axis)) return stop('joins channels with positions');
      if (op.axis === axis) return { axis, labels: Int32Array.from(inputs.flatMap((input) => [...input.labels])) };
      for (const input of inputs) labels.join(first.labels, input.labels);
      return first;
    }
  }
}
