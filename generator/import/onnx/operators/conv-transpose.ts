// SPDX-License-Identifier: Apache-2.0
/**
 * Owns the conversion of ConvTranspose: a convolution that computes the stride x stride values of a block as channels, a pixel shuffle,
 * and a slice. Output p (padding counted) of a dimension is the sum of input q - m times tap i + stride * m, where p = stride * q + i.
 */

import { NO_REAL_CLAMP, type FloatWeights } from '../../../float/network.js';
import { elementCount, formatShape } from '../../../tensor/tensor.js';
import type { Convert, OperatorContext } from '../context.js';
import { channelsLast, floatValues, upTo } from '../values.js';
import { reshapeTo, transposeBy } from './reshaping.js';
import { sliceBy } from './slicing.js';
import { gridAlong, stepsOf, weightsAt } from './weighted.js';
import { image, isNatural, isPositive, listOf } from './windows.js';

/** One dimension. */
interface Upsampling {
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
  readonly outputs: number;
  /** Taps of the convolution. */
  readonly taps: number;
  /** Block that the convolution's first output is; blocks before it are cut off. */
  readonly first: number;
  /** Blocks that the convolution computes, and the padding behind its input for that. */
  readonly blocks: number;
  readonly after: number;
}

const ALONE: Upsampling = { kernel: 1, stride: 1, dilation: 1, before: 0, outputs: 1, taps: 1, first: 0, blocks: 1, after: 0 };

/** Reads strides, dilations, pads, output_padding, output_shape and auto_pad. */
function upsamplings(context: OperatorContext, sizes: readonly number[], kernel: readonly number[]): Upsampling[] {
  const rank = sizes.length;
  const [strides, dilations] = ['strides', 'dilations'].map((name) => listOf(context, name, rank, 1, isPositive)) as [readonly number[], readonly number[]];
  const [pads, more, shape] = [listOf(context, 'pads', 2 * rank, 0, isNatural), listOf(context, 'output_padding', rank, 0, isNatural), listOf(context, 'output_shape', rank, 0, isNatural)];
  const autoPad = context.text('auto_pad', 'NOTSET');
  if (!['NOTSET', '', 'VALID', 'SAME_UPPER', 'SAME_LOWER'].includes(autoPad)) throw context.malformed(`auto_pad ${autoPad}`, 'NOTSET, VALID, SAME_UPPER or SAME_LOWER');
  return sizes.map((size, d): Upsampling => {
    const [own, stride, dilation, extra] = [kernel[d] as number, strides[d] as number, dilations[d] as number, more[d] as number];
    const extent = (own - 1) * dilation + 1;
    const whole = (size - 1) * stride + extent + extra;
    // Where the stride leaves gaps, SAME ends with the last tap, as in onnxruntime.
    const wanted = (shape[d] as number) > 0 ? (shape[d] as number) : autoPad.startsWith('SAME') ? Math.min(whole, size * stride) : undefined;
    let [before, behind] = autoPad === 'VALID' ? [0, 0] : [pads[d] as number, pads[rank + d] as number];
    if (wanted !== undefined) {
      const total = Math.max(0, whole - wanted);
      before = autoPad === 'SAME_UPPER' ? Math.floor(total / 2) : Math.ceil(total / 2);
      behind = total - before;
    }
    const outputs = wanted ?? whole - before - behind;
    if (outputs < 1) throw context.malformed(`padding ${before} and ${behind} of ${whole} values`, 'one value that is left');
    const taps = Math.ceil(extent / stride);
    const first = Math.min(Math.floor(before / stride), taps - 1);
    const needed = Math.ceil((before + outputs) / stride) - first;
    const after = Math.max(0, needed - size + first);
    return { kernel: own, stride, dilation, before, outputs, taps, first, after, blocks: size - first + after };
  });
}

/** Weights OHWI of the convolution, output channels in the order row, column, channel. `values` are ONNX's, C x O x H x W. */
function phaseWeights(values: Float32Array, [channels, outputs]: readonly [number, number], height: Upsampling, width: Upsampling): Float32Array {
  const data = new Float32Array(height.stride * width.stride * outputs * height.taps * width.taps * channels);
  /** Index of the kernel's tap at place m of the convolution for phase i; undefined between its taps. */
  const tapOf = ({ stride, dilation, kernel }: Upsampling, i: number, m: number): number | undefined => {
    const tap = (i + stride * m) / dilation;
    return Number.isInteger(tap) && tap < kernel ? tap : undefined;
  };
  let at = 0;
  for (const i of upTo(height.stride)) {
    for (const j of upTo(width.stride)) {
      for (const o of upTo(outputs)) {
        for (const y of upTo(height.taps)) {
          for (const x of upTo(width.taps)) {
            const [row, column] = [tapOf(height, i, height.taps - 1 - y), tapOf(width, j, width.taps - 1 - x)];
            if (row !== undefined && column !== undefined) {
              for (let c = 0; c < channels; c++) data[at + c] = values[((c * outputs + o) * height.kernel + row) * width.kernel + column] as number;
            }
            at += channels;
          }
        }
      }
    }
  }
  return data;
}

export const convTranspose: Convert = (context) => {
  const { builder, outputName } = context;
  const { tensor, grid } = weightsAt(context, 1);
  const kernel = context.ints('kernel_shape') ?? tensor.shape.slice(2);
  const input = image(context);
  const [, channels = 1, ...sizes] = input.shape;
  if (tensor.shape.length !== input.shape.length || kernel.join() !== tensor.shape.slice(2).join() || !kernel.every(isPositive)) {
    throw context.malformed(`kernel ${kernel.join('x')} and weights ${formatShape(tensor.shape)}`, 'weights CxOxHxW of that kernel');
  }
  if (context.int('group', 1) !== 1) throw context.unsupported(`${context.int('group', 1)} groups`, 'one', 'Use Resize (nearest) and a Conv with groups.');
  const [inChannels = 1, outputs = 1] = tensor.shape;
  if (inChannels !== channels) throw context.malformed(`weights ${formatShape(tensor.shape)} for ${channels} channels`, 'weights that read all channels');
  const slides = upsamplings(context, sizes, kernel);
  const [height, width] = slides.length === 1 ? [ALONE, slides[0] as Upsampling] : (slides as [Upsampling, Upsampling]);
  const phases = height.stride * width.stride;
  const shape: FloatWeights['shape'] = [phases * outputs, height.taps, width.taps, channels];
  builder.growth.spend(elementCount(shape));
  const bias = context.optionalConstant(2);
  if (bias !== undefined && elementCount(bias.shape) !== outputs) throw context.malformed(`${elementCount(bias.shape)} biases`, `${outputs}, one per output channel`);
  const own = gridAlong(grid, 1);
  const repeated = <T>(list: readonly T[]): T[] => upTo(phases).flatMap(() => list);
  const phased = own === undefined || own.axis === undefined ? own : { ...own, scales: repeated(own.scales), zeroPoints: repeated(own.zeroPoints) };
  const op = {
    kind: 'conv2d', inputs: [input.id], groups: 1, ...NO_REAL_CLAMP,
    weights: { name: tensor.name, layout: 'OHWI', shape, data: phaseWeights(floatValues(tensor), [channels, outputs], height, width), ...stepsOf(phased, phases * outputs) },
    bias: Float32Array.from(repeated(bias === undefined ? upTo(outputs).map(() => 0) : Array.from(floatValues(bias)))),
    padding: { top: height.taps - 1 - height.first, left: width.taps - 1 - width.first, bottom: height.after, right: width.after },
    strideHeight: 1, strideWidth: 1, dilationHeight: 1, dilationWidth: 1,
  } as const;
  const isLong = sizes.length === 1;
  const spatial = isLong ? [width] : [height, width];
  const blocks = [1, phases * outputs, ...spatial.map((slide) => slide.blocks)];
  const sums = { kind: 'activation', id: builder.emit(op, `${outputName}/blocks`, [1, height.blocks, width.blocks, phases * outputs], phased), shape: blocks, dims: channelsLast(blocks.length) } as const;
  const split = reshapeTo(context, sums, [1, ...spatial.map(({ stride }) => stride), outputs, ...spatial.map((slide) => slide.blocks)]);
  const moved = transposeBy(split, isLong ? [0, 2, 3, 1] : [0, 3, 4, 1, 5, 2]);
  const whole = reshapeTo(context, moved, [1, outputs, ...spatial.map((slide) => slide.blocks * slide.stride)]);
  const begin = [0, 0, ...spatial.map(({ before, first, stride }) => before - first * stride)];
  return sliceBy(context, whole, begin, begin.map(() => 1), [1, outputs, ...spatial.map((slide) => slide.outputs)]);
};
