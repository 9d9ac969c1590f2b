// SPDX-License-Identifier: Apache-2.0
/** Checks rows whose channels change places: the same function, more of it kept by pruning, scores by what the row's method sees; filters in order behind a comma. */
import { describe, expect, it } from 'vitest';
import { prepareFloatRow, prepareOrderedRow, type PrepareOptions } from '../../generator/compare/prepare-row.js';
import { predictRow, type PreparedNetwork } from '../../generator/compare/predict-row.js';
import { readRowSpec } from '../../generator/compare/row-spec.js';
import { validateConfig } from '../../generator/arch/rules.js';
import { directFormat } from '../../generator/arch/index-decoder.js';
import { createRandom } from '../../generator/core/random.js';
import { isFloatWeighted, type FloatNetwork } from '../../generator/float/network.js';
import { calibrationScores, permuteChannels } from '../../generator/prune/channels/index.js';
import { magnitude } from '../../generator/prune/methods/magnitude.js';
import { secondOrder } from '../../generator/prune/methods/second-order.js';
import { outputDifference, residualNetwork } from '../support/channel-networks.js';
import { randomValues } from '../support/float-network.js';
import { ARRAY, patternNetwork } from '../prune/channels/pattern-networks.js';

const random = createRandom(2);
const source = residualNetwork(5, 'mean');
/** Operators that only move values have no clamp of their own, as readers give them. */
const network = { ...source, ops: source.ops.map((op) => {
  if (!['slice', 'pad', 'mean'].includes(op.kind)) return op;
  const { activationMin: _low, activationMax: _high, ...rest } = op as typeof op & { readonly activationMin: number; readonly activationMax: number };
  return rest as typeof op;
}) };
const calibration = Array.from({ length: 6 }, () => randomValues(random, 8 * 8 * 3));
const options: PrepareOptions = { group: 8, weightBits: 8, seed: 1, calibration, method: magnitude, cut: (whole) => whole };
const prepare = (row: string, more: Partial<PrepareOptions> = {}): PreparedNetwork => prepareFloatRow(network, readRowSpec(row, ARRAY), { ...options, ...more });

const total = (data: Float32Array): number => data.reduce((sum, weight) => sum + Math.abs(weight), 0);
/** Sum of the absolute weights that stay, in shares of each layer's own. */
const kept = ({ float }: PreparedNetwork): number =>
  float!.ops.filter(isFloatWeighted).reduce((sum, { name, weights: { data } }) => sum + total(data) / total(network.ops.filter(isFloatWeighted).find((op) => op.name === name)!.weights.data), 0);

/** Prunes nothing, so that the order alone is left. */
const all = ({ dense }: { readonly dense: Float64Array }) => ({ mask: new Uint8Array(dense.length).fill(1), weights: dense });

describe('a permuted row', () => {
  it('keeps more than the same row as it came, of the same function', () => {
    const [plain, permuted] = [prepare('balanced:2/8'), prepare('permuted+balanced:2/8')];
    expect(kept(permuted)).toBeGreaterThan(kept(plain) + 0.03);
    expect([...permuted.prune.keep]).toEqual([...plain.prune.keep]);
    const order = prepare('permuted+balanced:2/8', { method: { name: 'all', description: '', needs: 'weights', prune: all } });
    expect(outputDifference(network, order.float!, 1)).toBeLessThan(1e-4);
  });

  it('goes by weights where its method does, by the cost on the calibration inputs otherwise', () => {
    const settings = { keep: 2, group: 8 };
    const { network: folded, scores } = calibrationScores(network, calibration);
    const [bySize, byCost] = [permuteChannels(network, () => settings).network, permuteChannels(folded, () => settings, scores).network];
    const difference = (a: FloatNetwork, b: FloatNetwork): number => {
      const [x, y] = [a, b].map(({ ops }) => ops.filter(isFloatWeighted).find(({ name }) => name === 'conv2d_2')!.weights.data) as [Float32Array, Float32Array];
      return x.reduce((most, value, i) => Math.max(most, Math.abs(value - y[i]!)), 0);
    };
    expect(difference(bySize, byCost)).toBeGreaterThan(0.2);
    expect(difference(prepare('permuted+balanced:2/8', { method: { name: 'all', description: '', needs: 'weights', prune: all } }).float!, bySize)).toBe(0);
    expect(difference(prepare('permuted+balanced:2/8', { method: { name: 'all', description: '', needs: 'problem', prune: all } }).float!, byCost)).toBeLessThan(0.02);
  });

  it('follows a cut of channels', () => {
    let cuts = 0;
    const row = prepare('channels:0.5+permuted+balanced:4/8', { cut: (whole, { share }) => { cuts += share; return whole; } });
    expect(cuts).toBe(0.5);
    expect(kept(row)).toBeGreaterThan(kept(prepare('balanced:4/8')));
  });
});

describe('an ordered row of pattern:n@filter', () => {
  it('takes the cycles that its constraint promises', () => {
    const spec = readRowSpec('pattern:4@filter,ordered', ARRAY);
    const inputs = Array.from({ length: 4 }, () => randomValues(random, 6 * 6 * 16));
    const patterned = patternNetwork(3, 'residual').network;
    const base = prepareFloatRow(patterned, spec, { ...options, calibration: inputs, method: secondOrder });
    const ordered = prepareOrderedRow(base, { weightBits: 8, calibration: inputs }, ARRAY)!;
    const config = validateConfig({ ...ARRAY, requant: 4 });
    const law = (of: PreparedNetwork): number => predictRow(of, { config, indexFormat: directFormat, latency: 20, variant: undefined }).cycles.law;
    const dense = law(prepareFloatRow(patterned, readRowSpec('dense', ARRAY), { ...options, calibration: inputs }));
    expect(law(base)).toBeGreaterThan((6 / 9) * dense);
    expect(law(ordered)).toBeCloseTo((4 / 9) * dense, -2);
    expect(outputDifference(base.float!, ordered.float!, 1)).toBeLessThan(1e-5);
  });
});
