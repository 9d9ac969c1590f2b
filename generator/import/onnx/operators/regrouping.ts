// SPDX-License-Identifier: Apache-2.0
/**
 * Owns the moves of dimensions between the channels of an image and its rows and columns (pixel shuffle and its inverse) by slices and
 * concatenations: both are the array's, a transposition would be the host's.
 */

import type { NetworkBuilder } from '../builder.js';
import { FILLER, physicalShape, wideDims, type ActivationValue } from '../values.js';

/** More slices than this are not worth it. */
const MAX_SLICES = 64;

/** Dimensions of the ONNX tensor as they lie in memory: those of rows and columns, then those of the channels of a pixel. */
interface Order {
  readonly spatial: readonly number[];
  readonly channel: readonly number[];
}

/** One dimension that leaves the channels for place `at` among the others, or leaves those for the front of the channels. */
interface Move {
  readonly dim: number;
  readonly to: 'space' | 'channels';
  readonly before: Order;
  readonly after: Order;
  readonly at: number;
}

const product = (dims: readonly number[], shape: readonly number[]): number => dims.reduce((sum, dim) => sum * (shape[dim] as number), 1);

const without = (dims: readonly number[], dim: number): number[] => dims.filter((other) => other !== dim);

const isSame = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && a.every((dim, i) => dim === b[i]);

/** Channels that become rows or columns; a dimension can leave where it is the first or the last of the channels. */
function pulls({ spatial, channel }: Order, runs: readonly (readonly number[])[]): Move[] | undefined {
  const target = runs.flat();
  // What is merged with rows or columns leaves.
  const kept = runs.slice(runs.findLastIndex((run) => run.some((dim) => !channel.includes(dim))) + 1).flat();
  const moves: Move[] = [];
  let before: Order = { spatial, channel };
  while (before.channel.length > kept.length) {
    const dim = [before.channel[0], before.channel.at(-1)].find((end) => end !== undefined && !kept.includes(end));
    if (dim === undefined) return undefined;
    const at = before.spatial.filter((other) => target.indexOf(other) < target.indexOf(dim)).length;
    const after = { spatial: before.spatial.toSpliced(at, 0, dim), channel: without(before.channel, dim) };
    moves.push({ dim, to: 'space', before, after, at });
    before = after;
  }
  return isSame([...before.spatial, ...before.channel], target) ? moves : undefined;
}

/** Rows or columns that become the front of the channels. */
function pushes({ spatial, channel }: Order, target: readonly number[]): Move[] | undefined {
  const moves: Move[] = [];
  let before: Order = { spatial, channel };
  for (let place = target.length - channel.length - 1; !isSame([...before.spatial, ...before.channel], target); place--) {
    const dim = target[place];
    const at = before.spatial.indexOf(dim ?? FILLER);
    if (dim === undefined || at < 0) return undefined;
    const after = { spatial: without(before.spatial, dim), channel: [dim, ...before.channel] };
    moves.push({ dim, to: 'channels', before, after, at });
    before = after;
  }
  return moves;
}

/** The slices and the concatenation of one move; views of the image in between keep its pixels together. */
function emitMove(builder: NetworkBuilder, id: number, { dim, to, before, after, at }: Move, shape: readonly number[], name: string): number {
  const [count, channels] = [shape[dim] as number, product(before.channel, shape)];
  const rows = product((to === 'space' ? after : before).spatial.slice(0, at), shape);
  const columns = product(to === 'space' ? before.spatial.slice(at) : before.spatial.slice(at + 1), shape);
  const view = builder.reshape(id, [1, rows, to === 'space' ? columns : count * columns, channels]);
  const part = to === 'space' ? [1, rows, columns, channels / count] : [1, rows, columns, channels];
  const isFirst = before.channel[0] === dim;
  const slices = Array.from({ length: count }, (_, k) => {
    const begin = to === 'channels' ? [0, 0, k * columns, 0] : [0, 0, 0, isFirst ? (k * channels) / count : k];
    const strides = to === 'space' && !isFirst ? [1, 1, 1, count] : [1, 1, 1, 1];
    return builder.emit({ kind: 'slice', inputs: [view], begin, strides }, `${name}/part`, part);
  });
  const axis = to === 'space' ? 2 : 3;
  const joined = part.map((size, d) => (d === axis ? count * size : size));
  return builder.emit({ kind: 'concatenation', inputs: slices as [number, ...number[]], axis }, `${name}/joined`, joined);
}

/** Where the dimensions lie in the image that was reshaped to this value; undefined where its channels are not whole dimensions. */
function orderOf(builder: NetworkBuilder, { id, shape, dims }: ActivationValue): Order | undefined {
  const channels = builder.shapeOf(builder.beforeReshapes(id)).at(-1) ?? 1;
  const order = wideDims(shape, dims);
  const first = channels === 1 ? order.length : order.findIndex((_, i) => product(order.slice(i), shape) === channels);
  return first < 0 ? undefined : { spatial: order.slice(0, first), channel: order.slice(first) };
}

/** Channels in a pixel that are no multiple of this lie with gaps behind them, so that a reshape of pixels moves them. */
const WHOLE_GROUP = 8;

/** Whether dimensions that become one lie partly within pixels, and pixels have gaps. */
export function splitsPixels(builder: NetworkBuilder, value: ActivationValue, runs: readonly (readonly number[])[]): boolean {
  const order = orderOf(builder, value);
  if (order === undefined) return false;
  const { spatial, channel } = order;
  const kept = runs.filter((run) => run.every((dim) => channel.includes(dim))).flat();
  const isCut = runs.some((run) => run.some((dim) => channel.includes(dim)) && run.some((dim) => spatial.includes(dim)));
  return isCut && [channel, kept].some((dims) => product(dims, value.shape) % WHOLE_GROUP !== 0);
}

/**
 * The value with its dimensions of more than 1 in memory in the order of `runs`, each of which is one dimension afterwards: of rows and columns, or of
 * channels. Undefined where slices of channels, or of columns, do not do it.
 */
export function regrouped(builder: NetworkBuilder, value: ActivationValue, runs: readonly (readonly number[])[], name: string): ActivationValue | undefined {
  const { shape } = value;
  const start = orderOf(builder, value);
  if (start === undefined) return undefined;
  const target = runs.flat();
  const moves = pulls(start, runs) ?? pushes(start, target);
  if (moves === undefined || moves.reduce((sum, { dim }) => sum + (shape[dim] as number), 0) > MAX_SLICES) return undefined;
  const id = moves.reduce((from, move) => emitMove(builder, from, move, shape, name), builder.beforeReshapes(value.id));
  const dims = [FILLER, ...target, ...((moves.at(-1)?.after ?? start).channel.length === 0 ? [FILLER] : [])];
  return { ...value, id: builder.reshape(id, physicalShape(shape, dims)), dims };
}
