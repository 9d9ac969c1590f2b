// SPDX-License-Identifier: Apache-2.0
/** Owns the conversion of Resize and Upsample. */

import { formatShape, shapesEqual } from '../../../tensor/tensor.js';
import { axisIn, type Convert } from '../context.js';
import { physicalShape } from '../values.js';
import { anyValues, handedOn } from './handed-on.js';
import { resizedIndices, sameIndices, type ResizeRule } from './nearest.js';

/** Rows and columns by nearest neighbour. */
export const resize: Convert = (context) => {
  const mode = context.text('mode', 'nearest');
  if (mode !== 'nearest') throw context.unsupported(`mode ${mode}`, 'mode nearest');
  const value = anyValues(context, 0);
  const { shape } = value;
  const isUpsample = context.node.type === 'Upsample';
  const isOld = isUpsample || context.node.opset < 11;
  const partial = context.ints('axes')?.map((axis) => axisIn(context, axis, shape.length));
  const whole = (list: readonly number[], otherwise: readonly number[]): readonly number[] => {
    if (list.length !== (partial ?? shape).length) throw context.malformed(`${list.length} sizes or scales for ${(partial ?? shape).length} dimensions`, 'one for each');
    return partial === undefined ? list : otherwise.map((size, d) => (partial.includes(d) ? (list[partial.indexOf(d)] as number) : size));
  };
  const attribute = context.attribute('scales');
  const given = attribute?.kind === 'floats' ? attribute.value : context.optionalConstant(isOld ? 1 : 2)?.data;
  const sizes = isOld ? undefined : context.optionalConstant(3)?.data;
  const policy = context.text('keep_aspect_ratio_policy', 'stretch');
  if (policy !== 'stretch') throw context.unsupported(`keep_aspect_ratio_policy ${policy}`, 'stretch');
  let to: readonly number[];
  let scales: readonly number[];
  if (given !== undefined && given.length > 0) {
    scales = whole(Array.from(given), shape.map(() => 1));
    to = shape.map((size, d) => Math.floor(size * (scales[d] as number)));
  } else if (sizes !== undefined) {
    to = whole(Array.from(sizes), shape);
    scales = to.map((size, d) => size / (shape[d] as number));
  } else throw context.malformed('neither scales nor sizes', 'one of both');
  if (!to.every((size) => Number.isSafeInteger(size) && size >= 1 && size < 2 ** 20)) throw context.malformed(`a result of ${to.join('x')}`, 'at least one value and at most 2^20 along each dimension');
  context.builder.growth.activation(to);
  context.builder.growth.spend(to.reduce((a, b) => a + b, 0));
  if (shapesEqual(to, shape)) return value;
  if (shape.length !== 4 || shape[0] !== 1 || to[0] !== 1 || to[1] !== shape[1]) throw context.unsupported(`${formatShape(shape)} to ${formatShape(to)}`, 'rows and columns of 1xCxHxW');
  const rule: ResizeRule = isOld
    ? { coordinates: 'asymmetric', rounding: 'floor' }
    : { coordinates: context.text('coordinate_transformation_mode', 'half_pixel'), rounding: context.text('nearest_mode', 'round_prefer_floor') };
  const wanted = [2, 3].map((d) => resizedIndices(rule, shape[d] as number, to[d] as number, scales[d] as number));
  const known = wanted.every((list) => list !== undefined);
  const op = known ? sameIndices(wanted, [shape[2] as number, shape[3] as number]) : undefined;
  if (op === undefined) throw context.unsupported(`${rule.coordinates} with nearest_mode ${rule.rounding} from ${formatShape(shape)} to ${formatShape(to)}`, 'asymmetric with floor, half_pixel with round_prefer_ceil, or align_corners', 'Export with mode nearest and an integer scale factor.');
  const input = context.builder.arrange(value, [0, 2, 3, 1]);
  const id = context.builder.emit({ kind: 'resize-nearest', inputs: [input.id], ...op }, context.outputName, physicalShape(to, input.dims));
  return handedOn(context, value, { ...input, shape: to, id });
};
