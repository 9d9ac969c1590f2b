// SPDX-License-Identifier: Apache-2.0
/** Owns the import of a TFLite file: bytes in, a validated network out, in int8 or in float32. */

import type { FloatNetwork } from '../../float/network.js';
import { validateFloatNetwork } from '../../float/validate.js';
import type { Network } from '../../graph/network.js';
import { validateNetwork } from '../../graph/validate.js';
import { convertModel } from './convert-model.js';
import { refuseHybrid, stripFloatBorder } from './float-border.js';
import { FLOAT32_NUMBERS } from './float32-numbers.js';
import { rewriteFloatOperators } from './float-rewrites.js';
import { INT8_NUMBERS } from './int8-numbers.js';
import { FLOAT32_CONVERSIONS, INT8_CONVERSIONS } from './operators.js';
import { readTfliteModel, TENSOR_TYPE, type TfliteModel } from './schema.js';

/** What a model file holds: a network to run as it is, or one to fold and quantize first. */
export type ImportedNetwork =
  | { readonly kind: 'int8'; readonly network: Network }
  | { readonly kind: 'float32'; readonly network: FloatNetwork };

function readModel(bytes: Uint8Array): TfliteModel {
  const model = stripFloatBorder(readTfliteModel(bytes));
  refuseHybrid(model);
  return model;
}

const importInt8 = (model: TfliteModel, name: string): Network =>
  validateNetwork({ name, synthetic: false, ...convertModel(model, INT8_NUMBERS, INT8_CONVERSIONS) });

const importFloat32 = (model: TfliteModel, name: string): FloatNetwork =>
  validateFloatNetwork({ name, ...convertModel(rewriteFloatOperators(model), FLOAT32_NUMBERS, FLOAT32_CONVERSIONS) });

/** A model whose inputs are float32, after QUANTIZE at the inputs is left out. */
const isFloat = ({ inputs, tensors }: TfliteModel): boolean => inputs.length > 0 && inputs.every((index) => tensors[index]?.type === TENSOR_TYPE.float32);

/**
 * Imports a TFLite flatbuffer with int8 activations and weights as it is; legacy uint8 becomes int8 exactly (q - 128).
 * Float inputs that are quantized at once, and outputs that are dequantized last, become int8 inputs and outputs.
 * `name` is the network's name. Throws MalformedTfliteError, UnsupportedOperatorError,
 * UnsupportedTypeError, LimitError or InvalidNetworkError, and nothing else, whatever the bytes are.
 */
export const importTflite = (bytes: Uint8Array, name: string): Network => importInt8(readModel(bytes), name);

/** The same for any model: a float32 one gives a float network. Hybrid models (int8 weights, float activations) are refused. */
export function readTflite(bytes: Uint8Array, name: string): ImportedNetwork {
  const model = readModel(bytes);
  return isFloat(model) ? { kind: 'float32', network: importFloat32(model, name) } : { kind: 'int8', network: importInt8(model, name) };
}
