// SPDX-License-Identifier: Apache-2.0
/** Owns reading what a simulation runs: a model file or a seeded network, and its input images. */
import { basename, resolve } from 'node:path';
import { GenAccelError } from '../core/errors.js';
import { oneLine } from '../core/text.js';
import type { FloatNetwork } from '../float/network.js';
import { floatTensorById } from '../float/query.js';
import { LimitError, LIMITS, limitText } from '../graph/limits.js';
import { narrowWeights } from '../graph/narrow-weights.js';
import { randomInput, syntheticResnet8 } from '../graph/synthetic.js';
import type { Network } from '../graph/network.js';
import { tensorById } from '../graph/query.js';
import type { InputImage, RealImage } from '../import/images.js';
import { realToInt8 } from '../import/pixel-values.js';
import { readOnnx } from '../import/onnx/import.js';
import { readTflite, type ImportedNetwork } from '../import/tflite/import.js';
import { requireDisjoint } from '../quantize/post-training/overlap.js';
import { quantizeNetwork } from '../quantize/post-training/quantize-network.js';
import { plural } from '../report/plural.js';
import { elementCount, formatShape, type Shape } from '../tensor/tensor.js';
import type { CalibrationOptions, PixelOptions } from './calibration-option.js';
import { externalDataBeside } from './external-data.js';
import { readImageFiles } from './image-files.js';
import { InputFileError } from './input-file.js';
import { readModelFile } from './model-file.js';
import { int8Inputs, realInputs } from './pixel-reading.js';
import { UsageError } from './usage-error.js';

export { InputFileError } from './input-file.js';

/** E_CALIBRATION_NEEDED: a float network was given and nothing to quantize it with. */
export class CalibrationNeededError extends GenAccelError {
  constructor(model: string) {
    super('E_CALIBRATION_NEEDED', 'input', {
      where: `model ${model}`,
      found: 'a float32 network, whose activations have no int8 scales yet',
      expected: 'images to calibrate it with',
      remedy: 'Add --calibration FILE_OR_FOLDER: some hundred inputs such as training images, none of those that are scored.',
    });
  }
}

/** E_FLOAT_NEEDED: an int8 network was given where float weights are needed. */
export class FloatNeededError extends GenAccelError {
  constructor(model: string) {
    super('E_FLOAT_NEEDED', 'input', {
      where: `model ${model}`,
      found: 'an int8 network, whose weights are rounded already',
      expected: 'a float32 network',
      remedy: 'Prune the model that it was quantized from; --keep of sim and compile prunes int8 weights as they are.',
    });
  }
}

/** A network that is ready to run, and the inputs that it was calibrated with if its file was float. */
export interface LoadedModel {
  readonly network: Network;
  readonly calibration: readonly Float32Array[] | undefined;
}

/** What is done to a float network before it is quantized. */
export type Prepare = (network: FloatNetwork, calibration: readonly Float32Array[]) => FloatNetwork;

const NO_CALIBRATION: CalibrationOptions = { calibration: undefined, calibrationCount: 0, pixels: undefined, resize: undefined };

/** By the file's ending: ONNX, and TFLite otherwise. */
function importFile(bytes: Uint8Array, path: string): ImportedNetwork {
  const name = oneLine(basename(path).replace(/\.(tflite|onnx)$/i, ''));
  return /\.onnx$/i.test(path) ? readOnnx(bytes, name, { external: externalDataBeside(path) }) : readTflite(bytes, name);
}

/** A float network as its file has it, not folded. @throws InputFileError, FloatNeededError, and the errors of the importer */
export function readFloatModel(model: string, cwd: string): { readonly network: FloatNetwork; readonly bytes: Uint8Array } {
  const path = resolve(cwd, model);
  const bytes = readModelFile(path, { where: `model ${model}`, expected: 'an ONNX or TFLite file of float32', remedy: 'Correct the path.' });
  const imported = importFile(bytes, path);
  if (imported.kind !== 'float32') throw new FloatNeededError(model);
  return { network: imported.network, bytes };
}

/** @throws InputFileError, CalibrationNeededError, UsageError, and the errors of the importer, the image readers and quantization */
export function readModel(model: string, seed: number, cwd: string, options: CalibrationOptions = NO_CALIBRATION, prepare: Prepare = (network) => network): LoadedModel {
  const refuseCalibration = (): void => {
    if (options.calibration !== undefined) throw new UsageError(`--calibration belongs to float networks, and ${model} has its int8 scales`, 'Leave out --calibration.');
  };
  if (model === 'synthetic') {
    refuseCalibration();
    return { network: narrowWeights(syntheticResnet8(seed), options.weightBits ?? 8), calibration: undefined };
  }
  const purpose = { where: `model ${model}`, expected: 'a TFLite or ONNX file', remedy: 'Correct the path, or use "synthetic".' };
  const imported = importFile(readModelFile(resolve(cwd, model), purpose), resolve(cwd, model));
  if (imported.kind === 'int8') {
    refuseCalibration();
    return { network: imported.network, calibration: undefined };
  }
  const { calibration: path } = options;
  if (path === undefined) throw new CalibrationNeededError(model);
  const calibration = calibrationInputs(imported.network, path, options, cwd);
  return { network: quantizeNetwork(prepare(imported.network, calibration), calibration, { weightBits: options.weightBits ?? 8 }), calibration };
}

/** The network alone; see `readModel`. */
export const readNetwork = (model: string, seed: number, cwd: string, options?: CalibrationOptions): Network => readModel(model, seed, cwd, options).network;

/** Calibration images of a shape that are taken at most. */
export const mostCalibrationImages = (shape: Shape): number => Math.max(1, Math.floor(LIMITS.calibrationValues / elementCount(shape)));

/** Images are values of one input. */
function requireOneInput({ name, inputs }: { readonly name: string; readonly inputs: readonly number[] }): void {
  if (inputs.length !== 1) throw new InputFileError(`model ${name}`, plural(inputs.length, 'input'), 'one input, for images', 'Export the model with one input; compile, estimate and inspect take it as it is where it is quantized.');
}

/** Inputs of a float network from the files of --calibration. @throws UsageError and the errors of the image readers */
export const calibrationInputs = (network: FloatNetwork, path: string, options: CalibrationOptions, cwd: string): Float32Array[] => calibrationImages(network, path, options, cwd).map(({ data }) => data);

/** The same with the labels that the files have. */
export function calibrationImages(network: FloatNetwork, path: string, options: CalibrationOptions, cwd: string): RealImage[] {
  const { calibrationCount: limit, resize } = options;
  const where = `--calibration ${path}`;
  requireOneInput(network);
  const { shape } = floatTensorById(network, network.inputs[0] ?? 0);
  const most = mostCalibrationImages(shape);
  const images = readImageFiles({ where, path, shape, resize, limit: Math.min(limit, most + 1) }, cwd);
  if (images.length > most) throw new LimitError(where, `more than ${most} images of ${formatShape(shape)}`, `at most ${limitText(LIMITS.calibrationValues)} values in all`, `Add --calibration-count ${most}.`);
  return realInputs(images, shape, options, where);
}

export interface ImageRequest extends Partial<PixelOptions> {
  /** File or folder; absent: one seeded input. */
  readonly images: string | undefined;
  readonly skip: number;
  readonly count: number;
  readonly seed: number;
}

/** @throws InputFileError, ImageFormatError, NpyFormatError, LabelError, CalibrationOverlapError */
export function readInputImages(model: Network | LoadedModel, request: ImageRequest, cwd: string): InputImage[] {
  const { images, skip, count, seed, resize } = request;
  const { network, calibration } = 'network' in model ? model : { network: model, calibration: undefined };
  requireOneInput(network);
  if (images === undefined) return Array.from({ length: count }, (_, i) => ({ data: randomInput(network, seed + skip + i) }));
  const where = `--images ${images}`;
  const { shape, quantization } = tensorById(network, network.inputs[0] ?? 0);
  const all = readImageFiles({ where, path: images, shape, resize, limit: skip + count }, cwd);
  const chosen = all.slice(skip, skip + count);
  if (chosen.length < count) {
    throw new InputFileError(where, plural(all.length, 'image'), `${skip + count} (--skip ${skip} --count ${count})`, `Use --count ${Math.max(1, all.length - skip)}.`);
  }
  if (calibration === undefined) return int8Inputs(chosen, shape, quantization, request);
  const real = realInputs(chosen, shape, request, where);
  requireDisjoint(calibration, real.map(({ data }) => data));
  return real.map(({ data, ...label }) => ({ ...label, data: realToInt8(data, quantization) }));
}
