// SPDX-License-Identifier: Apache-2.0
/** Compiles a network and the generated C, drives the Verilated core with it through the example, and compares with the golden model. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { validateConfig } from '../../generator/arch/rules.js';
import { buildCore } from '../../generator/blocks/index.js';
import { loadTemplates } from '../../generator/cli/load-templates.js';
import { compileNetwork } from '../../generator/compile/compile-network.js';
import { createRandom } from '../../generator/core/random.js';
import { exportNetwork } from '../../generator/export/export-network.js';
import { generate } from '../../generator/generate/generate.js';
import { RandomNetworkBuilder } from '../../generator/graph/random-layers.js';
import type { Network } from '../../generator/graph/network.js';
import { randomInput } from '../../generator/graph/synthetic.js';
import { validateNetwork } from '../../generator/graph/validate.js';
import { goldenOutput, runGolden } from '../../generator/model/golden.js';
import { keepPlan } from '../../generator/prune/plan.js';
import { applyMasks, pruneNetwork } from '../../generator/prune/prune.js';
import { writeOutputFolder } from '../../generator/cli/output-folder.js';
import { findTool } from '../../sim/tools/index.js';

const root = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'c-loader-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Convolutions over 3, 10 and 20 channels, stride 2, a flat end that the host must copy or not, softmax on the host. */
function network(seed: number): Network {
  const builder = new RandomNetworkBuilder(createRandom(seed));
  const conv = (input: number, outChannels: number, kernel: number, stride: number): number => builder.conv2d({
    input, outChannels, activation: 'relu', kernelHeight: kernel, kernelWidth: kernel, padding: { top: kernel >> 1, bottom: kernel >> 1, left: kernel >> 1, right: kernel >> 1 },
    strideHeight: stride, strideWidth: stride, dilationHeight: 1, dilationWidth: 1,
  });
  const input = builder.input([1, 7, 6, 3], { scale: 1, zeroPoint: -128 });
  const features = conv(conv(conv(input, 10, 3, 1), 20, 3, 2), 12, 1, 1);
  const flat = builder.reshape(features, [1, 4 * 3 * 12]);
  const logits = builder.fullyConnected({ input: flat, outChannels: 10, activation: 'none' });
  return validateNetwork(builder.finish(`c-loader ${seed}`, input, builder.softmax(logits)));
}

const tools = await Promise.all((['verilator', 'make', 'g++'] as const).map((tool) => findTool(tool)));
const config = validateConfig({ pes: 8, group: 8, lanes: 2, bus: 64 });
const pruned = (net: Network) => pruneNetwork(net, keepPlan(8, 2));
const run = (words: readonly string[], cwd = folder): string => execFileSync(words[0] as string, words.slice(1), { cwd, encoding: 'utf8', stdio: 'pipe', env: { ...process.env, MAKEFLAGS: '' } });

describe.skipIf(tools.some((tool) => tool === undefined))('the C loader', () => {
  const net = network(3);
  const masks = pruned(net);
  const golden = applyMasks(net, masks.masks);
  const name = 'c_loader_3';
  const simulation = join(folder, 'build', 'simulation');
  const image = join(folder, 'net', 'image.bin');

  beforeAll(async () => {
    const options = { templates: loadTemplates(), version: '0.0.0' };
    await writeOutputFolder(join(folder, 'rtl'), generate(config, { ...options, buildTop: buildCore, parts: [] }).files, { force: false });
    const files = exportNetwork(compileNetwork(net, masks, config), options);
    await writeOutputFolder(join(folder, 'net'), files, { force: false, manifest: 'network.json' });
  });

  it('compiles as C99 without a warning, the bare-metal example and every header alone too', () => {
    const strict = ['-std=c99', '-Wall', '-Wextra', '-Werror', '-pedantic', '-Wconversion', '-I', 'net/c'];
    for (const file of ['gen_accel', name, 'example']) run(['cc', ...strict, '-c', `net/c/${file}.c`, '-o', `${file}.o`]);
    for (const header of ['gen_accel_registers', 'gen_accel', name]) {
      writeFileSync(join(folder, 'one.c'), `#include "${header}.h"\n#include "${header}.h"\nint one;\n`);
      run(['cc', ...strict, '-fsyntax-only', 'one.c']);
      run(['g++', '-Wall', '-Wextra', '-Werror', '-I', 'net/c', '-fsyntax-only', '-x', 'c++', 'one.c']);
    }
  });

  it('drives the Verilated core: outputs of several inputs equal the golden model\'s', () => {
    run(['make', '-s', '-f', join(root, 'examples/c-loader/Makefile'), `RTL=${join(folder, 'rtl')}`, `NET=${join(folder, 'net')}`, `NAME=${name}`]);
    for (const seed of [1, 2, 3]) {
      const input = randomInput(net, seed);
      writeFileSync(join(folder, 'input.bin'), input);
      expect(run([simulation, image, 'input.bin', 'output.bin', `+verilator+seed+${seed}`, '+verilator+rand+reset+2'])).toMatch(/^\d+ cycles\n$/);
      expect([...new Int8Array(readFileSync(join(folder, 'output.bin')))]).toEqual([...goldenOutput(golden, runGolden(golden, input)).data]);
    }
  });

  it('says so when the image is broken: the core reports an illegal instruction, the loader a result', () => {
    const manifest = JSON.parse(readFileSync(join(folder, 'net', 'network.json'), 'utf8')) as { steps: { kind: string; program: number }[] };
    const broken = readFileSync(image);
    const program = manifest.steps.find(({ kind }) => kind === 'program')!.program;
    broken[program + 3] = 0x70;
    writeFileSync(join(folder, 'broken.bin'), broken);
    expect(() => run([simulation, 'broken.bin', 'input.bin', 'output.bin'])).toThrow(`result 6, error code 1, fault ${(0x4000_0000 + program).toString(16)}`);
  });
});
