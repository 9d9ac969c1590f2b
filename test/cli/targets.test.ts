// SPDX-License-Identifier: Apache-2.0
/** Checks --target-sparsity, --target-cycles and --max-loss on the command line: met by what is written and printed, repeatable by --keep, blind to scored images. */
import { readFileSync, rmSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { createRandom } from '../../generator/core/random.js';
import { writeOnnx } from '../../generator/exchange/onnx/write.js';
import { answerTarget } from '../../generator/cli/answer-target.js';
import { readSimOptions } from '../../generator/cli/sim-options.js';
import type { Estimate } from '../../generator/estimate/estimate.js';
import type { TargetResult } from '../../generator/prune/sensitivity/target.js';
import { floatChain, randomConv } from '../support/float-network.js';
import { runCli, standInCore } from '../support/run-cli.js';
import { smallNetwork } from '../support/small-network.js';
import { writeTflite } from '../support/tflite-writer.js';

/** Every file that is read. */
const reads = vi.hoisted(() => [] as string[]);
vi.mock('node:fs', async (original) => {
  const real = await original<typeof import('node:fs')>();
  const readFileSync = (...args: Parameters<typeof real.readFileSync>) => {
    reads.push(String(args[0]));
    return real.readFileSync(...args);
  };
  const openSync = (...args: Parameters<typeof real.openSync>) => {
    reads.push(String(args[0]));
    return real.openSync(...args);
  };
  return { ...real, default: { ...real, readFileSync, openSync }, readFileSync, openSync };
});

const folder = mkdtempSync(join(tmpdir(), 'gen-accel-targets-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (path: string): string => join(folder, path);
const cli = (line: string) => runCli(line.split(' ').filter((word) => word !== ''), folder);

const random = createRandom(11);
writeFileSync(at('net.onnx'), writeOnnx(floatChain([1, 6, 6, 3], [
  { kind: 'conv2d', shape: [1, 6, 6, 16], ...randomConv(random, 3, 16) },
  { kind: 'conv2d', shape: [1, 6, 6, 16], ...randomConv(random, 16, 16) },
  { kind: 'conv2d', shape: [1, 6, 6, 24], ...randomConv(random, 16, 24, 1) },
  { kind: 'mean', shape: [1, 24] },
  { kind: 'fully-connected', shape: [1, 5], ...(({ weights, bias }) => ({ weights, bias }))(randomConv(random, 24, 5, 1)) },
])).bytes);
writeFileSync(at('int8.tflite'), writeTflite(smallNetwork(4)));

/** Pictures as an array of bytes. */
function writeImages(path: string, count: number): void {
  const header = `{'descr': '|u1', 'fortran_order': False, 'shape': (${count}, 6, 6, 3), }`;
  const head = `${header}${' '.repeat(63 - ((10 + header.length) % 64))}\n`;
  const bytes = new Uint8Array(108 * count).map(() => random.integer(0, 255));
  writeFileSync(at(path), Buffer.concat([Buffer.from([0x93]), Buffer.from('NUMPY'), Buffer.from([1, 0, head.length & 255, head.length >> 8]), Buffer.from(head), bytes]));
}
mkdirSync(at('train'));
mkdirSync(at('dev'));
writeImages('train/x.npy', 12);
writeImages('dev/x.npy', 4);

const CALIBRATION = '--calibration train --pixels unit';
const ARRAY = '--pes 8 --group 4';
interface Answer { readonly target: TargetResult }
const estimate = async (line: string): Promise<Estimate & Answer> => {
  const { exitCode, out, err } = await cli(`estimate net.onnx ${CALIBRATION} ${ARRAY} ${line} --json`);
  expect([exitCode, err]).toEqual([0, '']);
  return JSON.parse(out) as Estimate & Answer;
};

describe('a target on the command line', () => {
  it('of cycles is what the compiled program takes, and the same K by --keep takes the same', async () => {
    const [dense, least] = [await estimate(''), await estimate('--keep 1')].map(({ totals }) => totals.cycles) as [number, number];
    const cycles = Math.round(least + 0.4 * (dense - least));
    const { totals, target } = await estimate(`--target-cycles ${cycles} --method magnitude-refit`);
    expect(totals.cycles).toBe(target.cycles);
    expect(totals.cycles).toBeLessThanOrEqual(cycles);
    const again = await estimate(target.options.join(' '));
    expect(again.totals).toEqual(totals);
    // No K can be raised.
    for (const { name, keep, reason, curve } of target.layers) {
      if (reason !== null || keep === 'dense' || curve![Number(keep)]! >= curve![Number(keep) - 1]!) continue;
      const words = target.options.map((word) => (word.startsWith(`${name}=`) ? `${name}=${Number(keep) + 1}` : word)).join(' ');
      expect((await estimate(words.replace('magnitude-refit', 'magnitude'))).totals.cycles, name).toBeGreaterThan(cycles);
    }
  });

  it('of sparsity is met by the folder that prune writes, byte for byte that of --keep', async () => {
    const { exitCode, out, err } = await cli(`prune net.onnx ${CALIBRATION} --group 4 --target-sparsity 0.55 --method second-order -o a --json`);
    expect([exitCode, err]).toEqual([0, '']);
    const { target, totals } = JSON.parse(out) as Answer & { readonly totals: { readonly density: number } };
    expect(target.sparsity).toBeGreaterThanOrEqual(0.55);
    expect(1 - totals.density).toBeCloseTo(target.sparsity, 12);
    expect(target.inputs).toEqual({ seed: 1, fitted: 8, heldOut: 4, curves: 4 });
    expect((await cli(`prune net.onnx ${CALIBRATION} --group 4 ${target.options.join(' ')} -o b`)).exitCode).toBe(0);
    for (const file of ['model.onnx', 'masks.safetensors', 'prune.json']) expect(readFileSync(at(`a/${file}`)), file).toEqual(readFileSync(at(`b/${file}`)));
  });

  it('of loss is printed with what was measured, before the command\'s own table', async () => {
    const { exitCode, out } = await cli(`inspect net.onnx ${CALIBRATION} ${ARRAY} --max-loss 50`);
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^Loss of the network's output, in thousandths, when one layer alone keeps K of 4\n\nlayer +weights +K = 1 +K = 2 +K = 3 +chosen +kept\nconv2d_1 +432 +dense +100\.0%\n/);
    expect(out).toMatch(/\ntarget +points lost, at most 50\n/);
    expect(out).toMatch(/\nheld out +\d+\.\d% answered as by the dense network: \d+\.\d \+- \d+\.\d points on 4 inputs held out/);
    expect(out).toMatch(/\ndense +conv2d_1 is not chosen: it has 3 input channels, fewer than a group of 4\n/);
    expect(out).toMatch(/\nagain +(--keep \w+=\d )*--method magnitude\n\nnet\n/);
  });

  it('leaves named layers as they are', async () => {
    const { target } = await estimate('--target-sparsity 0.2 --keep conv2d_2=3 --prune fc_1=dense');
    expect(target.layers.map(({ name, keep, reason }) => [name, reason === null ? 'free' : keep])).toEqual([['conv2d_1', 'dense'], ['conv2d_2', 3], ['conv2d_3', 'free'], ['fc_1', 'dense']]);
  });

  it('reads no image but those of --calibration', async () => {
    reads.length = 0;
    const asked = readSimOptions({ model: 'net.onnx', images: 'dev', calibration: 'train', 'target-sparsity': '0.4' });
    const shell = { cwd: folder, print: () => undefined, complain: () => undefined, signal: new AbortController().signal, buildTop: standInCore, parts: [] };
    const { options, target } = await answerTarget(asked, { pes: 8, group: 4 }, shell, () => { throw new Error('no cycles are asked for'); });
    expect(options.keep?.target).toBeUndefined();
    expect(target?.sparsity).toBeGreaterThanOrEqual(0.4);
    expect(reads.filter((path) => path.startsWith(folder)).map((path) => path.slice(folder.length + 1))).toEqual(['net.onnx', 'train/x.npy']);
  });

  it('is stopped by an interrupt, with nothing written', async () => {
    const interrupt = new AbortController();
    const phases: string[] = [];
    const progress = { write: (text: string) => { phases.push(text); setImmediate(() => interrupt.abort()); } };
    const { exitCode, err } = await runCli(`prune net.onnx ${CALIBRATION} --group 4 --target-sparsity 0.5 -o stopped`.split(' '), folder, { signal: interrupt.signal, progress });
    expect(exitCode).toBe(130);
    expect(err).toContain('the choice of K: interrupted');
    expect(phases[0]).toBe('choosing K for --target-sparsity 0.5\n');
    expect(() => readFileSync(at('stopped/model.onnx'))).toThrow(/ENOENT/);
  });
});

describe('a target that makes no sense is refused', () => {
  it.each([
    ['--target-sparsity 0.5 --max-loss 1', '--target-sparsity and --max-loss were both given. Give one target.'],
    ['--target-sparsity 0.5 --keep 2', '--target-sparsity chooses K for every layer, and --keep asks for the same. Leave out one of them; --keep LAYER=... for single layers stays.'],
    ['--target-sparsity 70', '--target-sparsity: 70; expected a share of the weights above 0 and below 1. Use --target-sparsity 0.7.'],
    ['--target-cycles many', '--target-cycles: many; expected a whole number of cycles from 1. Use --target-cycles 500000.'],
    ['--max-loss -1', '--max-loss: -1; expected points from 0 to 100. Use --max-loss 1.'],
    ['--target-sparsity 0.5 --constraint unconstrained', '--target-sparsity chooses K of G, and --constraint unconstrained has none. Leave out --constraint.'],
    ['--target-sparsity 0.5 --calibration-count 5', 'calibration inputs of a target: 5; expected at least 6: a third of them is held out'],
    ['--target-cycles 9', '--target-cycles: 9 cannot be reached'],
    ['--target-cycles 9000 --prune conv2d_2=unconstrained:0.5', 'the cycles of conv2d_2 depend on which of its weights stay'],
    ['--target-sparsity 0.5 --keep conv2d_1=2', 'layer conv2d_1: balanced:2/4, but the layer is left dense'],
  ])('%s', async (line, text) => {
    const { exitCode, err } = await cli(`estimate net.onnx ${CALIBRATION} ${ARRAY} ${line}`);
    expect(exitCode).toBe(1);
    expect(err).toContain(text);
  });

  it.each([
    ['estimate int8.tflite --target-sparsity 0.5 --calibration train', 'model int8.tflite: an int8 network, whose weights are rounded already'],
    ['estimate synthetic --target-sparsity 0.5', '--target-sparsity needs a float model, and "synthetic" is int8'],
    ['prune net.onnx --target-sparsity 0.5', 'model net.onnx: a float32 network, whose activations have no int8 scales yet'],
    ['prune net.onnx', 'prune needs --keep, --prune, --channels or a target. Add --keep 2, or --target-sparsity 0.7.'],
  ])('%s', async (line, text) => {
    const { exitCode, err } = await cli(line);
    expect(exitCode).toBe(1);
    expect(err).toContain(text);
  });
});
