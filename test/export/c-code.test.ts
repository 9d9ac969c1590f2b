// SPDX-License-Identifier: Apache-2.0
/** Runs the generated C itself, compiled by cc: tensors in odd places, copies, softmax, what it says to a core that is wrong. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CORE_ID, INTERFACE_VERSION } from '../../generator/arch/registers.js';
import { validateConfig } from '../../generator/arch/rules.js';
import { loadTemplates } from '../../generator/cli/load-templates.js';
import { packTensor, partLayout, tensorLayout, unpackTensor, type TensorLayout } from '../../generator/compile/layout.js';
import { createRandom } from '../../generator/core/random.js';
import { exportNetwork } from '../../generator/export/export-network.js';
import { copyPlan, runCopies } from '../../generator/export/copies.js';
import type { CompiledNetwork } from '../../generator/compile/compiled-network.js';
import type { ActivationTensor, Network, Op } from '../../generator/graph/network.js';
import { validateNetwork } from '../../generator/graph/validate.js';
import { runGolden } from '../../generator/model/golden.js';
import { softmaxInt8 } from '../../generator/model/golden/softmax.js';
import { softmaxRescalingOf } from '../../generator/quantize/requantization.js';
import { elementCount, type Shape } from '../../generator/tensor/tensor.js';
import { findTool } from '../../sim/tools/index.js';

const folder = mkdtempSync(join(tmpdir(), 'c-code-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const GROUP = 8;

/** pad, transpose, slice in steps, concatenation, reshape, softmax: everything that the loader computes itself. */
function movingNetwork(): Network {
  const shapes: Shape[] = [[1, 3, 4, 5], [1, 5, 5, 5], [1, 5, 5, 5], [1, 5, 3, 5], [1, 5, 3, 10], [1, 150], [1, 150], [1, 5, 3, 5]];
  const probability = 6;
  const tensors = shapes.map((shape, id): ActivationTensor => ({ id, name: `t"${id}\\`, shape, quantization: id === probability ? { scale: 1 / 256, zeroPoint: -128 } : { scale: Math.fround(0.07), zeroPoint: 3 } }));
  const op = (fields: object): Op => fields as Op;
  return validateNetwork({
    name: 'Moving-Net 1.0', synthetic: true, tensors, inputs: [0], outputs: [6],
    ops: [
      op({ kind: 'pad', name: 'pad_1', inputs: [0], outputs: [1], before: [0, 1, 0, 0], after: [0, 1, 1, 0], value: -7 }),
      op({ kind: 'transpose', name: 'transpose_1', inputs: [1], outputs: [2], permutation: [0, 2, 3, 1] }),
      op({ kind: 'slice', name: 'slice_1', inputs: [2], outputs: [3], begin: [0, 0, 0, 0], strides: [1, 1, 2, 1] }),
      op({ kind: 'slice', name: 'slice_2', inputs: [1], outputs: [7], begin: [0, 0, 1, 0], strides: [1, 1, 1, 1] }),
      op({ kind: 'concatenation', name: 'concat_1', inputs: [3, 7], outputs: [4], axis: 3 }),
      op({ kind: 'reshape', name: 'reshape_1', inputs: [4], outputs: [5] }),
      op({ kind: 'softmax', name: 'softmax_1', inputs: [5], outputs: [6], beta: 1 }),
    ],
  });
}

const network = movingNetwork();
/** Channel 3 and up in the second word: a gap, as concatenation leaves them. */
const GAPPED = [0, 1, 2, 8, 9];

function place(): TensorLayout[] {
  let end = 64;
  const next = (layout: (address: number) => TensorLayout): TensorLayout => {
    const placed = layout(end);
    end += Math.ceil(placed.bytes / 64) * 64;
    return placed;
  };
  return network.tensors.map(({ shape }, id) => {
    if (id === 2) return next((address) => tensorLayout(address, shape, GROUP, GAPPED));
    // Inside a tensor of three words a pixel, one row and one pixel wider.
    if (id === 3) return next((address) => {
      const whole = tensorLayout(address, [1, 6, 4, 24], GROUP);
      return { ...partLayout(whole, shape, [0, 1, 2, 3, 4], GROUP, { row: 1, column: 1, word: 1 }), bytes: whole.bytes };
    });
    return next((address) => tensorLayout(address, shape, GROUP));
  });
}

const config = validateConfig({ pes: 8, group: GROUP });
const tensors = place();
const bytes = Math.max(...tensors.map((layout) => layout.address + layout.bytes)) + 512;
const compiled = {
  network, config, configHash: 'deadbeef'.repeat(8), steps: network.ops.map((op) => ({ kind: 'host', op })), segments: [], layers: [], batch: 1, tensors,
  stored: new Set(network.tensors.map(({ id }) => id)), places: new Map(), image: new Uint8Array(bytes),
} as unknown as CompiledNetwork;

const random = createRandom(77);
const noise = (count: number): Int8Array => Int8Array.from({ length: count }, () => random.integer(-128, 127));
const hasCompiler = (await findTool('g++')) !== undefined;

describe.skipIf(!hasCompiler)('the generated C', () => {
  const driver = join(folder, 'driver');
  beforeAll(() => {
    for (const [path, content] of exportNetwork(compiled, { templates: loadTemplates(), version: '0.0.0' })) {
      mkdirSync(join(folder, dirname(path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
    execFileSync('cc', [
      '-std=c99', '-Wall', '-Wextra', '-Werror', '-pedantic', '-Wconversion', '-fsanitize=undefined', '-fno-sanitize-recover=undefined', '-O1', '-I', 'c',
      '-DNETWORK=moving_net_1_0_network', '-DNETWORK_HEADER="moving_net_1_0.h"',
      join(import.meta.dirname, 'c-driver.c'), 'c/gen_accel.c', 'c/moving_net_1_0.c', '-o', driver,
    ], { cwd: folder, stdio: 'pipe' });
  });

  const run = (words: readonly (string | number)[], input: Uint8Array = new Uint8Array()): { status: number | null; out: Uint8Array } => {
    const { status, stdout, stderr } = spawnSync(driver, words.map(String), { input, maxBuffer: 1 << 24 });
    expect(stderr.toString()).toBe('');
    return { status, out: new Uint8Array(stdout) };
  };
  const text = (words: readonly (string | number)[]): string => new TextDecoder().decode(run(words).out);

  it('writes and reads every tensor as packTensor and unpackTensor do, and touches no byte of others', () => {
    for (const { id, shape } of network.tensors) {
      const memory = new Uint8Array(noise(bytes));
      const data = noise(elementCount(shape));
      const expected = memory.slice();
      packTensor(expected, tensors[id]!, data);
      const { status, out } = run(['write', id], new Uint8Array([...memory, ...new Uint8Array(data.buffer)]));
      expect(status).toBe(0);
      expect(out, `tensor ${id}`).toEqual(expected);
      expect(new Int8Array(run(['read', id], expected).out), `tensor ${id}`).toEqual(unpackTensor(expected, tensors[id]!));
      expect(unpackTensor(expected, tensors[id]!)).toEqual(data);
    }
  });

  it('runs pad, transpose, slice, concatenation, reshape and softmax as the golden model does', () => {
    const input = noise(elementCount([1, 3, 4, 5]));
    const memory = new Uint8Array(noise(bytes));
    packTensor(memory, tensors[0]!, input);
    const { status, out } = run(['infer'], memory);
    expect(status).toBe(0);
    const golden = runGolden(network, input);
    for (const { id } of network.tensors) expect([...unpackTensor(out, tensors[id]!)], `tensor ${id}`).toEqual([...golden.get(id)!.data]);
  });

  it('softmax equals the reference over scales, row lengths and extremes', () => {
    for (const [scale, beta, row] of [[0.1, 1, 10], [1, 1, 2], [0.0003, 1, 7], [0.05, 2, 1001], [0.9, 1, 1], [10, 1, 12], [1e-6, 1, 4]] as const) {
      const { multiplier, shift, diffMin } = softmaxRescalingOf(Math.fround(scale), beta, 'test');
      // From 512 equal largest values on, TFLite's reference shifts by 32, which C does not define.
      const equal = row < 512 ? [...new Array<number>(row).fill(-128), ...new Array<number>(row).fill(127)] : [];
      const data = Int8Array.from([...noise(row * 20), ...equal, ...Array.from({ length: row }, (_, i) => (i === 0 ? 127 : -128))]);
      const { out } = run(['softmax', row, multiplier, shift, diffMin], new Uint8Array(data.buffer));
      expect(new Int8Array(out), `scale ${scale}, row ${row}`).toEqual(softmaxInt8(data, row, { multiplier, shift, diffMin }));
    }
  });

  it('knows another device, another interface, another configuration and a crooked base', () => {
    const check = (id: number, version: number, hash: number, base: number): string => text(['check', id, version, hash, base]);
    expect([
      check(CORE_ID, INTERFACE_VERSION, 0xdeadbeef, 0x1000), check(0, INTERFACE_VERSION, 0xdeadbeef, 0x1000), check(CORE_ID, INTERFACE_VERSION + 0x10000, 0xdeadbeef, 0x1000),
      check(CORE_ID, INTERFACE_VERSION, 0xdeadbeee, 0x1000), check(CORE_ID, INTERFACE_VERSION, 0xdeadbeef, 0x1800),
    ]).toEqual(['0', '1', '1', '2', '3']);
  });

  it('starts a program in the documented order, and says how it ended', () => {
    const [busy, done, error, hung] = [1, 2, 4, 8];
    expect(text(['program', 0, done, 0])).toBe('20=12345000 24=0 28=1c0 1c=3 18=3 10=1 1c=3 0');
    expect(text(['program', busy, done, 0])).toBe('4');
    expect(text(['program', hung, done, 0])).toBe('9');
    expect(text(['program', 0, error | 0x500, 0])).toMatch(/ 6$/);
    expect(text(['program', done, done, 1])).toMatch(/10=1 5$/);
  });

  it('refuses a scratch that is too small before it computes anything', () => {
    expect(run(['infer', 10], new Uint8Array(bytes)).status).toBe(7);
  });
});

describe('copies', () => {
  it('give what the golden model gives', () => {
    const input = noise(elementCount([1, 3, 4, 5]));
    const golden = runGolden(network, input);
    for (const op of network.ops.slice(0, -1)) {
      const plan = copyPlan(network, op)!;
      expect([...runCopies(plan, op.inputs.map((id) => golden.get(id)!.data), golden.get(op.outputs[0])!.data.length)], op.name).toEqual([...golden.get(op.outputs[0])!.data]);
    }
    expect(copyPlan(network, network.ops.at(-1)!)).toBeUndefined();
  });
});
