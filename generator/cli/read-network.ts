// SPDX-License-Identifier: Apache-2.0
/** Owns reading what a simulation runs: a model file or a seeded network, and its input images. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { GenAccelError } from '../core/errors.js';
import { randomInput, syntheticResnet8 } from '../graph/synthetic.js';
import type { Network } from '../graph/network.js';
import { tensorById } from '../graph/query.js';
import { readImages, type InputImage } from '../import/images.js';
import { importTflite } from '../import/tflite/import.js';
import { plural } from '../report/plural.js';
import { elementCount } from '../tensor/tensor.js';

/** E_INPUT_FILE: a model or an image cannot be read, or there are too few images. */
export class InputFileError extends GenAccelError {
  constructor(where: string, found: string, expected: string, remedy: string, cause?: unknown) {
    super('E_INPUT_FILE', 'input', { where, found, expected, remedy }, { cause });
  }
}

function read<T>(where: string, path: string, expected: string, remedy: string, action: (path: string) => T): T {
  try {
    return action(path);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    throw new InputFileError(where, code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code ?? String(cause)})`, expected, remedy, cause);
  }
}

/** @throws InputFileError, and the errors of the importer */
export function readNetwork(model: string, seed: number, cwd: string): Network {
  if (model === 'synthetic') return syntheticResnet8(seed);
  const bytes = read(`model ${model}`, resolve(cwd, model), 'an int8 TFLite file', 'Correct the path, or use "synthetic".', (path) => readFileSync(path));
  return importTflite(bytes, basename(model).replace(/\.tflite$/i, ''));
}

export interface ImageRequest {
  /** File or folder; absent: one seeded input. */
  readonly images: string | undefined;
  readonly skip: number;
  readonly count: number;
  readonly seed: number;
}

/** @throws InputFileError, ImageFormatError, NpyFormatError */
export function readInputImages(network: Network, { images, skip, count, seed }: ImageRequest, cwd: string): InputImage[] {
  const seeded = (): InputImage[] => Array.from({ length: skip + count }, (_, i) => ({ data: randomInput(network, seed + i) }));
  const all = images === undefined ? seeded() : imagesOf(network, images, cwd);
  const chosen = all.slice(skip, skip + count);
  if (chosen.length < count) {
    throw new InputFileError(`--images ${images ?? ''}`, plural(all.length, 'image'), `${skip + count} (--skip ${skip} --count ${count})`, `Use --count ${Math.max(1, all.length - skip)}.`);
  }
  return chosen;
}

function imagesOf(network: Network, images: string, cwd: string): InputImage[] {
  const where = `--images ${images}`;
  const input = tensorById(network, network.inputs[0] ?? 0);
  const expected = 'a file or a folder of images';
  const remedy = 'Correct the path, or leave out --images for one seeded input.';
  const bytesOf = (file: string): Buffer => read(where, file, expected, remedy, (path) => readFileSync(path));
  const path = resolve(cwd, images);
  if (!read(where, path, expected, remedy, (found) => statSync(found).isDirectory())) return readImages(basename(path), bytesOf(path), input);

  const names = read(where, path, expected, remedy, (found) => readdirSync(found)).filter((name) => !name.startsWith('.')).sort();
  const files = names.map((name) => join(path, name)).filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile() === true);
  const size = elementCount(input.shape);
  const couldBeImages = (file: string): boolean => /\.(npy|bin)$/i.test(file) || (statSync(file).size > 0 && statSync(file).size % size === 0);
  if (!files.some(couldBeImages)) {
    const kinds = `CIFAR-10 records (.bin), .npy arrays, or raw int8 of a multiple of ${size} bytes`;
    throw new InputFileError(where, files.length === 0 ? 'the folder holds no file' : `the folder holds no image among ${plural(files.length, 'file')}`, kinds, remedy);
  }
  return files.flatMap((file) => readImages(basename(file), bytesOf(file), input));
}
