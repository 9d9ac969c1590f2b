// SPDX-License-Identifier: Apache-2.0
/** Owns the conversion of Pad. */

import { shapesEqual } from '../../../tensor/tensor.js';
import { axisIn, type Convert, type OperatorContext } from '../context.js';
import { FILLER, physicalShape, upTo, type ActivationValue } from '../values.js';
import { anyValues, handedOn } from './handed-on.js';
import { progressions, sliceBy, takenAlong, type Progression } from './slicing.js';

/** Places on both sides that mode edge, reflect or wrap may fill: in fewer slices still. */
const MAX_REPEATED = 4096;

/** The place of `size` values that a place outside repeats. */
const REPEATED: Readonly<Record<string, (place: number, size: number) => number>> = {
  edge: (place, size) => Math.min(size - 1, Math.max(0, place)),
  reflect: (place, size) => {
    const period = Math.max(1, 2 * (size - 1));
    const within = ((place % period) + period) % period;
    return within < size ? within : period - within;
  },
  wrap: (place, size) => ((place % size) + size) % size,
};

/** The real number that fills; integers are filled with an integer. */
function padding(context: OperatorContext, { integer }: ActivationValue): number {
  if (integer?.dynamic !== undefined) throw context.unsupported('a constant beside the integers of DynamicQuantizeLinear', 'Pad before DynamicQuantizeLinear');
  const own = context.attribute('value') === undefined ? context.optionalConstant(2)?.data[0] : context.float('value', 0);
  const { quantization, type } = integer ?? {};
  if (quantization === undefined) return own ?? 0;
  return ((own ?? 0) - (type === 'uint8' ? 128 : 0) - quantization.zeroPoint) * quantization.scale;
}

/** Negative amounts cut off; what is repeated is sliced and joined. */
export const pad: Convert = (context) => {
  const mode = context.text('mode', 'constant');
  const repeated = Object.hasOwn(REPEATED, mode) ? REPEATED[mode] : undefined;
  if (mode !== 'constant' && repeated === undefined) throw context.malformed(`mode ${mode}`, 'constant, edge, reflect or wrap');
  const value = anyValues(context, 0);
  const rank = value.shape.length;
  const list = context.list('pads', 1) ?? context.ints('paddings') ?? [];
  const axes = (context.list('axes', 3) ?? upTo(rank)).map((axis) => axisIn(context, axis, rank));
  if (list.length !== 2 * axes.length) throw context.malformed(`${list.length} amounts for ${axes.length} dimensions`, `${2 * axes.length}`);
  const amounts = (offset: number): number[] => upTo(rank).map((d) => (axes.includes(d) ? (list[axes.indexOf(d) + offset] as number) : 0));
  const [before, after] = [amounts(0), amounts(axes.length)];
  const cut = (amount: number): number => Math.max(0, -amount);
  const shapeCut = value.shape.map((size, d) => size - cut(before[d] as number) - cut(after[d] as number));
  const inner = sliceBy(context, value, before.map(cut), before.map(() => 1), shapeCut, `${context.outputName}/cut`);
  const grow = (amount: number): number => Math.max(0, amount);
  const shape = shapeCut.map((size, d) => size + grow(before[d] as number) + grow(after[d] as number));
  if (shapesEqual(shape, shapeCut)) return inner;
  if (repeated !== undefined) {
    return upTo(rank).filter((d) => shape[d] !== shapeCut[d]).reduce((padded, d) => {
      const [first, last, size] = [grow(before[d] as number), grow(after[d] as number), shapeCut[d] as number];
      if (first + last > MAX_REPEATED) throw context.unsupported(`${first + last} repeated places along dimension ${d}`, `at most ${MAX_REPEATED}`);
      const pieces = (count: number, from: number): Progression[] => progressions(upTo(count).map((place) => repeated(from + place, size)));
      return takenAlong(context, padded, d, [...pieces(first, -first), { begin: 0, step: 1, count: size }, ...pieces(last, size)]);
    }, inner);
  }
  const { id, dims } = context.builder.spread(inner, upTo(rank).filter((d) => shape[d] !== shapeCut[d]));
  const at = (amounts_: readonly number[]): number[] => dims.map((dim) => (dim === FILLER ? 0 : grow(amounts_[dim] as number)));
  const op = { kind: 'pad', inputs: [id], before: at(before), after: at(after), value: padding(context, value) } as const;
  return handedOn(context, value, { kind: 'activation', id: context.builder.emit(op, context.outputName, physicalShape(shape, dims)), shape, dims });
};
