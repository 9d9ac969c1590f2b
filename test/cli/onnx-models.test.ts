// SPDX-License-Identifier: Apache-2.0
/** Checks ONNX models at the command line: float models with calibration in every command, a dynamic batch, what is refused and how, an interrupted run. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { afterAll, describe, expect, it } from 'vitest';
import { buildCore } from '../../generator/blocks/index.js';
import { floatOnnx, onnxNode, quantizedOnnx } from '../support/onnx-writer.js';
import { runCli, type CliResult } from '../support/run-cli.js';
import { smallNetwork } from '../support/small-network.js';
import { writeTflite } from '../support/tflite-writer.js';

const folder = mkdtempSync(join(tmpdir(), 'gen-accel-onnx-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const cli = (line: string, overrides: Parameters<typeof runCli>[2] = {}): Promise<CliResult> => runCli(line.split(' '), folder, { buildTop: buildCore, ...overrides });

function picture(path: string, seed: number): void {
  const image = new PNG({ width: 8, height: 8 });
  image.data = Buffer.from(Array.from({ length: 256 }, (_, i) => (i % 4 === 3 ? 255 : (seed * 37 + i * 13) % 256)));
  writeFileSync(join(folder, path), PNG.sync.write(image));
}

for (const name of ['train', 'test']) mkdirSync(join(folder, name));
for (let i = 0; i < 6; i++) picture(`train/${i}.png`, i);
for (let i = 0; i < 3; i++) picture(`test/${i}.png`, 100 + i);
const write = (name: string, bytes: Uint8Array | string): void => writeFileSync(join(folder, name), bytes);
write('net.onnx', floatOnnx(1));
write('UPPER.ONNX', floatOnnx(1));
write('quantized.onnx', quantizedOnnx(2));

/** Path -> content of every file of a folder; the names of the network apart. */
const tree = (path: string): Map<string, string> =>
  new Map(readdirSync(join(folder, path), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)).toSorted().map((file) => [file.slice(join(folder, path).length + 1), readFileSync(file, 'latin1')]));
const image = (path: string): Buffer => readFileSync(join(folder, path, 'image.bin'));

describe('a float .onnx model with --calibration', () => {
  it('is compiled: image, program, listing, C sources; --check finds the folder current', async () => {
    const { exitCode, out, err } = await cli('compile net.onnx --calibration train --pixels unit');
    expect([exitCode, err]).toEqual([0, '']);
    expect(out).toMatch(/^net for pes16-group8, configuration [0-9a-f]{12}\nweights {3}dense\nstorage {3}8-bit weights, direct index\n {10}weights .*\nprograms {2}1 program, /);
    expect([...tree('compiled/net').keys()]).toEqual(['c/example.c', 'c/gen_accel.c', 'c/gen_accel.h', 'c/gen_accel_registers.h', 'c/net.c', 'c/net.h', 'image.bin', 'listing.txt', 'network.json', 'program0.bin']);
    expect((await cli('compile net.onnx --calibration train --pixels unit --check')).out).toMatch(/^compiled\/net is current: 10 files/);
    const stale = await cli('compile net.onnx --calibration train --pixels signed --check');
    expect(stale).toMatchObject({ exitCode: 1, out: '', err: expect.stringContaining('not current:\n  differs: image.bin') as string });
  });

  it('takes the scale of its input from the pictures as --pixels reads them, N x H x W x C', async () => {
    const input = async (pixels: string): Promise<{ shape: number[]; scale: number; zeroPoint: number }> => {
      await cli(`compile net.onnx --calibration train --pixels ${pixels} --out pixels-${pixels}`);
      return (JSON.parse(readFileSync(join(folder, `pixels-${pixels}/network.json`), 'utf8')) as { tensors: { shape: number[]; scale: number; zeroPoint: number }[] }).tensors[0] as never;
    };
    const [value, unit, signed] = [await input('value'), await input('unit'), await input('signed')];
    expect(value).toMatchObject({ shape: [1, 8, 8, 3], zeroPoint: -128 });
    expect(value.scale / unit.scale).toBeCloseTo(255, 3);
    expect(signed.zeroPoint).toBeGreaterThan(-10);
  });

  it('is compiled alike under an upper-case name, and otherwise with other pictures', async () => {
    await cli('compile UPPER.ONNX --calibration train --pixels unit --out upper');
    expect(image('upper')).toEqual(image('compiled/net'));
    await cli('compile net.onnx --calibration train --calibration-count 1 --pixels unit --out one');
    expect(image('one')).not.toEqual(image('compiled/net'));
  });

  it('is compiled alike with the same values in a .npy file', async () => {
    const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (6, 8, 8, 3), }".padEnd(117);
    const values = Array.from({ length: 6 }, (_, seed) => Array.from({ length: 192 }, (_unused, i) => (seed * 37 + (4 * Math.floor(i / 3) + (i % 3)) * 13) % 256)).flat();
    write('train.npy', Buffer.concat([Buffer.from('\x93NUMPY\x01\x00', 'latin1'), Buffer.from([118, 0]), Buffer.from(`${header}\n`), Buffer.from(Float32Array.from(values).buffer)]));
    await cli('compile net.onnx --calibration train --out from-pictures');
    expect(await cli('compile net.onnx --calibration train.npy --out from-npy')).toMatchObject({ exitCode: 0, err: '' });
    expect(image('from-npy')).toEqual(image('from-pictures'));
  });

  it('is pruned, and says so in JSON', async () => {
    const { exitCode, out, err } = await cli('compile net.onnx --calibration train --keep 2 --keep conv2d_3=3 --out pruned --json');
    expect([exitCode, err]).toEqual([0, '']);
    expect(JSON.parse(out)).toMatchObject({ network: 'net', pruning: { constraint: 'balanced', keep: { conv2d_2: 2, conv2d_3: 3, fc_1: 2 } } });
  });

  it('is estimated, for batches, another memory and core, with a drawing', async () => {
    const { exitCode, out, err } = await cli('estimate net.onnx --calibration train --keep 2 --pes 8 --batch 2 --memory-latency 40 --svg roofline.svg --json');
    expect([exitCode, err]).toEqual([0, '']);
    expect(JSON.parse(out)).toMatchObject({ network: 'net', batch: 2, config: { pes: 8 } });
    expect(readFileSync(join(folder, 'roofline.svg'), 'utf8')).toMatch(/^<svg .*<\/svg>\n$/s);
    expect((await cli('estimate net.onnx --calibration train')).out).toContain('conv2d_1');
  });

  it('is inspected, as a table and as JSON', async () => {
    expect((await cli('inspect net.onnx --calibration train')).out).toMatch(/^net\n16 PEs x 1 lane.*\nconv2d_1 .* 10x3x3x3 .*others +1 logistic, 1 mul, 1 add, 1 leaky-relu, 1 max-pool, 1 mean, 1 softmax\n/s);
    const { layers } = JSON.parse((await cli('inspect net.onnx --calibration train --json')).out) as { layers: { name: string }[] };
    expect(layers.map(({ name }) => name)).toEqual(['conv2d_1', 'conv2d_2', 'conv2d_3', 'fc_1']);
  });

  it('is not run on pictures that it was calibrated with, nor on those of another size', async () => {
    expect(await cli('sim net.onnx --calibration train --images train')).toMatchObject({ exitCode: 1, out: '', err: expect.stringContaining('scored image 0: it is calibration image 0') as string });
    writeFileSync(join(folder, 'large.png'), PNG.sync.write(new PNG({ width: 9, height: 8 })));
    expect((await cli('inspect net.onnx --calibration large.png')).err).toContain('large.png: 9 x 8 pixels; expected 8 x 8, what the network reads.');
    expect((await cli('inspect net.onnx --calibration large.png --resize bilinear')).exitCode).toBe(0);
  });

  it.each(['compile', 'estimate', 'inspect', 'sim'])('is refused by %s without it, with what to pass', async (command) => {
    expect(await cli(`${command} net.onnx`)).toEqual({
      exitCode: 1, out: '',
      err: 'gen-accel: model net.onnx: a float32 network, whose activations have no int8 scales yet; expected images to calibrate it with. ' +
        'Add --calibration FILE_OR_FOLDER: some hundred inputs such as training images, none of those that are scored.\n',
    });
  });
});

describe('a quantized .onnx model', () => {
  it('is compiled with its own scales, and takes no calibration', async () => {
    expect(await cli('compile quantized.onnx --out quantized')).toMatchObject({ exitCode: 0, err: '' });
    const { tensors } = JSON.parse(readFileSync(join(folder, 'quantized/network.json'), 'utf8')) as { tensors: { scale: number; zeroPoint: number }[] };
    expect(tensors[0]).toMatchObject({ scale: Math.fround(0.02), zeroPoint: -7 });
    expect((await cli('compile quantized.onnx --calibration train')).err).toBe('gen-accel: --calibration belongs to float networks, and quantized.onnx has its int8 scales. Leave out --calibration.\n');
  });
});

describe('a first dimension', () => {
  it.each([['N', 'letter'], [0, 'zero'], [-1, 'minus-one']] as const)('of %s is 1', async (batch, name) => {
    write(`${name}.onnx`, floatOnnx(1, { input: [batch, 3, 8, 8] }));
    expect(await cli(`compile ${name}.onnx --calibration train --pixels unit --out ${name}`)).toMatchObject({ exitCode: 0, err: '' });
    expect(image(name)).toEqual(image('compiled/net'));
  });

  it('of 4 is refused, and so is a dynamic height', async () => {
    write('four.onnx', floatOnnx(1, { input: [4, 3, 8, 8] }));
    write('height.onnx', floatOnnx(1, { input: [1, 3, 'height', 8] }));
    expect(await cli('compile four.onnx --calibration train')).toMatchObject({ exitCode: 1, out: '', err: 'gen-accel: ONNX node 0 "Conv_stem_out" (Conv, opset 13): batch 4; expected batch 1. Export the model with batch 1 or with a dynamic batch.\n' });
    expect(await cli('compile height.onnx --calibration train')).toEqual({
      exitCode: 1, out: '', err: 'gen-accel: ONNX input "x": dimension 2 is height; expected a number. Export the model with fixed sizes; the batch alone may be dynamic, and is 1 here.\n',
    });
  });
});

/** The float network with another operator in the place of LeakyRelu. */
const withOperator = (type: string, domain = ''): Uint8Array => floatOnnx(1, { more: (nodes) => nodes.map((node) => (node.op_type === 'LeakyRelu' ? onnxNode(type, ['sum'], 'leaky', [], domain) : node)) });

describe('what cannot be read', () => {
  write('unknown.onnx', withOperator('Erf'));
  write('custom.onnx', withOperator('Mystery', 'com.example'));
  write('empty.onnx', '');
  write('text.onnx', 'this is no model');
  write('cut.onnx', floatOnnx(1).subarray(0, 3000));
  write('tflite.onnx', writeTflite(smallNetwork(4)));
  write('onnx.tflite', floatOnnx(1));
  mkdirSync(join(folder, 'folder.onnx'));
  const commands = ['compile', 'estimate', 'inspect', 'sim'];

  it.each([
    ['unknown.onnx', /^gen-accel: ONNX node 7 "Erf_leaky" \(Erf, opset 13\): an operator that is not supported; expected one of the \d+ operators in docs\/onnx\.md\. .+\n$/],
    ['custom.onnx', /^gen-accel: ONNX node 7 "Mystery_leaky" \(com\.example\.Mystery, opset 1\): an operator that is not supported; expected one of the \d+ operators in docs\/onnx\.md\. .+\n$/],
    ['empty.onnx', /^gen-accel: model empty\.onnx: the file is empty; expected a TFLite or ONNX file\. Fetch or export it again\.\n$/],
    ['text.onnx', /^gen-accel: ONNX file: .*; expected a protobuf message\. The file is truncated or damaged; fetch or export it again, and see what onnx\.checker says\.\n$/],
    ['cut.onnx', /^gen-accel: ONNX file: \d+ bytes where \d+ are left at byte \d+; expected a protobuf message\. .+\n$/],
    ['tflite.onnx', /^gen-accel: model tflite\.onnx: a TFLite file; expected an ONNX file by its name\. Give it a name that ends in \.tflite\.\n$/],
    ['onnx.tflite', /^gen-accel: model onnx\.tflite: an ONNX file; expected a TFLite file by its name\. Give it a name that ends in \.onnx\.\n$/],
    ['folder.onnx', /^gen-accel: model folder\.onnx: .*; expected a TFLite or ONNX file\. .*\n$/],
    ['missing.onnx', /^gen-accel: model missing\.onnx: there is no such file; expected a TFLite or ONNX file\. Correct the path, or use "synthetic"\.\n$/],
  ])('%s is one line on standard error and exit code 1 in every command, with --json too; nothing is written', async (model, message) => {
    const before = readdirSync(folder).toSorted();
    for (const command of commands) {
      for (const json of ['', ' --json']) {
        const { exitCode, out, err } = await cli(`${command} ${model} --calibration train${json}`);
        expect({ command, exitCode, out }).toEqual({ command, exitCode: 1, out: '' });
        expect(err).toMatch(message);
      }
    }
    expect(readdirSync(folder).toSorted()).toEqual(before);
    expect(readdirSync(join(folder, 'compiled'))).toEqual(['net']);
  });
});

describe('an interrupted run', () => {
  /** Interrupts when the progress comes to a phase. */
  const interruptAt = (phase: string): Parameters<typeof runCli>[2] => {
    const stop = new AbortController();
    return { signal: stop.signal, progress: { write: (text: string) => { if (text.includes(phase)) stop.abort(); } } };
  };

  it.each(['compiling', 'image, listing', 'writing'])('of compile at "%s" leaves no folder and returns 130', async (phase) => {
    const before = readdirSync(folder).toSorted();
    const { exitCode, out, err } = await cli('compile net.onnx --calibration train --out deep/down', interruptAt(phase));
    expect([exitCode, out]).toEqual([130, '']);
    expect(err).toMatch(/^gen-accel: .*: interrupted; expected to finish\. Nothing was changed; run the command again\.\n$/);
    expect(readdirSync(folder).toSorted()).toEqual(before);
  });

  it('of compile leaves an earlier folder as it was', async () => {
    const before = tree('compiled/net');
    expect((await cli('compile net.onnx --calibration train --pixels signed', interruptAt('writing'))).exitCode).toBe(130);
    expect(tree('compiled/net')).toEqual(before);
    expect(readdirSync(join(folder, 'compiled'))).toEqual(['net']);
  });
});

it('--help of every command that takes a model says that ONNX is one', async () => {
  for (const command of ['compile', 'estimate', 'inspect', 'sim']) expect((await cli(`${command} --help`)).out.replace(/\s+/g, ' ')).toContain('model TFLite or ONNX file (int8, or float with --calibration)');
  expect(existsSync(join(folder, 'compiled'))).toBe(true);
});
