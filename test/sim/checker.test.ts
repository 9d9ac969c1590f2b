// SPDX-License-Identifier: Apache-2.0
/** The protocol checkers find each fault that is planted in the stand-in core. */
import { describe, expect, it } from 'vitest';
import { REGISTERS } from '../../generator/arch/registers.js';
import { createIcarus } from '../../sim/simulators/index.js';
import { findTool } from '../../sim/tools/index.js';
import { copyProgram, randomBytes } from '../contract/simulator.contract.js';
import { standinDesign } from '../support/standin.js';

const FAULTS: readonly (readonly [name: string, from: string, to: string, message: RegExp])[] = [
  ['address valid that falls', 'm_axi_awvalid = copying', 'm_axi_awvalid = !cycles_q[0] && copying', /m_axi_aw: valid fell before ready/],
  ['data that moves while it waits', 'm_axi_wdata   = w_data_q', "m_axi_wdata   = w_data_q ^ {63'd0, cycles_q[0]}", /m_axi_w: payload changed while waiting/],
  ['address that moves while it waits', 'm_axi_araddr  = ar_full[ADDR-1:0]', "m_axi_araddr  = ar_full[ADDR-1:0] ^ {20'd0, cycles_q[0], 11'd0}", /m_axi_ar: payload changed while waiting/],
  ['burst across 4 KiB', 'm_axi_araddr  = ar_full[ADDR-1:0]', "m_axi_araddr  = ar_full[ADDR-1:0] - 8", /m_axi: burst crosses 4 KiB/],
  ['size beyond the bus', 'm_axi_awsize  = SIZE[2:0]', "m_axi_awsize  = 3'd4", /m_axi: size is wider than the bus/],
  ['reserved burst type', "m_axi_arburst = 2'b01", "m_axi_arburst = 2'b11", /m_axi: burst is reserved/],
  ['early wlast', "w_last_q  <= w_beat_q == 4'd15", "w_last_q  <= w_beat_q == 4'd14", /m_axi: wlast at the wrong beat/],
  ['missing wlast', "w_last_q  <= w_beat_q == 4'd15", "w_last_q  <= 1'b0", /m_axi: write data beyond awlen/],
  ['X in written data', 'm_axi_wdata   = w_data_q', "m_axi_wdata   = {w_data_q[63:1], cycles_q[3] ? 1'bx : w_data_q[0]}", /m_axi_w: payload is X/],
  ['X on a valid', 'm_axi_arvalid = (', "m_axi_arvalid = (copying && cycles_q[3]) ? 1'bx : (", /m_axi_ar: valid is X/],
  ['X on a ready', "m_axi_rready  = 1'b1", "m_axi_rready  = copying ? 1'bx : 1'b1", /m_axi_r: ready is X/],
  ['X on the interrupt', 'irq_o          = (', "irq_o          = copying ? 1'bx : (", /s_axil: irq is X/],
  ['valid during reset', "m_axi_arvalid = (", 'm_axi_arvalid = rst_i || (', /m_axi_ar: valid during reset/],
  ['register response without a request', 's_axil_bvalid <= 1\'b1;', "s_axil_bvalid <= 1'b1; else if (cycles_q == 32'd9) s_axil_bvalid <= 1'b1;", /s_axil: b without a write/],
];

const icarus = createIcarus();
const hasIcarus = (await findTool('iverilog')) !== undefined;

describe.skipIf(!hasIcarus)('the protocol checker', () => {
  const run = async (from: string, to: string): Promise<{ log: readonly string[]; violations: number }> => {
    const design = standinDesign();
    const rtl = new Map([...design.rtl].map(([path, text]) => {
      expect(text).toContain(from);
      return [path, text.replace(from, to)] as const;
    }));
    const binary = await icarus.build({ ...design, rtl });
    const session = await binary.start({ settings: { stall: 40 } });
    await session.loadMemory(copyProgram(0x1_0000, 0x4_0000, 8), 0x1000);
    await session.loadMemory(randomBytes(4096, 1), 0x0_f000);
    await session.loadMemory(randomBytes(4096, 1), 0x1_0000);
    await session.writeReg(REGISTERS.PROGRAM.offset, 0x1000);
    await session.writeReg(REGISTERS.CONTROL.offset, 1);
    await session.wait(600);
    const { violations } = await session.stats();
    const verdict = await session.close();
    expect(verdict.passed).toBe(violations === 0);
    return { log: session.log, violations };
  };

  it('is silent about the core as it is', async () => {
    expect(await run('clk_i', 'clk_i')).toEqual({ log: [], violations: 0 });
  });

  it.each(FAULTS)('finds %s', async (_name, from, to, message) => {
    const { log, violations } = await run(from, to);
    expect(violations).toBeGreaterThan(0);
    expect(log.join('\n')).toMatch(message);
    expect(log.join('\n')).toMatch(/, cycle \d+/);
  });
});
