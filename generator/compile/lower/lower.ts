// SPDX-License-Identifier: Apache-2.0
/** Owns the way from fused operators to passes of the array. */
import type { Network, TensorId } from '../../graph/network.js';
import { tensorById } from '../../graph/query.js';
import { MaskShapeError } from '../../prune/errors.js';
import type { PruneResult } from '../../prune/prune.js';
import type { Rounding } from '../../quantize/fixed-point.js';
import { imageSize } from '../../tensor/tensor.js';
import type { ArrayLayer } from '../array-layer.js';
import type { TensorLayout } from '../layout.js';
import type { TensorCopy } from '../placement.js';
import { drainTable, operandStage } from './drain.js';
import { byPosition } from './parameters.js';
import { skipUnread } from './skip-unread.js';
import { isChannelwise, isOperandOp, isTableOp, type ArrayUnit } from './units.js';
import { isFilter, ONE, walksOf, WHOLE } from './walk.js';
import { channelsByPosition, selectWeights } from './weights.js';

export interface LowerContext {
  readonly network: Network;
  readonly prune: PruneResult | undefined;
  readonly group: number;
  readonly weightBits: number;
  readonly accumulatorBits: number;
  readonly rounding: Rounding;
  /** A pixel of at least so many bytes may be fetched alone. */
  readonly burstBytes: number;
  tensor(id: TensorId): TensorLayout;
  /** Images that a program computes. */
  readonly batch: number;
  /** A tensor of one image of the batch, as an id that `tensor` knows. */
  imageOf(id: TensorId, image: number): TensorId;
  /** Taps that one pass of a maximum may have. */
  readonly maximumTaps: number;
  /** Room for a tensor between two passes of one operator, laid out like another but of other size. */
  scratch(like: TensorLayout, height: number, width: number): TensorId;
}

/**
 * Passes of a unit, in any order. The images of a batch are passes of their own, but pixels of one pass where the layer
 * is fully connected. Throws MaskShapeError and the range errors of the compiler.
 */
export function lowerUnit(unit: ArrayUnit, context: LowerContext): ArrayLayer[] {
  const layers = lowerImage(unit, context);
  const { batch } = context;
  if (batch === 1) return layers;
  if (unit.ops[0].kind === 'fully-connected' && unit.operand === undefined) return layers.map((layer) => overBatch(layer, context));
  return Array.from({ length: batch }, (_, image) => layers.map((layer) => forImage(layer, image, context))).flat();
}

/** The pass of another image. */
function forImage(layer: ArrayLayer, image: number, { imageOf }: LowerContext): ArrayLayer {
  if (image === 0) return layer;
  return {
    ...layer,
    name: `${layer.name}@${image}`,
    inputId: imageOf(layer.inputId, image),
    outputId: imageOf(layer.outputId, image),
    operand: layer.operand === undefined ? undefined : { ...layer.operand, tensorId: imageOf(layer.operand.tensorId, image) },
  };
}

/** One output pixel an image: the images are rows of one raster, far apart as they lie in memory. */
function overBatch(layer: ArrayLayer, { batch, tensor }: LowerContext): ArrayLayer {
  const [from, to] = [tensor(layer.inputId), tensor(layer.outputId)];
  const step = from.imageBytes / from.rowBytes;
  return {
    ...layer,
    input: { ...layer.input, height: (batch - 1) * step + layer.input.height },
    stride: { height: step, width: 1 },
    output: { ...layer.output, height: batch },
    outputPlaces: [{ ...WHOLE, rowStep: to.imageBytes / to.rowBytes }],
  };
}

function lowerImage(unit: ArrayUnit, context: LowerContext): ArrayLayer[] {
  const layers = lowerWalks(unit, context);
  const [layer] = layers;
  const isLarge = layer?.reduce === 'maximum' && Math.min(layer.kernel.height, layer.kernel.width) > 1 && layer.kernel.height * layer.kernel.width > context.maximumTaps;
  return layer !== undefined && isLarge && layer.channelwise ? inTwoSteps(layer, context) : layers;
}

/** A large maximum: along rows first, then along columns. */
function inTwoSteps(layer: ArrayLayer, { tensor, scratch }: LowerContext): ArrayLayer[] {
  const { kernel, stride, padding, input, output } = layer;
  const between = scratch(tensor(layer.outputId), input.height, output.width);
  const { zeroPoint } = layer.value;
  return [
    {
      ...layer, outputId: between, outputPlaces: [WHOLE], output: { ...output, height: input.height },
      kernel: { height: 1, width: kernel.width }, stride: { height: 1, width: stride.width }, padding: { top: 0, left: padding.left },
      value: { zeroPoint, clampMin: -128, clampMax: 127 }, table: undefined, operand: undefined,
    },
    {
      ...layer, name: `${layer.name}.2`, inputId: between, input: { height: input.height, width: output.width, words: tensor(between).words },
      kernel: { height: kernel.height, width: 1 }, stride: { height: stride.height, width: 1 }, padding: { top: padding.top, left: 0 },
    },
  ];
}

function lowerWalks(unit: ArrayUnit, context: LowerContext): ArrayLayer[] {
  const { network, prune, group, weightBits, accumulatorBits, rounding, tensor } = context;
  const [first] = unit.ops;
  const head = isTableOp(first) || isOperandOp(first) ? undefined : first;
  const mask = prune?.masks.get(first.name);
  if (mask !== undefined && isFilter(head) && mask.length !== head.weights.data.length) throw new MaskShapeError(first.name, mask.length, head.weights.data.length);
  const from = tensor(unit.inputId);
  const to = tensor(unit.outputId);
  const inputs = channelsByPosition(from.channelMap, from.words * group);
  const outputs = channelsByPosition(to.channelMap, to.words * group);
  const channels = (to.channelMap.at(-1) as number) + 1;
  const { zeroPoint } = tensorById(network, unit.inputId).quantization;
  const walks = walksOf({ network, head, mask, input: { ...from.size, zeroPoint }, border: unit.border, output: imageSize(tensorById(network, unit.outputId).shape), place: { group, weightBits, accumulatorBits, inputs, outputs }, rounding });
  const stage = operandStage(network, unit, unit.operand === undefined ? undefined : tensor(unit.operand.tensorId), outputs, group, rounding);
  const sameMap = from.channelMap.length === to.channelMap.length && from.channelMap.every((byte, c) => byte === to.channelMap[c]);
  return walks.map((walk, i): ArrayLayer => {
    const layer: ArrayLayer = {
      ...walk,
      name: i === 0 ? first.name : `${first.name}.${i + 1}`,
      ops: unit.ops,
      inputId: unit.inputId,
      outputId: unit.outputId,
      input: { height: from.size.height, width: from.size.width, words: from.words },
      inputStep: ONE,
      output: { ...walk.output, channels },
      channelwise: sameMap && isChannelwise(network, unit),
      parameters: byPosition(outputs, channels, walk.parameters),
      table: drainTable(network, unit, rounding),
      operand: stage,
    };
    return isFilter(head) && head.kind !== 'fully-connected' ? skipUnread(layer, context.burstBytes, group) : layer;
  });
}

/** A pass that moves a tensor to where a concatenation needs it. */
export function lowerCopy(copy: TensorCopy, index: number, context: LowerContext): ArrayLayer[] {
  const layer = copyLayer(copy, index, context);
  return Array.from({ length: context.batch }, (_, image) => forImage(layer, image, context));
}

function copyLayer({ op, from, to }: TensorCopy, index: number, { group, tensor }: LowerContext): ArrayLayer {
  const [source, target] = [tensor(from), tensor(to)];
  const place = { group, inputs: channelsByPosition(source.channelMap, source.words * group), outputs: channelsByPosition(target.channelMap, target.words * group) };
  const channels = (target.channelMap.at(-1) as number) + 1;
  const { height, width } = source.size;
  const identity = { bias: 0, multiplier: 2 ** 30, rightShift: 0, leftShift: 1 };
  return {
    name: index === 0 ? op.name : `${op.name}.${index + 1}`, ops: [op], inputId: from, outputId: to,
    input: { height, width, words: source.words }, inputStep: ONE, output: { height, width, channels }, outputPlaces: [WHOLE],
    kernel: ONE, stride: ONE, dilation: ONE, padding: { top: 0, left: 0 }, padByte: 0, reduce: 'sum', channelwise: false,
    weights: selectWeights((channel) => channel, place),
    parameters: byPosition(place.outputs, channels, () => identity),
    value: { zeroPoint: 0, clampMin: -128, clampMax: 127 },
    table: undefined, operand: undefined,
  };
}
