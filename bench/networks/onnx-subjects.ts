// SPDX-License-Identifier: Apache-2.0
/** Owns the import and quantization of the ONNX models, and their first inputs as subjects of the measurement. */
import type { Network } from '../../generator/graph/network.js';
import { tensorById } from '../../generator/graph/query.js';
import { readOnnx } from '../../generator/import/onnx/import.js';
import { realToInt8 } from '../../generator/import/pixel-values.js';
import { quantizeNetwork } from '../../generator/quantize/post-training/quantize-network.js';
import { requireDisjoint } from '../../generator/quantize/post-training/overlap.js';
import { absentFiles, readDataFile } from './data-files.js';
import type { RealInput } from './onnx-inputs.js';
import type { OnnxModel } from './onnx-models.js';
import { readRecorded, requireRecorded, type Recorded } from './recorded.js';
import type { SubjectSource } from './subjects.js';

export interface LoadedOnnx {
  readonly model: OnnxModel;
  readonly recorded: Recorded;
  /** All that were recorded. */
  readonly inputs: readonly RealInput[];
  readonly network: Network;
}

export const absentOnnxFiles = (model: OnnxModel): string[] => absentFiles([readRecorded(model.name).model, ...model.files]);

/**
 * The int8 network of a model, and the inputs that onnxruntime was recorded on. Throws when model or inputs are others, and when an
 * input is scored that the model was calibrated with. `calibration`: no more than the first of these inputs.
 */
export function loadOnnx(model: OnnxModel, calibration = Infinity): LoadedOnnx {
  const recorded = readRecorded(model.name);
  const bytes = readDataFile(recorded.model);
  const inputs = model.scored();
  requireRecorded(recorded, bytes, inputs);
  const imported = readOnnx(bytes, model.name);
  if ((imported.kind === 'float32') !== (model.calibration !== undefined)) throw new Error(`${model.name} is ${imported.kind}, and is ${model.calibration === undefined ? 'not ' : ''}to be calibrated`);
  if (imported.kind === 'int8') return { model, recorded, inputs, network: imported.network };
  const own = model.calibration?.inputs().slice(0, calibration) ?? [];
  requireDisjoint(own, inputs.map(({ data }) => data));
  return { model, recorded, inputs, network: quantizeNetwork(imported.network, own) };
}

/** The first inputs of a loaded model as its network reads them. */
export function onnxSubject({ model, network, inputs }: LoadedOnnx, over: Pick<SubjectSource, 'zeros'> = {}): SubjectSource {
  const { quantization } = tensorById(network, network.inputs[0] as number);
  return {
    name: model.name, files: [], rows: false, ...over,
    load: (count) => ({
      network, inputs: model.inputs, recorded: [],
      images: inputs.slice(0, count).map(({ data, ...label }) => ({ ...label, data: realToInt8(data, quantization) })),
    }),
  };
}
