// SPDX-License-Identifier: Apache-2.0
/** Holds the manifest's block RAMs and DSPs to synthesis, over whole cores. */
import { expect, it } from 'vitest';
import { buildTop, parts } from '../../generator/cli/accelerator.js';
import { findTool } from '../../sim/tools/index.js';
import { runCli } from '../support/run-cli.js';

const yosys = await findTool('yosys');
const wide = process.env['GEN_ACCEL_REGRESS'] === '1';

interface SynthJson { readonly comparison: readonly { readonly resource: string; readonly predicted: number; readonly found: number }[]; readonly lutsPerMultiplier: number; readonly totals: { readonly latches: number } }

const synth = async (options: string): Promise<SynthJson> => {
  const native = yosys === undefined ? [] : ['--yosys', yosys];
  const { out, err, exitCode } = await runCli(['synth', ...options.split(' '), ...native, '--json'], '.', { buildTop, parts });
  expect({ err, exitCode }, options).toEqual({ err: '', exitCode: 0 });
  return JSON.parse(out) as SynthJson;
};

/** The whole core takes a minute of Yosys: one here, more in `make regress`. */
const TIMEOUT_MS = 10 * 60_000;
const more = [
  '--pes 3 --group 4 --lanes 2 --index bitmap --bus 128 --weight-depth 512',
  '--pes 4 --group 2 --requant 4 --bus 32 --act-depth 128 --out-depth 64',
  '--pes 8 --group 8 --multiplier lut --lanes 2 --weight-depth 64 --sched-depth 16',
  '--pes 12 --group 16 --bus 512 --weight-depth 4096',
  '--pes 64 --group 8 --bus 64',
];

it('16 PEs: DSPs and block RAMs as predicted, no latch, at most 40 LUTs per multiplier in the array with decode and drain', async () => {
  const { comparison, totals, lutsPerMultiplier } = await synth('--pes 16 --group 8');
  expect(comparison.map(({ resource }) => resource)).toEqual(['DSP48E1', 'RAMB36E1', 'RAMB18E1']);
  expect(totals.latches).toBe(0);
  expect(lutsPerMultiplier).toBeLessThanOrEqual(40);
}, TIMEOUT_MS);

it('16 PEs, two packed lanes: at most 70 LUTs per multiplier in the array with decode and drain', { timeout: TIMEOUT_MS }, async ({ skip }) => {
  if (!wide) skip('GEN_ACCEL_REGRESS=1 synthesizes it');
  expect((await synth('--pes 16 --group 8 --lanes 2 --multiplier packed')).lutsPerMultiplier).toBeLessThanOrEqual(70);
});

it('4 PEs, two packed lanes on iCE40: SB_MAC16 as predicted', { timeout: TIMEOUT_MS }, async ({ skip }) => {
  if (!wide) skip('GEN_ACCEL_REGRESS=1 synthesizes it');
  expect((await synth('--pes 4 --group 4 --lanes 2 --multiplier packed --target ice40 --weight-depth 256 --act-depth 256')).comparison).toEqual([{ resource: 'SB_MAC16', predicted: 4, found: 4 }]);
});

it.for(['--pes 4 --group 4 --lanes 2 --multiplier packed', '--pes 4 --group 4 --weight-bits 2', '--pes 4 --multiplier lut'])('%s on ECP5: MULT18X18D as predicted', { timeout: TIMEOUT_MS }, async (options, { skip }) => {
  if (!wide) skip('GEN_ACCEL_REGRESS=1 synthesizes it');
  expect((await synth(`${options} --target ecp5`)).comparison.map(({ resource }) => resource)).toEqual(['MULT18X18D']);
});

it.for(more)('%s: DSPs and block RAMs as predicted, no latch', { timeout: TIMEOUT_MS }, async (options, { skip }) => {
  if (!wide) skip('GEN_ACCEL_REGRESS=1 synthesizes it');
  expect((await synth(options)).totals.latches).toBe(0);
});
