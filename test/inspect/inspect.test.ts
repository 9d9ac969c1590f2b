// SPDX-License-Identifier: Apache-2.0
/** Holds `gen-accel inspect` to hand-made layers, to the law written out, and to the command line's manners. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../generator/core/random.js';
import { weightedOps } from '../../generator/graph/query.js';
import type { Network } from '../../generator/graph/network.js';
import { randomConvNetwork, syntheticResnet8 } from '../../generator/graph/synthetic.js';
import { inspectNetwork } from '../../generator/inspect/inspect-network.js';
import type { PruneResult } from '../../generator/prune/prune.js';
import { inspectTable } from '../../generator/report/inspect-table.js';
import { runCli } from '../support/run-cli.js';
import { smallNetwork } from '../support/small-network.js';
import { writeTflite } from '../support/tflite-writer.js';

const folder = mkdtempSync(join(tmpdir(), 'inspect-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const array = { pes: 16, group: 8, lanes: 1, requant: 1 };

/** Every weighted layer of at least 8 input channels keeps n of m at seeded places; the values kept are not 0. */
function sparse(network: Network, n: number, m: number): Network {
  const random = createRandom(n + 10 * m);
  return {
    ...network,
    ops: network.ops.map((op) => {
      if (!('weights' in op) || op.weights.shape[3] < 8) return op;
      const data = op.weights.data.map((w) => (w === 0 ? 1 : w));
      for (let at = 0; at < data.length; at += m) {
        for (let left = m - n; left > 0; ) {
          const i = at + random.integer(0, m - 1);
          if (data[i] !== 0) { data[i] = 0; left--; }
        }
      }
      return { ...op, weights: { ...op.weights, data } };
    }),
  };
}

describe('inspectNetwork', () => {
  it('recognises a 2:4 checkpoint and says what K holds it at every group size', () => {
    const { layers, totals } = inspectNetwork(sparse(syntheticResnet8(1), 2, 4), array);
    const layer = layers.find(({ name }) => name === 'conv2d_8');
    expect(layer).toMatchObject({ pattern: { n: 2, m: 4 }, pruned: true, density: 0.5, keep: 4, tightest: { 2: 2, 4: 2, 8: 4 }, emptyFilters: 0 });
    // 8 x 8 pixels, 4 tiles of 16 channels, 9 taps of 64/8 groups, 8 or 4 steps each.
    expect([layer?.denseCycles, layer?.cycles]).toEqual([64 * 4 * 9 * 8 * 8, 64 * 4 * 9 * 8 * 4]);
    // The first layer has 3 channels: no group of 8, dense in every case.
    expect(layers[0]).toMatchObject({ name: 'conv2d_1', keep: 'dense', tightest: { 2: 2, 4: null, 8: null, 16: null, 32: null }, pruned: false });
    expect(totals.prunedLayers).toBe(9);
    expect(totals.weights).toBe(77360);
    expect(totals.nonzero).toBe(layers.reduce((sum, { nonzero }) => sum + nonzero, 0));
  });

  it('2:8 at groups of 16 is 4 of 16, at groups of 4 it is dense', () => {
    const network = sparse(syntheticResnet8(1), 2, 8);
    const at = (group: number) => inspectNetwork(network, { ...array, group }).layers.find(({ name }) => name === 'conv2d_8');
    expect(at(16)).toMatchObject({ keep: 4, pattern: { n: 2, m: 8 } });
    expect(at(8)).toMatchObject({ keep: 2 });
    // At G = 4 both may lie in one half of the 8: 2 of 4.
    expect(at(4)).toMatchObject({ keep: 2, tightest: { 4: 2 } });
    expect(at(2)).toMatchObject({ keep: 'dense' });
  });

  it('counts what a plain loop counts', () => {
    const network = randomConvNetwork({ seed: 5, inputShape: [3, 3, 22], outChannels: 7 });
    const [op] = weightedOps(network);
    const { layers: [layer] } = inspectNetwork(network, array);
    const [o, h, w, c] = op!.weights.shape;
    for (const g of [2, 4, 8, 16] as const) {
      let most = 0;
      for (let f = 0; f < o * h * w; f++) for (let first = 0; first < c; first += g) {
        most = Math.max(most, [...op!.weights.data.slice(f * c + first, f * c + Math.min(c, first + g))].filter((v) => v !== 0).length);
      }
      expect(layer!.tightest[g]).toBe(most);
    }
    expect(layer!.tightest[32]).toBeNull();
    expect(layer!.nonzero).toBe(op!.weights.data.filter((v) => v !== 0).length);
  });

  it('a depthwise layer has no groups', () => {
    const { layers: [layer] } = inspectNetwork(randomConvNetwork({ kind: 'depthwise-conv2d', seed: 1, inputShape: [4, 4, 16], outChannels: 16 }), array);
    expect(layer).toMatchObject({ op: 'depthwise-conv2d', tightest: { 2: null, 8: null }, keep: 'dense', weightShape: [16, 3, 3, 1] });
  });

  it('a layer with a weight that takes several slots has no cycles by the law, unless pruning takes all of them away', () => {
    const network = randomConvNetwork({ seed: 1, inputShape: [4, 4, 16], outChannels: 16, kernel: 1 });
    /** -8 in channel 5, `others` in the rest. */
    const filled = (others: number): Network =>
      ({ ...network, ops: network.ops.map((op) => ('weights' in op ? { ...op, weights: { ...op.weights, data: op.weights.data.map((_, i) => (i % 16 === 5 ? -8 : others)) } } : op)) });
    const cyclesOf = (others: number, weightBits: number, prune?: PruneResult) => {
      const { layers, totals } = inspectNetwork(filled(others), { ...array, weightBits }, prune);
      return [layers[0]?.denseCycles, layers[0]?.cycles, totals.cycles];
    };
    expect(cyclesOf(7, 4)).toEqual([256, 256, 256]);
    expect(cyclesOf(8, 4)).toEqual([null, null, 0]);
    const channel5 = network.ops.flatMap((op): [string, Uint8Array][] => ('weights' in op ? [[op.name, Uint8Array.from(op.weights.data, (_, i) => (i % 16 === 5 ? 1 : 0))]] : []));
    const prune = { groupSize: 8, constraint: 'own', method: 'magnitude', masks: new Map(channel5), keep: new Map(channel5.map(([name]) => [name, 'own'])) };
    // One step a pixel; 16 channels are drained in as many cycles.
    expect(cyclesOf(8, 4, prune)).toEqual([null, 256, 256]);
  });

  it('the table names the pattern, the keep, and what to do', () => {
    const lines = inspectTable(inspectNetwork(sparse(syntheticResnet8(1), 2, 4), array));
    expect(lines.find((line) => line.startsWith('conv2d_8'))?.replaceAll(/ +/g, ' ')).toBe('conv2d_8 conv2d 64x3x3x64 1x8x8x64 50.0% 2:4 2 2 4 8 16 4 147456 73728');
    expect(lines.join('\n')).toContain('--keep existing keeps the zeros of 9 layers as they are; another --keep');
    const dense = inspectTable(inspectNetwork(syntheticResnet8(1), array)).join('\n');
    expect(dense).toContain('no layer is pruned');
    expect(dense).toContain('by chance');
  });
});

describe('gen-accel inspect', () => {
  it('prints a table, or exactly one JSON object', async () => {
    const table = await runCli(['inspect', 'synthetic', '--pes', '32'], folder);
    expect(table).toMatchObject({ exitCode: 0, err: '' });
    expect(table.out).toContain('32 PEs x 1 lane, groups of 8');
    const json = await runCli(['inspect', 'synthetic', '--json'], folder);
    expect(json.out.trimEnd().split('\n')).toHaveLength(1);
    expect(JSON.parse(json.out)).toMatchObject({ network: 'resnet8-synthetic-1', synthetic: true, array: { pes: 16, group: 8 }, others: { add: 3, softmax: 1 } });
  });

  it.each([
    ['', 'no model is named. Name a .tflite or .onnx file, or "synthetic".'],
    ['no.tflite', 'model no.tflite: there is no such file'],
    ['broken.tflite', 'TFLite header: file identifier'],
    ['synthetic --group 7', '--group 7: must be a power of two'],
    ['synthetic --layer x', 'Unknown argument: layer.'],
  ])('inspect %s is refused with a sentence', async (words, sentence) => {
    writeFileSync(join(folder, 'broken.tflite'), 'not a model');
    const { exitCode, out, err } = await runCli(['inspect', ...words.split(' ').filter((word) => word !== '')], folder);
    expect({ exitCode, out }).toEqual({ exitCode: 1, out: '' });
    expect(err).toContain(sentence);
    expect(err).toMatch(/^gen-accel: /);
  });

  it('refuses an int8 model whose weights the core cannot hold, as compile does', async () => {
    writeFileSync(join(folder, 'int8.tflite'), writeTflite(smallNetwork(4)));
    const [inspected, compiled] = [await runCli('inspect int8.tflite --weight-bits 4'.split(' '), folder), await runCli('compile int8.tflite --weight-bits 4'.split(' '), folder)];
    expect(inspected).toEqual(compiled);
    expect(inspected).toMatchObject({ exitCode: 1, out: '' });
    expect(inspected.err).toMatch(/^gen-accel: layer conv2d_1, output channel \d+: weight -?\d+; expected -8 to 7, what --weight-bits 4 holds/);
  });

  it('--help ends with examples', async () => {
    expect((await runCli(['inspect', '--help'], folder)).out).toMatch(/Examples:\n +gen-accel inspect net\.tflite/);
  });
});
