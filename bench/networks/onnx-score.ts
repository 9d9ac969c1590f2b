// SPDX-License-Identifier: Apache-2.0
/** Owns the comparison of a model's int8 outputs, by the golden model, with what onnxruntime answered to the same inputs. */
import type { Network, Quantization } from '../../generator/graph/network.js';
import { tensorById } from '../../generator/graph/query.js';
import { realToInt8 } from '../../generator/import/pixel-values.js';
import { goldenOutput, runGolden } from '../../generator/model/golden.js';
import { indexOfLargest } from '../../generator/tensor/tensor.js';
import type { RealInput } from './onnx-inputs.js';
import type { Recorded } from './recorded.js';

/** Answers on the same inputs; `lost` are right in onnxruntime alone, `won` in int8 alone. */
export interface AnswerScore {
  readonly inputs: number;
  readonly same: number;
  /** Null without classes. */
  readonly classes: { readonly reference: number; readonly int8: number; readonly lost: number; readonly won: number } | null;
}

/** Int8 outputs as real numbers against those of onnxruntime. */
export interface OutputScore {
  readonly inputs: number;
  readonly values: number;
  /** Largest less smallest value of onnxruntime. */
  readonly range: number;
  readonly rms: number;
  readonly worst: number;
  readonly correlation: number;
}

export interface OnnxScore {
  /** Null where the output is no list of classes. */
  readonly answers: AnswerScore | null;
  readonly outputs: OutputScore;
}

const toReal = (values: Int8Array, { scale, zeroPoint }: Quantization): Float64Array => Float64Array.from(values, (q) => scale * (q - zeroPoint));

/** The pixels that were recorded of an output image of one channel. */
function kept(values: Float64Array, { keepEvery, outputShape }: Recorded, shape: readonly number[]): Float64Array {
  if (keepEvery === 1) return values;
  const [height = 0, width = 0] = outputShape.slice(-2);
  const full = shape[2] as number;
  return Float64Array.from({ length: height * width }, (_, i) => values[Math.floor(i / width) * keepEvery * full + (i % width) * keepEvery] as number);
}

function outputScore(pairs: readonly { readonly int8: Float64Array; readonly reference: Float32Array }[]): OutputScore {
  const sums = { n: 0, x: 0, y: 0, xx: 0, yy: 0, xy: 0, square: 0, worst: 0, min: Infinity, max: -Infinity };
  for (const { int8, reference } of pairs) {
    if (int8.length !== reference.length) throw new Error(`${int8.length} outputs, recorded were ${reference.length}`);
    for (let i = 0; i < int8.length; i++) {
      const [x, y] = [int8[i] as number, reference[i] as number];
      sums.n++;
      sums.x += x;
      sums.y += y;
      sums.xx += x * x;
      sums.yy += y * y;
      sums.xy += x * y;
      sums.square += (x - y) ** 2;
      sums.worst = Math.max(sums.worst, Math.abs(x - y));
      sums.min = Math.min(sums.min, y);
      sums.max = Math.max(sums.max, y);
    }
  }
  const { n, x, y, xx, yy, xy } = sums;
  const correlation = (n * xy - x * y) / Math.sqrt((n * xx - x * x) * (n * yy - y * y));
  return { inputs: pairs.length, values: n, range: sums.max - sums.min, rms: Math.sqrt(sums.square / n), worst: sums.worst, correlation };
}

/** The first `count` inputs, or all that were recorded. */
export function scoreOnnx(network: Network, inputs: readonly RealInput[], recorded: Recorded, count = inputs.length, onProgress: (done: number) => void = () => {}): OnnxScore {
  const [input, output] = [tensorById(network, network.inputs[0] as number), tensorById(network, network.outputs[0] as number)];
  const found = { same: 0, reference: 0, int8: 0, lost: 0, won: 0 };
  const pairs: { int8: Float64Array; reference: Float32Array }[] = [];
  const scored = inputs.slice(0, count);
  scored.forEach(({ data, label }, i) => {
    const values = goldenOutput(network, runGolden(network, realToInt8(data, input.quantization))).data;
    const [answer, wanted, reference] = [indexOfLargest(values), recorded.answers[i], recorded.outputs[i]];
    if (answer === wanted) found.same++;
    if (answer === label) found.int8++;
    if (wanted === label) found.reference++;
    if (wanted === label && answer !== label) found.lost++;
    if (wanted !== label && answer === label) found.won++;
    if (reference !== undefined) pairs.push({ int8: kept(toReal(values, output.quantization), recorded, output.shape), reference });
    onProgress(i + 1);
  });
  const { same, ...classes } = found;
  const isLabelled = scored.every(({ label }) => label !== undefined);
  return { answers: recorded.answers.length === 0 ? null : { inputs: scored.length, same, classes: isLabelled ? classes : null }, outputs: outputScore(pairs) };
}

/** Peak 1: the ratio of the largest possible value to the error, in dB. */
export const psnr = ({ rms }: OutputScore): number => -20 * Math.log10(rms);

/** Points that int8 loses against onnxruntime, and the standard error of this paired difference. */
export function lossOf({ inputs, classes }: AnswerScore): { readonly points: number; readonly error: number } | undefined {
  if (classes === null) return undefined;
  const { lost, won } = classes;
  const mean = (lost - won) / inputs;
  return { points: 100 * mean, error: 100 * Math.sqrt(((lost + won) / inputs - mean ** 2) / inputs) };
}
