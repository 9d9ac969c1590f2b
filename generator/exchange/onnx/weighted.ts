// SPDX-License-Identifier: Apache-2.0
/** Owns the writing of operators with weights, and where a weight lies in the file. */

import type { BatchNormOp, FloatWeightedOp } from '../../float/network.js';
import type { Shape } from '../../tensor/tensor.js';
import type { WritingContext } from './context.js';
import { float, int, ints, type Attributes } from './graph-builder.js';
import { isImage, permuted } from './layout.js';

/** Output channel, input channel, row, column. */
const OIHW = [0, 3, 1, 2] as const;

/** Shape of an operator's weights in the file: O x I x H x W, or O x I of a fully connected layer. */
export function weightShapeInFile({ kind, weights: { shape: [outChannels, height, width, inChannels] } }: FloatWeightedOp): Shape {
  return kind === 'fully-connected' ? [outChannels, inChannels] : [outChannels, inChannels, height, width];
}

/** One value per weight (OHWI) in the file's order. */
export const weightsInFileOrder = <T extends Float32Array | Uint8Array>({ weights }: FloatWeightedOp, values: T): T => permuted(values, weights.shape, OIHW);

/** Sums of an operator with weights, without its clamp. */
export function writeWeighted(context: WritingContext, op: FloatWeightedOp, weights: string, output: string): void {
  const { graph } = context;
  const bias = context.needsBias || op.bias.some((value) => value !== 0) ? [graph.floats(`${op.name}/bias`, [op.bias.length], op.bias)] : [];
  if (op.kind === 'fully-connected') return writeGemm(context, [weights, ...bias], output);
  const [, kernelHeight, kernelWidth] = op.weights.shape;
  const { padding: { top, left, bottom, right } } = op;
  graph.node('Conv', op.name, [context.imageInput, weights, ...bias], output, {
    dilations: ints([op.dilationHeight, op.dilationWidth]),
    group: int(op.kind === 'conv2d' ? op.groups : (context.inputShape.at(-1) as number)),
    kernel_shape: ints([kernelHeight, kernelWidth]),
    pads: ints([top, left, bottom, right]),
    strides: ints([op.strideHeight, op.strideWidth]),
  });
}

/** The input row-major in the network's order, in one dimension behind the batch. */
function flat(context: WritingContext): string {
  const { inputShape: shape, input } = context;
  const count = shape.slice(1).reduce((product, size) => product * size, 1);
  if (shape.length === 2) return input;
  const isPixel = isImage(shape) && shape[1] === 1 && shape[2] === 1;
  return isPixel ? context.helper('Flatten', 'flat', [input], { axis: int(1) }) : context.reshaped(input, shape, [1, count]);
}

function writeGemm(context: WritingContext, constants: readonly string[], output: string): void {
  const { graph, op, outputShape } = context;
  const attributes: Attributes = { transB: int(1) };
  const channels = outputShape.at(-1) as number;
  if (outputShape.length === 2) graph.node('Gemm', op.name, [flat(context), ...constants], output, attributes);
  else context.reshaped(context.helper('Gemm', 'product', [flat(context), ...constants], attributes), [1, channels], outputShape, output);
}

/** Channels are the second dimension of an image and of rows; other shapes become an image for the moment. */
export function writeBatchNorm(context: WritingContext, op: BatchNormOp): void {
  const { graph, inputShape: shape, input, output } = context;
  const list = (what: 'scale' | 'offset' | 'mean' | 'variance'): string => graph.floats(`${op.name}/${what}`, [op[what].length], op[what]);
  const constants = [list('scale'), list('offset'), list('mean'), list('variance')];
  const attributes = { epsilon: float(op.epsilon) };
  if (shape.length === 4 || shape.length === 2) {
    graph.node('BatchNormalization', op.name, [input, ...constants], output, attributes);
    return;
  }
  const channels = shape.at(-1) as number;
  const image = [1, 1, shape.slice(1, -1).reduce((product, size) => product * size, 1), channels];
  context.reshaped(context.helper('BatchNormalization', 'norm', [context.reshaped(input, shape, image), ...constants], attributes), image, shape, output);
}
