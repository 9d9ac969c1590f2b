// SPDX-License-Identifier: Apache-2.0
/** Checks ONNX models with data in other files at the command line: which files are read, and which are refused, whatever leads to them. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { TensorProto } from '../../generator/import/onnx/proto.js';
import { floatOnnx } from '../support/onnx-writer.js';
import { runCli, type CliResult } from '../support/run-cli.js';

const folder = mkdtempSync(join(tmpdir(), 'gen-accel-external-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const cli = (line: string): Promise<CliResult> => runCli(line.split(' '), folder);

/** The first convolution's weights as they stand in a file: 10 x 3 x 3 x 3 float32. */
const BYTES = 4 * 270;
let weights = new Uint8Array();
floatOnnx(1, { stem: (tensor) => { weights = new Uint8Array(Float32Array.from(tensor.float_data ?? []).buffer); return tensor; } });

/** The same weights in another file. */
const elsewhere = (entries: Readonly<Record<string, string>>) => ({ name, dims, data_type }: TensorProto): TensorProto =>
  ({ name: name as string, dims: dims as readonly number[], data_type: data_type as number, data_location: 1, external_data: Object.entries(entries).map(([key, value]) => ({ key, value })) });

/** Writes models/net.onnx and compiles it; the calibration is one seeded picture of raw float32. */
async function compile(entries: Readonly<Record<string, string>>, words = ''): Promise<CliResult> {
  writeFileSync(join(folder, 'models/net.onnx'), floatOnnx(1, { stem: elsewhere(entries) }));
  rmSync(join(folder, 'out'), { recursive: true, force: true });
  return cli(`compile models/net.onnx --calibration train --out out${words}`);
}
const image = (out: string): Buffer => readFileSync(join(folder, out, 'image.bin'));

const files: readonly (readonly [string, Uint8Array])[] = [
  ['models/weights.bin', weights],
  ['models/data/deep.bin', weights],
  ['models/padded.bin', Uint8Array.from([...new Uint8Array(13), ...weights, 9, 9])],
  ['models/short.bin', weights.subarray(0, BYTES - 1)],
  ['models/empty.bin', new Uint8Array()],
  ['outside.bin', weights],
  ['models-too/weights.bin', weights],
  ['train/0.npy', npy()],
];

/** One picture of 8 x 8 x 3 float32. */
function npy(): Uint8Array {
  const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 8, 8, 3), }".padEnd(117);
  const values = Float32Array.from({ length: 192 }, (_, i) => ((i * 37) % 101) / 101);
  return new Uint8Array(Buffer.concat([Buffer.from('\x93NUMPY\x01\x00', 'latin1'), Buffer.from([118, 0]), Buffer.from(`${header}\n`), Buffer.from(values.buffer)]));
}

beforeEach(() => {
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true, force: true });
  for (const name of ['models/data', 'models-too', 'train']) mkdirSync(join(folder, name), { recursive: true });
  for (const [path, bytes] of files) writeFileSync(join(folder, path), bytes);
});

describe('external data', () => {
  it.each([
    ['beside the model', { location: 'weights.bin' }],
    ['in a folder below it', { location: 'data/deep.bin' }],
    ['by a path with dots that stays inside', { location: './data/./deep.bin' }],
    ['with its length', { location: 'weights.bin', length: `${BYTES}`, offset: '0' }],
    ['at an offset that no array could begin at', { location: 'padded.bin', offset: '13', length: `${BYTES}` }],
    ['with a checksum, which is not read', { location: 'weights.bin', checksum: '0123' }],
  ])('%s gives the same image as data in the model', async (_what, entries) => {
    expect(await compile(entries)).toMatchObject({ exitCode: 0, err: '' });
    writeFileSync(join(folder, 'models/net.onnx'), floatOnnx(1));
    await cli('compile models/net.onnx --calibration train --out inline');
    expect(image('out')).toEqual(image('inline'));
  });

  it('behind a link that stays in the folder is read, and so is a model behind a link', async () => {
    symlinkSync('data/deep.bin', join(folder, 'models/link.bin'));
    symlinkSync('models', join(folder, 'linked'));
    expect(await compile({ location: 'link.bin' })).toMatchObject({ exitCode: 0, err: '' });
    expect(await cli('compile linked/net.onnx --calibration train --out again')).toMatchObject({ exitCode: 0, err: '' });
    expect(image('again')).toEqual(image('out'));
  });

  it('is searched beside the model, not where the command runs', async () => {
    writeFileSync(join(folder, 'weights.bin'), new Uint8Array(BYTES));
    expect((await compile({ location: 'weights.bin' })).exitCode).toBe(0);
    const right = image('out');
    rmSync(join(folder, 'models/weights.bin'));
    expect((await compile({ location: 'weights.bin' })).exitCode).toBe(1);
    writeFileSync(join(folder, 'models/weights.bin'), weights);
    expect((await compile({ location: 'weights.bin' })).exitCode).toBe(0);
    expect(image('out')).toEqual(right);
  });
});

const REMEDY = 'Save the model in one file: onnx.save(model, path, save_as_external_data=False).';
const refusal = (found: string, expected: string): RegExp => new RegExp(`^gen-accel: ONNX tensor "stem": ${found.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}; expected ${expected.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}\\. `);

describe('is refused with exit code 1, and nothing is written:', () => {
  const leadsOut = "a relative path inside the model's folder";
  const notThere = "a file in the model's folder";
  const inside = `${BYTES} bytes inside the file`;

  it.each([
    ['a path upwards', { location: '../outside.bin' }, 'external data in "../outside.bin"', leadsOut],
    ['a path upwards from a folder', { location: 'data/../../outside.bin' }, 'external data in "data/../../outside.bin"', leadsOut],
    ['a folder beside it that begins with its name', { location: '../models-too/weights.bin' }, 'external data in "../models-too/weights.bin"', leadsOut],
    ['an absolute path, even of a file inside', { location: join(folder, 'models/weights.bin') }, `external data in ${JSON.stringify(join(folder, 'models/weights.bin'))}`, leadsOut],
    ['a path of Windows', { location: 'C:\\weights.bin' }, 'external data in "C:\\\\weights.bin"', leadsOut],
    ['backslashes', { location: '..\\outside.bin' }, 'external data in "..\\\\outside.bin"', leadsOut],
    ['no path', { offset: '0' }, 'external data in ""', leadsOut],
    ['a file that is missing', { location: 'missing.bin' }, 'external data in "missing.bin", which is not there or leads out of the folder', notThere],
    ['an offset beyond the end', { location: 'weights.bin', offset: '1' }, `${BYTES} bytes from 1 of ${BYTES}`, inside],
    ['an offset far beyond the end', { location: 'weights.bin', offset: '99999999999999' }, `${BYTES} bytes from 99999999999999 of ${BYTES}`, inside],
    ['an offset below 0', { location: 'weights.bin', offset: '-4' }, `${BYTES} bytes from -4 of ${BYTES}`, inside],
    ['an offset that is no number', { location: 'weights.bin', offset: '0x10' }, `${BYTES} bytes from 0x10 of ${BYTES}`, inside],
    ['a length beyond the end', { location: 'weights.bin', length: `${BYTES + 4}` }, `${BYTES + 4} bytes from 0 of ${BYTES}`, inside],
    ['a length of another tensor', { location: 'weights.bin', length: `${BYTES - 4}` }, `${BYTES - 4} bytes from 0 of ${BYTES}`, inside],
    ['a file that ends too early', { location: 'short.bin' }, `${BYTES} bytes from 0 of ${BYTES - 1}`, inside],
    ['an empty file', { location: 'empty.bin' }, `${BYTES} bytes from 0 of 0`, inside],
  ])('%s', async (_what, entries, found, expected) => {
    for (const json of ['', ' --json']) {
      const { exitCode, out, err } = await compile(entries, json);
      expect([exitCode, out]).toEqual([1, '']);
      expect(err).toMatch(refusal(found, expected));
      expect(err.trimEnd().split('\n')).toHaveLength(1);
      expect(err).toContain(REMEDY);
      expect(readdirSync(folder).toSorted()).toEqual(['models', 'models-too', 'outside.bin', 'train']);
    }
  });

  it.each([
    ['a link to a file outside', () => symlinkSync('../outside.bin', join(folder, 'models/link.bin'))],
    ['an absolute link to a file outside', () => symlinkSync(join(folder, 'outside.bin'), join(folder, 'models/link.bin'))],
    ['a link to a link to a file outside', () => { symlinkSync('../outside.bin', join(folder, 'models/data/link.bin')); symlinkSync('data/link.bin', join(folder, 'models/link.bin')); }],
    ['a link to a device', () => symlinkSync('/dev/zero', join(folder, 'models/link.bin'))],
    ['a link to nothing', () => symlinkSync('nothing.bin', join(folder, 'models/link.bin'))],
    ['a link to itself', () => symlinkSync('link.bin', join(folder, 'models/link.bin'))],
  ])('%s', async (_what, make) => {
    make();
    const { exitCode, out, err } = await compile({ location: 'link.bin' });
    expect([exitCode, out]).toEqual([1, '']);
    expect(err).toMatch(refusal('external data in "link.bin", which is not there or leads out of the folder', notThere));
  });

  it('a folder that leads out by a link', async () => {
    symlinkSync('..', join(folder, 'models/up'));
    expect((await compile({ location: 'up/outside.bin' })).err).toMatch(refusal('external data in "up/outside.bin", which is not there or leads out of the folder', notThere));
  });

  it('a folder in place of a file', async () => {
    const { exitCode, err } = await compile({ location: 'data' });
    expect([exitCode, err]).toEqual([1, expect.stringMatching(/^gen-accel: .*folder.*\n$/) as string]);
  });

  it('a file that grew shorter than the model says', async () => {
    expect((await compile({ location: 'weights.bin' })).exitCode).toBe(0);
    truncateSync(join(folder, 'models/weights.bin'), 100);
    expect((await cli('compile models/net.onnx --calibration train --out out --check')).err).toMatch(refusal(`${BYTES} bytes from 0 of 100`, inside));
  });
});
