// SPDX-License-Identifier: Apache-2.0
/** Owns scales that a QDQ model leaves out: what follows from operators that hand values through, and probabilities. */

import { NO_REAL_CLAMP, type FloatNetwork, type FloatOp, type FloatTensor } from '../../float/network.js';
import { createFloatOpNamer } from '../../float/network.js';
import { useCounts } from '../../float/query.js';
import type { Quantization, TensorId } from '../../graph/network.js';
import { isPassThrough, isProbability, PROBABILITY_QUANTIZATION } from '../../quantize/post-training/activation-scales.js';
import type { BuiltNetwork } from './built-network.js';
import { quoted, UnsupportedOnnxQuantizationError } from './errors.js';
import type { Grid } from './values.js';

interface Completed {
  readonly network: FloatNetwork;
  /** By tensor id. */
  readonly scales: readonly Quantization[];
  /** Of weights that are made here, by operator name. */
  readonly grids: ReadonlyMap<string, Grid>;
}

const same = (a: Quantization | undefined, b: Quantization): boolean => a?.scale === b.scale && a.zeroPoint === b.zeroPoint;

/** A network, and how often each tensor is read. */
interface Readings {
  readonly network: FloatNetwork;
  readonly uses: readonly number[];
}

/** Scales flow through operators that change no values, and through clamps, until nothing changes. */
function spread({ network: { ops }, uses }: Readings, scales: Map<TensorId, Quantization>): void {
  const set = (id: TensorId, value: Quantization | undefined): boolean => {
    if (value === undefined || scales.has(id)) return false;
    scales.set(id, value);
    return true;
  };
  for (const op of ops) if (isProbability(op)) set(op.outputs[0], PROBABILITY_QUANTIZATION);
  for (let changed = true; changed;) {
    changed = false;
    for (const op of ops) {
      if (!isPassThrough(op) && op.kind !== 'relu') continue;
      const [output] = op.outputs;
      const [input] = op.inputs;
      // The coarsest input's scale holds all values of a concatenation.
      const inputs = op.inputs.flatMap((id) => scales.get(id) ?? []);
      const widest = inputs.length === op.inputs.length ? inputs.reduce((a, b) => (b.scale > a.scale ? b : a)) : undefined;
      if (set(output, op.inputs.length === 1 ? scales.get(input) : widest)) changed = true;
    }
    for (const op of ops.toReversed()) {
      // Means lie closer together than what they are of: their scale is too fine for it.
      // A value that a clamp alone reads is rounded to the clamp's scale before it as well as behind it.
      const isHandedOn = (isPassThrough(op) && op.kind !== 'average-pool') || (op.kind === 'relu' && uses[op.inputs[0]] === 1);
      if (!isHandedOn) continue;
      for (const id of op.inputs) if (set(id, scales.get(op.outputs[0]))) changed = true;
    }
  }
}

type AveragePool = Extract<FloatOp, { readonly kind: 'average-pool' }>;

const isPadded = ({ padding: { top, left, bottom, right } }: AveragePool): boolean => top + left + bottom + right > 0;

/** Weights of a mean: large ones leave more bits to the requantizer, which rounds twice; the largest sum stays below 2^30. */
const MEAN_WEIGHT = 64;
const LARGEST_MEAN = 2 ** 15;

/** The sum of every window times 1 / taps: the mean on another scale, rounded once. */
function meanAsSum({ kind: _, filterHeight, filterWidth, ...op }: AveragePool, channels: number): { readonly op: FloatOp; readonly grid: Grid } {
  const taps = filterHeight * filterWidth;
  const weight = taps <= LARGEST_MEAN ? MEAN_WEIGHT : 1;
  const scale = Math.fround(1 / (taps * weight));
  const weights = { name: `${op.name}/mean`, layout: 'OHWI', shape: [channels, filterHeight, filterWidth, 1], data: new Float32Array(channels * taps).fill(weight * scale) } as const;
  return {
    op: { kind: 'depthwise-conv2d', ...op, weights, bias: new Float32Array(channels), dilationHeight: 1, dilationWidth: 1, depthMultiplier: 1 },
    grid: { scales: [scale], zeroPoints: [0], axis: undefined, isUnsigned: false },
  };
}

/**
 * Every tensor with a scale. Where an operator has to keep one and the model states two, a copy with the other follows it, or goes before it;
 * an average without padding becomes a sum that takes the other itself.
 */
export function completeScales({ network, quantizations: stated, unrounded, places }: BuiltNetwork): Completed {
  const readings: Readings = { network, uses: useCounts(network) };
  const grids = new Map<string, Grid>();
  const tensors: FloatTensor[] = [...network.tensors];
  const scales = new Map<TensorId, Quantization>();
  for (const { id, name } of tensors) {
    const quantization = stated.get(name);
    if (quantization !== undefined) scales.set(id, quantization);
  }
  spread(readings, scales);
  // What nothing rounds again keeps the scale that others of its readers round it to.
  for (const { id, name } of tensors) {
    const first = unrounded.get(name);
    if (first === undefined || scales.has(id)) continue;
    scales.set(id, first);
    spread(readings, scales);
  }
  const copyOf = (id: TensorId, quantization: Quantization): TensorId => {
    const { name, shape } = tensors[id] as FloatTensor;
    const copy = tensors.push({ id: tensors.length, name: `${name}/rescaled`, shape }) - 1;
    scales.set(copy, quantization);
    return copy;
  };
  const requantize = (from: TensorId, to: TensorId): FloatOp => ({ kind: 'relu', name: `rescale_${from}_${to}`, inputs: [from], outputs: [to], ...NO_REAL_CLAMP });
  const ops = network.ops.flatMap((op): FloatOp[] => {
    const [output] = op.outputs;
    const wanted = scales.get(output);
    if (wanted === undefined) return [op];
    if (isProbability(op) && !same(wanted, PROBABILITY_QUANTIZATION)) {
      const own = copyOf(output, PROBABILITY_QUANTIZATION);
      return [{ ...op, outputs: [own] }, requantize(own, output)];
    }
    if (!isPassThrough(op) || op.inputs.every((id) => scales.get(id) === undefined || same(scales.get(id), wanted))) return [op];
    if (op.kind === 'average-pool' && !isPadded(op)) {
      const mean = meanAsSum(op, tensors[output]?.shape.at(-1) ?? 1);
      grids.set(op.name, mean.grid);
      return [mean.op];
    }
    // What fills is on the scale behind it.
    if (op.inputs.length === 1 && op.kind !== 'pad') {
      const own = copyOf(output, scales.get(op.inputs[0]) as Quantization);
      return [{ ...op, outputs: [own] } as FloatOp, requantize(own, output)];
    }
    const before: FloatOp[] = [];
    const inputs = op.inputs.map((id) => {
      if (same(scales.get(id), wanted)) return id;
      const copy = copyOf(id, wanted);
      before.push(requantize(id, copy));
      return copy;
    });
    return [...before, { ...op, inputs } as unknown as FloatOp];
  });
  const missing = tensors.find(({ id, constant }) => constant === undefined && !scales.has(id));
  if (missing !== undefined) {
    const place = places.get(missing.name);
    throw new UnsupportedOnnxQuantizationError(place === undefined ? `input ${quoted(missing.name)}` : `${place}, tensor ${missing.name}`, 'no scale: no QuantizeLinear follows it', 'every activation quantized');
  }
  const namer = createFloatOpNamer();
  // Only the copies need names of their own; names of the others stay, as weights are known by them.
  const names = new Set(ops.map(({ name }) => name));
  const fresh = (): string => {
    for (;;) {
      const name = namer('relu').replace('relu', 'requantize');
      if (!names.has(name)) return name;
    }
  };
  const named = ops.map((op) => (op.name.startsWith('rescale_') ? { ...op, name: fresh() } : op));
  return { network: { ...network, tensors, ops: named }, scales: tensors.map(({ id }) => scales.get(id) ?? PROBABILITY_QUANTIZATION), grids };
}
