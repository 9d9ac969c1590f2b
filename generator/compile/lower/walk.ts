// SPDX-License-Identifier: Apache-2.0
/** Owns the window walk of each operator: kernel, strides, padding, weights and first-pass requantization. */
import { DefectError } from '../../core/errors.js';
import { isWeighted, NO_CLAMP, type AveragePoolOp, type Conv2dOp, type DepthwiseConv2dOp, type FullyConnectedOp, type MeanOp, type Network, type Op, type WeightedOp } from '../../graph/network.js';
import { inputOf, outputOf } from '../../graph/query.js';
import { meanRescaling } from '../../quantize/arithmetic-rescaling.js';
import type { Rounding } from '../../quantize/fixed-point.js';
import { requantization } from '../../quantize/requantization.js';
import { imageSize, type ImageSize } from '../../tensor/tensor.js';
import type { ArrayLayer, ChannelParameters, Extent, LayerWeights, OutputPlace, OutputRange } from '../array-layer.js';
import { averageParameters } from './average.js';
import { wholeFactor } from './nearest.js';
import { filterParameters, identityParameters, requireAccumulator } from './parameters.js';
import { filterWeights, requireWeightRange, selectWeights, type WeightContext } from './weights.js';

export const ONE: Extent = { height: 1, width: 1 };
const NONE = { top: 0, left: 0 };
export const WHOLE: OutputPlace = { row: 0, column: 0, rowStep: 1, columnStep: 1 };

/** What a head is before the drain and the places are added. */
export interface Walk extends Pick<ArrayLayer, 'kernel' | 'stride' | 'dilation' | 'padding' | 'padByte' | 'reduce' | 'outputPlaces'> {
  readonly output: Extent;
  readonly weights: LayerWeights;
  readonly parameters: (channel: number) => ChannelParameters;
  readonly value: OutputRange;
}

export interface WalkRequest {
  readonly network: Network;
  /** Undefined: the values of the input as they are. */
  readonly head: Op | undefined;
  readonly mask: Uint8Array | undefined;
  /** The input as the walk sees it, and its zero point. */
  readonly input: ImageSize & { readonly zeroPoint: number };
  /** More rows and columns of padding before it. */
  readonly border: { readonly top: number; readonly left: number };
  readonly output: ImageSize;
  readonly place: WeightContext;
  readonly rounding: Rounding;
}

/** One walk, or several for the parts of an output that are computed otherwise. */
export function walksOf(request: WalkRequest): Walk[] {
  const { head } = request;
  switch (head?.kind) {
    case 'conv2d':
    case 'depthwise-conv2d':
    case 'fully-connected':
      return [filterWalk(request, head)];
    case 'average-pool':
      return averageWalks(request, head);
    case 'max-pool':
      return [{
        ...pooled(request, head), output: request.output, padding: head.padding, padByte: -128, reduce: 'maximum',
        // As in movingWalk.
        parameters: () => identityParameters(-request.input.zeroPoint), value: { zeroPoint: request.input.zeroPoint, clampMin: head.activationMin, clampMax: head.activationMax },
      }];
    case 'mean':
      return [meanWalk(request, head)];
    default:
      return [movingWalk(request, head)];
  }
}

/** Filters of a weighted operator. */
function filterWalk({ network, mask, input, border, output, place }: WalkRequest, op: WeightedOp): Walk {
  const requant = requantization(network, op);
  requireWeightRange(op, mask, place.weightBits);
  const parameters = filterParameters(op, mask, requant, place.accumulatorBits);
  const kernel = op.kind === 'fully-connected' ? { height: input.height, width: input.width } : { height: op.weights.shape[1], width: op.weights.shape[2] };
  const isImage = op.kind !== 'fully-connected';
  return {
    kernel,
    stride: isImage ? { height: op.strideHeight, width: op.strideWidth } : ONE,
    dilation: isImage ? { height: op.dilationHeight, width: op.dilationWidth } : ONE,
    padding: isImage ? { top: op.padding.top + border.top, left: op.padding.left + border.left } : NONE,
    padByte: requant.inputZeroPoint,
    reduce: 'sum',
    output,
    outputPlaces: [WHOLE],
    weights: filterWeights(op, mask, firstInputOf(op), kernel.height * kernel.width, place),
    parameters: (channel) => parameters[channel] as ChannelParameters,
    value: { zeroPoint: requant.outputZeroPoint, clampMin: requant.activationMin, clampMax: requant.activationMax },
  };
}

/** First input channel of each filter. */
function firstInputOf(op: Conv2dOp | DepthwiseConv2dOp | FullyConnectedOp): (filter: number) => number {
  if (op.kind === 'depthwise-conv2d') return (filter) => Math.floor(filter / op.depthMultiplier);
  if (op.kind === 'fully-connected' || op.groups === 1) return () => 0;
  const [filters, , , share] = op.weights.shape;
  return (filter) => Math.floor(filter / (filters / op.groups)) * share;
}

const pooled = ({ place }: WalkRequest, op: AveragePoolOp | Extract<Op, { kind: 'max-pool' }>): Pick<Walk, 'kernel' | 'stride' | 'dilation' | 'weights' | 'outputPlaces'> => ({
  kernel: { height: op.filterHeight, width: op.filterWidth },
  stride: { height: op.strideHeight, width: op.strideWidth },
  dilation: ONE,
  weights: selectWeights((channel) => channel, place),
  outputPlaces: [WHOLE],
});

interface Run {
  readonly first: number;
  readonly count: number;
  readonly real: number;
}

/** Runs of output rows (columns) whose windows hold equally many real rows (columns). */
export function equalRuns(outputs: number, inputs: number, stride: number, filter: number, before: number): Run[] {
  const runs: { first: number; count: number; real: number }[] = [];
  for (let at = 0; at < outputs; at++) {
    const begin = at * stride - before;
    const real = Math.min(inputs, begin + filter) - Math.max(0, begin);
    const last = runs.at(-1);
    if (last?.real === real) last.count++;
    else runs.push({ first: at, count: 1, real });
  }
  return runs;
}

/** Runs of output rows and of output columns. */
function averageRuns({ padding, filterHeight, filterWidth, strideHeight, strideWidth }: AveragePoolOp, input: ImageSize, output: ImageSize): readonly [rows: readonly Run[], columns: readonly Run[]] {
  return [equalRuns(output.height, input.height, strideHeight, filterHeight, padding.top), equalRuns(output.width, input.width, strideWidth, filterWidth, padding.left)];
}

/** Walks of one operator: large windows with padding have another number of values in every place. */
const MAX_AVERAGE_WALKS = 64;
/** Values of one window of each: every sum of them is checked for the factor. */
const MAX_AVERAGE_VALUES = 2 ** 17;

/** Whether the array takes it: beyond 2^16 values sums leave the requantizer's range, and every number of values has a factor to be found. */
export function isArrayAverage(network: Network, op: AveragePoolOp): boolean {
  if (op.filterHeight * op.filterWidth >= 2 ** 16) return false;
  const [rows, columns] = averageRuns(op, imageSize(inputOf(network, op).shape), imageSize(outputOf(network, op).shape));
  const values = rows.reduce((sum, row) => sum + columns.reduce((inner, column) => inner + row.real * column.real, 0), 0);
  return rows.length * columns.length <= MAX_AVERAGE_WALKS && values <= MAX_AVERAGE_VALUES;
}

/** Sums by the array, divided by the requantizer: windows with the same number of real values share a walk. */
function averageWalks(request: WalkRequest, op: AveragePoolOp): Walk[] {
  const { input, output, place, rounding } = request;
  const { padding, filterHeight, filterWidth, strideHeight, strideWidth } = op;
  requireAccumulator(op.name, 0, filterHeight * filterWidth, place.accumulatorBits);
  const [rows, columns] = averageRuns(op, input, output);
  return rows.flatMap((row) => columns.map((column): Walk => {
    const { parameters, zeroPoint } = averageParameters(row.real * column.real, op.legacyUint8 === true ? 'up' : 'away', rounding);
    return {
      ...pooled(request, op),
      output: { height: row.count, width: column.count },
      outputPlaces: [{ row: row.first, column: column.first, rowStep: 1, columnStep: 1 }],
      padding: { top: padding.top - row.first * strideHeight, left: padding.left - column.first * strideWidth },
      padByte: 0, reduce: 'sum', parameters: () => parameters,
      value: { zeroPoint, clampMin: op.activationMin, clampMax: op.activationMax },
    };
  }));
}

function meanWalk({ network, input, output, place }: WalkRequest, op: MeanOp): Walk {
  const { multiplier, shift, inputZeroPoint, outputZeroPoint } = meanRescaling(network, op);
  requireAccumulator(op.name, 0, input.height * input.width, place.accumulatorBits);
  const bias = -inputZeroPoint * input.height * input.width;
  const parameters = { bias, multiplier, rightShift: Math.max(0, -shift), leftShift: Math.max(0, shift) };
  return {
    kernel: { height: input.height, width: input.width }, stride: ONE, dilation: ONE, padding: NONE, padByte: 0, reduce: 'sum', output, outputPlaces: [WHOLE],
    weights: selectWeights((channel) => channel, place),
    parameters: () => parameters,
    value: { zeroPoint: outputZeroPoint, clampMin: -128, clampMax: 127 },
  };
}

/** Pad, slice, resize, and the values as they are. */
function movingWalk({ network, head, input, output, place }: WalkRequest, op: Op | undefined): Walk {
  // A zero point that the bias takes away again: products need it, nothing else sees it.
  const { zeroPoint } = input;
  const same: Walk = {
    kernel: ONE, stride: ONE, dilation: ONE, padding: NONE, padByte: 0, reduce: 'sum', output, outputPlaces: [WHOLE],
    weights: selectWeights((channel) => (input.channels === 1 ? 0 : channel), place),
    parameters: () => identityParameters(-zeroPoint),
    value: { zeroPoint, clampMin: NO_CLAMP.activationMin, clampMax: NO_CLAMP.activationMax },
  };
  switch (op?.kind) {
    case undefined:
      return same;
    case 'pad': {
      const [, top = 0, left = 0, first = 0] = op.before;
      const { channels } = imageSize(inputOf(network, op).shape);
      const isReal = (channel: number): boolean => channel >= first && channel < first + channels;
      return {
        ...same, padding: { top, left }, padByte: op.value,
        weights: selectWeights((channel) => (isReal(channel) ? channel - first : -1), place),
        parameters: (channel) => identityParameters((isReal(channel) ? 0 : op.value) - zeroPoint),
      };
    }
    case 'slice': {
      const [, row = 0, column = 0, first = 0] = op.begin;
      const [, height = 1, width = 1, step = 1] = op.strides;
      return { ...same, stride: { height, width }, padding: { top: -row, left: -column }, weights: selectWeights((channel) => first + channel * step, place) };
    }
    case 'resize-nearest': {
      const factor = wholeFactor(network, op);
      if (factor === undefined) throw new DefectError('movingWalk', `${op.name} repeats rows unequally`);
      const { height, width } = imageSize(inputOf(network, op).shape);
      const places = Array.from({ length: factor.height * factor.width }, (_, i): OutputPlace => ({
        row: Math.floor(i / factor.width), column: i % factor.width, rowStep: factor.height, columnStep: factor.width,
      }));
      return { ...same, output: { height, width }, outputPlaces: places };
    }
    default:
      throw new DefectError('movingWalk', `${head === undefined ? 'nothing' : head.name} is no walk of the array`);
  }
}

export const isFilter = (op: Op | undefined): op is WeightedOp => op !== undefined && isWeighted(op);

