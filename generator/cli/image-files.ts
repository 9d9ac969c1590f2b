// SPDX-License-Identifier: Apache-2.0
/** Owns the reading of input images from a file or a folder, with the labels that a folder has. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { ImageFormatError, LabelError } from '../import/image-errors.js';
import { idxLabelName, isIdxLabelName, isIdxName, readIdxLabels } from '../import/idx.js';
import { readSources, type SourceImage } from '../import/images.js';
import { classNumbers, parseLabels } from '../import/labels.js';
import { isPictureName } from '../import/picture.js';
import type { ResizeMethod } from '../import/pixel-image.js';
import { plural } from '../report/plural.js';
import { elementCount, type Shape } from '../tensor/tensor.js';
import { InputFileError, readingFile, type Purpose } from './input-file.js';

const LABELS_FILE = 'labels.csv';
/** Lists and notes beside images. */
const NO_IMAGE = /\.(csv|txt|md|json)$/i;
const GZIP = /\.gz$/i;
/** No set of images that fits into memory is larger. */
const MOST_BYTES = 2 ** 31;

export interface ImageFiles {
  /** The option that names them, as it was given: `--images photos`. */
  readonly where: string;
  readonly path: string;
  /** Of the network's input. */
  readonly shape: Shape;
  readonly resize: ResizeMethod | undefined;
  /** No more than this many are read. */
  readonly limit: number;
}

interface ImageFile {
  /** Path within the folder, with /. */
  readonly name: string;
  readonly label?: number;
}

/** At most `limit` images in the order of the file names. Throws InputFileError, ImageFormatError, NpyFormatError, LabelError. */
export function readImageFiles({ where, path, shape, resize, limit }: ImageFiles, cwd: string): SourceImage[] {
  const purpose: Purpose = { where, expected: 'a file or a folder of images', remedy: `Correct the path${where.startsWith('--images') ? ', or leave out --images for one seeded input' : ''}.` };
  const root = resolve(cwd, path);
  const readFile = (file: string, name: string): SourceImage[] => {
    const images = readSources(name.replace(GZIP, ''), unpacked(purpose, file), shape, resize);
    return isIdxName(name.replace(GZIP, '')) ? withIdxLabels(images, purpose, file) : images;
  };
  if (!readingFile(purpose, root, (found) => statSync(found).isDirectory())) return readFile(root, basename(root)).slice(0, limit);

  const images: SourceImage[] = [];
  for (const { name, label } of filesOf(root, purpose, shape)) {
    if (images.length >= limit) break;
    const read = readFile(join(root, name), name);
    for (const image of read) images.push(label === undefined ? image : { ...image, label });
  }
  return images.slice(0, limit);
}

/** The bytes of a file; gzip is undone. */
const unpacked = (purpose: Purpose, path: string): Uint8Array =>
  readingFile(purpose, path, (file) => (GZIP.test(file) ? new Uint8Array(gunzipSync(readFileSync(file), { maxOutputLength: MOST_BYTES })) : readFileSync(file)));

/** The images with the labels of the IDX file beside them, if there is one. */
function withIdxLabels(images: readonly SourceImage[], purpose: Purpose, path: string): SourceImage[] {
  const plain = idxLabelName(path.replace(GZIP, ''));
  const file = [plain, `${plain}.gz`].find((name) => name.replace(GZIP, '') !== path.replace(GZIP, '') && existsSync(name));
  if (file === undefined) return [...images];
  const labels = readIdxLabels(unpacked(purpose, file), basename(file));
  if (labels.length !== images.length) throw new ImageFormatError(basename(file), plural(labels.length, 'label'), `${images.length}, one for every picture of ${basename(path)}`);
  return images.map((image, i) => ({ ...image, label: labels[i] as number }));
}

function entries(folder: string, purpose: Purpose): { readonly files: string[]; readonly folders: string[] } {
  const names = readingFile(purpose, folder, (found) => readdirSync(found)).filter((name) => !name.startsWith('.')).sort();
  const kindOf = (name: string) => statSync(join(folder, name), { throwIfNoEntry: false });
  return { files: names.filter((name) => kindOf(name)?.isFile() === true), folders: names.filter((name) => kindOf(name)?.isDirectory() === true) };
}

/** Files of the folder, then those of its sub-folders; labels from labels.csv, else from the names of sub-folders. */
function filesOf(root: string, purpose: Purpose, shape: Shape): ImageFile[] {
  const { files, folders } = entries(root, purpose);
  const classes = folders.map((folder) => ({ folder, files: entries(join(root, folder), purpose).files.filter((name) => isPictureName(name)) })).filter((one) => one.files.length > 0);
  const names = [...files.filter((name) => !NO_IMAGE.test(name) && !isIdxLabelName(name.replace(GZIP, ''))), ...classes.flatMap((one) => one.files.map((name) => `${one.folder}/${name}`))];
  const size = elementCount(shape);
  const bytes = (name: string): number => statSync(join(root, name)).size;
  const couldBeImages = (name: string): boolean => isPictureName(name) || isIdxName(name) || /\.(npy|bin|gz)$/i.test(name) || (bytes(name) > 0 && bytes(name) % size === 0);
  if (!names.some(couldBeImages)) {
    const kinds = `PNG, JPEG or BMP pictures, IDX files, CIFAR-10 records (.bin), .npy arrays, or raw int8 of a multiple of ${size} bytes`;
    throw new InputFileError(purpose.where, files.length === 0 ? 'the folder holds no file' : `the folder holds no image among ${plural(files.length, 'file')}`, kinds, purpose.remedy);
  }
  const list = join(root, LABELS_FILE);
  if (existsSync(list)) {
    const labels = parseLabels(readingFile(purpose, list, (found) => readFileSync(found, 'utf8')), LABELS_FILE);
    return names.map((name) => {
      const label = labels.get(name) ?? labels.get(basename(name));
      if (label !== undefined) return { name, label };
      if (isPictureName(name)) throw new LabelError(join(purpose.where, LABELS_FILE), `no line for ${name}`, 'a line for every picture');
      return { name };
    });
  }
  const numbers = classNumbers(classes.map(({ folder }) => folder));
  return names.map((name) => {
    const label = name.includes('/') ? numbers.get(name.split('/')[0] as string) : undefined;
    return label === undefined ? { name } : { name, label };
  });
}
