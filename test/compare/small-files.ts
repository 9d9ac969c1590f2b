// SPDX-License-Identifier: Apache-2.0
/** Writes what a small comparison reads: a seeded float network of three layers, and folders of seeded images. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRandom } from '../../generator/core/random.js';
import { writeOnnx } from '../../generator/exchange/onnx/write.js';
import { floatChain, randomConv } from '../support/float-network.js';

/** Records of CIFAR's kind do not fit 6 x 6 pixels: .npy pixels with labels beside them. */
export function writeImages(folder: string, seed: number, count: number, { labelled = true, height = 6 } = {}): void {
  const random = createRandom(seed);
  const header = `{'descr': '|u1', 'fortran_order': False, 'shape': (1, ${height}, 6, 3), }`;
  const head = `${header}${' '.repeat(63 - ((10 + header.length) % 64))}\n`;
  mkdirSync(folder, { recursive: true });
  const files = Array.from({ length: count }, (_, i) => `${String(i).padStart(2, '0')}.npy`);
  for (const file of files) {
    const pixels = Uint8Array.from({ length: 18 * height }, () => Math.floor(256 * random.next()));
    writeFileSync(join(folder, file), Buffer.concat([Buffer.from([0x93]), Buffer.from('NUMPY'), Buffer.from([1, 0, head.length & 255, head.length >> 8]), Buffer.from(head), pixels]));
  }
  if (labelled) writeFileSync(join(folder, 'labels.csv'), files.map((file, i) => `${file},${i % 4}\n`).join(''));
}

/** 3 channels, 16, 24, and four classes. */
export function writeFloatNetwork(path: string, seed: number): void {
  const random = createRandom(seed);
  const network = floatChain([1, 6, 6, 3], [
    { kind: 'conv2d', shape: [1, 6, 6, 16], ...randomConv(random, 3, 16) },
    { kind: 'relu', shape: [1, 6, 6, 16], activationMin: 0, activationMax: Infinity },
    { kind: 'conv2d', shape: [1, 6, 6, 24], ...randomConv(random, 16, 24) },
    { kind: 'relu', shape: [1, 6, 6, 24], activationMin: 0, activationMax: Infinity },
    { kind: 'mean', shape: [1, 24] },
    { kind: 'fully-connected', shape: [1, 4], weights: { name: 'fc', layout: 'OHWI', shape: [4, 1, 1, 24], data: Float32Array.from({ length: 96 }, () => random.next() - 0.5) }, bias: new Float32Array(4), activationMin: -Infinity, activationMax: Infinity },
  ]);
  writeFileSync(path, writeOnnx(network).bytes);
}
