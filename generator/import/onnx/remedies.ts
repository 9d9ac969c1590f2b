// SPDX-License-Identifier: Apache-2.0
/** Owns what to do about ONNX operators that have no place here: what would work in theirs. */

import type { OnnxNode } from './model.js';

const HOST = 'End the model before this operator, and compute it from the output.';

/** What would work, and the operators for which it would. */
const REMEDIES: readonly (readonly [string, readonly string[]])[] = [
  ['Use ConvTranspose, or Resize (nearest) and Conv.', ['MaxUnpool', 'Col2Im']],
  ['Use BatchNormalization, whose mean and variance are constants.', ['LRN', 'InstanceNormalization', 'LayerNormalization', 'GroupNormalization', 'MeanVarianceNormalization', 'LpNormalization', 'RMSNormalization']],
  ['Use Relu, LeakyRelu, HardSwish, HardSigmoid or Sigmoid, and train the model with it.', ['Tanh', 'Softplus', 'Softsign', 'Elu', 'Selu', 'Celu', 'Gelu', 'Mish', 'Swish', 'Erf', 'ThresholdedRelu', 'Shrink', 'BiasGelu', 'FastGelu', 'QuickGelu']],
  ['Use Relu or Clip for a constant bound.', ['Max', 'Min']],
  ['Use Mul of a value with itself for a square.', ['Pow']],
  ['Use Mul by a constant, or BatchNormalization.', ['Reciprocal', 'Sqrt', 'Exp', 'Log', 'Abs', 'Mod']],
  ['Use GlobalMaxPool or MaxPool.', ['ReduceMax']],
  ['Use ReduceMean, and Mul by the number of values.', ['ReduceSum']],
  ['Use ReduceMean, AveragePool or MaxPool.', ['ReduceL1', 'ReduceL2', 'ReduceMin', 'ReduceProd', 'ReduceSumSquare', 'ReduceLogSum', 'ReduceLogSumExp', 'LpPool', 'GlobalLpPool']],
  ['Use Add and Mul, whose operands are broadcast, without it.', ['Expand']],
  ['Use Concat of the value with itself.', ['Tile']],
  ['Use Slice, Split and Concat with constant bounds.', ['GatherElements', 'GatherND', 'Scatter', 'ScatterElements', 'ScatterND', 'OneHot', 'Compress']],
  ['Use MatMul by a constant matrix.', ['Einsum']],
  ['Use convolutions: nothing is carried from step to step here.', ['LSTM', 'GRU', 'RNN']],
  ['Use Resize with mode nearest.', ['GridSample', 'AffineGrid', 'RoiAlign', 'DeformConv']],
  [HOST, [
    'ArgMax', 'ArgMin', 'TopK', 'NonMaxSuppression', 'NonZero', 'Hardmax', 'LogSoftmax', 'Where', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual', 'Equal', 'And', 'Or', 'Not', 'Xor', 'CumSum', 'Unique', 'Range',
  ]],
];

const BY_TYPE: ReadonlyMap<string, string> = new Map(REMEDIES.flatMap(([remedy, types]) => types.map((type) => [type, remedy] as const)));

const PUBLIC_DOMAINS = new Set(['', 'com.microsoft', 'ai.onnx.ml', 'ai.onnx.training', 'ai.onnx.preview.training']);

/** Undefined where nothing better is known than to do without the operator. */
export function remedyOf({ domain, type }: OnnxNode): string | undefined {
  if (!PUBLIC_DOMAINS.has(domain)) return "Inline the model's own functions: onnx.inliner.inline_local_functions(model).";
  return BY_TYPE.get(type);
}
