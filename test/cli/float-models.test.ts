// SPDX-License-Identifier: Apache-2.0
/** Checks float models and folders of pictures at the command line: calibration, labels, what is refused and how. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { afterAll, describe, expect, it } from 'vitest';
import { readCalibrationOptions } from '../../generator/cli/calibration-option.js';
import { CalibrationNeededError, readInputImages, readModel, readNetwork } from '../../generator/cli/read-network.js';
import { layerCommand } from '../../generator/cli/sim-options.js';
import { LabelError } from '../../generator/import/image-errors.js';
import { CalibrationOverlapError } from '../../generator/quantize/post-training/errors.js';
import { asFloat } from '../support/float-network.js';
import { runCli } from '../support/run-cli.js';
import { smallNetwork } from '../support/small-network.js';
import { writeTflite } from '../support/tflite-writer.js';

const folder = mkdtempSync(join(tmpdir(), 'gen-accel-float-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const cli = (line: string) => runCli(line.split(' '), folder);

/** Six columns, five rows: what the small network reads. Every seed is another picture. */
function write(path: string, seed: number, width = 6, height = 5): void {
  const image = new PNG({ width, height });
  image.data = Buffer.from(Array.from({ length: width * height * 4 }, (_, i) => (i % 4 === 3 ? 255 : (seed * 31 + i * 17) % 256)));
  writeFileSync(join(folder, path), PNG.sync.write(image));
}

writeFileSync(join(folder, 'float.tflite'), writeTflite(smallNetwork(4), { tensor: asFloat }));
writeFileSync(join(folder, 'int8.tflite'), writeTflite(smallNetwork(4)));
for (const name of ['train', 'test', 'test/cat', 'test/dog', 'test/notes', 'listed', 'both', 'large', 'unlisted', 'bad']) mkdirSync(join(folder, name));
for (const i of [0, 1, 2, 3]) write(`train/${i}.png`, i);
for (const i of [10, 11]) write(`test/dog/${i}.png`, i);
write('test/cat/12.png', 12);
writeFileSync(join(folder, 'test/notes/read.md'), 'no picture');
for (const name of ['b', 'a']) write(`listed/${name}.png`, name.charCodeAt(0));
writeFileSync(join(folder, 'listed/labels.csv'), 'file,label\nb.png,1\na.png,2\n');
write('both/x.png', 20);
write('both/y.png', 2);
write('large/x.png', 9, 12, 10);
write('unlisted/x.png', 9);
writeFileSync(join(folder, 'unlisted/labels.csv'), 'y.png,1\n');
writeFileSync(join(folder, 'bad/x.png'), 'no picture at all, but longer than the header of a PNG is');

const options = (over: Partial<ReturnType<typeof readCalibrationOptions>> = {}) => ({ ...readCalibrationOptions({ calibration: 'train' }), ...over });

describe('a float model', () => {
  it('without calibration is refused with what to pass', async () => {
    expect(() => readNetwork('float.tflite', 1, folder)).toThrow(CalibrationNeededError);
    for (const command of ['sim', 'compile', 'inspect']) {
      expect(await cli(`${command} float.tflite`)).toEqual({
        exitCode: 1, out: '',
        err: 'gen-accel: model float.tflite: a float32 network, whose activations have no int8 scales yet; expected images to calibrate it with. ' +
          'Add --calibration FILE_OR_FOLDER: some hundred inputs such as training images, none of those that are scored.\n',
      });
    }
  });

  it('becomes an int8 network of its own name, quantized on the calibration images', () => {
    const loaded = readModel('float.tflite', 1, folder, options());
    expect([loaded.network.name, loaded.calibration?.length]).toEqual(['float', 4]);
    expect(loaded.network.ops.map(({ kind }) => kind)).toEqual(smallNetwork(4).ops.map(({ kind }) => kind));
    expect(readModel('float.tflite', 1, folder, options({ calibrationCount: 2 })).calibration).toEqual(loaded.calibration?.slice(0, 2));
    const images = readInputImages(loaded, { images: 'test', skip: 0, count: 3, seed: 1 }, folder);
    const { scale, zeroPoint } = loaded.network.tensors[loaded.network.inputs[0]!]!.quantization;
    expect([...images[0]!.data].slice(0, 3)).toEqual([0, 17, 34].map((step) => Math.round(((12 * 31 + step) % 256) / scale) + zeroPoint));
  });

  it('is not scored on images that it was calibrated with: the command line refuses', async () => {
    expect(() => readInputImages(readModel('float.tflite', 1, folder, options()), { images: 'both', skip: 0, count: 2, seed: 1 }, folder)).toThrow(CalibrationOverlapError);
    expect(await cli('sim float.tflite --calibration train --images both --count 2')).toEqual({
      exitCode: 1, out: '',
      err: 'gen-accel: scored image 1: it is calibration image 2; expected images that the calibration has not seen. Calibrate on other images, such as training images.\n',
    });
    expect(await cli('sim float.tflite --calibration train --images train')).toMatchObject({ exitCode: 1, err: expect.stringContaining('scored image 0: it is calibration image 0') as string });
    // The image before it is another one.
    expect(readInputImages(readModel('float.tflite', 1, folder, options()), { images: 'both', skip: 0, count: 1, seed: 1 }, folder)).toHaveLength(1);
  });

  it('reads pixels as it is told, calibration and images alike', () => {
    const unit = readModel('float.tflite', 1, folder, options({ pixels: 'unit' }));
    const value = readModel('float.tflite', 1, folder, options());
    const scaleOf = ({ network }: typeof unit): number => network.tensors[network.inputs[0]!]!.quantization.scale;
    expect(scaleOf(value) / scaleOf(unit)).toBeCloseTo(255, 3);
    const read = (model: typeof unit, pixels?: 'unit') => readInputImages(model, { images: 'test', skip: 0, count: 1, seed: 1, pixels }, folder)[0]!.data;
    expect(read(unit, 'unit')).toEqual(read(value));
  });

  it('refuses meanings that int8 networks alone have, and calibration of an int8 network', async () => {
    expect((await cli('inspect float.tflite --calibration train --pixels shift')).err).toBe('gen-accel: --pixels shift belongs to int8 networks. Use --pixels value, unit or signed, as the network was trained.\n');
    expect((await cli('inspect int8.tflite --calibration train')).err).toBe('gen-accel: --calibration belongs to float networks, and int8.tflite has its int8 scales. Leave out --calibration.\n');
    expect((await cli('inspect float.tflite --calibration-count 3')).err).toBe('gen-accel: --calibration-count needs --calibration. Name the images with --calibration.\n');
    expect((await cli('inspect float.tflite --calibration train --calibration-count 0')).err).toContain('--calibration-count 0 is not an integer from 1');
    expect((await cli('inspect float.tflite --calibration nowhere')).err).toBe('gen-accel: --calibration nowhere: there is no such file; expected a file or a folder of images. Correct the path.\n');
  });

  it('is inspected and named like an int8 one', async () => {
    const { exitCode, out } = await cli('inspect float.tflite --calibration train --json');
    expect(exitCode).toBe(0);
    expect(out).toContain('conv2d_1');
  });

  it('keeps its calibration in the command that repeats a layer', () => {
    const args = { 'model': 'float.tflite', 'calibration': 'train', 'calibration-count': '7', 'pixels': 'unit', 'resize': 'nearest', 'images': 'test' };
    expect(layerCommand(args, { run: 'network', image: 0, layer: 'conv2d_1', window: [0, 9] })).toContain('--calibration train --calibration-count 7 --pixels unit --resize nearest --images test');
  });
});

describe('a folder of pictures', () => {
  const network = readNetwork('int8.tflite', 1, folder);
  const labels = (images: string, count: number) => readInputImages(network, { images, skip: 0, count, seed: 1 }, folder).map(({ label }) => label);

  it('has labels from its sub-folders in alphabetical order, or from labels.csv', () => {
    expect(labels('test', 3)).toEqual([0, 1, 1]);
    expect(labels('listed', 2)).toEqual([2, 1]);
    expect(labels('both', 2)).toEqual([undefined, undefined]);
    expect(() => labels('unlisted', 1)).toThrow(LabelError);
    expect(() => labels('unlisted', 1)).toThrow('no line for x.png; expected a line for every picture');
  });

  it('becomes pixels - 128 for an int8 network', () => {
    const [image] = readInputImages(network, { images: 'train', skip: 1, count: 1, seed: 1 }, folder);
    expect([...image!.data].slice(0, 4)).toEqual([31, 48, 65, 31 + 4 * 17].map((x) => x - 128));
  });

  it('of another size is refused, or resized', async () => {
    expect((await cli('sim int8.tflite --images large')).err).toBe('gen-accel: x.png: 12 x 10 pixels; expected 6 x 5, what the network reads. Resize the picture, or add --resize nearest or --resize bilinear.\n');
    expect(readInputImages(network, { images: 'large', skip: 0, count: 1, seed: 1, resize: 'bilinear' }, folder)).toHaveLength(1);
    expect((await cli('sim int8.tflite --images large --resize cubic')).err).toBe('gen-accel: --resize cubic is none of nearest, bilinear. Use --resize nearest.\n');
  });

  it('with a damaged picture is refused by its name', async () => {
    expect((await cli('sim int8.tflite --images bad')).err).toBe('gen-accel: x.png: 57 bytes without a PNG header; expected a PNG image. Pass PNG, JPEG or BMP pictures, IDX files, CIFAR-10 binary records (.bin), a .npy array or raw int8 of the size of the network input.\n');
  });

  it('that is too small says how many there are', async () => {
    expect((await cli('sim int8.tflite --images test --count 4')).err).toBe('gen-accel: --images test: 3 images; expected 4 (--skip 0 --count 4). Use --count 3.\n');
  });
});
