// SPDX-License-Identifier: Apache-2.0
/** Owns what a network answers: the tensors whose distance is a loss, classes, and points lost with their paired standard error. */

import { floatOutput, runFloat } from '../../float/execute.js';
import type { FloatNetwork } from '../../float/network.js';
import type { TensorId } from '../../graph/network.js';
import { square } from '../numeric/products.js';
import type { LabelledInput } from './split.js';

/** The network's outputs; of a softmax what it reads, since probabilities hide what changes. */
export const scoredTensors = (network: FloatNetwork): TensorId[] =>
  network.outputs.map((id) => {
    const last = network.ops.find(({ outputs }) => outputs[0] === id);
    return last?.kind === 'softmax' ? last.inputs[0] : id;
  });

/** Squared distances to the dense outputs over the power of those about their mean, on the same inputs; the mean over the outputs. */
export class OutputDistance {
  private readonly power: readonly number[];

  /** `dense[input][output]`: values of each scored tensor. */
  constructor(private readonly dense: readonly (readonly Float32Array[])[]) {
    this.power = (dense[0] ?? []).map((first, output) => {
      const mean = Float64Array.from(first, (_, i) => dense.reduce((sum, values) => sum + ((values[output] as Float32Array)[i] as number), 0) / dense.length);
      const total = dense.reduce((sum, values) => sum + (values[output] as Float32Array).reduce((own, value, i) => own + square(value - (mean[i] as number)), 0), 0);
      return total > 0 ? total : 1;
    });
  }

  /** What one input adds to the relative error. */
  of(input: number, outputs: readonly Float32Array[]): number {
    const shares = this.power.map((power, output) => {
      const [wanted, given] = [this.dense[input]?.[output] as Float32Array, outputs[output] as Float32Array];
      return wanted.reduce((sum, value, i) => sum + square(value - (given[i] as number)), 0) / power;
    });
    return shares.reduce((sum, share) => sum + share, 0) / Math.max(1, shares.length);
  }
}

/** Points lost by one network against another on the same inputs. */
export interface MeasuredLoss {
  /** `accuracy`: every input has a label. `agreement`: answers are right where they are the dense network's. */
  readonly measure: 'accuracy' | 'agreement';
  readonly inputs: number;
  /** Per cent of right answers, of the dense network and of the pruned one. */
  readonly dense: number;
  readonly pruned: number;
  /** Points: dense less pruned. */
  readonly loss: number;
  /** Of the loss: that of the mean of the paired differences. */
  readonly standardError: number;
}

const winner = (values: Float32Array): number => values.reduce((best, value, i) => (value > (values[best] as number) ? i : best), 0);

const answerOf = (network: FloatNetwork, { data }: LabelledInput): number => winner(floatOutput(network, runFloat(network, data)));

export function pairedLoss(dense: readonly boolean[], pruned: readonly boolean[]): Omit<MeasuredLoss, 'measure'> {
  const n = dense.length;
  const differences = dense.map((right, i) => Number(right) - Number(pruned[i]));
  const mean = differences.reduce((sum, one) => sum + one, 0) / n;
  const variance = differences.reduce((sum, one) => sum + square(one - mean), 0) / Math.max(1, n - 1);
  const percent = (rights: readonly boolean[]): number => (100 * rights.filter(Boolean).length) / n;
  return { inputs: n, dense: percent(dense), pruned: percent(pruned), loss: 100 * mean, standardError: 100 * Math.sqrt(variance / n) };
}

/** Answers of the dense network on held-out inputs, to which others are compared. */
export class HeldOut {
  readonly measure: MeasuredLoss['measure'];
  private readonly wanted: readonly number[];
  private readonly right: readonly boolean[];

  constructor(dense: FloatNetwork, private readonly inputs: readonly LabelledInput[]) {
    const answers = inputs.map((input) => answerOf(dense, input));
    this.measure = inputs.every(({ label }) => label !== undefined) ? 'accuracy' : 'agreement';
    this.wanted = this.measure === 'accuracy' ? inputs.map(({ label }) => label as number) : answers;
    this.right = answers.map((answer, i) => answer === this.wanted[i]);
  }

  lossOf(pruned: FloatNetwork): MeasuredLoss {
    return { measure: this.measure, ...pairedLoss(this.right, this.inputs.map((input, i) => answerOf(pruned, input) === this.wanted[i])) };
  }
}
