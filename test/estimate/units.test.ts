// SPDX-License-Identifier: Apache-2.0
/** Holds the sizes that the cycle model knows to the blocks that the generator makes. */
import { expect, it } from 'vitest';
import { derive } from '../../generator/arch/derive.js';
import { bitmapFormat } from '../../generator/arch/index-decoder.js';
import { validateConfig } from '../../generator/arch/rules.js';
import { memoryParameters } from '../../generator/blocks/memory-parameters.js';
import { describeUnits, EstimateError, fetchBurst, LOAD_FIFO_DEPTH, LOAD_RUNS, MAX_BURST, QUEUE_DEPTH, STORE_BURSTS, STORE_FIFO_DEPTH } from '../../generator/estimate/units.js';
import { coreDesign } from '../support/core-design.js';

const MEMORY = { readLatency: 20, writeLatency: 20 };

it.each([32, 64, 128, 256, 512] as const)('units of a %i-bit core are as deep as its blocks', (bus) => {
  const config = validateConfig({ bus, index: 'bitmap', requant: 2 });
  const P = memoryParameters(config, bitmapFormat.bitsPerPe(config.group), config.weightDepth);
  expect({ LOAD_FIFO_DEPTH, LOAD_RUNS, MAX_BURST, STORE_BURSTS, STORE_FIFO_DEPTH, FETCH_BURST: fetchBurst(bus) }).toEqual({
    LOAD_FIFO_DEPTH: P.LOAD_FIFO_DEPTH.default, LOAD_RUNS: P.LOAD_RUNS.default, MAX_BURST: P.MAX_BURST.default, STORE_BURSTS: P.STORE_BURSTS.default,
    STORE_FIFO_DEPTH: P.STORE_FIFO_DEPTH.default, FETCH_BURST: P.FETCH_BURST.default,
  });
  const { streams } = describeUnits(config, MEMORY);
  const ratio = ({ word, beat }: { readonly word: number; readonly beat: number }): number => (word / beat) * bus;
  expect(ratio(streams.weight)).toBe(P.WEIGHT_STREAM_W.default);
  expect(ratio(streams.index)).toBe(P.INDEX_STREAM_W.default);
  expect(ratio(streams.parameter)).toBe(P.PARAM_STREAM_W.default);
  expect(ratio(streams.parameter)).toBe(derive(config).parameterStreamBits);
});

it('the command queues hold what the core has', () => {
  const core = [...coreDesign(validateConfig({})).rtl].find(([path]) => path.endsWith('_core.v'))?.[1] ?? '';
  const depths = [...core.matchAll(/block_fifo #\([^;]*?\.DEPTH +\((\d+)\)[^;]*?\) u_\w+_queue/g)].map(([, depth]) => Number(depth));
  expect(depths).toEqual([QUEUE_DEPTH, QUEUE_DEPTH, QUEUE_DEPTH]);
});

it('a decoder that is not built in needs its format', () => {
  const config = { ...validateConfig({}), index: 'mine' };
  expect(() => describeUnits(config, MEMORY)).toThrow(new EstimateError('index', 'the decoder "mine"', 'direct, bitmap, pattern, or the format of a registered decoder', 'Pass its format as indexFormat.').message);
  expect(describeUnits(config, MEMORY, { ...bitmapFormat, name: 'mine' }).streams.index).toEqual(describeUnits({ ...config, index: 'bitmap' }, MEMORY).streams.index);
});
