// SPDX-License-Identifier: Apache-2.0
/** Owns the writing of one operator: its node, and the nodes that it needs around it. */

import { assertNever } from '../../core/errors.js';
import { isFloatWeighted, type FloatOp, type FloatPoolOp, type FloatUnaryOp } from '../../float/network.js';
import type { WritingContext } from './context.js';
import { float, int, ints } from './graph-builder.js';
import { writeMoving } from './moving.js';
import { writeBatchNorm, writeWeighted } from './weighted.js';

interface RealClamp {
  readonly activationMin: number;
  readonly activationMax: number;
}

const isClamped = ({ activationMin, activationMax }: RealClamp): boolean => activationMin > -Infinity || activationMax < Infinity;

/** The clamp as a node of its own from `input` to the operator's output. */
function writeClamp({ graph, op, output }: WritingContext, { activationMin, activationMax }: RealClamp, input: string, name: string): void {
  if (activationMin === 0 && activationMax === Infinity) {
    graph.node('Relu', name, [input], output);
    return;
  }
  const bound = (what: string, value: number): string => (Number.isFinite(value) ? graph.floats(`${op.name}/${what}`, [], [value]) : '');
  const inputs = [input, bound('min', activationMin), bound('max', activationMax)];
  graph.node('Clip', name, inputs.at(-1) === '' ? inputs.slice(0, 2) : inputs, output);
}

/** Lets `write` write to the operator's output, or to a tensor before its clamp. */
function thenClamp(context: WritingContext, clamp: RealClamp, write: (output: string) => void): void {
  if (!isClamped(clamp)) return write(context.output);
  const unclamped = context.graph.unique(`${context.output}/unclamped`);
  write(unclamped);
  writeClamp(context, clamp, unclamped, context.graph.unique(`${context.op.name}/clamp`));
}

function writePool(context: WritingContext, op: FloatPoolOp, output: string): void {
  const { padding: { top, left, bottom, right } } = op;
  const attributes = { kernel_shape: ints([op.filterHeight, op.filterWidth]), pads: ints([top, left, bottom, right]), strides: ints([op.strideHeight, op.strideWidth]) };
  const isMax = op.kind === 'max-pool';
  context.graph.node(isMax ? 'MaxPool' : 'AveragePool', op.name, [context.imageInput], output, isMax ? attributes : { ...attributes, count_include_pad: int(0) });
}

function writeUnary(context: WritingContext, op: FloatUnaryOp): void {
  const { graph, input, output } = context;
  switch (op.kind) {
    case 'relu':
      if (isClamped(op)) writeClamp(context, op, input, op.name);
      else graph.node('Identity', op.name, [input], output);
      return;
    case 'leaky-relu':
      graph.node('LeakyRelu', op.name, [input], output, { alpha: float(op.alpha) });
      return;
    case 'logistic':
      graph.node('Sigmoid', op.name, [input], output);
      return;
    case 'hard-swish':
      // An operator of its own from opset 14 on.
      graph.node('Mul', op.name, [input, context.helper('HardSigmoid', 'gate', [input], { alpha: float(1 / 6), beta: float(0.5) })], output);
      return;
    default:
      return assertNever(op, 'writeUnary');
  }
}

/** `weights` is the name of the operator's weights in the file, where it has any. */
export function writeOp(context: WritingContext, op: FloatOp, weights: string | undefined): void {
  const { graph, input, output, inputShape, outputShape } = context;
  if (isFloatWeighted(op)) return thenClamp(context, op, (to) => writeWeighted(context, op, weights as string, to));
  switch (op.kind) {
    case 'batch-norm':
      return writeBatchNorm(context, op);
    case 'add':
    case 'mul':
      return thenClamp(context, op, (to) => { graph.node(op.kind === 'add' ? 'Add' : 'Mul', op.name, op.inputs.map((id) => context.withRank(id, outputShape.length)), to); });
    case 'average-pool':
    case 'max-pool':
      return thenClamp(context, op, (to) => writePool(context, op, to));
    case 'mean':
      if (outputShape.length === 4) graph.node('GlobalAveragePool', op.name, [context.imageInput], output);
      else graph.node('Flatten', op.name, [context.helper('GlobalAveragePool', 'mean', [context.imageInput])], output, { axis: int(1) });
      return;
    case 'relu':
    case 'leaky-relu':
    case 'logistic':
    case 'hard-swish':
      return writeUnary(context, op);
    case 'softmax': {
      const scaled = op.beta === 1 ? input : context.helper('Mul', 'scaled', [input, graph.floats(`${op.name}/beta`, [], [op.beta])]);
      graph.node('Softmax', op.name, [scaled], output, { axis: int(inputShape.length === 4 ? 1 : -1) });
      return;
    }
    default:
      return writeMoving(context, op);
  }
}
