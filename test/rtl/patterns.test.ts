// SPDX-License-Identifier: Apache-2.0
/** The pattern decoder on the whole core: networks whose table changes between layers, faults in table and numbers, illegal loads. */
import { describe, expect, it } from 'vitest';
import { validateConfig, type PartialConfig } from '../../generator/arch/rules.js';
import { compileNetwork } from '../../generator/compile/compile-network.js';
import { encodeProgram, noTokens, type Instruction, type StreamBuffer } from '../../generator/compile/instruction.js';
import { createRandom } from '../../generator/core/random.js';
import { goldenOutput, runGolden } from '../../generator/model/golden.js';
import { randomInput } from '../../generator/graph/synthetic.js';
import { applyMasks } from '../../generator/prune/prune.js';
import { findTool } from '../../sim/tools/index.js';
import { axiConfig, BASE, busProblems, chainNetwork, withCore } from '../support/axi-bench.js';
import { keepPatterns, randomPairs } from '../support/pattern-masks.js';
import { runLayer, runProblem, type LayerCase } from '../support/run-core.js';

const missing = (await findTool('iverilog')) === undefined;

/** Three layers with patterns of their own in a table that does not hold them all. */
function patternCase(shape: PartialConfig, seed: number): LayerCase {
  const config = axiConfig({ index: 'pattern', ...shape });
  const network = chainNetwork(seed);
  const random = createRandom(seed);
  const libraries = Array.from({ length: 3 }, () => randomPairs(config.group, 5, random));
  const prune = keepPatterns(network, config.group, (layer) => libraries[layer] as number[], random);
  const input = randomInput(network, seed);
  return { compiled: compileNetwork(network, prune, config), input, golden: goldenOutput(network, runGolden(applyMasks(network, prune.masks), input)).data };
}

const loadsOf = ({ compiled }: LayerCase, destination: StreamBuffer) =>
  compiled.segments.flatMap(({ instructions }) => instructions.flatMap((each) => (each.kind === 'loadStream' && each.destination === destination ? [each.fields] : [])));

describe.skipIf(missing)('the pattern decoder on the core', () => {
  it.each<[string, PartialConfig]>([
    ['groups of 4 in a table of 8', {}],
    ['groups of 8 in a table of 8, three lanes', { group: 8, lanes: 3, patternBits: 3 }],
    ['groups of 16 on a 256-bit bus', { group: 16, bus: 256, pes: 12, patternBits: 4 }],
    ['groups of 2, a 32-bit bus, single steps', { group: 2, bus: 32, pes: 5 }],
  ])('computes layers with tables of their own: %s', async (_name, shape) => {
    const layer = patternCase(shape, 1);
    await withCore(layer.compiled.config, 'icarus', async ({ host, session }) => {
      expect(runProblem(await runLayer(host, layer, BASE))).toBeUndefined();
      expect(await busProblems(session)).toEqual([]);
    }, { stall: 20, jitter: 10, reorder: 1 });
  });

  it('loads a table into words that a layer before has used, and waits for it', () => {
    const loads = loadsOf(patternCase({ group: 8, lanes: 3, patternBits: 3 }, 1), 'pattern');
    expect(loads.length).toBeGreaterThan(1);
    expect(loads.some(({ base, words }, i) => loads.slice(0, i).some((other) => base < other.base + other.words && other.base < base + words))).toBe(true);
  });

  it.each(['pattern', 'index'] as const)('shows a wrong bit in its %s stream', async (buffer) => {
    const layer = patternCase({}, 2);
    const [load] = loadsOf(layer, buffer);
    const image = layer.compiled.image.slice();
    // Numbers of 3 bits: their lowest.
    for (const at of [0, 1, 2].map((i) => (load?.address ?? -1) + i)) image[at] = (image[at] as number) ^ (buffer === 'pattern' ? 0x0f : 0x49);
    await withCore(layer.compiled.config, 'icarus', async ({ host }) => {
      expect(runProblem(await runLayer(host, layer, BASE))).toBeUndefined();
      expect(runProblem(await runLayer(host, { ...layer, compiled: { ...layer.compiled, image } }, BASE))).toMatch(/^channel .*differ$/);
    });
  });

  it.each<[string, PartialConfig, number, number, string]>([
    ['beyond the table', { index: 'pattern', patternBits: 3 }, 7, 2, 'error outOfRange'],
    ['to its end', { index: 'pattern', patternBits: 3 }, 7, 1, 'done '],
    ['on a core without a table', {}, 0, 1, 'error illegalField'],
  ])('ends a load %s as it must', async (_name, shape, base, words, expected) => {
    const config = validateConfig({ pes: 8, group: 8, ...shape });
    const program: Instruction[] = [
      { kind: 'loadStream', tokens: noTokens(), destination: 'pattern', fields: { address: 0x1000, base, words, beats: 1 } },
      { kind: 'end', tokens: noTokens() },
    ];
    await withCore(config, 'icarus', async ({ host }) => {
      const { status, error } = await host.runProgram({ base: BASE, programOffset: 0, images: [{ offset: 0, bytes: encodeProgram(program) }], timeoutCycles: 20_000 });
      expect(`${status} ${error ?? ''}`).toBe(expected);
    });
  });
});
