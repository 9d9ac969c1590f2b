// SPDX-License-Identifier: Apache-2.0
/** Narrow weights and pattern tables on the bus: the beats of their streams follow from their bits, and the estimate counts what the core counts. */
import { describe, expect, it } from 'vitest';
import { derive } from '../../generator/arch/derive.js';
import type { PartialConfig } from '../../generator/arch/rules.js';
import { compileNetwork } from '../../generator/compile/compile-network.js';
import type { CompiledNetwork } from '../../generator/compile/compiled-network.js';
import type { StreamBuffer } from '../../generator/compile/instruction.js';
import { createRandom } from '../../generator/core/random.js';
import { estimateProgram } from '../../generator/estimate/estimate.js';
import { narrowWeights } from '../../generator/graph/narrow-weights.js';
import { randomInput } from '../../generator/graph/synthetic.js';
import { goldenOutput, runGolden } from '../../generator/model/golden.js';
import { applyMasks } from '../../generator/prune/prune.js';
import { findTool } from '../../sim/tools/index.js';
import { axiConfig, BASE, chainNetwork, withCore } from '../support/axi-bench.js';
import { keepPatterns, randomPairs } from '../support/pattern-masks.js';
import { runLayer, runProblem, type LayerCase } from '../support/run-core.js';

const missing = (await findTool('iverilog')) === undefined;
const LATENCY = 20;

/** Three layers, each with five pairs of positions of its own. */
function chain(shape: PartialConfig): LayerCase {
  const config = axiConfig(shape);
  const network = narrowWeights(chainNetwork(3), config.weightBits);
  const random = createRandom(3);
  const libraries = Array.from({ length: 3 }, () => randomPairs(config.group, 5, random));
  const prune = keepPatterns(network, config.group, (layer) => libraries[layer] as number[], random);
  const input = randomInput(network, 3);
  return { compiled: compileNetwork(network, prune, config), input, golden: goldenOutput(network, runGolden(applyMasks(network, prune.masks), input)).data };
}

/** Words and beats of all loads of a stream. */
const loaded = ({ segments }: CompiledNetwork, destination: StreamBuffer): { words: number; beats: number }[] =>
  segments.flatMap(({ instructions }) => instructions.flatMap((each) => (each.kind === 'loadStream' && each.destination === destination ? [{ words: each.fields.words, beats: each.fields.beats }] : [])));

const SHAPES: [string, PartialConfig][] = [
  ['a pattern table that changes between layers, weights of 2 bits', { index: 'pattern', group: 8, patternBits: 3, weightBits: 2 }],
  ['a pattern table, weights of 4 bits, a 128-bit bus', { index: 'pattern', group: 8, patternBits: 4, weightBits: 4, bus: 128 }],
  ['weights of 2 bits', { weightBits: 2 }],
  ['weights of 4 bits behind bitmaps, 5 PEs', { weightBits: 4, index: 'bitmap', pes: 5 }],
];

describe.skipIf(missing).each(SHAPES)('%s', (_name, shape) => {
  const layer = chain(shape);
  const { compiled } = layer;
  const { config } = compiled;

  it('takes the beats of as many bits as its words have, padded', () => {
    const { weightStreamBits } = derive(config);
    expect(weightStreamBits).toBeLessThan(8 * config.pes);
    for (const { words, beats } of loaded(compiled, 'weight')) expect(beats).toBe(Math.ceil((words * weightStreamBits) / config.bus));
    const tables = loaded(compiled, 'pattern');
    expect(tables.length > 0).toBe(config.index === 'pattern');
    for (const { words, beats } of tables) expect(beats).toBe(Math.ceil((words * Math.max(config.group, config.bus / 16)) / config.bus));
  });

  it('is counted by the estimate as by the core: cycles, beats read, beats written', async () => {
    const [estimate] = estimateProgram(compiled, { readLatency: LATENCY, writeLatency: LATENCY }).segments;
    await withCore(config, 'icarus', async ({ host }) => {
      const run = await runLayer(host, layer, BASE);
      expect(runProblem(run)).toBeUndefined();
      const { CYCLES, BEATS_READ, BEATS_WRITTEN } = run.result.counters;
      expect({ cycles: CYCLES, read: BEATS_READ, written: BEATS_WRITTEN }).toEqual({ cycles: estimate?.cycles, read: estimate?.beatsRead, written: estimate?.beatsWritten });
    }, { read_latency: LATENCY, write_latency: LATENCY });
  });
});
