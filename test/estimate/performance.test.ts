// SPDX-License-Identifier: Apache-2.0
/** Holds the bench of whole networks: the causes of a program are all of its cycles, and our layers need no more cycles x multipliers than the peers'. */
import { describe, expect, it } from 'vitest';
import { barsOf, denseOf, peerBars } from '../../bench/performance/bars.js';
import type { ModelRow, Row } from '../../bench/performance/measure.js';
import { measurePeers } from '../../bench/performance/peers.js';
import { subjectsOf } from '../../bench/performance/subjects.js';
import { assertWhole, CAUSES, measureWaterfall, type Cause } from '../../bench/performance/waterfall.js';
import { validateConfig } from '../../generator/arch/rules.js';
import { compileNetwork } from '../../generator/compile/compile-network.js';
import { createRandom } from '../../generator/core/random.js';
import type { Network } from '../../generator/graph/network.js';
import { RandomNetworkBuilder } from '../../generator/graph/random-layers.js';
import { validateNetwork } from '../../generator/graph/validate.js';
import { keepPlan } from '../../generator/prune/plan.js';
import { pruneNetwork } from '../../generator/prune/prune.js';
import { lawKeeps } from '../../generator/prune/result.js';

const LATENCY = 40;
const NO_PADDING = { top: 0, bottom: 0, left: 0, right: 0 };

/** 20 filters on 11 x 11 pixels, a 1 x 1 layer that the drain limits, pooling, classes: something is lost to every cause. */
function smallNetwork(): Network {
  const builder = new RandomNetworkBuilder(createRandom(3));
  const conv = (input: number, outChannels: number, kernel: number): number => builder.conv2d({
    input, outChannels, kernelHeight: kernel, kernelWidth: kernel, dilationHeight: 1, dilationWidth: 1, strideHeight: 1, strideWidth: 1, groups: 1, activation: 'relu', padding: NO_PADDING,
  });
  const input = builder.input([1, 13, 13, 8], { scale: 1, zeroPoint: -128 });
  const pooled = builder.maxPool(conv(conv(input, 20, 3), 24, 1), { filterHeight: 3, filterWidth: 3, strideHeight: 1, strideWidth: 1, padding: NO_PADDING });
  const flat = builder.reshape(pooled, [1, builder.shape(pooled).reduce((a, b) => a * b, 1)]);
  return validateNetwork(builder.finish('small', input, builder.fullyConnected({ input: flat, outChannels: 10, activation: 'none' })));
}

const config = validateConfig({ pes: 16, lanes: 4, requant: 1, bus: 64, group: 8 });

describe('the causes of lost cycles', () => {
  it.each(['dense', 2] as const)('add up to every cycle of a compiled network, keeping %s', (keep) => {
    const network = smallNetwork();
    const prune = keep === 'dense' ? undefined : pruneNetwork(network, keepPlan(8, keep));
    const { waterfall, estimate: { totals } } = measureWaterfall(compileNetwork(network, prune, config), lawKeeps(network, prune), LATENCY);
    expect(Object.keys(waterfall).sort()).toEqual(Object.keys(CAUSES).sort());
    expect(Object.values(waterfall).reduce((a, b) => a + b, 0)).toBe(64 * totals.cycles);
    const lost = (...causes: Cause[]): number => causes.reduce((sum, cause) => sum + waterfall[cause], 0) / 64;
    expect(lost('firstLoad', 'load')).toBe(totals.load);
    // 20 steps under a drain of 16 cycles, or 6.
    expect(lost('slowDrain') > 0).toBe(keep !== 'dense');
    expect(lost('rounding')).toBeGreaterThan(0);
    expect(lost('firstLoad')).toBeGreaterThan(0);
    // Seen by hand: 3 x 3 x 8 or 2 of 8 weights of 20 filters on 121 pixels, and so on.
    const share = keep === 'dense' ? 1 : keep / 8;
    const [conv, one, classes] = [9 * 8 * share * 20 * 121, keep === 'dense' ? 20 * 24 * 121 : (2 * 2 + 2) * 24 * 121, 24 * 81 * share * 10];
    expect(waterfall.useful).toBe(conv + one + classes);
  });

  it('are refused when one of them is lost, or is less than nothing', () => {
    const network = smallNetwork();
    const { waterfall, estimate: { totals } } = measureWaterfall(compileNetwork(network, undefined, config), new Map(), LATENCY);
    for (const cause of Object.keys(CAUSES) as Cause[]) {
      if (waterfall[cause] === 0) continue;
      expect(() => { assertWhole({ ...waterfall, [cause]: 0 }, totals.cycles, 64, 'small'); }, cause).toThrow(/^small: the causes are \d+ multiplier cycles, not 64 x \d+ = \d+$/);
    }
    const shifted = { ...waterfall, store: -64, load: waterfall.load + waterfall.store + 64 };
    expect(() => { assertWhole(shifted, totals.cycles, 64, 'small'); }).toThrow('small: store is -64 multiplier cycles, less than none');
  });
});

describe('the bars', () => {
  it('hold for the peers\' layers by the cycle model: dense no larger, 2 of 8 at least 3.5 times smaller', async () => {
    const peers = await measurePeers();
    expect(peers.length).toBeGreaterThan(20);
    expect(peerBars(peers)).toMatchObject([{ bar: '>= 1x', holds: true, by: 'model' }, { bar: '>= 3.5x', holds: true, by: 'model' }]);
  }, 120_000);

  it('fall short of a network with too many cycles, compare it with its dense self on the same bus, and leave open what is not measured', () => {
    const rows = subjectsOf('resnet-50').map((subject): Row => {
      const cycles = subject.density === 'dense' ? 1000 : 400;
      const model = { cycles, useful: 0.9 * cycles * subject.multipliers } as ModelRow;
      return { subject, model: subject.multipliers === 16 ? undefined : model, rtl: undefined };
    });
    const wide = rows.find(({ subject }) => subject.multipliers === 256 && subject.density === '2:8') as Row;
    expect(denseOf(rows, wide)?.subject).toMatchObject({ density: 'dense', config: { bus: 256 } });
    const found = new Map(barsOf(rows, []).map(({ what, holds }) => [what, holds]));
    expect(found.get('resnet-50, dense, 64 multipliers, 64-bit bus: utilization')).toBe(false);
    expect(found.get('resnet-50, 64 multipliers, 64-bit bus: 2:8 over dense')).toBe(false);
    expect(found.get('resnet-50, dense, 16 multipliers, 64-bit bus: utilization')).toBeUndefined();
  });
});
