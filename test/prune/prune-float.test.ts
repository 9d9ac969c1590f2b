// SPDX-License-Identifier: Apache-2.0
/** Holds pruning with calibration data to its contract on small networks: what is fitted to what, zeros, levels, repeatability, errors. */

import { describe, expect, it } from 'vitest';
import { createRandom } from '../../generator/core/random.js';
import { floatOutput, runFloat } from '../../generator/float/execute.js';
import { isFloatWeighted, type FloatNetwork, type FloatOp, type FloatTensor, type FloatWeightedOp } from '../../generator/float/network.js';
import { validateFloatNetwork } from '../../generator/float/validate.js';
import { UnknownOpError } from '../../generator/graph/errors.js';
import { weightedOps } from '../../generator/graph/query.js';
import { parseConstraint } from '../../generator/prune/constraints/parse.js';
import { CalibrationMissingError } from '../../generator/prune/errors.js';
import { gatherWindows, layerWindows } from '../../generator/prune/layer/windows.js';
import { admm } from '../../generator/prune/methods/admm.js';
import { magnitude, magnitudeRefit } from '../../generator/prune/methods/magnitude.js';
import type { PruningMethod } from '../../generator/prune/methods/method.js';
import { secondOrder } from '../../generator/prune/methods/second-order.js';
import { keepPlan, type PrunePlan } from '../../generator/prune/plan.js';
import { applyMasks } from '../../generator/prune/prune.js';
import { pruneFloatNetwork, type FloatPruneOptions } from '../../generator/prune/prune-float.js';
import { quantizeNetwork } from '../../generator/quantize/post-training/quantize-network.js';
import { TensorShapeError } from '../../generator/tensor/tensor.js';
import { randomConv, randomValues } from '../support/float-network.js';

const random = createRandom(31);
const clamp = { activationMin: 0, activationMax: Infinity };

/** A stem, two residual blocks, a depthwise layer, a strided one, and a flat end: op_0; op_1, op_2, op_3 (add); op_4, op_5, op_6 (add); op_7; op_8; op_9 (mean); op_10. */
function network(): FloatNetwork {
  const tensors: FloatTensor[] = [{ id: 0, name: 'input', shape: [1, 8, 8, 3] }];
  const ops: FloatOp[] = [];
  const push = (kind: FloatOp['kind'], shape: readonly number[], inputs: readonly number[], fields: Record<string, unknown>): number => {
    const id = tensors.push({ id: tensors.length, name: `tensor_${tensors.length}`, shape }) - 1;
    ops.push({ kind, name: `op_${ops.length}`, inputs, outputs: [id], ...(kind === 'mean' ? {} : { activationMin: -Infinity, activationMax: Infinity }), ...fields } as never);
    return id;
  };
  const map = [1, 8, 8, 16];
  let at = push('conv2d', map, [0], { ...randomConv(random, 3, 16), ...clamp });
  for (let block = 0; block < 2; block++) {
    const inner = push('conv2d', map, [at], { ...randomConv(random, 16, 16), ...clamp });
    const outer = push('conv2d', map, [inner], randomConv(random, 16, 16));
    at = push('add', map, [outer, at], clamp);
  }
  const deep = push('depthwise-conv2d', map, [at], { ...randomConv(random, 1, 16), depthMultiplier: 1, ...clamp });
  const strided = push('conv2d', [1, 4, 4, 24], [deep], { ...randomConv(random, 16, 24), strideHeight: 2, strideWidth: 2, padding: { top: 0, left: 0, bottom: 1, right: 1 }, ...clamp });
  const mean = push('mean', [1, 24], [strided], {});
  const { bias, weights } = randomConv(random, 24, 10, 1);
  const out = push('fully-connected', [1, 10], [mean], { bias, weights });
  return validateFloatNetwork({ name: 'residual', tensors, ops, inputs: [0], outputs: [out] });
}

/** Pixels that hang together, as those of images do. */
function picture(): Float32Array {
  const [coarse, fine] = [randomValues(random, 12, 1), randomValues(random, 192, 0.3)];
  return fine.map((value, i) => value + coarse[(Math.floor(i / 96) * 2 + (Math.floor(i / 12) % 2)) * 3 + (i % 3)]!);
}

const NET = network();
const inputs = Array.from({ length: 150 }, picture);
const others = Array.from({ length: 60 }, picture);
const plan = (text: string): PrunePlan => ({ group: 8, default: parseConstraint(text, { pes: 8, group: 8 }), layers: new Map() });
const weighted = (net: FloatNetwork): FloatWeightedOp[] => net.ops.filter(isFloatWeighted);

/** Mean square of the difference of the outputs over the dense ones' power about their mean. */
function lost(net: FloatNetwork, on: readonly Float32Array[] = others): number {
  let [error, power] = [0, 0];
  const dense = on.map((input) => floatOutput(NET, runFloat(NET, input)));
  const mean = dense[0]!.map((_, c) => dense.reduce((sum, own) => sum + own[c]!, 0) / dense.length);
  on.forEach((input, i) => floatOutput(net, runFloat(net, input)).forEach((value, c) => {
    error += (value - dense[i]![c]!) ** 2;
    power += (dense[i]![c]! - mean[c]!) ** 2;
  }));
  return error / power;
}

const prune = (text: string, method: PruningMethod, options: FloatPruneOptions = {}): ReturnType<typeof pruneFloatNetwork> => pruneFloatNetwork(NET, plan(text), method, inputs, { samples: 2048, ...options });

describe('pruning a float network', () => {
  it('gives masks by layer, zeros outside them, and leaves dense what cannot be pruned', () => {
    const { network: pruned, masks, keep, groupSize, constraint, method } = prune('balanced:2/8', secondOrder);
    expect(Object.fromEntries(keep)).toEqual({ op_0: 'dense', op_1: 2, op_2: 2, op_4: 2, op_5: 2, op_7: 'dense', op_8: 2, op_10: 2 });
    expect([groupSize, constraint, method]).toEqual([8, 'balanced', 'second-order']);
    for (const op of weighted(pruned)) op.weights.data.forEach((weight, i) => { if (masks.get(op.name)![i] === 0) expect(weight).toBe(0); });
    // What the first layer reads and writes is what it was.
    expect(weighted(pruned)[0]!.weights.data).toEqual(weighted(NET)[0]!.weights.data);
  });

  it('loses less by second order and ADMM than by the refit of magnitude, and far less than by magnitude', () => {
    const [plain, refitted, second, alternating] = [magnitude, magnitudeRefit, secondOrder, admm].map((method) => lost(prune('balanced:3/8', method).network)) as [number, number, number, number];
    expect(refitted).toBeLessThan(0.7 * plain);
    expect(second).toBeLessThan(refitted);
    expect(alternating).toBeLessThan(refitted);
  });

  it('loses less when every layer is fitted to what the pruned layers before it give, and when joins take up what was lost', () => {
    const at = (options: FloatPruneOptions): number => lost(prune('balanced:1/8', magnitudeRefit, options).network);
    expect(at({})).toBeLessThan(at({ sequential: false }));
    expect(at({})).toBeLessThan(at({ joins: false }));
    expect(at({})).toBeLessThan(at({ refitDense: false }));
  });

  it('reports the error of each layer as it is on the calibration inputs', () => {
    const { fits } = prune('balanced:2/8', magnitudeRefit, { samples: 1e6, dampening: 1e-9 });
    expect(fits.map(({ name }) => name)).toEqual(weighted(NET).map(({ name }) => name));
    expect(fits[0]!.error).toBeUndefined();
    // The last layer's output is the network's.
    const last = fits.at(-1)!.error!;
    expect(last / lost(prune('balanced:2/8', magnitudeRefit, { samples: 1e6, dampening: 1e-9 }).network, inputs)).toBeCloseTo(1, 3);
  });

  it('is the same every time, and another with other pixels', () => {
    const weights = (options: FloatPruneOptions): Float32Array => weighted(prune('balanced:4/8', secondOrder, { samples: 400, ...options }).network)[2]!.weights.data;
    expect(weights({})).toEqual(weights({}));
    expect(weights({ seed: 2 })).not.toEqual(weights({}));
  });

  it('keeps the zeros of a model that has some, and fits what is left to them', () => {
    const before = prune('balanced:2/8', magnitude).network;
    const { masks, keep, existing } = pruneFloatNetwork(before, { group: 8, default: { existing: 'balanced' }, layers: new Map() }, secondOrder, inputs, { samples: 512 });
    expect([...existing!]).toEqual(['op_1', 'op_2', 'op_4', 'op_5', 'op_8', 'op_10']);
    expect(keep.get('op_5')).toBe(2);
    expect(masks.get('op_5')).toEqual(Uint8Array.from(weighted(before)[4]!.weights.data, (weight) => (weight === 0 ? 0 : 1)));
  });

  it('prunes every layer under its own constraint', () => {
    const layers = new Map(Object.entries({ op_1: 'pattern:4@tile+balanced:4/8', op_2: 'kernel:1x1', op_5: 'unconstrained:0.25' }).map(([name, text]) => [name, parseConstraint(text, { pes: 8, group: 8 })]));
    const { masks, keep, constraints } = pruneFloatNetwork(NET, { group: 8, default: 'dense', layers }, secondOrder, inputs, { samples: 1024 });
    expect(Object.fromEntries(keep)).toEqual({ op_0: 'dense', op_1: 'pattern:4@tile+balanced:4/8', op_2: 'kernel:1x1', op_4: 'dense', op_5: 'unconstrained:0.25', op_7: 'dense', op_8: 'dense', op_10: 'dense' });
    for (const [name, constraint] of constraints) expect(constraint.allows(masks.get(name)!, weighted(NET).find((op) => op.name === name)!.weights.shape)).toBe(true);
  });

  it('refuses names that no layer has, no inputs, and inputs of another size', () => {
    expect(() => pruneFloatNetwork(NET, keepPlan(8, 2, { nothing: 2 }), magnitude, [])).toThrow(UnknownOpError);
    expect(() => pruneFloatNetwork(NET, keepPlan(8, 2), secondOrder, [])).toThrow(CalibrationMissingError);
    expect(() => pruneFloatNetwork(NET, keepPlan(8, 2), secondOrder, [])).toThrow('pruning by second-order: no calibration input; expected inputs on which the layers\' outputs are fitted. Pass some hundred real inputs (--calibration), none of those that are scored, or prune by magnitude.');
    expect(() => pruneFloatNetwork(NET, keepPlan(8, 2), secondOrder, [new Float32Array(5)])).toThrow(TensorShapeError);
    expect(() => pruneFloatNetwork(NET, keepPlan(8, 2), magnitude, [])).not.toThrow();
  });
});

describe('quantization after pruning', () => {
  it('keeps zeros exactly zero and the masks as they are', () => {
    const { network: pruned, masks } = prune('balanced:2/8', secondOrder);
    const quantized = quantizeNetwork(pruned, inputs);
    expect(applyMasks(quantized, masks)).toEqual(quantized);
    expect([...masks.keys()]).toEqual(weightedOps(quantized).map(({ name }) => name));
  });

  it.each([[8, 127], [4, 7], [2, 1]] as const)('takes over the levels of %i bits, weight by weight', (bits, largest) => {
    const { network: pruned } = prune('balanced:4/8', secondOrder, { weightBits: bits });
    const quantized = weightedOps(quantizeNetwork(pruned, inputs));
    weighted(pruned).forEach((op, i) => {
      const { data, scales } = quantized[i]!.weights;
      expect(scales).toEqual(op.weights.steps);
      const perChannel = data.length / scales.length;
      data.forEach((level, at) => {
        expect(Math.abs(level)).toBeLessThanOrEqual(largest);
        expect(op.weights.data[at]).toBeCloseTo(level * scales[Math.floor(at / perChannel)]!, 6);
      });
    });
  });

  it('loses less at 4 bits when each rounding error is taken up by the weights that are still open', () => {
    const { network: pruned } = prune('balanced:4/8', secondOrder);
    const nearest: FloatNetwork = { ...pruned, ops: pruned.ops.map((op) => {
      if (!isFloatWeighted(op)) return op;
      const perChannel = op.weights.data.length / op.weights.shape[0];
      const data = op.weights.data.map((weight, i) => {
        const row = op.weights.data.subarray(Math.floor(i / perChannel) * perChannel, (Math.floor(i / perChannel) + 1) * perChannel);
        const scale = row.reduce((most, one) => Math.max(most, Math.abs(one)), 0) / 7;
        return Math.round(weight / scale) * scale;
      });
      return { ...op, weights: { ...op.weights, data } };
    }) };
    expect(lost(prune('balanced:4/8', secondOrder, { weightBits: 4 }).network)).toBeLessThan(0.7 * lost(nearest));
  });
});

describe('the windows of a layer', () => {
  it('are what its weights multiply, for every kind and place', () => {
    const ops = weighted(NET);
    const input = inputs[0]!;
    const values = runFloat(NET, input);
    for (const op of ops) {
      const [from, to] = [NET.tensors[op.inputs[0]]!.shape, NET.tensors[op.outputs[0]]!.shape];
      const windows = layerWindows(op, from, to);
      const { height, width, channels } = windows.output;
      const pixels = Int32Array.from({ length: height * width }, (_, i) => i);
      for (let group = 0; group < windows.groups; group++) {
        const out = new Float64Array(windows.columns * pixels.length);
        gatherWindows(windows, group, values.get(op.inputs[0])!, pixels, out, 0, pixels.length);
        for (let row = 0; row < windows.rowsOfGroup; row++) for (const pixel of pixels) {
          const channel = group * windows.rowsOfGroup + row;
          let sum = op.bias[channel]!;
          for (let c = 0; c < windows.columns; c++) sum += out[c * pixels.length + pixel]! * op.weights.data[channel * windows.columns + c]!;
          const wanted = values.get(op.outputs[0])![pixel * channels + channel]!;
          expect(Math.min(op.activationMax, Math.max(op.activationMin, sum))).toBeCloseTo(wanted, 4);
        }
      }
    }
  });
});
