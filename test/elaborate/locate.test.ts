// SPDX-License-Identifier: Apache-2.0
/** A cell of a flattened netlist is found in its module, through loops and conditions. */
import { expect, it } from 'vitest';
import { validateConfig } from '../../generator/arch/rules.js';
import { buildCore } from '../../generator/blocks/index.js';
import { describePath } from '../../generator/cli/commands/pnr.js';
import { elaborate } from '../../generator/elaborate/index.js';
import { locate } from '../../generator/elaborate/locate.js';
import { parseReport } from '../../sim/pnr/index.js';
import { readFileSync } from 'node:fs';

const { top, elaborated } = elaborate(buildCore(validateConfig({ pes: 4, group: 4, lanes: 2, multiplier: 'packed', name: 'x', prefix: 'x' })), { prefix: 'x' });

it.each([
  ['u_compute.u_act_buffer.gen_lane[1].gen_cluster[0].u_pool.word_q_SB_DFF_Q', 'pool_unit', 'u_compute.u_act_buffer.gen_lane[1].gen_cluster[0].u_pool', 'word_q_SB_DFF_Q'],
  ['u_compute.u_pe_array.gen_pe[3].u_pe.u_lanes.gen_lane[0].acc_q', 'pe_lanes', 'u_compute.u_pe_array.gen_pe[3].u_pe.u_lanes', 'gen_lane[0].acc_q'],
  ['u_compute.no_such', 'compute_unit', 'u_compute', 'no_such'],
  ['base_q', 'core', '', 'base_q'],
])('%s lies in %s', (name, module, instance, rest) => {
  expect(locate(top, name)).toEqual({ module, instance, name: rest });
});

it('a path is told by the modules that it passes; a register of the shell is not taken for the port beside it', () => {
  const block = elaborated.find(({ module }) => module.name === 'pe_array');
  const { path } = parseReport('nextpnr-ice40', readFileSync(new URL('../sim/fixtures/nextpnr-ice40-0.4-packed-array.json', import.meta.url), 'utf8'));
  const { source, sink, parts, delayNs } = describePath(block as NonNullable<typeof block>, path);
  expect(source).toMatchObject({ module: 'serial shell', instance: '', register: 'in_q' });
  expect(sink).toMatchObject({ module: 'pe_lanes', instance: 'gen_pe[3].u_pe.u_lanes', register: 'gen_lane[0].acc_q' });
  expect(parts.map(({ module }) => module)).toEqual(['serial shell', 'pe_lanes']);
  expect(parts.reduce((sum, { logicNs, routingNs }) => sum + logicNs + routingNs, 0)).toBeCloseTo(delayNs, 6);
});
