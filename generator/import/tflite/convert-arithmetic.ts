// SPDX-License-Identifier: Apache-2.0
/** Owns the conversion of TFLite operators that compute without weights. */

import { base, options, paddingOf, spatialInput, strideOf, unsupported, type Convert, type Int8Convert, type OperatorContext } from './conversion.js';
import type { Numbers } from './number-system.js';
import { OPTIONS_TYPE, type TfliteOperator } from './schema.js';
import { axesOf } from './tensors.js';

const twoInputs = <N extends Numbers>(context: OperatorContext<N>): { readonly inputs: readonly [number, number] } =>
  ({ inputs: [context.operand(0).id, context.operand(1).id] });

const oneInput = <N extends Numbers>(context: OperatorContext<N>): { readonly inputs: readonly [number] } => ({ inputs: [context.activation(0).id] });

export const add: Convert = (operator, context) => ({
  ...base('add', context),
  ...twoInputs(context),
  ...context.clamp(options(operator, OPTIONS_TYPE.add).int8(0, 'fused_activation_function')),
});

export const mul: Convert = (operator, context) => ({
  ...base('mul', context),
  ...twoInputs(context),
  ...context.clamp(options(operator, OPTIONS_TYPE.mul).int8(0, 'fused_activation_function')),
});

export const pool = (kind: 'average-pool' | 'max-pool'): Convert => (operator, context) => {
  const table = options(operator, OPTIONS_TYPE.pool);
  const stride = strideOf(table);
  const filterHeight = table.int32(4, 'filter_height');
  const filterWidth = table.int32(3, 'filter_width');
  const image = spatialInput(operator, context.activation(0));
  return {
    ...base(kind, context),
    ...oneInput(context),
    filterHeight,
    filterWidth,
    ...stride,
    padding: paddingOf(operator, table.int8(0, 'padding'), image, [filterHeight, filterWidth], stride),
    ...context.clamp(table.int8(5, 'fused_activation_function')),
  };
};

/** TFLite's uint8 kernels of these differ between releases, so there is nothing to be exact to. */
function refuseUint8<N extends Numbers>(operator: TfliteOperator, context: OperatorContext<N>): void {
  if (context.legacy.legacyUint8) throw unsupported(operator, 'it is uint8', 'int8');
}

/** Over rows and columns. */
export const mean: Convert = (operator, context) => {
  refuseUint8(operator, context);
  spatialInput(operator, context.activation(0));
  const axes = axesOf(context.constant(1), 4);
  if ([...new Set(axes)].toSorted().join() !== '1,2') throw unsupported(operator, `axes ${axes.join(', ')}`, 'axes 1, 2 (rows and columns)');
  return { ...base('mean', context), ...oneInput(context) };
};

export const softmax: Convert = (operator, context) => {
  context.checkProbability();
  return { ...base('softmax', context), ...oneInput(context), beta: options(operator, OPTIONS_TYPE.softmax).float32(0, 'beta') };
};

export const logistic: Convert = (operator, context) => {
  refuseUint8(operator, context);
  context.checkProbability();
  return { ...base('logistic', context), ...oneInput(context) };
};

export const hardSwish: Convert = (_operator, context) => ({ ...base('hard-swish', context), ...oneInput(context) });

export const leakyRelu: Convert = (operator, context) => ({
  ...base('leaky-relu', context),
  ...oneInput(context),
  alpha: options(operator, OPTIONS_TYPE.leakyRelu).float32(0, 'alpha'),
});

/** RELU, RELU6 or RELU_N1_TO_1: `code` as in fused activations. */
export const relu = (code: number): Convert => (_operator, context) =>
  ({ ...base('relu', context), ...oneInput(context), ...context.clamp(code) });

/** int8 -> int8; uint8 -> int8 with the same real values changes nothing here. */
export const quantize: Int8Convert = (_operator, context) => {
  const [from, to] = [context.activation(0).quantization, context.output.quantization];
  const isSame = from.scale === to.scale && from.zeroPoint === to.zeroPoint;
  return isSame ? { ...base('reshape', context), ...oneInput(context) } : { ...base('requantize', context), ...oneInput(context) };
};
