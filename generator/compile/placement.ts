// SPDX-License-Identifier: Apache-2.0
/** Owns where every tensor lies: on its own, inside the tensor that it is concatenated into, or where its reshaped source lies. */
import type { AccelConfig } from '../arch/config.js';
import { derive } from '../arch/derive.js';
import { DefectError } from '../core/errors.js';
import type { ConcatenationOp, Network, Op, TensorId } from '../graph/network.js';
import { inputOf, outputOf, tensorById } from '../graph/query.js';
import { elementCount, imageSize } from '../tensor/tensor.js';
import { denseMap, mapWords, partLayout, tensorLayout, type TensorLayout } from './layout.js';
import { isChannelwise, type Unit } from './lower/units.js';
import type { MemoryImage } from './memory.js';

/** A concatenation input that could not be placed inside the output: the array copies it. */
export interface TensorCopy {
  readonly op: ConcatenationOp;
  readonly from: TensorId;
  /** Id of the place in the output, beyond the network's tensors. */
  readonly to: TensorId;
}

export interface Placement {
  /** By tensor id; behind the network's tensors the places that copies write to. */
  readonly tensors: readonly TensorLayout[];
  readonly copies: readonly TensorCopy[];
}

/** A part of a tensor along an axis: how far it lies from the beginning. */
interface Part {
  readonly whole: TensorId;
  readonly row: number;
  readonly column: number;
  readonly word: number;
}

/** Whether a reshape changes no byte when source and target are placed alone. */
export function isTightReshape(network: Network, op: Op, group: number): boolean {
  if (op.kind !== 'reshape') return false;
  const [from, to] = [inputOf(network, op), outputOf(network, op)];
  if (![from, to].every(({ shape }) => shape[0] === 1 && shape.length >= 2)) return false;
  const isTight = (shape: readonly number[]): boolean => {
    const { channels } = imageSize(shape);
    return channels % group === 0 || elementCount(shape) === channels;
  };
  // Gaps between channels move along where the channels of a pixel stay together.
  return keepsPixels(network, op) || (isTight(from.shape) && isTight(to.shape) && !tensorsWithGaps(network, group).has(from.id));
}

const keepsPixels = (network: Network, op: Op): boolean =>
  inputOf(network, op).shape.at(-1) === outputOf(network, op).shape.at(-1);

/** By network and group: what was found once. */
const gapped = new WeakMap<Network, Map<number, ReadonlySet<TensorId>>>();

/** Tensors whose channels may lie apart: they are concatenated of parts that do not fill their words, or have the places of such a one. */
function tensorsWithGaps(network: Network, group: number): ReadonlySet<TensorId> {
  const byGroup = gapped.get(network) ?? new Map<number, ReadonlySet<TensorId>>();
  gapped.set(network, byGroup);
  const known = byGroup.get(group);
  if (known !== undefined) return known;
  const found = new Set<TensorId>();
  // In execution order, so that inputs are known.
  for (const op of network.ops) if (writesGaps(network, op, group, found)) found.add(op.outputs[0]);
  byGroup.set(group, found);
  return found;
}

function writesGaps(network: Network, op: Op, group: number, gaps: ReadonlySet<TensorId>): boolean {
  const reads = op.inputs.some((id) => gaps.has(id));
  switch (op.kind) {
    case 'conv2d':
    case 'fully-connected':
    case 'softmax':
    case 'transpose':
      return false;
    case 'reshape':
      return keepsPixels(network, op) && reads;
    case 'concatenation':
      return reads || op.inputs.slice(0, -1).some((input: TensorId) => (tensorById(network, input).shape.at(-1) as number) % group !== 0);
    default:
      return reads;
  }
}

/** Operators that only say where a tensor lies. */
export const isAlias = (network: Network, op: Op, group: number): boolean =>
  isPlacedConcatenation(network, op) || isTightReshape(network, op, group) || isLookedThrough(network, op);

/** An operator whose readers read its input instead, so that nothing computes it. */
export const isLookedThrough = (network: Network, op: Op): boolean => {
  const { shape, quantization: { zeroPoint } } = inputOf(network, op);
  const readers = network.ops.filter(({ inputs }) => (inputs as readonly TensorId[]).includes(op.outputs[0]));
  if (shape[0] !== 1 || shape.length < 2 || readers.length === 0 || network.outputs.includes(op.outputs[0])) return false;
  // A flattening: the weights of fully connected layers are in the order of the image's elements anyway.
  if (op.kind === 'reshape') return readers.every(({ kind }) => kind === 'fully-connected');
  // Zeros around an image: convolutions have padding of their own.
  const isBorder = op.kind === 'pad' && shape.length === 4 && op.value === zeroPoint && [0, 3].every((d) => op.before[d] === 0 && op.after[d] === 0);
  return isBorder && readers.every(({ kind }) => kind === 'conv2d' || kind === 'depthwise-conv2d');
};

/** Concatenations of images along rows, columns or channels move nothing; other ranks are the host's. */
export const isPlacedConcatenation = (network: Network, op: Op): op is ConcatenationOp =>
  op.kind === 'concatenation' && outputOf(network, op).shape[0] === 1 && outputOf(network, op).shape.length >= 2 &&
  (outputOf(network, op).shape.length <= 4);

/** Which image dimension an axis of a shape is. */
function axisOf(shape: readonly number[], axis: number): 'row' | 'column' | 'word' {
  if (axis === shape.length - 1) return 'word';
  return axis === shape.length - 2 && shape.length > 2 ? 'column' : 'row';
}

/** `batch` images of every tensor lie one behind the other. */
export function placeTensors(network: Network, units: readonly Unit[], config: AccelConfig, memory: MemoryImage, batch = 1): Placement {
  const { group } = config;
  const { clusters } = derive(config);
  const sources = new Map<TensorId, TensorId>();
  for (const { kind, ops: [op] } of units) if (kind === 'alias' && op.kind === 'reshape' && isTightReshape(network, op, group)) sources.set(op.outputs[0], op.inputs[0]);
  const producer = new Map<TensorId, Unit>(units.map((unit) => [unit.outputId, unit]));
  const isSource = (id: TensorId): boolean => [...sources.values()].includes(id);

  // Which tensors are parts of a concatenation's output, and which have to be copied there.
  const parts = new Map<TensorId, Part>();
  const copies: { op: ConcatenationOp; from: TensorId; part: Part }[] = [];
  const maps = new Map<TensorId, readonly number[]>();
  const mapOf = (id: TensorId): readonly number[] => {
    const known = maps.get(id);
    if (known !== undefined) return known;
    const map = computeMap(id);
    maps.set(id, map);
    return map;
  };
  const computeMap = (id: TensorId): readonly number[] => {
    const { channels } = imageSize(tensorById(network, id).shape);
    const unit = producer.get(id);
    if (unit === undefined || unit.kind === 'host') return denseMap(channels);
    const [op] = unit.ops;
    if (unit.kind === 'alias') {
      if (op.kind === 'concatenation') return concatenatedMap(op);
      return op.kind === 'reshape' && keepsPixels(network, op) && !unit.dropped ? mapOf(op.inputs[0]) : denseMap(channels);
    }
    return isChannelwise(network, unit) && imageSize(tensorById(network, unit.inputId).shape).channels === channels ? mapOf(unit.inputId) : denseMap(channels);
  };
  const concatenatedMap = (op: ConcatenationOp): readonly number[] => {
    if (axisOf(outputOf(network, op).shape, op.axis) !== 'word') return denseMap(imageSize(outputOf(network, op).shape).channels);
    let word = 0;
    return op.inputs.flatMap((id) => {
      const own = mapOf(id);
      const first = word;
      word += mapWords(own, group);
      return own.map((byte) => first * group + byte);
    });
  };
  // In execution order, so that no map waits for a long chain of others.
  for (const { outputId } of units) mapOf(outputId);
  for (const { kind, ops: [op] } of units) {
    if (kind !== 'alias' || op.kind !== 'concatenation') continue;
    const { shape } = outputOf(network, op);
    const axis = axisOf(shape, op.axis);
    const target = mapOf(op.outputs[0]);
    let at = 0;
    for (const id of op.inputs) {
      const own = mapOf(id);
      const part = { whole: op.outputs[0], row: 0, column: 0, word: 0, [axis]: at };
      const size = imageSize(tensorById(network, id).shape);
      at += axis === 'word' ? mapWords(own, group) : axis === 'row' ? size.height : size.width;
      const sameMap = axis === 'word' || (own.length === target.length && own.every((byte, c) => byte === target[c]));
      if (parts.has(id) || sources.has(id) || isSource(id) || !sameMap) copies.push({ op, from: id, part });
      else parts.set(id, part);
    }
  }

  // Pixels that clusters read side by side begin on a multiple of them.
  const aligned = new Set<TensorId>();
  const aboveOf = (id: TensorId): TensorId | undefined => parts.get(id)?.whole ?? sources.get(id);
  /** The tensor, the one whose places it has, and so on. */
  const chainOf = (id: TensorId): TensorId[] => {
    const chain = [id];
    for (let up = aboveOf(id); up !== undefined; up = aboveOf(up)) chain.push(up);
    return chain;
  };
  const rootOf = (id: TensorId): TensorId => chainOf(id).at(-1) as TensorId;
  for (const unit of units) {
    if (unit.kind !== 'array') continue;
    if (isChannelwise(network, unit)) aligned.add(rootOf(unit.inputId));
    if (unit.operand !== undefined) aligned.add(rootOf(unit.operand.tensorId));
  }

  const tensors: TensorLayout[] = [];
  const placeOne = (id: TensorId): TensorLayout => {
    const { shape } = tensorById(network, id);
    const part = parts.get(id);
    const source = sources.get(id);
    const map = mapOf(id);
    if (part !== undefined) return partLayout(tensors[part.whole] as TensorLayout, shape, map, group, part);
    if (source !== undefined) return tensorLayout((tensors[source] as TensorLayout).address, shape, group, map);
    const isReshaped = isSource(id);
    const unit = mapWords(map, group) > 1 && aligned.has(id) && !isReshaped ? clusters : 1;
    const layout = tensorLayout(0, shape, group, map, unit);
    return { ...layout, address: memory.reserve(layout.bytes * batch) };
  };
  for (const { id } of network.tensors) for (const each of chainOf(id).toReversed()) tensors[each] ??= placeOne(each);
  const placedCopies = copies.map(({ op, from, part }): TensorCopy => {
    const to = tensors.length;
    const whole = tensors[part.whole];
    if (whole === undefined) throw new DefectError('placeTensors', `${op.name} has no place`);
    const map = mapOf(from);
    tensors.push(partLayout(whole, tensorById(network, from).shape, axisOf(outputOf(network, op).shape, op.axis) === 'word' ? map : whole.channelMap, group, part));
    return { op, from, to };
  });
  return { tensors, copies: placedCopies };
}
