// SPDX-License-Identifier: Apache-2.0
/** Holds names from a model file to what becomes of them: C that compiles, listings of as many lines, no path that leads out, nothing that a terminal obeys. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { validateConfig } from '../../generator/arch/rules.js';
import { loadTemplates } from '../../generator/cli/load-templates.js';
import { compileNetwork } from '../../generator/compile/compile-network.js';
import { oneLine, printable } from '../../generator/core/text.js';
import { exportNetwork } from '../../generator/export/export-network.js';
import type { Network } from '../../generator/graph/network.js';
import { readOnnx } from '../../generator/import/onnx/import.js';
import { readTflite } from '../../generator/import/tflite/import.js';
import { opNetwork } from '../support/op-network.js';
import { runCli } from '../support/run-cli.js';
import { writeTflite } from '../support/tflite-writer.js';
import { HOSTILE_NAMES } from './hostile-names.js';
import { floats, integers, modelOf, node, TYPE } from './onnx-writing.js';

const CONTROL = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
const IMAGE = { shape: [1, 4, 6, 3] };
const config = validateConfig({});

/** A chain of operators whose tensors have these names. */
function chain(names: readonly string[], network = 'net'): Network {
  const { tensors: [tensor], ops: [op] } = opNetwork({ kind: 'leaky-relu', alpha: 0.5 }, [IMAGE], IMAGE);
  const written: Network = {
    name: 'x', synthetic: false,
    tensors: names.map((name, id) => ({ ...tensor!, id, name })),
    ops: names.slice(1).map((_, i) => ({ ...op!, name: `op_${i}`, inputs: [i], outputs: [i + 1] }) as Network['ops'][number]),
    inputs: [0], outputs: [names.length - 1],
  };
  const imported = readTflite(writeTflite(written), network);
  return imported.network as Network;
}

const exported = (network: Network): ReadonlyMap<string, string | Uint8Array> => exportNetwork(compileNetwork(network, undefined, config), { templates: loadTemplates(), version: '0' });
const textOf = (files: ReadonlyMap<string, string | Uint8Array>, path: string): string => files.get(path) as string;

let root = '';
beforeAll(() => { root = mkdtempSync(join(tmpdir(), 'names-')); });
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Compiles all C files of a folder, its headers before those of the system. */
function compileC(folder: string, files: ReadonlyMap<string, string | Uint8Array>): void {
  mkdirSync(join(root, folder, 'c'), { recursive: true });
  const sources = [...files].filter(([path]) => path.startsWith('c/'));
  for (const [path, text] of sources) writeFileSync(join(root, folder, path), text);
  const units = sources.map(([path]) => path).filter((path) => path.endsWith('.c'));
  execFileSync('cc', ['-std=c99', '-Wall', '-Wextra', '-Werror', '-pedantic', '-fsyntax-only', '-I', 'c', ...units], { cwd: join(root, folder), stdio: 'pipe' });
}

describe('names of tensors', () => {
  const hostile = exported(chain(HOSTILE_NAMES));
  const tame = exported(chain(HOSTILE_NAMES.map((_, i) => `t${i}`)));

  it('stand in C that compiles', () => compileC('tensors', hostile));

  it.each(['listing.txt', 'network.json', 'c/net.c', 'c/net.h'])('add no line to %s, and nothing that a terminal obeys', (path) => {
    const [bad, good] = [textOf(hostile, path), textOf(tame, path)].map((text) => text.split('\n'));
    expect(bad).toHaveLength(good!.length);
    expect(bad!.filter((line) => CONTROL.test(line))).toEqual([]);
  });

  it('come back from the manifest as they are in the network', () => {
    const { tensors } = JSON.parse(textOf(hostile, 'network.json')) as { readonly tensors: readonly { readonly name: string }[] };
    expect(tensors.map(({ name }) => name)).toEqual(chain(HOSTILE_NAMES).tensors.map(({ name }) => name));
  });

  it('of ONNX are made unlike, on one line each', () => {
    const quantized = HOSTILE_NAMES.filter((name) => name !== '' && !/\p{Cs}/u.test(name)).flatMap((name, i, all) => [
      node('QuantizeLinear', [i === 0 ? 'x' : `r${i}`, 's', 'z'], `q${i}`), node('DequantizeLinear', [`q${i}`, 's', 'z'], name), node('LeakyRelu', [name], i === all.length - 1 ? 'last' : `r${i + 1}`),
    ]);
    const parts = { nodes: [...quantized, node('QuantizeLinear', ['last', 's', 'z'], 'q'), node('DequantizeLinear', ['q', 's', 'z'], 'y')], initializers: [floats('s', [], [0.1]), integers('z', [], [0], TYPE.int8)] };
    const { tensors } = readOnnx(modelOf(parts), 'm').network;
    expect(new Set(tensors.map(({ name }) => name)).size).toBe(tensors.length);
    expect(tensors.filter(({ name }) => CONTROL.test(name) || name.length > 300)).toEqual([]);
  });
});

describe('names of networks', () => {
  const names = [...HOSTILE_NAMES, 'string', 'stdint', 'example', 'gen_accel', 'gen_accel_registers', 'GEN-ACCEL', 'int', '0', 'é'];

  it.each(names.map((name) => [oneLine(name, 40), name] as const))('%j: C that compiles, in files of its folder', (_shown, name) => {
    const files = exported(chain(['a', 'b'], oneLine(name)));
    expect([...files.keys()].filter((path) => !/^(c\/)?[a-z0-9_]+\.(bin|txt|json|[ch])$/.test(path))).toEqual([]);
    expect(files.size).toBe(exported(chain(['a', 'b'])).size);
    compileC(`network-${names.indexOf(name)}`, files);
  });
});

describe('file names', () => {
  it.each(['..tflite', '...tflite', 'a\nb\u{1b}[31m.tflite', '*; rm -rf x.tflite', 'gen_accel.tflite', `${'n'.repeat(240)}.tflite`])('%j: everything stays in one folder', async (name) => {
    const folder = mkdtempSync(join(root, 'cli-'));
    writeFileSync(join(folder, name), writeTflite(opNetwork({ kind: 'leaky-relu', alpha: 0.5 }, [IMAGE], IMAGE)));
    const before = readdirSync(dirname(folder)).toSorted();
    const { exitCode, out, err } = await runCli(['compile', name], folder);
    expect([exitCode, err]).toEqual([0, '']);
    expect(CONTROL.test(out.replaceAll('\n', ''))).toBe(false);
    expect(readdirSync(dirname(folder)).toSorted()).toEqual(before);
    expect(readdirSync(folder).filter((entry) => entry !== name)).toEqual(['compiled']);
    expect(readdirSync(join(folder, 'compiled'))).toHaveLength(1);
  });

  it('in an error are shown without what a terminal obeys', async () => {
    const { err } = await runCli(['inspect', 'a\u{1b}]0;title\u{7}\u{202e}.tflite'], root);
    expect(err).toBe('gen-accel: model a\\u{1b}]0;title\\u{7}\\u{202e}.tflite: there is no such file; expected a TFLite or ONNX file. Correct the path, or use "synthetic".\n');
  });
});

it('text is shown on one line, and cut', () => {
  expect(printable('a\u{1b}b\nc\u{2028}\u{d800}é\u{1f600}')).toBe('a\\u{1b}b\nc\\u{2028}\\u{d800}é\u{1f600}');
  expect(oneLine('a\nb')).toBe('a\\u{a}b');
  expect(oneLine('x'.repeat(500), 10)).toBe('xxxxxxxxxx... (500 characters)');
});
