// SPDX-License-Identifier: Apache-2.0
/** Checks `gen-accel compare` on a small seeded network: rows, files, going on after a stop, what is refused and how. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { comparisonSchema, type Comparison } from '../../generator/compare/result.js';
import { writeFloatNetwork, writeImages } from '../compare/small-files.js';
import { runCli } from '../support/run-cli.js';
import { smallNetwork } from '../support/small-network.js';
import { writeTflite } from '../support/tflite-writer.js';

const SEED = 23;
const folder = mkdtempSync(join(tmpdir(), 'gen-accel-compare-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const cli = (line: string, overrides = {}) => runCli(line.split(' '), folder, overrides);
const at = (path: string): string => join(folder, path);

beforeAll(() => {
  writeFloatNetwork(at('net.onnx'), SEED);
  writeFileSync(at('int8.tflite'), writeTflite(smallNetwork(4)));
  writeImages(at('train'), 1, 6);
  writeImages(at('dev'), 2, 9);
  writeImages(at('bare'), 3, 2, { labelled: false });
  writeImages(at('small'), 4, 3, { height: 5 });
});

const BASE = 'compare net.onnx --calibration train --images dev --rtl 0 --no-synth';
const json = (path: string): Comparison & { readonly files: object } => JSON.parse(readFileSync(at(path), 'utf8')) as Comparison & { readonly files: object };

describe('gen-accel compare', () => {
  it('writes a row for every kind of pruning, with all that makes it again', async () => {
    const rows = ['balanced:4/8', 'balanced:2/8', 'pattern:4@tile', 'kernel:6', 'unconstrained:2/8', 'unconstrained:2/8,fifo:1', 'unconstrained:2/8,fifo:4', 'unconstrained:2/8,fifo:unlimited', 'unconstrained:2/8,ordered'];
    const { exitCode, out, err } = await cli(`${BASE} --method magnitude --rows ${rows.join(' ')} --out all`);
    expect([exitCode, err]).toEqual([0, '']);
    expect(readdirSync(at('all')).sort()).toEqual(['build', 'compare-cycles.svg', 'compare-storage.svg', 'compare.json', 'compare.md']);
    const { generator: _generator, version: _version, files: _files, manifestHash: _hash, ...body } = json('all/compare.json') as unknown as Record<string, unknown>;
    const comparison = comparisonSchema.parse(body);
    const [table] = comparison.tables;
    expect(table?.rows.map(({ row }) => row)).toEqual(['dense', ...rows]);
    expect(comparison.scored).toEqual({ file: 'dev', first: 0, n: 9 });
    for (const row of table!.rows) {
      expect(row.answers).toMatch(/^[01]{9}$/);
      expect(out).toContain(row.maskHash);
      expect(row.cycles.rtl).toBeNull();
    }
    const of = (name: string) => table!.rows.find(({ row }) => row === name)!;
    expect(of('balanced:4/8').cycles.predicted).toBeLessThan(of('dense').cycles.predicted);
    // The second layer's and the last one's kept weights, and all of the first.
    expect(of('balanced:2/8').keptWeights).toBe(432 + (24 * 9 * 16 + 96) / 4);
    // Depth 1 is lockstep; deeper FIFOs never take longer; the same answers whatever the hardware.
    expect(of('unconstrained:2/8,fifo:1').cycles).toEqual(of('unconstrained:2/8').cycles);
    const cycles = ['fifo:1', 'fifo:4', 'fifo:unlimited'].map((variant) => of(`unconstrained:2/8,${variant}`).cycles.predicted);
    expect([...cycles].sort((a, b) => b - a)).toEqual(cycles);
    // Filters in another order: other masks with as many slots, never more cycles by the law, the same function.
    const [ordered, plain] = [of('unconstrained:2/8,ordered'), of('unconstrained:2/8')];
    expect(ordered).toMatchObject({ hardware: 'rtl', keptWeights: plain.keptWeights, answers: plain.answers });
    expect(ordered.maskHash).not.toBe(plain.maskHash);
    expect(ordered.cycles.law).toBeLessThan(plain.cycles.law);
  });

  it('measures a row again by its command, to the same row', async () => {
    await cli(`${BASE} --rows balanced:4/8 kernel:6 --out first`);
    const row = json('first/compare.json').tables[0]!.rows[1]!;
    expect(row.command).toBe('gen-accel compare net.onnx --calibration train --images dev --count 9 --method second-order --weight-bits 8 --seed 1 --rtl 0 --latency 20 --rows balanced:4/8');
    expect((await cli(`${row.command.replace('gen-accel ', '')} --no-synth --out again`)).exitCode).toBe(0);
    expect(json('again/compare.json').tables[0]!.rows[1]).toEqual(row);
  });

  it('goes on where it was stopped: rows that are there are not measured again', async () => {
    const phases: string[] = [];
    const stop = new AbortController();
    const progress = { write: (text: string) => { phases.push(text); if (text.includes('row 3')) stop.abort(); } };
    const line = `${BASE} --method magnitude --rows balanced:4/8 balanced:2/8 --out stopped`;
    const first = await cli(line, { progress, signal: stop.signal });
    expect([first.exitCode, first.err]).toEqual([130, 'gen-accel: comparison: interrupted; expected to finish. Nothing was changed; run the command again.\n']);
    expect(existsSync(at('stopped/compare.json'))).toBe(false);
    phases.length = 0;
    expect((await cli(line, { progress: { write: (text: string) => phases.push(text) } })).exitCode).toBe(0);
    expect(phases.filter((text) => /scoring/.test(text)).map((text) => /row \d/.exec(text)?.[0])).toEqual(['row 3', undefined]);
    const answer = readFileSync(at('stopped/compare.json'), 'utf8');
    expect((await cli(`${line.replace('--out stopped', '--out other')}`)).exitCode).toBe(0);
    expect(readFileSync(at('other/compare.json'), 'utf8')).toBe(answer);
  });

  it('takes another scale of weights beside, a table and plots each', async () => {
    const { exitCode } = await cli(`${BASE} --method magnitude --rows balanced:4/8 --weight-bits 8,4 --out widths`);
    expect(exitCode).toBe(0);
    const { tables } = json('widths/compare.json');
    expect(tables.map(({ weightBits, rows }) => [weightBits, rows[0]!.storage.weightBits / rows[0]!.keptWeights])).toEqual([[8, 8], [4, 4]]);
    expect(readdirSync(at('widths')).filter((name) => name.endsWith('.svg'))).toHaveLength(4);
  });

  it('takes a retrained model whose zeros the row allows, and refuses another: E_RETRAINED_ZEROS', async () => {
    expect((await cli('prune net.onnx --keep 4 --out half')).exitCode).toBe(0);
    expect((await cli(`${BASE} --method magnitude --rows dense --retrained balanced:4/8=half/model.onnx --out retrained`)).exitCode).toBe(0);
    const [, row] = json('retrained/compare.json').tables[0]!.rows;
    expect(row).toMatchObject({ row: 'balanced:4/8', trained: 'retrained', modelFile: 'half/model.onnx', keptWeights: 432 + (24 * 9 * 16 + 96) / 2 });
    expect(row!.command).toContain('--rows dense --retrained balanced:4/8=half/model.onnx');
    const { exitCode, err } = await cli(`${BASE} --method magnitude --rows dense --retrained balanced:2/8=half/model.onnx --out wrong`);
    expect([exitCode, err]).toEqual([1, 'gen-accel: --retrained balanced:2/8=half/model.onnx: zeros of conv2d_2 that balanced:2/8 does not allow; expected a model that was retrained with its masks held. Name the row that the model was pruned for, or "existing" for the zeros that it has.\n']);
    // Layers may be left dense, or have zeros of their own.
    expect((await cli('prune net.onnx --keep conv2d_2=3 --out one')).exitCode).toBe(0);
    expect((await cli(`${BASE} --method magnitude --rows dense --retrained balanced:3/8=one/model.onnx existing=half/model.onnx --out two`)).exitCode).toBe(0);
    expect(json('two/compare.json').tables[0]!.rows.map(({ row: name, prunedLayers, keptWeights }) => [name, prunedLayers, keptWeights])).toEqual([
      ['dense', 0, 432 + 24 * 9 * 16 + 96], ['balanced:3/8', 1, 432 + (24 * 9 * 16 * 3) / 8 + 96], ['existing', 2, 432 + (24 * 9 * 16 + 96) / 2],
    ]);
  });

  it('says which rows prune nothing or cannot be', async () => {
    const { exitCode, out } = await cli(`${BASE} --method magnitude --rows balanced:4/32 pattern:9@tile balanced:4/8 --out left --json`);
    expect(exitCode).toBe(0);
    expect((JSON.parse(out) as Comparison).tables[0]!.leftOut).toEqual([{ row: 'balanced:4/32', reason: 'it prunes no layer of this network' }, { row: 'pattern:9@tile', reason: 'it prunes no layer of this network' }]);
  });

  it('prunes int8 models by magnitude, and by nothing else', async () => {
    const line = 'compare int8.tflite --images small --rtl 0 --no-synth --rows balanced:2/8 channels:0.5 unconstrained:2/8,ordered --out int8';
    expect((await cli(line)).exitCode).toBe(0);
    const { method, float, tables: [table] } = json('int8/compare.json');
    expect([method, float]).toEqual(['magnitude', null]);
    expect(table!.rows.map(({ row, hardware }) => [row, hardware])).toEqual([['dense', 'rtl'], ['balanced:2/8', 'rtl'], ['unconstrained:2/8,ordered', 'model']]);
    expect(table!.leftOut).toEqual([{ row: 'channels:0.5', reason: 'channels are cut out of float networks; those of this one are int8' }]);
    expect((await cli(`${line} --method second-order`)).err).toMatch(/--method second-order changes weights, and those of int8\.tflite are int8 already\. Use --method magnitude/);
    expect((await cli(`${line} --weight-bits 4`)).err).toMatch(/--weight-bits 4 rounds weights/);
    expect((await cli(`${line} --calibration train`)).err).toMatch(/--calibration belongs to float networks/);
  });

  it.each([
    ['compare', /no model is named/], ['compare net.onnx --calibration train', /compare needs images to score\. Add --images/], ['compare net.onnx --images dev', /a float32 network, whose activations have no int8 scales yet/],
    ['compare net.onnx --calibration dev --images dev --rtl 0 --no-synth', /calibration/i], ['compare net.onnx --calibration train --images bare', /--images bare: image 0 has none; expected a class for every image/],
    [`${BASE} --rows balanced:4/8 balanced:4/8`, /--rows balanced:4\/8 was given twice/], [`${BASE} --rows balanced:9/8`, /--rows: keep 9/], [`${BASE} --method best`, /--method best is none of magnitude/],
    [`${BASE} --within many`, /--within many is no number of points/], [`${BASE} --retrained balanced:4/8`, /is not SPEC=FILE/], [`${BASE} --weight-bits 8,8`, /names a width twice/], [`${BASE} --weight-bits 5`, /weightBits|weight-bits/],
    [`${BASE.replace('--rtl 0', '--rtl 10')} --rows dense`, /--rtl 10 is more than the 9 images that are scored/], [`${BASE} --count 10`, /9 images; expected 10/], ['compare synthetic --images dev', /"synthetic" has no classes/],
    // E_NO_LABELS: "bare" has images without classes.
  ])('refuses "%s"', async (line, message) => {
    const { exitCode, out, err } = await cli(line);
    expect([exitCode, out]).toEqual([1, '']);
    expect(err).toMatch(message);
  });

  it('has help with examples', async () => {
    const { exitCode, out } = await cli('compare --help');
    expect(exitCode).toBe(0);
    for (const word of ['--rows', '--retrained', '--within', '--rtl', '--cache', 'gen-accel compare net.onnx --calibration train.bin']) expect(out).toContain(word);
  });
});
