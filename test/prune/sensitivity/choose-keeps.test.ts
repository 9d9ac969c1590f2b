// SPDX-License-Identifier: Apache-2.0
/** Holds the choice of K under a target to its contract on a small network: curves as they are, the best choice by brute force, targets met and tight, losses on held-out inputs. */

import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../generator/core/random.js';
import { floatOutput, runFloat } from '../../../generator/float/execute.js';
import type { FloatNetwork } from '../../../generator/float/network.js';
import { UnknownOpError } from '../../../generator/graph/errors.js';
import { balanced } from '../../../generator/prune/constraints/balanced.js';
import { magnitude, magnitudeRefit } from '../../../generator/prune/methods/magnitude.js';
import { secondOrder } from '../../../generator/prune/methods/second-order.js';
import type { LayerRequest } from '../../../generator/prune/plan.js';
import { pruneFloatNetwork } from '../../../generator/prune/prune-float.js';
import { chooseKeeps, type TargetProgress, type TargetRequest } from '../../../generator/prune/sensitivity/choose-keeps.js';
import { FewInputsError, NoClassesError, TargetRangeError, TargetUnreachableError } from '../../../generator/prune/sensitivity/errors.js';
import type { CycleModel } from '../../../generator/prune/sensitivity/frontier.js';
import { splitInputs, type LabelledInput } from '../../../generator/prune/sensitivity/split.js';
import { checkTarget, type TargetResult } from '../../../generator/prune/sensitivity/target.js';
import { floatChain, randomConv, randomValues } from '../../support/float-network.js';

const random = createRandom(5);
const GROUP = 4;
const relu = { activationMin: 0 };
const fc = (from: number, to: number): Record<string, unknown> => {
  const { weights, bias } = randomConv(random, from, to, 1);
  return { weights, bias };
};
/** op_0 reads 3 channels and stays dense; op_1, op_2 and op_5 are chosen; op_3 is depthwise. */
const NET = floatChain([1, 6, 6, 3], [
  { kind: 'conv2d', shape: [1, 6, 6, 8], ...randomConv(random, 3, 8), ...relu },
  { kind: 'conv2d', shape: [1, 6, 6, 16], ...randomConv(random, 8, 16), ...relu },
  { kind: 'conv2d', shape: [1, 6, 6, 10], ...randomConv(random, 16, 10, 1), ...relu },
  { kind: 'depthwise-conv2d', shape: [1, 6, 6, 10], ...randomConv(random, 1, 10), depthMultiplier: 1 },
  { kind: 'mean', shape: [1, 10] },
  { kind: 'fully-connected', shape: [1, 6], ...fc(10, 6) },
]);
const FREE = ['op_1', 'op_2', 'op_5'];
const inputs: LabelledInput[] = Array.from({ length: 45 }, () => {
  const base = randomValues(random, 3, 2);
  return { data: randomValues(random, 108).map((value, i) => value + base[i % 3]!) };
});
const winner = (net: FloatNetwork, { data }: LabelledInput): number => {
  const values = floatOutput(net, runFloat(net, data));
  return values.indexOf(Math.max(...values));
};
/** Labels with which the dense network is right about four times of five. */
const labelled = inputs.map((input, i) => ({ ...input, label: i % 5 === 0 ? (winner(NET, input) + 1) % 6 : winner(NET, input) }));

function run(request: Partial<TargetRequest> & Pick<TargetRequest, 'target'>, watch: (step: TargetProgress) => void = () => undefined): TargetResult {
  const steps = chooseKeeps({ network: NET, inputs, group: GROUP, method: magnitudeRefit, named: new Map(), pruning: { samples: 512 }, ...request });
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done === true) return step.value;
    watch(step.value);
  }
}

const keepsOf = ({ layers }: TargetResult): Map<string, number> => new Map(layers.filter(({ reason }) => reason === null).map(({ name, keep }) => [name, keep === 'dense' ? GROUP : (keep as number)]));
const curvesOf = ({ layers }: TargetResult): Map<string, readonly number[]> => new Map(layers.flatMap(({ name, curve }) => (curve === null ? [] : [[name, curve] as const])));

/** Every choice of K for the free layers. */
function* choices(names: readonly string[] = FREE): Generator<Map<string, number>> {
  const [first, ...rest] = names;
  if (first === undefined) return yield new Map();
  for (const others of choices(rest)) for (let keep = 1; keep <= GROUP; keep++) yield new Map([[first, keep], ...others]);
}

const SIZES: Readonly<Record<string, readonly [rows: number, inChannels: number]>> = { op_1: [144, 8], op_2: [10, 16], op_5: [6, 10] };
const keptAt = (keeps: ReadonlyMap<string, number>): number => FREE.reduce((sum, name) => {
  const [rows, channels] = SIZES[name]!;
  const keep = keeps.get(name)!;
  return sum + rows * (Math.floor(channels / GROUP) * keep + Math.min(keep, channels % GROUP));
}, 216 + 90);
const ALL = 216 + 1152 + 160 + 90 + 60;

/** Takes more cycles than its layers do, and not the same number more for every choice. */
const CYCLES: CycleModel = {
  layer: (name, keep) => SIZES[name]![0] * keep,
  program: (keeps) => 700 + [...keeps].reduce((sum, [name, keep]) => sum + SIZES[name]![0] * keep + (keep % 2 === 0 ? 13 : 0), 0),
};

describe('the split of calibration inputs', () => {
  it('holds a third of them out, each input in one part, the same for the same seed', () => {
    const { fitted, heldOut } = splitInputs(inputs, 1);
    expect([fitted.length, heldOut.length]).toEqual([30, 15]);
    expect(new Set([...fitted, ...heldOut])).toEqual(new Set(inputs));
    expect(splitInputs(inputs, 1)).toEqual({ fitted, heldOut });
    expect(splitInputs(inputs, 2).heldOut).not.toEqual(heldOut);
  });

  it('refuses too few', () => {
    expect(() => splitInputs(inputs.slice(0, 5), 1)).toThrow(FewInputsError);
    expect(splitInputs(inputs.slice(0, 6), 1).heldOut).toHaveLength(2);
  });
});

describe('the curves', () => {
  const { heldOut, fitted } = splitInputs(inputs, 1);
  /** Squared distance of the outputs to the dense ones, over their power about the mean. */
  function lost(pruned: FloatNetwork): number {
    const dense = heldOut.map(({ data }) => floatOutput(NET, runFloat(NET, data)));
    const mean = dense[0]!.map((_, c) => dense.reduce((sum, own) => sum + own[c]!, 0) / dense.length);
    let [error, power] = [0, 0];
    heldOut.forEach(({ data }, i) => floatOutput(pruned, runFloat(pruned, data)).forEach((value, c) => {
      error += (value - dense[i]![c]!) ** 2;
      power += (dense[i]![c]! - mean[c]!) ** 2;
    }));
    return error / power;
  }

  it('are what the network loses on the held-out inputs when one layer alone is pruned', () => {
    const curves = curvesOf(run({ target: { kind: 'sparsity', value: 0.3 }, method: magnitude, measure: false }));
    expect([...curves.keys()]).toEqual(FREE);
    for (const name of FREE) {
      for (let keep = 1; keep < GROUP; keep++) {
        const { network } = pruneFloatNetwork(NET, { group: GROUP, default: 'dense', layers: new Map([[name, balanced({ keep, group: GROUP })]]) }, magnitude, []);
        expect(curves.get(name)![keep - 1]! / lost(network)).toBeCloseTo(1, 4);
      }
      expect(curves.get(name)![GROUP - 1]).toBe(0);
    }
  });

  it('of a descent are near what second-order pruning of the layer loses, and below those of magnitude', () => {
    const [descent, plain] = [secondOrder, magnitude].map((method) => curvesOf(run({ target: { kind: 'sparsity', value: 0.3 }, method, measure: false })));
    for (const name of FREE) {
      const { network } = pruneFloatNetwork(NET, { group: GROUP, default: 'dense', layers: new Map([[name, balanced({ keep: 2, group: GROUP })]]) }, secondOrder, fitted.map(({ data }) => data), { refitDense: false });
      expect(descent!.get(name)![1]! / lost(network)).toBeGreaterThan(0.5);
      expect(descent!.get(name)![1]! / lost(network)).toBeLessThan(2);
      expect(descent!.get(name)![0]).toBeLessThan(plain!.get(name)![0]!);
    }
  });
});

describe('a target of sparsity', () => {
  it.each([0.2, 0.37, 0.5, 0.6])('of %f is met with the least sum of losses of all choices', (value) => {
    const result = run({ target: { kind: 'sparsity', value }, measure: false });
    const curves = curvesOf(result);
    const lossOf = (keeps: ReadonlyMap<string, number>): number => FREE.reduce((sum, name) => sum + curves.get(name)![keeps.get(name)! - 1]!, 0);
    expect(result.all).toBe(ALL);
    expect(result.kept).toBe(keptAt(keepsOf(result)));
    expect(result.sparsity).toBeGreaterThanOrEqual(value);
    const least = Math.min(...[...choices()].filter((keeps) => keptAt(keeps) <= (1 - value) * ALL).map(lossOf));
    expect(result.curveLoss).toBeCloseTo(least, 12);
    expect(lossOf(keepsOf(result))).toBeCloseTo(least, 12);
    // Tight: no K can be changed with less loss.
    for (const name of FREE) for (let keep = 1; keep <= GROUP; keep++) {
      const other = new Map(keepsOf(result)).set(name, keep);
      if (lossOf(other) < least - 1e-12) expect(keptAt(other)).toBeGreaterThan((1 - value) * ALL);
    }
  });

  it('leaves named layers as asked, and repeats the choice as options', () => {
    const result = run({ target: { kind: 'sparsity', value: 0.3 }, named: new Map<string, LayerRequest>([['op_1', balanced({ keep: 2, group: GROUP })], ['op_5', 'dense']]), measure: false });
    expect(result.layers.filter(({ reason }) => reason?.includes('named')).map(({ name, keep, kept }) => [name, keep, kept])).toEqual([['op_1', 2, 576], ['op_5', 'dense', 60]]);
    const chosen = [...keepsOf(result)].filter(([, keep]) => keep < GROUP).flatMap(([name, keep]) => ['--keep', `${name}=${keep}`]);
    expect(result.options).toEqual([...(chosen.length === 0 ? ['--keep', String(GROUP)] : chosen), '--method', 'magnitude-refit']);
    expect(() => run({ target: { kind: 'sparsity', value: 0.3 }, named: new Map([['op_9', 'dense']]) })).toThrow(UnknownOpError);
  });

  it('that cannot be reached is refused with the layers that stay dense and the nearest one, before anything is measured', () => {
    let steps = 0;
    const most = 1 - keptAt(new Map(FREE.map((name) => [name, 1]))) / ALL;
    try {
      run({ target: { kind: 'sparsity', value: 0.9 } }, () => steps++);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(TargetUnreachableError);
      expect((error as Error).message).toContain(`at most ${(100 * most).toFixed(1)}% of the weights pruned`);
      expect((error as Error).message).toContain('op_0 stays as it is: it has 3 input channels, fewer than a group of 4');
      expect((error as Error).message).toContain(`Use --target-sparsity ${Math.floor(1000 * most) / 1000}`);
    }
    expect(steps).toBe(0);
    expect(run({ target: { kind: 'sparsity', value: Math.floor(1000 * most) / 1000 }, measure: false }).sparsity).toBeCloseTo(most, 3);
  });

  it('gives the same twice, and another split with another seed', () => {
    const [a, b, c] = [1, 1, 2].map((seed) => run({ target: { kind: 'sparsity', value: 0.5 }, method: secondOrder, seed }));
    expect(a).toEqual(b);
    expect(c!.layers[1]!.curve).not.toEqual(a!.layers[1]!.curve);
  });
});

describe('a target of cycles', () => {
  it.each([1000, 1100, 1203, 1250, 1330])('of %i is met by the program, and no K can be raised', (value) => {
    const result = run({ target: { kind: 'cycles', value }, cycles: CYCLES, measure: false });
    const keeps = keepsOf(result);
    expect(result.cycles).toBe(CYCLES.program(keeps));
    expect(result.cycles).toBeLessThanOrEqual(value);
    const curves = curvesOf(result);
    for (const [name, keep] of keeps) {
      if (keep === GROUP || curves.get(name)![keep]! >= curves.get(name)![keep - 1]!) continue;
      expect(CYCLES.program(new Map(keeps).set(name, keep + 1))).toBeGreaterThan(value);
    }
  });

  it('beyond the dense network leaves it dense, and says how to ask for that', () => {
    expect(run({ target: { kind: 'cycles', value: 9999 }, cycles: CYCLES, measure: false })).toMatchObject({ sparsity: 0, curveLoss: 0, options: ['--keep', '4', '--method', 'magnitude-refit'] });
  });

  it('below the fewest is refused with the fewest', () => {
    expect(() => run({ target: { kind: 'cycles', value: 800 }, cycles: CYCLES })).toThrow(/at least 860 cycles, .* Use --target-cycles 860/s);
    expect([...keepsOf(run({ target: { kind: 'cycles', value: 860 }, cycles: CYCLES, measure: false })).values()]).toEqual([1, 1, 1]);
  });
});

describe('a target of loss', () => {
  const measured = (result: TargetResult, all: readonly LabelledInput[]): number => {
    const { heldOut } = splitInputs(all, 1);
    const layers = new Map([...keepsOf(result)].map(([name, keep]) => [name, keep === GROUP ? ('dense' as const) : balanced({ keep, group: GROUP })]));
    const { network } = pruneFloatNetwork(NET, { group: GROUP, default: 'dense', layers }, magnitude, []);
    const wanted = heldOut.map((input) => input.label ?? winner(NET, input));
    const right = (net: FloatNetwork): number => heldOut.filter((input, i) => winner(net, input) === wanted[i]).length;
    return (100 * (right(NET) - right(network))) / heldOut.length;
  };

  it.each([['accuracy', labelled], ['agreement', inputs]] as const)('is kept on the held-out part, by %s', (measure, all) => {
    const results = [0, 14, 100].map((value) => run({ target: { kind: 'loss', value }, inputs: all, cycles: CYCLES, method: magnitude }));
    for (const result of results) {
      expect(result.heldOut!.measure).toBe(measure);
      expect(result.heldOut!.inputs).toBe(15);
      expect(result.heldOut!.loss).toBeLessThanOrEqual(result.target.value);
      expect(result.heldOut!.loss).toBeCloseTo(measured(result, all), 9);
      expect(result.measured.every(({ cycles, loss }) => loss > result.target.value || cycles! >= result.cycles!)).toBe(true);
    }
    const [none, some, any] = results.map(({ cycles }) => cycles!) as [number, number, number];
    expect(none).toBeGreaterThanOrEqual(some);
    expect(some).toBeGreaterThan(any);
    expect(any).toBe(860);
  });

  it('is refused for a network without classes', () => {
    const one = floatChain([1, 6, 6, 3], [{ kind: 'conv2d', shape: [1, 6, 6, 8], ...randomConv(random, 3, 8) }, { kind: 'mean', shape: [1, 8] }, { kind: 'fully-connected', shape: [1, 1], ...fc(8, 1) }]);
    expect(() => run({ target: { kind: 'loss', value: 1 }, network: one, cycles: CYCLES })).toThrow(NoClassesError);
    expect(run({ target: { kind: 'sparsity', value: 0.01 }, network: one }).heldOut).toBeNull();
  });
});

it('targets outside their range are refused', () => {
  for (const [kind, value] of [['sparsity', 0], ['sparsity', 1], ['sparsity', 70], ['cycles', 0], ['cycles', 1.5], ['loss', -1], ['loss', Number.NaN]] as const) expect(() => checkTarget({ kind, value })).toThrow(TargetRangeError);
  expect(() => checkTarget({ kind: 'sparsity', value: 70 })).toThrow('--target-sparsity: 70; expected a share of the weights above 0 and below 1. Use --target-sparsity 0.7.');
});
