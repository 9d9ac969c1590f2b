// SPDX-License-Identifier: Apache-2.0
/** Checks `gen-accel prune`: the folder that it writes, that its zeros are found again, what is refused and how. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { FloatNeededError, readFloatModel, readModel } from '../../generator/cli/read-network.js';
import { readCalibrationOptions } from '../../generator/cli/calibration-option.js';
import { createRandom } from '../../generator/core/random.js';
import { sha256 } from '../../generator/core/stable-hash.js';
import { writeOnnx } from '../../generator/exchange/onnx/write.js';
import { isFloatWeighted, type FloatNetwork } from '../../generator/float/network.js';
import { pruneNetwork } from '../../generator/prune/prune.js';
import { floatChain, randomConv } from '../support/float-network.js';
import { runCli } from '../support/run-cli.js';
import { smallNetwork } from '../support/small-network.js';
import { writeTflite } from '../support/tflite-writer.js';

const folder = mkdtempSync(join(tmpdir(), 'gen-accel-prune-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const cli = (line: string) => runCli(line.split(' '), folder);
const at = (path: string): string => join(folder, path);

/** Three channels, then twenty, which are two groups and a half, then eight. */
const random = createRandom(11);
const named = (name: string, fields: Record<string, unknown>): Record<string, unknown> => ({ ...fields, weights: { ...(fields['weights'] as object), name } });
const network = floatChain([1, 6, 6, 3], [
  { kind: 'conv2d', shape: [1, 6, 6, 20], ...named('first', randomConv(random, 3, 20)) },
  { kind: 'relu', shape: [1, 6, 6, 20], activationMin: 0, activationMax: Infinity },
  { kind: 'conv2d', shape: [1, 6, 6, 24], ...named('second', randomConv(random, 20, 24)) },
  { kind: 'conv2d', shape: [1, 6, 6, 8], ...named('third', randomConv(random, 24, 8, 1)) },
]);
writeFileSync(at('net.onnx'), writeOnnx(network).bytes);
writeFileSync(at('int8.tflite'), writeTflite(smallNetwork(4)));

/** Four images to calibrate with. */
function writeTrain(): void {
  const images = new Uint8Array(6 * 6 * 3 * 4).map((_, i) => (i * 37) % 251);
  const header = `{'descr': '|u1', 'fortran_order': False, 'shape': (4, 6, 6, 3), }`;
  const head = `${header}${' '.repeat(63 - ((10 + header.length) % 64))}\n`;
  mkdirSync(at('train'), { recursive: true });
  writeFileSync(at('train/x.npy'), Buffer.concat([Buffer.from([0x93]), Buffer.from('NUMPY'), Buffer.from([1, 0, head.length & 255, head.length >> 8]), Buffer.from(head), images]));
}

interface Manifest {
  readonly source: { readonly file: string; readonly sha256: string };
  readonly layers: readonly { readonly name: string; readonly weights: string; readonly keep: number | 'dense'; readonly kept: number; readonly all: number; readonly maskHash: string | null }[];
  readonly totals: { readonly kept: number; readonly all: number; readonly density: number };
}

const manifest = (path: string): Manifest => JSON.parse(readFileSync(at(`${path}/prune.json`), 'utf8')) as Manifest;

function masks(path: string): Map<string, { readonly shape: readonly number[]; readonly data: Uint8Array }> {
  const bytes = new Uint8Array(readFileSync(at(`${path}/masks.safetensors`)));
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))) as Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }>;
  return new Map(Object.entries(header).filter(([name]) => name !== '__metadata__').map(([name, { shape, data_offsets: [from, to] }]) => [name, { shape, data: bytes.subarray(8 + length + from, 8 + length + to) }]));
}

const weightsOf = (net: FloatNetwork, name: string): Float32Array => net.ops.filter(isFloatWeighted).find((op) => op.weights.name === name)!.weights.data;

describe('gen-accel prune', () => {
  it('writes model, masks and manifest, and says what every layer keeps', async () => {
    const { exitCode, out, err } = await cli('prune net.onnx --keep 2 -o two');
    expect([exitCode, err]).toEqual([0, '']);
    expect(out.split('\n').map((line) => line.trimEnd())).toEqual([
      'net',
      '',
      'layer     operator  weights    keep    kept  density  name in the model',
      'conv2d_1  conv2d    20x3x3x3   dense    540   100.0%  first',
      'conv2d_2  conv2d    24x20x3x3  2 of 8  1296    30.0%  second',
      'conv2d_3  conv2d    8x24x1x1   2 of 8    48    25.0%  third',
      '',
      'weights  1884 of 5052 kept, 37.3%; 2 of 3 layers pruned, balanced, by magnitude',
      'folder   two: model.onnx, masks.safetensors, prune.json',
      '',
    ]);
    const { source, layers, totals } = manifest('two');
    expect(source).toEqual({ file: 'net.onnx', sha256: sha256(new Uint8Array(readFileSync(at('net.onnx')))) });
    expect(layers.map(({ name, weights, keep, kept }) => [name, weights, keep, kept])).toEqual([['conv2d_1', 'first', 'dense', 540], ['conv2d_2', 'second', 2, 1296], ['conv2d_3', 'third', 2, 48]]);
    expect(totals).toEqual({ kept: 1884, all: 5052, density: 1884 / 5052 });
  });

  it('keeps the largest weights of every group as they were, and makes all others 0, as the masks say', async () => {
    await cli('prune net.onnx --keep 2 -o two');
    const { network: pruned } = readFloatModel('two/model.onnx', folder);
    expect(weightsOf(pruned, 'first')).toEqual(weightsOf(network, 'first'));
    const [before, after] = [weightsOf(network, 'second'), weightsOf(pruned, 'second')];
    for (let row = 0; row < before.length; row += 20) {
      for (const [from, to] of [[0, 8], [8, 16], [16, 20]] as const) {
        const group = [...before.subarray(row + from, row + to)];
        const kept = group.map((_, i) => i).sort((a, b) => Math.abs(group[b]!) - Math.abs(group[a]!)).slice(0, 2);
        expect([...after.subarray(row + from, row + to)]).toEqual(group.map((value, i) => (kept.includes(i) ? value : 0)));
      }
    }
    const { shape, data } = masks('two').get('second')!;
    expect(shape).toEqual([24, 20, 3, 3]);
    // Mask in O I H W, weights in O H W I.
    const disagree = after.filter((value, i) => {
      const [o, y, x, c] = [Math.floor(i / 180), Math.floor(i / 60) % 3, Math.floor(i / 20) % 3, i % 20];
      return (value !== 0) !== (data[((o * 20 + c) * 3 + y) * 3 + x] === 1);
    });
    expect([...disagree]).toEqual([]);
    expect([...masks('two').keys()]).toEqual(['second', 'third']);
    expect(manifest('two').layers[1]!.maskHash).toBe(sha256(data));
  });

  it('writes zeros that quantization leaves and --keep existing finds, at the same K', async () => {
    await cli('prune net.onnx --keep 2 -o two');
    writeTrain();
    const loaded = readModel('two/model.onnx', 1, folder, readCalibrationOptions({ calibration: 'train' }));
    const { keep, existing } = pruneNetwork(loaded.network, { group: 8, default: { existing: 'balanced' }, layers: new Map() });
    expect([...keep]).toEqual([['conv2d_1', 'dense'], ['conv2d_2', 2], ['conv2d_3', 2]]);
    expect([...existing!]).toEqual(['conv2d_2', 'conv2d_3']);
  });

  it('prunes a pruned model to fewer, and with "existing" leaves it as it is', async () => {
    await cli('prune net.onnx --keep 4 -o four');
    await cli('prune four/model.onnx --keep 2 -o from-four');
    await cli('prune net.onnx --keep 2 -o two');
    expect(manifest('from-four').layers).toEqual(manifest('two').layers);
    await cli('prune two/model.onnx --keep existing -o again');
    expect(manifest('again').layers).toEqual(manifest('two').layers);
    for (const name of ['first', 'second', 'third']) expect(weightsOf(readFloatModel('again/model.onnx', folder).network, name)).toEqual(weightsOf(readFloatModel('two/model.onnx', folder).network, name));
  });

  it('takes another group size, a K for one layer and the unconstrained scheme', async () => {
    expect((await cli('prune net.onnx --keep 4 --keep conv2d_3=16 --group 16 -o sixteen')).exitCode).toBe(0);
    expect(manifest('sixteen').layers.map(({ keep }) => keep)).toEqual(['dense', 4, 'dense']);
    expect((await cli('prune net.onnx --keep 2 --constraint unconstrained -o free')).exitCode).toBe(0);
    expect(manifest('free').layers.map(({ kept }) => kept)).toEqual([540, 1296, 48]);
    expect(manifest('free').layers[1]!.maskHash).not.toBe(manifest('two').layers[1]!.maskHash);
  });

  it('by a method that looks at what layers do takes calibration inputs, changes the weights that stay, and keeps the masks', async () => {
    writeTrain();
    expect(await cli('prune net.onnx --keep 2 --method second-order -o fitted')).toMatchObject({ exitCode: 1, out: '' });
    expect((await cli('prune net.onnx --keep 2 --method second-order --calibration train -o fitted')).exitCode).toBe(0);
    const { network: fitted } = readFloatModel('fitted/model.onnx', folder);
    const [before, after] = [weightsOf(network, 'second'), weightsOf(fitted, 'second')];
    const { data } = masks('fitted').get('second')!;
    const inFile = (i: number): number => data[((Math.floor(i / 180) * 20 + (i % 20)) * 3 + (Math.floor(i / 60) % 3)) * 3 + (Math.floor(i / 20) % 3)]!;
    expect(after.every((value, i) => inFile(i) === 1 || value === 0)).toBe(true);
    expect(after.filter((value, i) => value !== 0 && value !== before[i]).length).toBeGreaterThan(100);
    expect(manifest('fitted').layers.map(({ kept }) => kept)).toEqual([540, 1296, 48]);
  });

  it('takes a constraint in words for a layer', async () => {
    expect((await cli('prune net.onnx --keep 2 --prune conv2d_2=pattern:4@tile --pes 8 -o pattern')).exitCode).toBe(0);
    expect(manifest('pattern').layers.map(({ keep, kept }) => [keep, kept])).toEqual([['dense', 540], ['pattern:4@tile', 1920], [2, 48]]);
  });

  it('counts what is kept of the network as it came, and says what a cut of channels leaves', async () => {
    const { exitCode, out } = await cli('prune net.onnx --channels 0.5 --pes 4 --prune balanced:2/4 --group 4 -o cut');
    expect(exitCode).toBe(0);
    const { layers, totals } = manifest('cut');
    const [kept, left] = [layers.reduce((sum, layer) => sum + layer.kept, 0), layers.reduce((sum, layer) => sum + layer.all, 0)];
    // 3, 12, 12 and 8 channels are left of 3, 20, 24 and 8.
    expect(left).toBe(27 * 12 + 108 * 12 + 12 * 8);
    expect(totals).toEqual({ kept, all: 5052, density: kept / 5052, channelsLeave: left });
    expect(out).toContain(`\nweights  ${kept} of 5052 kept, ${((100 * kept) / 5052).toFixed(1)}%, of ${left} that the cut of channels leaves; 2 of 3 layers pruned`);
    writeTrain();
    await cli('prune net.onnx --channels 0.5 --pes 4 --group 4 --method second-order --calibration train -o cut-fitted');
    expect(manifest('cut-fitted').totals).toMatchObject({ all: 5052, channelsLeave: manifest('cut-fitted').totals.kept });
  });

  it('prints one JSON object, checks a folder, and writes the same bytes again', async () => {
    const result = JSON.parse((await cli('prune net.onnx --keep 2 -o json --json')).out) as { files: string[]; written: string[] };
    expect([result.files, result.written]).toEqual([['model.onnx', 'masks.safetensors', 'prune.json'], ['model.onnx', 'masks.safetensors', 'prune.json']]);
    expect(await cli('prune net.onnx --keep 2 -o json --check')).toEqual({ exitCode: 0, out: 'json is current: 3 files\n', err: '' });
    expect((await cli('prune net.onnx --keep 3 -o json --check')).exitCode).toBe(1);
  });

  it.each([
    ['prune', 'gen-accel: no model is named. Name an .onnx or .tflite file of float32.\n'],
    ['prune net.onnx', 'gen-accel: prune needs --keep, --prune, --channels or a target. Add --keep 2, or --target-sparsity 0.7.\n'],
    ['prune net.onnx --keep 2 --constraint odd', 'gen-accel: --constraint odd is none of balanced, unconstrained. Use --constraint balanced.\n'],
    ['prune net.onnx --keep 2 --calibration train', 'gen-accel: --method magnitude looks at weights alone. Leave out --calibration, or add --method second-order.\n'],
    ['prune net.onnx --keep 9', 'gen-accel: --keep: keep 9; expected an integer from 1 to the group size 8. Use --keep 8, or a larger --group.\n'],
    ['prune net.onnx --keep 2 --keep conv2d_1=2', 'gen-accel: layer conv2d_1: balanced:2/8, but the layer is left dense: it has 3 input channels, fewer than a group of 8; expected a layer that can be pruned. Leave conv2d_1 out.\n'],
    ['prune missing.onnx --keep 2', 'gen-accel: model missing.onnx: there is no such file; expected an ONNX or TFLite file of float32. Correct the path.\n'],
    ['prune int8.tflite --keep 2', 'gen-accel: model int8.tflite: an int8 network, whose weights are rounded already; expected a float32 network. Prune the model that it was quantized from; --keep of sim and compile prunes int8 weights as they are.\n'],
  ])('%s is refused', async (line, err) => {
    expect(await cli(line)).toEqual({ exitCode: 1, out: '', err });
  });

  it.each([
    ['prune net.onnx --prune 2:4 --keep conv2d_9=2', '--keep'],
    ['prune net.onnx --keep 2 --prune conv2d_9=2:4', '--prune'],
    ['prune net.onnx --keep 2 --prune conv2d_9=dense', '--prune'],
    ['prune net.onnx --target-sparsity 0.5 --prune conv2d_9=2:4 --calibration train', '--prune'],
    ['estimate int8.tflite --keep 2 --prune conv2d_9=2:4', '--prune'],
  ])('%s: the message names the option that named the layer', async (line, option) => {
    writeTrain();
    const { exitCode, err } = await cli(line);
    expect(exitCode).toBe(1);
    expect(err).toMatch(new RegExp(`^gen-accel: ${option}: no layer is named "conv2d_9"; expected one of conv2d_1,`));
  });

  it.each([['--keep 2', '--keep'], ['--prune balanced:2/8', '--prune'], ['--prune balanced:2/8 --keep conv2d_3=2', '--prune and --keep'], ['--keep conv2d_3=2', '--keep']])('%s: E_REPRUNE names the option that asked', async (options, where) => {
    await cli('prune net.onnx --keep 4 -o four');
    writeTrain();
    const { exitCode, err } = await cli(`estimate four/model.onnx --calibration train ${options}`);
    expect(exitCode).toBe(1);
    expect(err.split('\n')[0]).toBe(`gen-accel: ${where}: the model has zeros of its own:`);
  });

  it('throws a typed error for integers', () => {
    expect(() => readFloatModel('int8.tflite', folder)).toThrow(FloatNeededError);
  });
});
