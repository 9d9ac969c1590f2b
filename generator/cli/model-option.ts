// SPDX-License-Identifier: Apache-2.0
/** Owns the model that a command must be given. */
import { oneValue, type Args } from './option-values.js';
import { UsageError } from './usage-error.js';

/** @throws UsageError without a model */
export function readModelName(args: Args): string {
  const model = oneValue(args, 'model');
  if (model === undefined || model.trim() === '') throw new UsageError('no model is named', 'Name a .tflite or .onnx file, or "synthetic".');
  return model;
}
