// SPDX-License-Identifier: Apache-2.0
/** Checks `gen-accel pnr` around the tools: options, refusals, the table, and that its document names every option. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readPnrOptions } from '../../generator/cli/pnr-options.js';
import { pnrTable, type PnrTable } from '../../generator/report/pnr-table.js';
import { runCli } from '../support/run-cli.js';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const cli = (line: string) => runCli(line.split(' '), root);

const report: PnrTable = {
  name: 'a', block: 'core', target: 'ecp5', device: '45k', speed: '8', seed: 1, frequencyMhz: 150, tools: { yosys: 'Yosys 9', nextpnr: 'nextpnr-ecp5 9' }, fmaxMhz: 81.011,
  utilization: [{ resource: 'DP16KD', used: 58, available: 108 }, { resource: 'TRELLIS_FF', used: 9193, available: 43848 }],
  absorbed: { multipliers: 21, inputs: 20, outputs: 21, flipFlops: 580 },
  criticalPath: {
    source: { module: 'ram_sdp', instance: 'u_a.u_bank', register: 'mem.0.6', cell: 'u_dut.u_a.u_bank.mem.0.6' },
    sink: { module: 'core', instance: '', register: 'word_q', cell: 'u_dut.word_q_TRELLIS_FF_Q' },
    delayNs: 12.344, logicNs: 6.61, routingNs: 5.734,
    parts: [{ module: 'ram_sdp', instance: 'u_a.u_bank', logicNs: 4.263, routingNs: 1.949 }, { module: 'core', instance: '', logicNs: 2.347, routingNs: 3.785 }],
  },
};

it('the table shows the clock, cells in use, and the slowest path by modules', () => {
  expect(pnrTable(report)).toEqual([
    'core of a on ecp5 45k, speed 8, Yosys 9, nextpnr-ecp5 9, seed 1',
    '81.0 MHz (aim 150 MHz)',
    'resource    used  available   share',
    'DP16KD        58        108  53.7 %',
    'TRELLIS_FF  9193      43848  21.0 %',
    'registers inside 21 multipliers: 20 at both inputs, 21 at the product, for 580 flip-flops',
    'slowest path: 12.34 ns, 6.61 in cells, 5.73 along nets',
    '  from mem.0.6 of ram_sdp (u_a.u_bank)',
    '  to   word_q of core',
    '  module   instance    cells, ns  nets, ns',
    '  ram_sdp  u_a.u_bank       4.26      1.95',
    '  core                      2.35      3.79',
  ]);
});

it('says nothing of registers inside multipliers where there is none, or no such block', () => {
  const lines = (absorbed: PnrTable['absorbed']) => pnrTable({ ...report, absorbed }).filter((line) => line.startsWith('registers inside'));
  expect(lines(null)).toEqual([]);
  expect(lines({ multipliers: 0, inputs: 0, outputs: 0, flipFlops: 0 })).toEqual([]);
  expect(lines({ multipliers: 1, inputs: 1, outputs: 0, flipFlops: 5 })).toEqual(['registers inside 1 multiplier: 1 at both inputs, 0 at the product, for 5 flip-flops']);
});

describe('options of gen-accel pnr', () => {
  it('have defaults by target and device', () => {
    expect(readPnrOptions({})).toMatchObject({ target: 'ecp5', device: '45k', speed: '6', seed: 1, frequencyMhz: 150, block: undefined });
    expect(readPnrOptions({ target: 'ice40', device: 'up5k', block: 'array', seed: '3' })).toMatchObject({ device: 'up5k', seed: 3, frequencyMhz: 45, block: 'pe_array' });
  });

  it.each([
    ['--target xc7', '--target xc7 is none of ecp5, ice40. Use --target ecp5.'],
    ['--target ice40 --device 45k', '--device 45k is none of hx8k, up5k. Use --device hx8k.'],
    ['--target ice40 --speed 8', '--speed belongs to --target ecp5, not ice40. Leave it out.'],
    ['--speed 9', '--speed 9 is none of 6, 7, 8. Use --speed 6.'],
    ['--seed 0', '--seed 0 is not an integer from 1 to 2147483647. Use --seed 1.'],
    ['--freq 1e3', '--freq 1e3 is not an integer from 1 to 1000. Use --freq 150.'],
  ])('%s is refused', async (options, message) => {
    expect(await cli(`pnr ${options}`)).toEqual({ exitCode: 1, out: '', err: `gen-accel: ${message}\n` });
  });

  it('an unknown block is refused with those that there are', async () => {
    expect(await cli('pnr --pes 16 --block adder')).toMatchObject({ exitCode: 1, out: '', err: expect.stringMatching(/^gen-accel: --block adder is no module of pes16_group8\. Modules: .*core\.\n$/) });
  });

  it('a missing nextpnr is said before minutes of synthesis', async () => {
    const before = process.env.PATH;
    process.env.PATH = '/nonexistent';
    try {
      expect(await cli('pnr --target ice40')).toMatchObject({ exitCode: 2, out: '', err: expect.stringContaining('nextpnr-ice40: not in the search path') });
    } finally {
      process.env.PATH = before;
    }
  });

  it('are all in docs/pnr.md, which the README links', async () => {
    const { out } = await cli('pnr --help');
    const own = out.slice(out.indexOf('Place and route:'));
    const flags = [...own.matchAll(/^ +(?:-\w, )?(--[a-z]+)/gm)].map(([, flag]) => flag as string).filter((flag) => !['--version', '--debug', '--help'].includes(flag));
    expect(flags).toEqual(expect.arrayContaining(['--target', '--device', '--speed', '--seed', '--freq', '--block', '--yosys', '--out', '--force', '--json']));
    const page = readFileSync(join(root, 'docs/pnr.md'), 'utf8');
    for (const flag of flags) expect(page, flag).toContain(flag);
    expect(readFileSync(join(root, 'README.md'), 'utf8')).toContain('](docs/pnr.md)');
    expect(out).toContain('gen-accel pnr --pes 16 --speed 8');
  });
});
