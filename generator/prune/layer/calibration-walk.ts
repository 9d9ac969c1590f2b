// SPDX-License-Identifier: Apache-2.0
/** Owns the way of the calibration inputs through a network that is being pruned: every activation twice, dense and pruned. */

import { createRandom, type Random } from '../../core/random.js';
import { runFloatOp } from '../../float/execute.js';
import { isFloatWeighted, NO_REAL_CLAMP, type FloatNetwork, type FloatOp, type FloatWeightedOp } from '../../float/network.js';
import { floatTensorById, useCounts } from '../../float/query.js';
import type { TensorId } from '../../graph/network.js';
import { elementCount, formatShape, shapesEqual, TensorShapeError } from '../../tensor/tensor.js';
import type { LayerProblem } from './problem.js';
import { LayerStatistics } from './statistics.js';
import { layerWindows } from './windows.js';

export interface WalkOptions {
  readonly samples: number;
  readonly seed: number;
  readonly dampening: number;
  readonly sequential: boolean;
  readonly joins: boolean;
}

/** One input's activations: of the dense network, and of the pruned one. The same array where nothing before it was pruned. */
interface Pair {
  readonly dense: Map<TensorId, Float32Array>;
  readonly pruned: Map<TensorId, Float32Array>;
}

/** The other operand of the addition that alone reads a layer's output. */
function joinOf(network: FloatNetwork, op: FloatWeightedOp, uses: readonly number[]): TensorId | undefined {
  const [output] = op.outputs;
  if (uses[output] !== 1 || op.activationMin !== -Infinity || op.activationMax !== Infinity) return undefined;
  const add = network.ops.find((candidate) => candidate.kind === 'add' && (candidate.inputs as readonly TensorId[]).includes(output));
  const other = add?.inputs.find((id) => id !== output);
  if (other === undefined) return undefined;
  const isSame = shapesEqual(floatTensorById(network, other).shape, floatTensorById(network, output).shape);
  return isSame ? other : undefined;
}

export class CalibrationWalk {
  private readonly pairs: readonly Pair[];
  private readonly random: Random;
  private readonly lastUse: ReadonlyMap<TensorId, number>;
  private readonly uses: readonly number[];
  private at = 0;
  /** Of the operator that is next, before its clamp, where `problem` has computed them: one per pair. */
  private outputs: readonly Float32Array[] | undefined;

  constructor(private readonly network: FloatNetwork, inputs: readonly Float32Array[], private readonly options: WalkOptions) {
    const [inputId] = network.inputs;
    const { shape } = floatTensorById(network, inputId ?? 0);
    this.pairs = inputs.map((input, i): Pair => {
      if (input.length !== elementCount(shape)) throw new TensorShapeError(`calibration input ${i} of ${network.name}`, `${input.length} values`, `${elementCount(shape)} (${formatShape(shape)})`);
      return { dense: new Map([[inputId as TensorId, input]]), pruned: new Map([[inputId as TensorId, input]]) };
    });
    this.random = createRandom(options.seed);
    this.lastUse = new Map(network.ops.flatMap((op, i) => op.inputs.map((id) => [id, i] as const)));
    this.uses = useCounts(network);
  }

  /** The problem of the operator that is next: inputs as they reach it, outputs as the dense network has them before the clamp. */
  problem(op: FloatWeightedOp, weights: Float64Array): LayerProblem {
    const { network, options: { samples, sequential, joins, dampening } } = this;
    const windows = layerWindows(op, this.shapeOf(op.inputs[0]), this.shapeOf(op.outputs[0]));
    const statistics = new LayerStatistics(windows);
    const { height, width, channels } = windows.output;
    const join = joins && sequential ? joinOf(network, op, this.uses) : undefined;
    const perImage = Math.min(height * width, Math.ceil(samples / this.pairs.length));
    this.outputs = this.pairs.map(({ dense, pruned }) => {
      const outputs = this.run({ ...op, ...NO_REAL_CLAMP }, dense);
      const pixels = this.pixels(height * width, perImage);
      const wanted = new Float64Array(pixels.length * channels);
      const [real, lost] = join === undefined ? [undefined, undefined] : [dense.get(join), pruned.get(join)];
      pixels.forEach((pixel, i) => {
        for (let c = 0; c < channels; c++) {
          const from = pixel * channels + c;
          const owed = real === undefined || lost === undefined ? 0 : (real[from] as number) - (lost[from] as number);
          wanted[i * channels + c] = (outputs[from] as number) + owed;
        }
      });
      statistics.add((sequential ? pruned : dense).get(op.inputs[0]) as Float32Array, pixels, wanted);
      return outputs;
    });
    return statistics.problem(op.name, op.weights.shape, weights, dampening);
  }

  /** Runs the operator on both sides and forgets what nothing reads any more. */
  advance(dense: FloatOp, pruned: FloatOp): void {
    const [output] = dense.outputs;
    this.pairs.forEach((pair, i) => {
      const outputs = this.clamped(dense, this.outputs?.[i]) ?? this.run(dense, pair.dense);
      const isSame = dense === pruned && dense.inputs.every((id) => pair.dense.get(id) === pair.pruned.get(id));
      pair.pruned.set(output, isSame ? outputs : this.run(pruned, pair.pruned));
      pair.dense.set(output, outputs);
      for (const id of dense.inputs) {
        if (this.lastUse.get(id) !== this.at) continue;
        pair.dense.delete(id);
        pair.pruned.delete(id);
      }
    });
    this.outputs = undefined;
    this.at++;
  }

  /** Outputs without a clamp, clamped in place. */
  private clamped(op: FloatOp, outputs: Float32Array | undefined): Float32Array | undefined {
    if (outputs === undefined || !isFloatWeighted(op)) return undefined;
    const { activationMin, activationMax } = op;
    for (let i = 0; i < outputs.length; i++) outputs[i] = Math.min(activationMax, Math.max(activationMin, outputs[i] as number));
    return outputs;
  }

  private shapeOf(id: TensorId): readonly number[] {
    return floatTensorById(this.network, id).shape;
  }

  private run(op: FloatOp, values: ReadonlyMap<TensorId, Float32Array>): Float32Array {
    const operands = op.inputs.map((id) => ({ shape: this.shapeOf(id), data: values.get(id) ?? (floatTensorById(this.network, id).constant as Float32Array) }));
    return runFloatOp(op, operands, this.shapeOf(op.outputs[0]));
  }

  /** `count` of `all` pixels, ascending. */
  private pixels(all: number, count: number): Int32Array {
    const order = Int32Array.from({ length: all }, (_, i) => i);
    for (let i = 0; i < count && count < all; i++) {
      const j = this.random.integer(i, all - 1);
      [order[i], order[j]] = [order[j] as number, order[i] as number];
    }
    return order.slice(0, count).sort();
  }
}
