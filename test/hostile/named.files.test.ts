// SPDX-License-Identifier: Apache-2.0
/** Holds the command line to model files that are none, or lead elsewhere: what is no regular file of a size that fits is not read. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { opNetwork } from '../support/op-network.js';
import { runCli } from '../support/run-cli.js';
import { writeTflite } from '../support/tflite-writer.js';
import { modelOf, node, TYPE } from './onnx-writing.js';
import { MAX_SECONDS } from './runner.js';

const IMAGE = { shape: [1, 4, 6, 3] };
const good = writeTflite(opNetwork({ kind: 'leaky-relu', alpha: 0.5 }, [IMAGE], IMAGE));

/** An ONNX model whose weights lie in another file. */
const external = (location: string, more: Readonly<Record<string, string>> = {}): Uint8Array => modelOf({
  nodes: [node('Conv', ['x', 'w'], 'y')],
  initializers: [{ name: 'w', dims: [2, 4, 1, 1], data_type: TYPE.float, data_location: 1, external_data: [{ key: 'location', value: location }, ...Object.entries(more).map(([key, value]) => ({ key, value }))] }],
});

let root = '';
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'hostile-'));
  const models = join(root, 'models');
  mkdirSync(join(models, 'folder.tflite'), { recursive: true });
  const write = (name: string, bytes: Uint8Array | string): void => writeFileSync(join(models, name), bytes);
  writeFileSync(join(root, 'secret.bin'), new Uint8Array(32));
  write('good.tflite', good);
  write('empty.tflite', '');
  write('zipped.tflite', gzipSync(good));
  write('archive.tflite', 'PK\x03\x04 and so on');
  write('pointer.onnx', 'version https://git-lfs.github.com/spec/v1\noid sha256:0\n');
  write('page.tflite', '<!DOCTYPE html><html></html>');
  write('keras.tflite', Uint8Array.of(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a));
  write('text.tflite', 'no model at all\n');
  write('large.tflite', '');
  truncateSync(join(models, 'large.tflite'), 3 * 2 ** 30);
  write('unreadable.tflite', good);
  chmodSync(join(models, 'unreadable.tflite'), 0);
  for (const pipe of ['pipe.tflite', 'pipe.bin']) execFileSync('mkfifo', [join(models, pipe)]);
  symlinkSync('/dev/zero', join(models, 'device.tflite'));
  symlinkSync('circle.tflite', join(models, 'circle.tflite'));
  // External data.
  write('inside.bin', new Uint8Array(64));
  symlinkSync(join(root, 'secret.bin'), join(models, 'link.bin'));
  symlinkSync(root, join(models, 'out'));
  write('sparse.bin', '');
  truncateSync(join(models, 'sparse.bin'), 3 * 2 ** 30);
  const EXTERNAL: Readonly<Record<string, Uint8Array>> = {
    up: external('../secret.bin'), absolute: external(join(root, 'secret.bin')), windows: external('C:\\secret.bin'), link: external('link.bin'), through: external('out/secret.bin'),
    nul: external('inside.bin\0../secret.bin'), none: external('none.bin'), folder: external('folder.tflite'), pipe: external('pipe.bin'), sparse: external('sparse.bin'), unnamed: external(''),
    beyond: external('inside.bin', { offset: '40' }), long: external('inside.bin', { length: '1000' }), negative: external('inside.bin', { offset: '-8' }), huge: external('inside.bin', { offset: '18446744073709551615' }),
    hex: external('inside.bin', { offset: '0x8' }), fits: external('inside.bin', { offset: '32', length: '32' }),
  };
  for (const [name, bytes] of Object.entries(EXTERNAL)) write(`${name}.onnx`, bytes);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** What is printed about a model, soon. */
async function complaintOf(name: string): Promise<string> {
  const started = performance.now();
  const { exitCode, out, err } = await runCli(['inspect', join('models', name)], root);
  expect(exitCode).toBe(1);
  expect(out).toBe('');
  expect((performance.now() - started) / 1000).toBeLessThan(MAX_SECONDS);
  return err;
}

const NEEDED = 'expected a TFLite or ONNX file';

describe('a model file is refused that', () => {
  it.each([
    ['is not there', 'missing.tflite', `there is no such file; ${NEEDED}. Correct the path`],
    ['is empty', 'empty.tflite', `the file is empty; ${NEEDED}. Fetch or export it again.`],
    ['is a folder', 'folder.tflite', `it is a folder; ${NEEDED}. Name the file.`],
    ['is a pipe', 'pipe.tflite', `it is a pipe or a device; ${NEEDED}. Copy it into a file first.`],
    ['is a device without end', 'device.tflite', 'it is a pipe or a device'],
    ['is a link to itself', 'circle.tflite', 'it cannot be read (ELOOP)'],
    ['has 3 GB', 'large.tflite', `3221225472 bytes; ${NEEDED} of at most 2^30 bytes. Use a smaller model.`],
    ['is compressed', 'zipped.tflite', `a gzip file; ${NEEDED}. Unpack it first: gunzip FILE.`],
    ['is an archive', 'archive.tflite', 'a zip file'],
    ['is a pointer to the model', 'pointer.onnx', 'a Git LFS pointer in place of the model'],
    ['is a web page', 'page.tflite', 'a web page or XML'],
    ['is a model of another kind', 'keras.tflite', 'an HDF5 file (Keras)'],
    ['is text', 'text.tflite', 'TFLite header: file identifier "odel"; expected "TFL3".'],
  ])('%s', async (_what, name, message) => {
    expect(await complaintOf(name)).toContain(message);
  });

  it.skipIf(process.getuid?.() === 0)('may not be read', async () => {
    expect(await complaintOf('unreadable.tflite')).toContain('it cannot be read (EACCES)');
  });
});

describe('external data is refused that', () => {
  const outside = "expected a relative path inside the model's folder";
  const notThere = "which is not there or leads out of the folder; expected a file in the model's folder";
  it.each([
    ['lies above', 'up.onnx', outside],
    ['has an absolute path', 'absolute.onnx', outside],
    ['has a path of Windows', 'windows.onnx', outside],
    ['has a NUL in its path', 'nul.onnx', outside],
    ['has no path', 'unnamed.onnx', outside],
    ['is a link that leads out', 'link.onnx', notThere],
    ['lies behind a link that leads out', 'through.onnx', notThere],
    ['is not there', 'none.onnx', notThere],
    ['is a folder', 'folder.onnx', 'external data folder.tflite: it is a folder; expected a file beside the model.'],
    ['is a pipe', 'pipe.onnx', 'external data pipe.bin: it is a pipe or a device'],
    ['has 3 GB', 'sparse.onnx', 'external data sparse.bin: 3221225472 bytes; expected a file beside the model of at most 2^30 bytes.'],
    ['ends too early', 'beyond.onnx', '32 bytes from 40 of 64; expected 32 bytes inside the file.'],
    ['is longer than the tensor', 'long.onnx', '1000 bytes from 0 of 64; expected 32 bytes inside the file.'],
    ['begins before the file', 'negative.onnx', '32 bytes from -8 of 64; expected 32 bytes inside the file.'],
    ['begins at 2^64 - 1', 'huge.onnx', '32 bytes from 18446744073709551615 of 64'],
    ['begins at no decimal number', 'hex.onnx', '32 bytes from 0x8 of 64'],
  ])('%s', async (_what, name, message) => {
    expect(await complaintOf(name)).toContain(message);
  });
});

it('a sound file is inspected, and external data inside the folder is read', async () => {
  expect((await runCli(['inspect', 'models/good.tflite'], root)).exitCode).toBe(0);
  expect(await complaintOf('fits.onnx')).toContain('a float32 network, whose activations have no int8 scales yet');
});
