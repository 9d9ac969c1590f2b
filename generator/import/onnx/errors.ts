// SPDX-License-Identifier: Apache-2.0
/** Owns the typed errors of the ONNX importer. */

import { GenAccelError } from '../../core/errors.js';
import { oneLine } from '../../core/text.js';

/** Longest part of a message that quotes the file. */
const MAX_PART = 600;

/** A name of the file in quotation marks, on one line and not longer than is read. */
export const quoted = (name: string): string => JSON.stringify(oneLine(name)).replaceAll('\\\\u{', '\\u{');

/** The bytes are no well-formed ONNX model, or the model contradicts itself. */
export class MalformedOnnxError extends GenAccelError {
  constructor(where: string, found: string, expected: string, options?: ErrorOptions) {
    super('E_ONNX_MALFORMED', 'input', {
      where: oneLine(`ONNX ${where}`, MAX_PART),
      found: oneLine(found, MAX_PART),
      expected,
      remedy: 'The file is truncated or damaged; fetch or export it again, and see what onnx.checker says.',
    }, options);
  }
}

/** What an error says about the place of an operator. */
export interface OnnxPlace {
  /** Place in the graph's list of nodes. */
  readonly index: number;
  readonly name: string;
  readonly domain: string;
  readonly type: string;
  readonly opset: number;
}

export const describePlace = ({ index, name, domain, type, opset }: OnnxPlace): string =>
  `node ${index}${name === '' ? '' : ` ${quoted(name)}`} (${oneLine(`${domain === '' ? '' : `${domain}.`}${type}`)}, opset ${opset})`;

/** An operator, or a form of one, that gen-accel does not execute. */
export class UnsupportedOnnxOpError extends GenAccelError {
  constructor(place: OnnxPlace, found: string, expected: string, remedy = 'Replace or remove this operator in the model before export.') {
    super('E_ONNX_OPERATOR', 'input', { where: `ONNX ${describePlace(place)}`, found: oneLine(found, MAX_PART), expected, remedy });
  }
}

/** A tensor whose element type or quantization has no place in the networks here. */
export class UnsupportedOnnxTypeError extends GenAccelError {
  constructor(where: string, found: string, expected: string) {
    super('E_ONNX_TYPE', 'input', {
      where: oneLine(`ONNX ${where}`, MAX_PART),
      found: oneLine(found, MAX_PART),
      expected,
      remedy: 'Export the model in float32, or quantized to 8 bits with one scale and zero point per activation.',
    });
  }
}

/** The model was written for operator sets that are not known here. */
export class UnsupportedOnnxOpsetError extends GenAccelError {
  constructor(found: string, expected: string) {
    super('E_ONNX_OPSET', 'input', { where: 'ONNX operator sets', found, expected, remedy: 'Convert the model with onnx.version_converter, or export it for opset 17.' });
  }
}

/** Tensor data in another file that may not be read, or is not there. */
export class OnnxExternalDataError extends GenAccelError {
  constructor(tensor: string, found: string, expected: string) {
    super('E_ONNX_EXTERNAL_DATA', 'input', { where: `ONNX tensor ${quoted(tensor)}`, found: oneLine(found, MAX_PART), expected, remedy: 'Save the model in one file: onnx.save(model, path, save_as_external_data=False).' });
  }
}

/** A shape that is only known when the model runs. */
export class DynamicOnnxShapeError extends GenAccelError {
  constructor(where: string, found: string, expected: string) {
    super('E_ONNX_SHAPE', 'input', { where: oneLine(`ONNX ${where}`, MAX_PART), found: oneLine(found, MAX_PART), expected, remedy: 'Export the model with fixed sizes; the batch alone may be dynamic, and is 1 here.' });
  }
}

/** A quantized model that leaves something in float, or quantizes it in a way that has no integer operator. */
export class UnsupportedOnnxQuantizationError extends GenAccelError {
  constructor(where: string, found: string, expected: string) {
    super('E_ONNX_QUANTIZATION', 'input', {
      where: oneLine(`quantized ONNX model, ${where}`, MAX_PART),
      found: oneLine(found, MAX_PART),
      expected,
      remedy: 'Quantize the whole model statically in QDQ form, or pass the float model and calibration images.',
    });
  }
}
