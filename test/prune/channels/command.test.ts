// SPDX-License-Identifier: Apache-2.0
/** Checks --channels and --permute on the command line: what is written, that they come before other pruning, what is refused and how. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readFloatModel } from '../../../generator/cli/read-network.js';
import { writeOnnx } from '../../../generator/exchange/onnx/write.js';
import { isFloatWeighted } from '../../../generator/float/network.js';
import { outputDifference, residualNetwork } from '../../support/channel-networks.js';
import { npyOf } from '../../support/npy.js';
import { runCli } from '../../support/run-cli.js';
import { patternNetwork } from './pattern-networks.js';

const folder = mkdtempSync(join(tmpdir(), 'gen-accel-channels-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const cli = (line: string) => runCli(line.split(' '), folder);
const at = (path: string): string => join(folder, path);

const network = residualNetwork(3, 'mean');
writeFileSync(at('net.onnx'), writeOnnx(network).bytes);

mkdirSync(at('train'));
writeFileSync(at('train/x.npy'), npyOf([8, 8, 8, 3], (i) => ((i * 7919) % 1009) / 504.5 - 1));

interface Manifest {
  readonly channels?: readonly { readonly writers: readonly string[]; readonly readers: readonly string[]; readonly kept: number; readonly of: number; readonly reason: string | null }[];
  readonly layers: readonly { readonly name: string; readonly shape: readonly number[]; readonly keep: number | string }[];
}
const manifest = (path: string): Manifest => JSON.parse(readFileSync(at(`${path}/prune.json`), 'utf8')) as Manifest;

describe('gen-accel prune --channels', () => {
  it('writes the smaller network, which is read back, and lists the classes', async () => {
    const { exitCode, out } = await cli('prune net.onnx --channels 0.5 --pes 8 -o half');
    expect(exitCode).toBe(0);
    expect(out).toContain('conv2d_1, conv2d_3, add_1, 6 more');
    const { channels, layers } = manifest('half');
    expect(channels?.map(({ kept, of }) => `${kept}/${of}`)).toEqual(['3/3', '8/16', '8/16', '8/16', '16/32', '24/48', '10/10']);
    expect(channels?.[0]).toEqual({ writers: [], readers: ['conv2d_1'], kept: 3, of: 3, reason: 'the network\'s input' });
    expect(layers.map(({ shape }) => shape.join('x'))).toEqual(['8x3x3x3', '8x8x3x3', '8x8x3x3', '16x8x3x3', '16x16x3x3', '24x16x1x1', '24x1x3x3', '16x24x1x1', '10x16']);
    expect(layers.every(({ keep }) => keep === 'dense')).toBe(true);
    expect(readFloatModel('half/model.onnx', folder).network.ops.filter(isFloatWeighted)[0]?.weights.shape).toEqual([8, 3, 3, 3]);
  });

  it('comes before --prune, and is the same again', async () => {
    expect((await cli('prune net.onnx --channels 0.5 --pes 8 --prune balanced:4/8 -o both')).exitCode).toBe(0);
    expect(manifest('both').layers.map(({ keep }) => keep)).toEqual(['dense', 4, 4, 4, 4, 4, 'dense', 4, 4]);
    expect((await cli('prune net.onnx --channels 0.5 --pes 8 --prune balanced:4/8 -o both --check')).exitCode).toBe(0);
  });

  it('takes a share of the cycles, and fits what stays to calibration inputs', async () => {
    const { exitCode, out } = await cli('prune net.onnx --channels cycles:0.6 --method second-order --calibration train -o fitted --json');
    expect(exitCode).toBe(0);
    const channels = (JSON.parse(out) as Manifest).channels!;
    expect(channels.some(({ kept, of }) => kept < of)).toBe(true);
    expect(channels.filter(({ kept, of, reason }) => kept === of && reason === null)).toEqual([]);
  });
});

describe('gen-accel prune --permute', () => {
  it('writes the same function in another order: with balanced and with unconstrained pruning', async () => {
    for (const spec of ['conv2d_2=balanced:8/8', 'balanced:4/8', 'unconstrained:0.25']) {
      const place = spec.replace(/[:/=]/g, '-');
      expect((await cli(`prune net.onnx --permute --prune ${spec} -o ${place}`)).exitCode, spec).toBe(0);
      const { network: written } = readFloatModel(`${place}/model.onnx`, folder);
      if (spec.startsWith('conv2d_2')) expect(outputDifference(network, written, 4)).toBeLessThan(1e-4);
    }
  });

  it('puts the filters of pattern:n@filter in order: n of nine taps, after another method too', async () => {
    const nine = patternNetwork(4, 'residual');
    writeFileSync(at('pattern.onnx'), writeOnnx(nine.network).bytes);
    mkdirSync(at('inputs'));
    writeFileSync(at('inputs/x.npy'), npyOf([8, 6, 6, 16], (i) => ((i * 7919) % 1009) / 504.5 - 1));
    const steps = async (line: string): Promise<number[]> => {
      const { exitCode, out, err } = await cli(`estimate ${line} --calibration inputs --json`);
      expect(exitCode, err).toBe(0);
      return (JSON.parse(out) as { readonly layers: readonly { readonly limits: { readonly steps: number } }[] }).layers.map(({ limits }) => limits.steps);
    };
    // Tiles x pixels x taps x words of 8 channels x 8; what is added takes a step a tile and pixel more.
    const of = (taps: number): number[] => [2 * 36 * taps * 16, 2 * 36 * taps * 32, 2 * 36 * (taps * 32 + 1), 36 * taps * 32];
    expect(await steps('pattern.onnx')).toEqual(of(9));
    (await steps('pattern.onnx --prune pattern:4@filter')).slice(0, 3).forEach((count, i) => { expect(count).toBeGreaterThan(of(7)[i]!); });
    expect(await steps('pattern.onnx --permute --prune pattern:4@filter')).toEqual(of(4));
    // Where no filter asks for a pattern the choice depends on the order: it is that of the masks which were ordered.
    for (let seed = 1; seed <= 3; seed++) {
      writeFileSync(at('alike.onnx'), writeOnnx(patternNetwork(seed, 'chain', { strength: 1 }).network).bytes);
      expect(await steps('alike.onnx --permute --prune pattern:4@filter')).toEqual([of(4)[0], of(4)[1], of(4)[3]]);
    }
    expect((await cli('prune pattern.onnx --method second-order --calibration inputs --prune pattern:4@filter -o fitted-patterns')).exitCode).toBe(0);
    expect(await steps('fitted-patterns/model.onnx --permute --prune pattern:4@filter')).toEqual(of(4));
  });
});

describe('--channels', () => {
  it('makes the network of inspect and compile smaller', async () => {
    const { exitCode, out } = await cli('inspect net.onnx --calibration train --channels 0.5 --pes 8 --prune balanced:4/8 --json');
    expect(exitCode).toBe(0);
    const { layers } = JSON.parse(out) as { layers: { name: string; weightShape: number[] }[] };
    expect(layers.find(({ name }) => name === 'conv2d_4')?.weightShape).toEqual([16, 3, 3, 8]);
    const compiled = await cli('compile net.onnx --calibration train --channels 0.5 --pes 8 --permute --prune balanced:4/8 -o out --json');
    expect(compiled.exitCode, compiled.err).toBe(0);
  });

  it.each([
    ['prune net.onnx --channels 0', '--channels: a share of 0; expected more than 0, at most 1. Use --channels 0.5 to keep about half of the channels.'],
    ['prune net.onnx --channels half', '--channels: a share of half; expected more than 0, at most 1. Use --channels 0.5 to keep about half of the channels.'],
    // E_CHANNEL_CYCLES
    ['prune net.onnx --channels cycles:0.001', '--channels: cycles:0.001; expected at least 0.'],
    // E_NOTHING_PRUNED
    ['prune net.onnx --prune kernel:9x9', '--prune: kernel:9x9, under which every layer of net stays dense: '],
    ['inspect synthetic --prune pattern:10@tile', '--prune: pattern:10@tile, under which every layer of'],
    ['prune net.onnx --permute --prune balanced:4/8 --prune conv2d_2=unconstrained:0.5', '--permute has one order for channels'],
    ['prune net.onnx --permute --prune balanced:4/8 --prune conv2d_2=pattern:4@filter', 'others unconstrained or by patterns that ask for an order of filters'],
    ['prune net.onnx --permute --prune pattern:4@tile', 'no layer is pruned so'],
    ['prune net.onnx --permute --prune pattern:9@filter', '--prune: pattern:9@filter, under which every layer of net stays dense: '],
    // A layer that there is not is named, not the kind of its constraint.
    ['prune net.onnx --permute --prune nope=pattern:4@filter', '--prune: no layer is named "nope"; expected one of '],
    ['prune net.onnx --permute --method second-order --calibration train --prune pattern:4@filter', 'Prune first (gen-accel prune --method second-order --prune pattern:4@filter), then order what that wrote: --permute --prune pattern:4@filter.'],
    ['prune net.onnx --prune balanced:9/8', 'Write it as 8/8.'],
    ['inspect synthetic --channels 0.5', '--channels changes float networks, and synthetic is int8 already'],
    ['inspect synthetic --permute --keep 2', 'Use the float model with --calibration.'],
    ['prune net.onnx --permute', '--permute needs --keep or --prune'],
    ['prune net.onnx --permute --prune kernel:1x1', '--permute puts channels in order for balanced or unconstrained pruning and for patterns by filter or kernel, and no layer is pruned so'],
    ['prune net.onnx --channels 0.5 --target-sparsity 0.5 --calibration train', '--target-sparsity chooses K for the network as it is, and --channels changes it'],
  ])('%s is refused', async (line, message) => {
    const { exitCode, err } = await cli(line);
    expect(exitCode).toBe(1);
    expect(err).toContain(message);
  });
});
