// SPDX-License-Identifier: Apache-2.0
/** Holds the prediction of xc7 block RAMs to what Yosys makes of the core's memory modules. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runYosys } from '@yowasp/yosys';
import { expect, it } from 'vitest';
import { predictXc7Memory, type MemoryShape } from '../../generator/arch/xc7-memory.js';
import { loadTemplates } from '../../generator/cli/load-templates.js';
import { indexBits } from '../../generator/core/integers.js';
import { createRandom } from '../../generator/core/random.js';
import { createRenderer } from '../../generator/emit/index.js';

const templates = loadTemplates();
const wide = process.env['GEN_ACCEL_REGRESS'] === '1';
const body = (name: string): string => createRenderer(templates).render(`rtl/${name}.v.hbs`, { view: {}, parameters: {}, prefix: '', module: '' });
const [simple, byteEnable] = [body('ram_sdp'), body('ram_byte_en')];

/** One module a shape, all under a top whose ports keep them alive. */
function verilogOf(shapes: readonly MemoryShape[]): string {
  const modules = shapes.map(({ widthBits, depth, writeEnableBits }, i) => {
    const bytes = writeEnableBits === undefined ? 1 : widthBits / 8;
    return `module m${i} #(parameter WIDTH=${widthBits}, BYTES=${bytes}, DEPTH=${depth}, ADDR_W=${indexBits(depth)}, OUT_REG=0) (
  input clk_i, input [${bytes - 1}:0] wr_en_i, input [ADDR_W-1:0] wr_addr_i, input [WIDTH-1:0] wr_data_i,
  input rd_en_i, input [ADDR_W-1:0] rd_addr_i, output [WIDTH-1:0] rd_data_o);
${writeEnableBits === undefined ? simple : byteEnable}
endmodule`;
  });
  const uses = shapes.map(({ widthBits, depth, writeEnableBits }, i) => {
    const bits = indexBits(depth);
    const bytes = writeEnableBits === undefined ? 1 : widthBits / 8;
    return `  m${i} u${i} (.clk_i(clk_i), .wr_en_i(x_i[${bytes - 1}:0]), .wr_addr_i(x_i[${bits - 1}:0]), .wr_data_i(x_i[${widthBits - 1}:0]),
    .rd_en_i(x_i[3]), .rd_addr_i(x_i[${bits + 20}:21]), .rd_data_o(y${i}_o));`;
  });
  const ports = shapes.map(({ widthBits }, i) => `output [${widthBits - 1}:0] y${i}_o`);
  return `${modules.join('\n')}\nmodule top (input clk_i, input [4095:0] x_i,\n${ports.join(',\n')});\n${uses.join('\n')}\nendmodule\n`;
}

const SCRIPT = 'read_verilog m.v; synth_xilinx -family xc7 -noiopad -top top -run begin:map_ffram; tee -q -o m.json stat -json';

interface Count { readonly ramb36: number; readonly ramb18: number }

function countsOf(json: string, shapes: readonly MemoryShape[]): Count[] {
  const { modules } = JSON.parse(json) as { modules: Record<string, { num_cells_by_type: Record<string, number> } | undefined> };
  return shapes.map((_, i) => {
    const cells = modules[`\\m${i}`]?.num_cells_by_type;
    if (cells === undefined) throw new Error(`yosys dropped m${i}`);
    return { ramb36: cells['RAMB36E1'] ?? 0, ramb18: cells['RAMB18E1'] ?? 0 };
  });
}

const predicted = (shape: MemoryShape): Count => {
  const { ramb36, ramb18 } = predictXc7Memory(shape);
  return { ramb36, ramb18 };
};

/** Around every border of the rule, then memories as the core has them. */
const fixed: readonly MemoryShape[] = [
  { widthBits: 32, depth: 16 }, { widthBits: 32, depth: 64 }, { widthBits: 64, depth: 64 }, { widthBits: 65, depth: 128 }, { widthBits: 72, depth: 512 }, { widthBits: 73, depth: 512 },
  { widthBits: 36, depth: 512 }, { widthBits: 37, depth: 1024 }, { widthBits: 18, depth: 1024 }, { widthBits: 128, depth: 2048 }, { widthBits: 48, depth: 2048 }, { widthBits: 1, depth: 65536 },
  { widthBits: 64, depth: 4096 }, { widthBits: 32, depth: 1024 }, { widthBits: 144, depth: 512 }, { widthBits: 8, depth: 16384 }, { widthBits: 512, depth: 2048 },
  { widthBits: 64, depth: 1024, writeEnableBits: 8 }, { widthBits: 16, depth: 512, writeEnableBits: 8 }, { widthBits: 256, depth: 256, writeEnableBits: 8 }, { widthBits: 32, depth: 8192, writeEnableBits: 8 },
];

const randomShapes = (seed: number, count: number): MemoryShape[] => {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => {
    const depth = random.next() < 0.8 ? 2 ** random.integer(2, 13) : random.integer(2, 5000);
    const byEnable = random.next() < 0.4;
    const widthBits = byEnable ? 8 * random.integer(1, 32) : random.integer(1, 300);
    return byEnable ? { widthBits, depth, writeEnableBits: 8 } : { widthBits, depth };
  });
};

it.each([1, ...(wide ? [2, 3, 4, 5, 6] : [])])('native Yosys makes the predicted block RAMs of every memory (seed %i)', (seed) => {
  const shapes = [...(seed === 1 ? fixed : []), ...randomShapes(seed, seed === 1 ? 10 : 30)];
  const folder = mkdtempSync(join(tmpdir(), 'xc7-memory-'));
  try {
    writeFileSync(join(folder, 'm.v'), verilogOf(shapes));
    execFileSync('yosys', ['-q', '-p', SCRIPT], { cwd: folder, stdio: 'pipe' });
    const counts = countsOf(readFileSync(join(folder, 'm.json'), 'utf8'), shapes);
    shapes.forEach((shape, i) => expect(predicted(shape), JSON.stringify(shape)).toEqual(counts[i]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

it('the embedded Yosys makes them too', async () => {
  const shapes = wide ? [...fixed, ...randomShapes(7, 10)] : fixed.slice(13);
  const files = await runYosys(['-q', '-p', SCRIPT], { 'm.v': verilogOf(shapes) }, { stdout: () => undefined, stderr: () => undefined });
  const json = (files as Record<string, string | Uint8Array>)['m.json'];
  const counts = countsOf(typeof json === 'string' ? json : new TextDecoder().decode(json), shapes);
  shapes.forEach((shape, i) => expect(predicted(shape), JSON.stringify(shape)).toEqual(counts[i]));
});
