// SPDX-License-Identifier: Apache-2.0
/** Owns the reading of retrained models of a comparison, and the check that each belongs to its row, before anything is measured. */
import { resolve } from 'node:path';
import { RetrainedZerosError } from '../compare/errors.js';
import { prepareInt8Row, prepareRetrainedRow } from '../compare/prepare-row.js';
import type { RowSpec } from '../compare/row-spec.js';
import { GenAccelError } from '../core/errors.js';
import { sha256 } from '../core/stable-hash.js';
import { foldNetwork } from '../float/fold/fold-network.js';
import { isFloatWeighted } from '../float/network.js';
import { weightedOps } from '../graph/query.js';
import { RepruneError } from '../prune/errors.js';
import { magnitude } from '../prune/methods/magnitude.js';
import { plural } from '../report/plural.js';
import { formatShape } from '../tensor/tensor.js';
import { loadModel, type CompareInputs } from './compare-inputs.js';
import type { RowRequest } from './compare-measure.js';
import { InputFileError } from './input-file.js';
import { readModelFile } from './model-file.js';
import { UsageError } from './usage-error.js';

type Model = CompareInputs['model'];

const shapeOf = ({ network: { tensors, inputs, outputs } }: Model): string => [...inputs, ...outputs].map((id) => formatShape(tensors[id]?.shape ?? [])).join(' -> ');

/** Shapes of the weights of all layers, sorted: another exporter may write layers in another order. Where channels were cut, of the kernels alone. */
function weightsOf({ kind, network }: Model, isCut: boolean): string[] {
  const ops = kind === 'float32' ? foldNetwork(network).ops.filter(isFloatWeighted) : weightedOps(network);
  return ops.map(({ weights: { shape } }) => formatShape(isCut ? shape.slice(1, 3) : shape)).sort();
}

/** Of two sorted lists, what the first has and the second has not. */
function missingFrom(list: readonly string[], other: readonly string[]): string[] {
  const rest = [...other];
  return list.filter((one) => {
    const at = rest.indexOf(one);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
}

function read(where: string, file: string, cwd: string): Model {
  try {
    return loadModel({ model: file }, cwd);
  } catch (cause) {
    if (!(cause instanceof GenAccelError) || cause.origin !== 'input') throw cause;
    throw new InputFileError(where, `no model that can be read (${cause.message.replace(/\.$/, '')})`, 'an ONNX or TFLite file', 'Name the file that the training tool wrote.', cause);
  }
}

/** A model of the same kind, input, classes and layers, whose zeros its row allows. Throws UsageError, InputFileError, RetrainedZerosError. */
export function readRetrained(spec: RowSpec, file: string, { model, calibration }: Pick<CompareInputs, 'model' | 'calibration'>, group: number, cwd: string): RowRequest {
  const where = `--retrained ${spec.text}=${file}`;
  const bytes = readModelFile(resolve(cwd, file), { where, expected: 'an ONNX or TFLite file', remedy: 'Correct the path.' });
  const network = read(where, file, cwd);
  const another = 'Name a model that was retrained from this one.';
  if (network.kind !== model.kind) throw new UsageError(`${where} is ${network.kind}, and the model is ${model.kind}`, 'Compare models of one kind.');
  if (shapeOf(network) !== shapeOf(model)) throw new UsageError(`${where} computes ${shapeOf(network)}, and the model ${shapeOf(model)}`, another);
  const isCut = spec.channels?.cut !== undefined;
  const [own, wanted] = [weightsOf(network, isCut), weightsOf(model, isCut)];
  const [more, less] = [missingFrom(own, wanted), missingFrom(wanted, own)];
  const first = more[0] ?? less[0];
  if (first !== undefined) {
    throw new UsageError(`${where} is another network: ${plural(own.length, 'layer')} with weights, the model ${wanted.length}; ${more.length > 0 ? `no layer of the model is left that has` : 'it has no layer with'} ${isCut ? 'kernels' : 'weights'} of ${first}`, another);
  }
  checkZeros(spec, file, network, calibration, group);
  return { spec, retrained: { network, file, hash: sha256(bytes) } };
}

/** A trial of what its row will do with the network, in its cheapest form: by magnitude, on one input. */
function checkZeros(spec: RowSpec, file: string, network: Model, calibration: readonly Float32Array[], group: number): void {
  try {
    if (network.kind === 'int8') prepareInt8Row(network.network, spec, { group });
    else prepareRetrainedRow(network.network, spec, { group, weightBits: 8, seed: 1, calibration: calibration.slice(0, 1), method: magnitude, cut: (whole) => whole }, file);
  } catch (error) {
    const [problem] = error instanceof RepruneError ? error.problems : [];
    throw problem === undefined ? error : new RetrainedZerosError(file, problem.layer, spec.text);
  }
}
