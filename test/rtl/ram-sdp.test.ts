// SPDX-License-Identifier: Apache-2.0
/** The standard memory against an array in TypeScript: latency, hold, depth and width; no collision is read. */
import { describe, expect, it } from 'vitest';
import { indexBits } from '../../generator/core/integers.js';
import { createRandom } from '../../generator/core/random.js';
import { ramSdp } from '../../generator/dsl/index.js';
import { emitDesign } from '../support/emit-design.js';
import { complaintsOf, hasTool, simulate } from '../support/lint-verilog.js';

interface Cycle {
  readonly write: { readonly address: number; readonly data: bigint } | undefined;
  readonly read: number | undefined;
}

const SEED = 11;
const { files } = emitDesign(ramSdp);

/** Random reads and writes; never the same address in one cycle, never an unwritten one. */
function randomCycles(width: number, depth: number): Cycle[] {
  const random = createRandom(SEED + width + depth);
  const word = (): bigint =>
    BigInt(`0x${Array.from({ length: Math.ceil(width / 4) }, () => random.integer(0, 15).toString(16)).join('')}`) &
    ((1n << BigInt(width)) - 1n);
  const fill = Array.from({ length: depth }, (_, address): Cycle => ({ write: { address, data: word() }, read: undefined }));
  const mixed = Array.from({ length: 200 }, (): Cycle => {
    const [address, read] = [random.integer(0, depth - 1), random.integer(0, depth - 1)];
    const write = random.next() < 0.5 && address !== read ? { address, data: word() } : undefined;
    return { write, read: random.next() < 0.7 ? read : undefined };
  });
  return [...fill, ...mixed];
}

/** rd_data_o at the end of each cycle by the contract, undefined while unknown. */
function expectedReads(cycles: readonly Cycle[], outputRegister: boolean): (bigint | undefined)[] {
  const contents = new Map<number, bigint>();
  const fetched: (bigint | undefined)[] = [];
  let held: bigint | undefined;
  for (const { write, read } of cycles) {
    if (read !== undefined) held = contents.get(read);
    if (write !== undefined) contents.set(write.address, write.data);
    fetched.push(held);
  }
  return outputRegister ? [undefined, ...fetched.slice(0, -1)] : fetched;
}

function benchOf(cycles: readonly Cycle[], width: number, depth: number, outReg: number): string {
  const address = indexBits(depth);
  const steps = cycles.map(({ write, read }) =>
    [
      `wr_en = ${write === undefined ? 0 : 1}; wr_addr = ${write?.address ?? 0}; wr_data = ${width}'h${(write?.data ?? 0n).toString(16)};`,
      `rd_en = ${read === undefined ? 0 : 1}; rd_addr = ${read ?? 0}; #1 clk = 1; #1 clk = 0; $display("%h", rd_data);`,
    ].join(' '),
  );
  return `module tb;
    reg clk, wr_en, rd_en; reg [${address - 1}:0] wr_addr, rd_addr; reg [${width - 1}:0] wr_data; wire [${width - 1}:0] rd_data;
    demo_ram_sdp #(.WIDTH(${width}), .DEPTH(${depth}), .ADDR_W(${address}), .OUT_REG(${outReg})) u_dut (
      .clk_i(clk), .wr_en_i(wr_en), .wr_addr_i(wr_addr), .wr_data_i(wr_data),
      .rd_en_i(rd_en), .rd_addr_i(rd_addr), .rd_data_o(rd_data));
    initial begin clk = 0;\n${steps.join('\n')}\nend
  endmodule`;
}

describe.skipIf(!hasTool('iverilog'))(`ram_sdp (seed ${SEED})`, () => {
  it.each([
    [8, 512, 1],
    [8, 512, 0],
    [2048, 16, 1],
    [1, 2, 0],
    [19, 100, 1],
  ])('of %i bits x %i words with OUT_REG %i reads what was written, and holds it', (width, depth, outReg) => {
    const cycles = randomCycles(width, depth);
    const expected = expectedReads(cycles, outReg === 1);
    const got = simulate(new Map([...files, ['tb.v', benchOf(cycles, width, depth, outReg)]]), 'tb').split('\n');
    expect(got).toHaveLength(cycles.length);
    expected.forEach((word, cycle) => {
      if (word === undefined) return;
      expect(`cycle ${cycle}: ${got[cycle]}`).toBe(`cycle ${cycle}: ${word.toString(16).padStart(Math.ceil(width / 4), '0')}`);
    });
    expect(expected.filter((word) => word !== undefined).length).toBeGreaterThan(100);
  });
});

describe.skipIf(!hasTool('yosys'))('ram_sdp in synthesis', () => {
  it('is one memory cell with a synchronous read port, without collision logic', () => {
    const script = 'proc; opt; memory -nomap; opt_clean; select -assert-count 1 t:$mem_v2; select -assert-count 0 t:$eq';
    expect(complaintsOf('yosys', files, 'demo_ram_sdp', script)).toBe('');
    expect(complaintsOf('yosys', files, 'demo_ram_sdp', 'proc; memory -nomap; select -assert-count 2 t:$mem_v2')).toContain('Assertion');
  });
});
