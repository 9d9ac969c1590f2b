// SPDX-License-Identifier: Apache-2.0
/** Checks the words of `gen-accel sim`: what is refused and how, and the command that a mismatch prints. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createProgress } from '../../generator/cli/progress.js';
import { readInputImages, readNetwork } from '../../generator/cli/read-network.js';
import { layerCommand, readSimOptions } from '../../generator/cli/sim-options.js';
import { runCli } from '../support/run-cli.js';

const folder = mkdtempSync(join(tmpdir(), 'gen-accel-sim-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const cli = (line: string) => runCli(['sim', ...line.split(' ').filter((word) => word !== '')], folder);

mkdirSync(join(folder, 'empty'));
mkdirSync(join(folder, 'many'));
mkdirSync(join(folder, 'others/inner'), { recursive: true });
writeFileSync(join(folder, 'others/README.txt'), 'no image');
symlinkSync('nowhere', join(folder, 'others/dangling.bin'));
writeFileSync(join(folder, 'two.raw'), new Uint8Array(2 * 3072));
writeFileSync(join(folder, 'short.raw'), new Uint8Array(100));
writeFileSync(join(folder, 'text.tflite'), 'no model');
for (const [i, name] of ['b.raw', 'a.raw', '.hidden'].entries()) writeFileSync(join(folder, 'many', name), new Uint8Array(3072).fill(i + 1));

describe('gen-accel sim', () => {
  it.each([
    ['--keep two', '--keep two is neither N nor LAYER=N. Use --keep 2, or --keep conv2d_4=2.'],
    ['--keep 2 --keep 4', '--keep was given twice. Give it once.'],
    ['--keep conv2d_2=1 --keep conv2d_2=3', '--keep conv2d_2 was given twice. Give it once.'],
    ['--count 0', '--count 0 is not an integer from 1 to 2147483647. Use --count 1.'],
    ['--latency 1', '--latency 1 is not an integer from 3 to 1000. Use --latency 3.'],
    ['--seed 1 --seed 2', '--seed was given 2 times. Give it once.'],
    ['--simulator modelsim', '--simulator modelsim is none of verilator, icarus. Use --simulator verilator.'],
    ['--constraint unconstrained', '--constraint unconstrained needs --keep. Add --keep 2.'],
    ['--compare-unconstrained', '--compare-unconstrained needs --keep. Add --keep 2.'],
    ['--trace-to 100', '--trace-file, --trace-from and --trace-to belong to --trace. Add --trace fst.'],
    ['--trace fst --trace-from 9 --trace-to 9', '--trace-to 9 is not after --trace-from 9. Choose a later end.'],
    ['--layer add_1', '--layer add_1: add is computed at the drain of conv2d_3. Use --layer conv2d_3.'],
    ['--layer softmax_1', '--layer softmax_1: softmax runs on the host. Choose a convolution or a fully connected layer.'],
    ['--layer reshape_1', '--layer reshape_1: reshape is a matter of place in memory. Choose a convolution or a fully connected layer.'],
    ['--fault avgpool_1', '--fault avgpool_1: average-pool has no weights. Choose a convolution or a fully connected layer.'],
    ['--frames 3', 'Unknown argument: frames. See gen-accel --help.'],
  ])('%s is refused', async (line, sentence) => {
    expect(await cli(line)).toEqual({ exitCode: 1, out: '', err: `gen-accel: ${sentence}\n` });
  });

  it.each([
    ['nothing.tflite', 'model nothing.tflite: there is no such file; expected a TFLite or ONNX file. Correct the path, or use "synthetic".'],
    ['--images nowhere', '--images nowhere: there is no such file; expected a file or a folder of images. Correct the path, or leave out --images for one seeded input.'],
    ['--images empty', '--images empty: the folder holds no file; expected PNG, JPEG or BMP pictures, IDX files, CIFAR-10 records (.bin), .npy arrays, or raw int8 of a multiple of 3072 bytes. Correct the path, or leave out --images for one seeded input.'],
    ['--images others', '--images others: the folder holds no image among 1 file; expected PNG, JPEG or BMP pictures, IDX files, CIFAR-10 records (.bin), .npy arrays, or raw int8 of a multiple of 3072 bytes. Correct the path, or leave out --images for one seeded input.'],
    ['--images two.raw --count 3', '--images two.raw: 2 images; expected 3 (--skip 0 --count 3). Use --count 2.'],
    ['--images short.raw', 'short.raw: 100 bytes; expected a positive multiple of 3072 (1x32x32x3). Pass PNG, JPEG or BMP pictures, IDX files, CIFAR-10 binary records (.bin), a .npy array or raw int8 of the size of the network input.'],
    ['--keep 9', '--keep: keep 9; expected an integer from 1 to the group size 8. Use --keep 8, or a larger --group.'],
    ['--keep conv2d_1=2', 'layer conv2d_1: balanced:2/8, but the layer is left dense: it has 3 input channels, fewer than a group of 8; expected a layer that can be pruned. Leave conv2d_1 out.'],
  ])('%s is refused with the reason', async (line, sentence) => {
    expect(await cli(line)).toEqual({ exitCode: 1, out: '', err: `gen-accel: ${sentence}\n` });
  });

  it('says which layers there are', async () => {
    const { exitCode, err } = await cli('--layer conv2d_99');
    expect(exitCode).toBe(1);
    expect(err).toContain('--layer: no layer is named "conv2d_99"; expected one of conv2d_1, conv2d_2');
  });

  it('refuses a file that is no model', async () => {
    expect(await cli('text.tflite')).toMatchObject({ exitCode: 1, out: '' });
  });
});

describe('images', () => {
  const network = readNetwork('synthetic', 1, folder);
  const read = (images: string | undefined, skip: number, count: number) => readInputImages(network, { images, skip, count, seed: 1 }, folder);

  it('of a folder come in the order of the file names, hidden files left out', () => {
    expect(read('many', 0, 2).map(({ data }) => data[0])).toEqual([2, 1]);
    expect(read('many', 1, 1).map(({ data }) => data[0])).toEqual([1]);
  });

  it('are seeded without a file, and the same after --skip', () => {
    const three = read(undefined, 0, 3);
    expect(read(undefined, 2, 1)).toEqual(three.slice(2));
    expect(three[0]).not.toEqual(three[1]);
  });
});

describe('the command for a layer alone', () => {
  const args = { model: 'a b.tflite', pes: '12', keep: ['2', 'fc_1=4'], images: 'x.bin', count: '20', json: true, seed: '7', 'compare-unconstrained': true };
  const at = { image: 3, layer: 'conv2d_3', window: [10, 900] as const };

  it('repeats hardware, pruning and image, and adds the trace window', () => {
    expect(layerCommand(args, { ...at, run: 'network' })).toBe(
      "gen-accel sim 'a b.tflite' --pes 12 --seed 7 --images x.bin --skip 3 --keep 2 --keep fc_1=4 --layer conv2d_3 --trace fst --trace-from 10 --trace-to 900",
    );
  });

  it('prunes as the run in which the mismatch was', () => {
    expect(layerCommand(args, { ...at, run: 'dense' })).not.toContain('--keep');
    expect(layerCommand(args, { ...at, run: 'unconstrained' })).toContain('--keep fc_1=4 --constraint unconstrained');
  });

  it('is read back as the same options', () => {
    const options = readSimOptions({ model: 'm', keep: ['2', 'fc_1=4'], constraint: 'unconstrained', layer: 'fc_1', trace: 'fst', 'trace-from': '10', 'trace-to': '900' });
    expect(options).toMatchObject({ keep: { default: { kind: 'keep', keep: 2 } }, constraint: 'unconstrained', layer: 'fc_1', trace: { format: 'fst', from: 10, to: 900 }, count: 1, rows: true, dense: true });
    expect(options.keep?.layers.get('fc_1')).toEqual({ kind: 'keep', keep: 4 });
  });
});

describe('progress', () => {
  it('is a line a phase where there is no terminal', () => {
    const written: string[] = [];
    const view = createProgress({ write: (text) => written.push(text) });
    for (const [done, phase] of [[0, 'one'], [1, 'one'], [2, 'two']] as const) view.show({ done, all: 3, phase, detail: 'x' });
    view.stop();
    expect(written).toEqual(['one\n', 'two\n']);
  });

  it('is a bar on a terminal', () => {
    const written: string[] = [];
    const stream = { isTTY: true, columns: 80, write: (text: string) => written.push(text), cursorTo: () => true, clearLine: () => true, moveCursor: () => true, on: () => undefined };
    const view = createProgress(stream);
    view.show({ done: 1, all: 3, phase: 'image 1', detail: 'conv2d_1' });
    view.stop();
    expect(written.join('')).toContain('image 1: conv2d_1');
  });
});
