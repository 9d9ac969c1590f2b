// SPDX-License-Identifier: Apache-2.0
/** Owns the sums that a layer's problem is made of: inputs and wanted outputs of sampled pixels, block after block of samples. */

import { addProducts } from '../../tensor/products.js';
import { mirrorLower, square } from '../numeric/products.js';
import type { WeightShape } from '../scheme.js';
import type { LayerProblem, ProblemBlock } from './problem.js';
import { gatherWindows, type LayerWindows } from './windows.js';

/** Samples whose products are summed at once. */
const BATCH = 256;

/** Sums of one group of filters. */
class GroupSums {
  readonly gram: Float64Array;
  readonly cross: Float64Array;
  readonly inputSum: Float64Array;
  readonly targetSum: Float64Array;
  readonly power: Float64Array;
  private readonly inputs: Float64Array;
  private readonly targets: Float64Array;
  private filled = 0;

  constructor(private readonly rows: number, private readonly columns: number) {
    this.gram = new Float64Array(columns * columns);
    this.cross = new Float64Array(rows * columns);
    this.inputSum = new Float64Array(columns);
    this.targetSum = new Float64Array(rows);
    this.power = new Float64Array(rows);
    this.inputs = new Float64Array(columns * BATCH);
    this.targets = new Float64Array(rows * BATCH);
  }

  add(windows: LayerWindows, group: number, values: Float32Array, pixels: Int32Array, target: (row: number, sample: number) => number): void {
    for (let done = 0; done < pixels.length; ) {
      const count = Math.min(pixels.length - done, BATCH - this.filled);
      gatherWindows(windows, group, values, pixels.subarray(done, done + count), this.inputs, this.filled, BATCH);
      for (let row = 0; row < this.rows; row++) for (let i = 0; i < count; i++) this.targets[row * BATCH + this.filled + i] = target(row, done + i);
      this.filled += count;
      done += count;
      if (this.filled === BATCH) this.flush();
    }
  }

  flush(): void {
    const { inputs, targets, columns, rows } = this;
    if (this.filled < BATCH) for (const [values, count] of [[inputs, columns], [targets, rows]] as const) for (let i = 0; i < count; i++) values.fill(0, i * BATCH + this.filled, (i + 1) * BATCH);
    addProducts(inputs, columns, inputs, columns, BATCH, this.gram, columns, true);
    addProducts(targets, rows, inputs, columns, BATCH, this.cross, columns);
    const sums = (values: Float64Array, into: Float64Array, power?: Float64Array): void => {
      for (let i = 0; i < into.length; i++) {
        let [sum, squares] = [0, 0];
        for (let k = i * BATCH; k < (i + 1) * BATCH; k++) {
          sum += values[k] as number;
          squares += square(values[k] as number);
        }
        into[i] = (into[i] as number) + sum;
        if (power !== undefined) power[i] = (power[i] as number) + squares;
      }
    };
    sums(inputs, this.inputSum);
    sums(targets, this.targetSum, this.power);
    this.filled = 0;
  }

  /** Means taken off, divided by the samples, dampened towards the dense weights. */
  block(firstRow: number, count: number, dampening: number, dense: Float64Array): ProblemBlock {
    if (this.filled > 0) this.flush();
    const { rows, columns, gram, cross } = this;
    mirrorLower(gram, columns);
    const inputMean = this.inputSum.map((sum) => sum / count);
    const targetMean = this.targetSum.map((sum) => sum / count);
    let trace = 0;
    for (let i = 0; i < columns; i++) {
      for (let j = 0; j < columns; j++) gram[i * columns + j] = (gram[i * columns + j] as number) / count - (inputMean[i] as number) * (inputMean[j] as number);
      trace += gram[i * columns + i] as number;
    }
    // Inputs that never change leave the weights as they are.
    const ridge = trace > 0 ? (dampening * trace) / columns : 1;
    for (let i = 0; i < columns; i++) gram[i * columns + i] = (gram[i * columns + i] as number) + ridge;
    const power = new Float64Array(rows);
    for (let row = 0; row < rows; row++) {
      power[row] = Math.max(0, (this.power[row] as number) / count - square(targetMean[row] as number));
      for (let i = 0; i < columns; i++) {
        const weight = dense[(firstRow + row) * columns + i] as number;
        cross[row * columns + i] = (cross[row * columns + i] as number) / count - (targetMean[row] as number) * (inputMean[i] as number) + ridge * weight;
        power[row] = (power[row] as number) + ridge * weight * weight;
      }
    }
    return { firstRow, rows, columns, gram, cross, inputMean, targetMean, power };
  }
}

/** Collects samples image by image, then gives the problem. */
export class LayerStatistics {
  private readonly sums: readonly GroupSums[];
  private count = 0;

  constructor(private readonly windows: LayerWindows) {
    this.sums = Array.from({ length: windows.groups }, () => new GroupSums(windows.rowsOfGroup, windows.columns));
  }

  /** One image: what the layer reads, and the wanted outputs (pixels x output channels, in the order of `pixels`). */
  add(values: Float32Array, pixels: Int32Array, wanted: Float64Array): void {
    const { rowsOfGroup, output: { channels } } = this.windows;
    this.sums.forEach((sums, group) => { sums.add(this.windows, group, values, pixels, (row, i) => wanted[i * channels + group * rowsOfGroup + row] as number); });
    this.count += pixels.length;
  }

  problem(name: string, shape: WeightShape, dense: Float64Array, dampening: number): LayerProblem {
    const { rowsOfGroup } = this.windows;
    return { name, shape, dense, blocks: this.sums.map((sums, group) => sums.block(group * rowsOfGroup, this.count, dampening, dense)) };
  }
}
