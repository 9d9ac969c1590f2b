// SPDX-License-Identifier: Apache-2.0
/** Holds ONNX models in int8 to what onnxruntime answered to the same inputs: the loss, the same answers, and the outputs themselves. */
import { expect, it } from 'vitest';
import { spectra } from '../../bench/networks/onnx-inputs.js';
import { ONNX_MODELS } from '../../bench/networks/onnx-models.js';
import { lossOf, psnr, scoreOnnx } from '../../bench/networks/onnx-score.js';
import { absentOnnxFiles, loadOnnx } from '../../bench/networks/onnx-subjects.js';
import { readRecorded, requireRecorded } from '../../bench/networks/recorded.js';
import { dataPath, dataRequired, readData } from '../support/data.js';

const regress = process.env['GEN_ACCEL_REGRESS'] === '1';

interface Bar {
  readonly model: string;
  /** Inputs that are scored, and that calibrate, in `make test`; `make regress` takes all. */
  readonly inputs: number;
  readonly calibration: number;
  /** Share of the same answers, at least. */
  readonly same: number;
  /** Of the outputs as real numbers, at least. */
  readonly correlation: number;
  /** In `make regress` alone. */
  readonly long?: true;
}

const BARS: readonly Bar[] = [
  { model: 'mnist-8', inputs: 300, calibration: 50, same: 0.99, correlation: 0.999 },
  { model: 'resnet8_float', inputs: 40, calibration: 16, same: 0.95, correlation: 0.99 },
  { model: 'resnet8_qdq', inputs: 100, calibration: 0, same: 0.95, correlation: 0.995 },
  { model: 'dscnn_kws_qdq', inputs: 100, calibration: 0, same: 0.98, correlation: 0.99 },
  { model: 'ad_autoencoder_qdq', inputs: 20, calibration: 0, same: 0, correlation: 0.999 },
  { model: 'alibaba_ic_mbconv', inputs: 100, calibration: 32, same: 0.95, correlation: 0.99 },
  { model: 'resnet20', inputs: 500, calibration: 200, same: 0.95, correlation: 0.99, long: true },
  { model: 'squeezenet', inputs: 102, calibration: 14, same: 0.7, correlation: 0.95, long: true },
  { model: 'super_resolution', inputs: 10, calibration: 8, same: 0, correlation: 0.995, long: true },
];

/** Points that int8 may lose: one answer more or less is a point and more where few inputs are scored. */
const LOSS_BAR = regress ? 1 : 2;

it.for(BARS)('$model answers as onnxruntime does', { timeout: 3_600_000 }, ({ model: name, inputs, calibration, same, correlation, long }, { skip }) => {
  const model = ONNX_MODELS.find((each) => each.name === name);
  if (model === undefined) throw new Error(`${name} is no model of bench/networks/onnx-models.ts`);
  const missing = absentOnnxFiles(model);
  if (missing.length > 0 && dataRequired) throw new Error(`GEN_ACCEL_REQUIRE_DATA=1, but ${missing.join(', ')} is not there`);
  if (missing.length > 0) skip(`no data: ${missing.join(', ')}`);
  if (long === true && !regress) skip('GEN_ACCEL_REGRESS=1 scores it');

  const { network, inputs: all, recorded } = loadOnnx(model, regress ? Infinity : calibration);
  const { answers, outputs } = scoreOnnx(network, all, recorded, regress ? all.length : inputs);
  const loss = answers === null ? undefined : lossOf(answers);
  const shown = answers === null ? '' : `same answer ${answers.same} of ${answers.inputs}${loss === undefined ? '' : `, loss ${loss.points.toFixed(2)} points`}; `;
  process.stdout.write(`${name}: ${shown}output error ${((100 * outputs.rms) / outputs.range).toFixed(2)} % of the range, correlation ${outputs.correlation.toFixed(4)}\n`);
  if (answers !== null) expect(answers.same / answers.inputs).toBeGreaterThanOrEqual(same);
  if (loss !== undefined) expect(loss.points).toBeLessThan(LOSS_BAR);
  expect(outputs.correlation).toBeGreaterThan(correlation);
  if (model.isPicture === true) expect(psnr(outputs)).toBeGreaterThan(30);
});

const autoencoder = readRecorded('ad_autoencoder_qdq');
it.skipIf(dataPath(autoencoder.model) === undefined)('another model, other inputs or another order than the recorded ones are refused', () => {
  const bytes = readData(autoencoder.model);
  const inputs = spectra(20);
  requireRecorded(autoencoder, bytes, inputs);
  expect(() => { requireRecorded(autoencoder, bytes.slice(1), inputs); }).toThrow('is another file than the one that was recorded');
  expect(() => { requireRecorded(autoencoder, bytes, inputs.slice(1)); }).toThrow('19 inputs with SHA-256');
  expect(() => { requireRecorded(autoencoder, bytes, inputs.toReversed()); }).toThrow('recorded were 20 with');
});
