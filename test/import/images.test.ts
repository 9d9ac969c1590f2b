// SPDX-License-Identifier: Apache-2.0
/** Holds the image readers to files built byte by byte, and their errors to their texts. */

import { describe, expect, it } from 'vitest';
import { createRandom } from '../../generator/core/random.js';
import { GenAccelError } from '../../generator/core/errors.js';
import { ImageFormatError, readCifarRecords, readImages, readNpyImages, readRawInt8, type InputSpec } from '../../generator/import/images.js';
import { NpyFormatError, parseNpy } from '../../generator/import/npy.js';
import { dataPath, readData } from '../support/data.js';

const cifarInput: InputSpec = { shape: [1, 32, 32, 3], quantization: { scale: 1, zeroPoint: -128 } };
const smallInput: InputSpec = { shape: [1, 2, 2, 3], quantization: { scale: 0.5, zeroPoint: 3 } };

function cifarRecord(label: number, seed: number): Uint8Array {
  const random = createRandom(seed);
  return Uint8Array.from({ length: 3073 }, (_, i) => (i === 0 ? label : random.integer(0, 255)));
}

const join = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));

function npy(descr: string, shape: string, data: Uint8Array, version = 1, order = 'False'): Uint8Array {
  const header = new TextEncoder().encode(`{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }          \n`);
  const length = new Uint8Array(version === 1 ? 2 : 4);
  new DataView(length.buffer).setUint16(0, header.length, true);
  return join(Uint8Array.from([0x93, ...new TextEncoder().encode('NUMPY'), version, 0]), length, header, data);
}

describe('readCifarRecords', () => {
  it('turns planes into NHWC and takes 128 off', () => {
    const record = cifarRecord(7, 1);
    const [first, second, ...rest] = readCifarRecords(join(record, cifarRecord(2, 2)));
    expect([first!.label, second!.label, rest.length]).toEqual([7, 2, 0]);
    for (const [y, x, c] of [[0, 0, 0], [0, 0, 2], [31, 31, 1], [5, 17, 2]] as const) {
      expect(first!.data[(y * 32 + x) * 3 + c]).toBe(record[1 + c * 1024 + y * 32 + x]! - 128);
    }
  });

  it('refuses a partial record, an empty file and a label above 9', () => {
    expect(() => readCifarRecords(new Uint8Array(3072), 'a.bin')).toThrow(ImageFormatError);
    expect(() => readCifarRecords(new Uint8Array(3072), 'a.bin')).toThrow(
      'a.bin: 3072 bytes; expected a positive multiple of 3073 (1 label, 3 x 1024 pixels). Pass PNG, JPEG or BMP pictures, IDX files, CIFAR-10 binary records (.bin), a .npy array or raw int8 of the size of the network input.',
    );
    expect(() => readCifarRecords(new Uint8Array(0))).toThrow(ImageFormatError);
    expect(() => readCifarRecords(join(cifarRecord(3, 1), cifarRecord(10, 1)), 'a.bin')).toThrow('a.bin, record 1: label 10; expected 0..9');
  });

  it.skipIf(dataPath('cifar10/dev500_cifarbin.bin') === undefined)('reads the 500 labels of dev500', () => {
    const rows = new TextDecoder().decode(readData('cifar10/dev500_index.csv')).trim().split('\n');
    const column = rows[0]!.split(',').findIndex((name) => name.trim() === 'label');
    const labels = readCifarRecords(readData('cifar10/dev500_cifarbin.bin')).map((image) => image.label);
    expect(labels).toEqual(rows.slice(1).map((row) => Number(row.split(',')[column])));
  });
});

describe('readNpyImages', () => {
  const bytes = Uint8Array.from({ length: 24 }, (_, i) => i * 10);

  it('reads a file that is a Buffer of Node, alone or a part of another one', () => {
    const reals = Float32Array.from({ length: 24 }, (_, i) => i / 7);
    const file = npy('<f4', '(2, 2, 2, 3)', new Uint8Array(reals.buffer));
    for (const before of [0, 24]) {
      const part = Buffer.concat([Buffer.alloc(before, 0x55), file]).subarray(before);
      expect(parseNpy(part).data).toEqual(reals);
      expect(parseNpy(Buffer.concat([Buffer.alloc(before), npy('|i1', '(24,)', bytes)]).subarray(before)).data).toEqual(new Int8Array(bytes.buffer));
    }
  });

  it('takes int8 as it is, versions 1 and 2, one image or several', () => {
    const expected = [...new Int8Array(bytes.buffer)];
    for (const version of [1, 2]) {
      const images = readNpyImages(npy('|i1', '(2, 2, 2, 3)', bytes, version), smallInput);
      expect(images.map((image) => [...image.data])).toEqual([expected.slice(0, 12), expected.slice(12)]);
    }
    expect(readNpyImages(npy('|i1', '(2, 2, 3)', bytes.slice(0, 12)), smallInput).map((image) => [...image.data])).toEqual([expected.slice(0, 12)]);
  });

  it('quantizes uint8 and float32 with the scale and zero point of the input', () => {
    const [pixels] = readNpyImages(npy('|u1', '(1, 2, 2, 3)', bytes.slice(0, 12)), { ...smallInput, quantization: { scale: 1, zeroPoint: -128 } });
    expect([...pixels!.data]).toEqual([...bytes.slice(0, 12)].map((value) => value - 128));
    const reals = new Float32Array([0, 0.25, -0.25, 0.5, 1, 62, 63, -65.5, -66, 1e9, -1e9, 0.2]);
    const [image] = readNpyImages(npy('<f4', '(1, 2, 2, 3)', new Uint8Array(reals.buffer)), smallInput);
    expect([...image!.data]).toEqual([3, 4, 2, 4, 5, 127, 127, -128, -128, 127, -128, 3]);
  });

  it('refuses other shapes, types, orders and sizes by their text', () => {
    expect(() => readNpyImages(npy('|i1', '(2, 3, 2, 2)', bytes), smallInput, 'x.npy')).toThrow('x.npy: shape 2x3x2x2; expected Nx2x2x3 or 2x2x3');
    expect(() => parseNpy(npy('<f8', '(3,)', bytes), 'x.npy')).toThrow('x.npy: type <f8; expected |i1, |u1, <f4');
    expect(() => parseNpy(npy('|i1', '(24,)', bytes, 1, 'True'), 'x.npy')).toThrow('x.npy: Fortran order; expected C order');
    expect(() => parseNpy(npy('|i1', '(25,)', bytes), 'x.npy')).toThrow('x.npy: 24 bytes of data; expected 25 for shape (25) of int8');
    expect(() => parseNpy(npy('|i1', '(24,)', bytes, 3), 'x.npy')).toThrow('x.npy: format version 3; expected 1 or 2');
    expect(() => parseNpy(bytes, 'x.npy')).toThrow(NpyFormatError);
    expect(() => readNpyImages(npy('<f4', '(1, 2, 2, 3)', new Uint8Array(new Float32Array(12).fill(NaN).buffer)), smallInput)).toThrow('the value NaN; expected finite numbers');
  });

  it('gives typed errors at every truncation', () => {
    const whole = npy('|i1', '(24,)', bytes);
    for (let length = 0; length < whole.length; length++) expect(() => parseNpy(whole.slice(0, length))).toThrow(GenAccelError);
    expect(parseNpy(whole)).toMatchObject({ shape: [24], type: 'int8' });
  });
});

describe('readImages', () => {
  it('chooses the format from name and size', () => {
    expect(readImages('a.bin', cifarRecord(4, 1), cifarInput)[0]!.label).toBe(4);
    expect(readImages('a.bin', new Uint8Array(3072), cifarInput)[0]!.label).toBeUndefined();
    expect(readImages('a.dat', new Uint8Array(24), smallInput).length).toBe(2);
    expect(readImages('A.NPY', npy('|i1', '(2, 2, 3)', new Uint8Array(12)), smallInput).length).toBe(1);
  });

  it('refuses raw data of a wrong size', () => {
    expect(() => readRawInt8(new Uint8Array(13), smallInput, 'x.dat')).toThrow('x.dat: 13 bytes; expected a positive multiple of 12 (1x2x2x3)');
    expect(() => readRawInt8(new Uint8Array(0), smallInput)).toThrow(ImageFormatError);
  });
});
