// SPDX-License-Identifier: Apache-2.0
/** Owns reading a model's bytes from the disk: regular files of a size that fits, and a word on files that are plainly something else. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { LIMITS, limitText } from '../graph/limits.js';
import { InputFileError, readingFile, type Purpose } from './input-file.js';

/** Bytes, and how a file that begins with them is made a model file. */
const NO_MODEL: readonly (readonly [begin: string, what: string, remedy: string])[] = [
  ['\x1f\x8b', 'a gzip file', 'Unpack it first: gunzip FILE.'],
  ['PK\x03\x04', 'a zip file', 'Unpack it first: unzip FILE.'],
  ['version https://git-lfs', 'a Git LFS pointer in place of the model', 'Fetch the model itself: git lfs pull.'],
  ['<', 'a web page or XML', 'Download the model file itself.'],
  ['\x89HDF', 'an HDF5 file (Keras)', 'Export it as TFLite (tf.lite.TFLiteConverter) or ONNX (tf2onnx).'],
];

const READ_BYTES = 2 ** 24;

/** Every byte of a regular file of at most `most` bytes. */
function readRegular(path: string, { where, expected }: Purpose, most: number): Uint8Array {
  // Without O_NONBLOCK a pipe that nobody writes to would be waited for.
  const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const status = fstatSync(file);
    if (status.isDirectory()) throw new InputFileError(where, 'it is a folder', expected, 'Name the file.');
    if (!status.isFile()) throw new InputFileError(where, 'it is a pipe or a device', expected, 'Copy it into a file first.');
    if (status.size > most) throw new InputFileError(where, `${status.size} bytes`, `${expected} of at most ${limitText(most)} bytes`, 'Use a smaller model.');
    const bytes = new Uint8Array(status.size);
    let at = 0;
    while (at < bytes.length) {
      const count = readSync(file, bytes, at, Math.min(READ_BYTES, bytes.length - at), at);
      // The file became shorter.
      if (count === 0) break;
      at += count;
    }
    return bytes.subarray(0, at);
  } finally {
    closeSync(file);
  }
}

/** Any regular file of at most `most` bytes. @throws InputFileError */
export const readRegularFile = (path: string, purpose: Purpose, most: number): Uint8Array => readingFile(purpose, path, () => readRegular(path, purpose, most));

/** ONNX by the file's ending, TFLite otherwise; what begins as the other is refused. @throws InputFileError */
export function readModelFile(path: string, purpose: Purpose): Uint8Array {
  const bytes = readRegularFile(path, purpose, LIMITS.fileBytes);
  if (bytes.length === 0) throw new InputFileError(purpose.where, 'the file is empty', purpose.expected, 'Fetch or export it again.');
  const begin = String.fromCharCode(...bytes.subarray(0, 32));
  const [isTflite, isOnnx] = [begin.startsWith('TFL3', 4), /^\x08[\x01-\x1f]/.test(begin)];
  const other = isTflite ? undefined : NO_MODEL.find(([bytesOf]) => begin.startsWith(bytesOf));
  if (other !== undefined) throw new InputFileError(purpose.where, other[1], purpose.expected, other[2]);
  const named = /\.onnx$/i.test(path);
  if (isTflite && named) throw new InputFileError(purpose.where, 'a TFLite file', 'an ONNX file by its name', 'Give it a name that ends in .tflite.');
  if (isOnnx && !isTflite && !named) throw new InputFileError(purpose.where, 'an ONNX file', 'a TFLite file by its name', 'Give it a name that ends in .onnx.');
  return bytes;
}
