// SPDX-License-Identifier: Apache-2.0
/** Owns the sliding windows of Conv and pooling: kernel, strides, dilations and padding as numbers. */

import type { Padding } from '../../../graph/network.js';
import { dilatedExtent, windowCount } from '../../../graph/shapes.js';
import type { ActivationValue } from '../values.js';
import { channelsLast } from '../values.js';
import type { OperatorContext } from '../context.js';

/** One dimension of a window. */
export interface Slide {
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
  readonly after: number;
  /** Positions behind the padding that ceil_mode reaches. */
  readonly beyond: number;
  readonly outputs: number;
}

export interface Windows {
  /** Channels last; rows of samples (N x C x L) are images of height 1. */
  readonly input: ActivationValue;
  readonly height: Slide;
  readonly width: Slide;
}

export const ALONE: Slide = { kernel: 1, stride: 1, dilation: 1, before: 0, after: 0, beyond: 0, outputs: 1 };

export const isNatural = (value: number): boolean => Number.isSafeInteger(value) && value >= 0 && value < 2 ** 31;
export const isPositive = (value: number): boolean => isNatural(value) && value > 0;

/** Reads an input: of floats, or of integers too. */
export type ReadValues = (context: OperatorContext, position: number) => ActivationValue;

const floats: ReadValues = (context, position) => context.activation(position);

/** The image that the operator reads: batch 1, channels last. */
export function image(context: OperatorContext, read = floats): ActivationValue {
  const value = read(context, 0);
  const { shape } = value;
  if (shape.length !== 4 && shape.length !== 3) throw context.unsupported(`an input of shape ${shape.join('x')}`, 'NxCxHxW or NxCxL');
  if (shape[0] !== 1) throw context.unsupported(`batch ${shape[0] ?? 0}`, 'batch 1', 'Export the model with batch 1 or with a dynamic batch.');
  return context.builder.arrange(value, channelsLast(shape.length));
}

/** An attribute with `count` numbers. */
export function listOf(context: OperatorContext, name: string, count: number, otherwise: number, isFit: (value: number) => boolean): readonly number[] {
  const list = context.ints(name) ?? [];
  if (list.length === 0) return Array.from({ length: count }, () => otherwise);
  if (list.length !== count) throw context.malformed(`${list.length} values in ${name}`, `${count}`);
  const bad = list.find((value) => !isFit(value));
  if (bad !== undefined) throw context.unsupported(`${bad} in ${name}`, isFit(0) ? 'no negative number' : 'positive numbers');
  return list;
}

/** Reads strides, dilations, pads, auto_pad and ceil_mode. */
export function windows(context: OperatorContext, kernel: readonly number[], read?: ReadValues): Windows {
  const input = image(context, read);
  const sizes = input.shape.slice(2);
  const rank = sizes.length;
  if (kernel.length !== rank || !kernel.every(isPositive)) throw context.malformed(`kernel ${kernel.join('x')} for ${rank} dimensions`, 'one positive number for each');
  const strides = listOf(context, 'strides', rank, 1, isPositive);
  const dilations = listOf(context, 'dilations', rank, 1, isPositive);
  const pads = listOf(context, 'pads', 2 * rank, 0, isNatural);
  const autoPad = context.text('auto_pad', 'NOTSET');
  if (!['NOTSET', '', 'VALID', 'SAME_UPPER', 'SAME_LOWER'].includes(autoPad)) throw context.malformed(`auto_pad ${autoPad}`, 'NOTSET, VALID, SAME_UPPER or SAME_LOWER');
  const isCeil = context.int('ceil_mode', 0) !== 0;
  const slides = sizes.map((size, d): Slide => {
    const [own, stride, dilation] = [kernel[d] as number, strides[d] as number, dilations[d] as number];
    const extent = dilatedExtent(own, dilation);
    let [before, after] = [pads[d] as number, pads[d + rank] as number];
    if (autoPad.startsWith('SAME')) {
      const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + extent - size);
      before = autoPad === 'SAME_UPPER' ? Math.floor(total / 2) : Math.ceil(total / 2);
      after = total - before;
    } else if (autoPad === 'VALID') [before, after] = [0, 0];
    let outputs = windowCount(size, before, after, extent, stride);
    if (isCeil && !autoPad.startsWith('SAME')) {
      outputs = Math.ceil((size + before + after - extent) / stride) + 1;
      // The last window begins inside the input or the padding before it.
      if ((outputs - 1) * stride >= size + before) outputs--;
    }
    if (outputs < 1) throw context.malformed(`a window of ${extent} on ${size} values with padding ${before} and ${after}`, 'a window that fits');
    return { kernel: own, stride, dilation, before, after, outputs, beyond: Math.max(0, (outputs - 1) * stride + extent - (size + before + after)) };
  });
  return { input, height: rank === 1 ? ALONE : (slides[0] as Slide), width: slides[rank - 1] as Slide };
}

export const paddingOf = ({ height, width }: Windows): Padding => ({ top: height.before, left: width.before, bottom: height.after + height.beyond, right: width.after + width.beyond });

export const strideOf = ({ height, width }: Windows): { readonly strideHeight: number; readonly strideWidth: number } => ({ strideHeight: height.stride, strideWidth: width.stride });

/** The operator's output: an image with this many channels. */
export function imageOutput({ input, height, width }: Windows, channels: number, id: number): ActivationValue {
  const shape = input.shape.length === 3 ? [1, channels, width.outputs] : [1, channels, height.outputs, width.outputs];
  return { kind: 'activation', id, shape, dims: channelsLast(shape.length) };
}
