// SPDX-License-Identifier: Apache-2.0
/**
 * The same model gives the same files, byte for byte: in two processes that differ in all that a machine may differ in, and against
 * the sums in sums.txt, which hold another machine or another Node to them. After a change of what is generated, write the sums
 * again with `npx vitest run test/determinism -u` and commit them.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generate } from '../../generator/cli/library.js';
import { createRandom } from '../../generator/core/random.js';
import { readPicture } from '../../generator/import/picture.js';
import { fitPixels } from '../../generator/import/pixel-image.js';
import { asFloat } from '../support/float-network.js';
import { floatOnnx, quantizedOnnx } from '../support/onnx-writer.js';
import { smallNetwork } from '../support/small-network.js';
import { writeTflite } from '../support/tflite-writer.js';
import { pictureBytes, PICTURES } from './pictures.js';

const here = dirname(fileURLToPath(import.meta.url));
const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const folder = mkdtempSync(join(tmpdir(), 'gen-accel-machines-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function picture(seed: number, width: number, height: number): Uint8Array {
  const random = createRandom(seed);
  const image = new PNG({ width, height });
  image.data = Buffer.from(Array.from({ length: width * height * 4 }, (_, i) => (i % 4 === 3 ? 255 : random.integer(0, 255))));
  return PNG.sync.write(image);
}

/** The models and their calibration pictures; the order in which the files are made is the order in which some disks list them. */
function writeModels(into: string, order: <T>(items: T[]) => T[]): void {
  const files: [string, Uint8Array][] = [
    ['real.onnx', floatOnnx(1)], ['int8.onnx', quantizedOnnx(2)],
    ['real.tflite', writeTflite(smallNetwork(3), { tensor: asFloat })], ['int8.tflite', writeTflite(smallNetwork(4))],
    ...Array.from({ length: 12 }, (_, i): [string, Uint8Array] => [`train8/${i}.png`, picture(i, 8, 8)]),
    ...Array.from({ length: 12 }, (_, i): [string, Uint8Array] => [`train/Ä${i}.png`, picture(100 + i, 6, 5)]),
  ];
  for (const [path, bytes] of order(files)) {
    mkdirSync(dirname(join(into, path)), { recursive: true });
    writeFileSync(join(into, path), bytes);
  }
}

interface Machine {
  readonly name: string;
  readonly order: <T>(items: T[]) => T[];
  readonly environment: Readonly<Record<string, string>>;
  readonly umask: number;
  /** Flags of the engine. */
  readonly engine: readonly string[];
}

const MACHINES: readonly Machine[] = [
  { name: 'one', order: (items) => items, environment: { TZ: 'UTC', LC_ALL: 'C', LANG: 'C' }, umask: 0o022, engine: [] },
  // Turkish sorts and capitalizes otherwise; the interpreter alone computes what the compiler of hot code computes elsewhere.
  { name: 'zwei ı', order: (items) => items.toReversed(), environment: { TZ: 'Pacific/Kiritimati', LC_ALL: 'tr_TR.UTF-8', LANG: 'tr_TR.UTF-8' }, umask: 0o077, engine: ['--no-opt', '--no-sparkplug'] },
];

/** Runs every command on a machine; the sum of every file by its path. */
function filesOf({ name, order, environment, umask, engine }: Machine): Map<string, string> {
  const [models, cwd, out] = ['models', 'cwd', 'out'].map((part) => join(folder, name, part)) as [string, string, string];
  mkdirSync(cwd, { recursive: true });
  writeModels(models, order);
  const child = spawnSync(process.execPath, [...engine, '--import', TSX, join(here, 'run-all.ts'), models, out, String(umask)], { cwd, encoding: 'utf8', env: { ...process.env, ...environment } });
  if (child.status !== 0) throw new Error(`${name}: ${child.stderr}${child.stdout}`);
  return new Map(
    readdirSync(out, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(out, join(entry.parentPath, entry.name)).split(sep).join('/'))
      .sort()
      .map((path) => [path, sha256(readFileSync(join(out, path)))]),
  );
}

const HEADER = '# SHA-256 of what gen-accel makes of the models and pictures in test/determinism.\n# Write it again after a change of what is generated: npx vitest run test/determinism -u\n';

describe('the same models', () => {
  let [one, other] = [new Map<string, string>(), new Map<string, string>()];
  beforeAll(() => { [one, other] = MACHINES.map(filesOf) as [Map<string, string>, Map<string, string>]; });

  it('give the same files in another folder, time zone, language, order of files, umask, and without the optimizing compiler', () => {
    expect([...one.keys()].filter((path) => /image\.bin|network\.json|\.v$|\.svg|\.c$/.test(path)).length).toBeGreaterThan(30);
    expect([...other]).toEqual([...one]);
  });

  it('give the committed sums', async () => {
    await expect(`${HEADER}${[...one].map(([path, sum]) => `${sum}  ${path}\n`).join('')}`).toMatchFileSnapshot('sums.txt');
  });
});

it('a configuration gives the same files in whatever order its fields stand', () => {
  const one = generate({ pes: 6, group: 4, lanes: 3, index: 'bitmap', prefix: 'tiny', name: 'tiny' });
  const other = generate({ name: 'tiny', index: 'bitmap', prefix: 'tiny', lanes: 3, pes: 6, group: 4 });
  expect(other.files).toEqual(one.files);
});

it('pictures decode to the committed sums, in their own size and another, in colour and grey', async () => {
  const lines = Object.keys(PICTURES).map((name) => {
    const image = readPicture(pictureBytes(name), name);
    const smaller = fitPixels(image, { height: 7, width: 10, channels: 1 }, 'bilinear', name);
    const larger = fitPixels(image, { height: 31, width: 24, channels: 3 }, 'nearest', name);
    return [image.data, smaller, larger].map((data, i) => `${sha256(data)}  ${name}${[', decoded', ', bilinear 10 x 7, grey', ', nearest 24 x 31'][i]}\n`).join('');
  });
  await expect(`${HEADER}${lines.join('')}`).toMatchFileSnapshot('picture-sums.txt');
});
