// SPDX-License-Identifier: Apache-2.0
/** Checks the command line itself: help, version, wrong words, exit codes, stacks only on demand. */
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { PARAMETERS } from '../../generator/arch/parameters.js';
import { DefectError } from '../../generator/core/errors.js';
import { runCli } from '../support/run-cli.js';

const cli = (line: string, overrides = {}) => runCli(line.split(' ').filter((word) => word !== ''), tmpdir(), overrides);

describe('gen-accel', () => {
  it('--help lists every parameter with its range, and examples', async () => {
    const { exitCode, out, err } = await cli('--help');
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' });
    for (const spec of PARAMETERS) expect(out).toContain(`--${spec.flag} `);
    expect(out).toContain('a power of two, 2 to 32');
    expect(out).toContain('gen-accel --pes 16 --group 8');
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(110);
  });

  it.each(['', 'sim', 'synth'])('%s --help ends with examples, and offers --json', async (word) => {
    const { exitCode, out } = await cli(`${word} --help`);
    expect(exitCode).toBe(0);
    expect(out).toMatch(new RegExp(`\\nExamples:\\n(  gen-accel ${word}.*\\n(?: {20,}.*\\n)*)+$`));
    expect(out).toContain('      --json ');
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(110);
  });

  it.each([['--out'], ['--config'], ['sim --images'], ['sim --trace fst --trace-file'], ['synth --yosys']])("%s '' is refused: it would mean the current folder", async (line) => {
    const words = line.split(' ');
    const flag = words.at(-1) ?? '';
    expect(await runCli([...words, ''], tmpdir())).toEqual({ exitCode: 1, out: '', err: `gen-accel: ${flag} is empty. Name a path, or leave out ${flag}.\n` });
  });

  it("sim '' is refused: no model is named", async () => {
    expect(await runCli(['sim', ''], tmpdir())).toMatchObject({ exitCode: 1, out: '', err: expect.stringContaining('the model is empty. ') as string });
  });

  it('speaks one language, whatever LANG says', async () => {
    const before = process.env['LC_ALL'];
    process.env['LC_ALL'] = 'de_DE.UTF-8';
    try {
      expect((await cli('--pse 16')).err).toBe('gen-accel: Unknown argument: pse. See gen-accel --help.\n');
      expect((await cli('sim --help')).out).toContain('[default: "synthetic"]');
    } finally {
      if (before === undefined) delete process.env['LC_ALL'];
      else process.env['LC_ALL'] = before;
    }
  });

  it('--version prints the version of the package', async () => {
    expect((await cli('--version')).out).toMatch(/^[0-9]+\.[0-9]+\.[0-9]+\n$/);
  });

  it.each([
    ['--pse 16', 'Unknown argument: pse. See gen-accel --help.'],
    ['--pes', 'Not enough arguments following: pes. See gen-accel --help.'],
    ['--pes 8 --pes 16', '--pes was given 2 times. Give it once.'],
    ['--out a --out b', '--out was given 2 times. Give it once.'],
    ['--no-out', '--no-out is no option. Leave out --out.'],
    ['simulate', 'Unknown argument: simulate. See gen-accel --help.'],
    ['--pes sixteen', 'configuration: 1 problem\n  --pes sixteen: must be an integer from 1 to 256; use --pes 16'],
    ['--group 7 --bus 48 --check', 'configuration: 2 problems\n  --group 7: must be a power of two from 2 to 32; use --group 8\n  --bus 48: must be a power of two from 32 to 512; use --bus 64'],
    ['--index bitmap --pattern-bits 6', 'configuration: 1 problem\n  --pattern-bits 6: has no meaning with --index bitmap; leave out --pattern-bits'],
  ])('%s is refused with exit code 1', async (line, sentence) => {
    expect(await cli(line)).toEqual({ exitCode: 1, out: '', err: `gen-accel: ${sentence}\n` });
  });

  it('returns 3 for a defect, and shows a stack with --debug alone', async () => {
    const broken = { buildTop: () => { throw new DefectError('core', 'a wire without an end'); } };
    const quiet = await cli('--out nowhere', broken);
    expect(quiet.exitCode).toBe(3);
    expect(quiet.err).toBe('gen-accel: core: a wire without an end; expected this never to happen. Please report it with the command that you ran.\n');
    expect((await cli('--out nowhere --debug', broken)).err).toContain('    at ');
    const unexpected = await cli('--out nowhere', { buildTop: () => { throw new TypeError('x is not a function'); } });
    expect(unexpected).toMatchObject({ exitCode: 3, err: 'gen-accel: a defect: x is not a function. Please report it with the command that you ran.\n' });
  });

  it('returns 130 when it is interrupted, and writes nothing', async () => {
    const controller = new AbortController();
    controller.abort();
    expect(await cli('--out interrupted-run', { signal: controller.signal })).toMatchObject({ exitCode: 130, out: '' });
  });
});
