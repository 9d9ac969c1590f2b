// SPDX-License-Identifier: Apache-2.0
/** examples/custom-decoder: an index decoder from outside the package is clean and computes bit-exactly. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generate, validateConfig, writeOutputFolder } from 'gen-accel';
import { describe, expect, it } from 'vitest';
import accelerator, { indexDecoders } from '../../examples/custom-decoder/accelerator.js';
import { relativeDecoder, relativeFormat } from '../../examples/custom-decoder/relative-decoder.js';
import { createRandom } from '../../generator/core/random.js';
import { lintGate } from '../../sim/gate/index.js';
import { AcceleratorHost } from '../../sim/harness/index.js';
import { createIcarus } from '../../sim/simulators/index.js';
import { findTool } from '../../sim/tools/index.js';
import { gateLayer } from '../gate/layers.js';
import { BASE, busProblems } from '../support/axi-bench.js';
import { coreDesign } from '../support/core-design.js';
import { runLayer, runProblem } from '../support/run-core.js';

const folder = fileURLToPath(new URL('../../examples/custom-decoder/', import.meta.url));
const missing = (await Promise.all((['iverilog', 'verilator', 'yosys'] as const).map(findTool))).includes(undefined);

describe('the custom decoder', () => {
  it('imports nothing but the public API', () => {
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.ts'))) {
      const imports = [...readFileSync(join(folder, file), 'utf8').matchAll(/from '([^']+)'/g)].map(([, name]) => name);
      expect(imports.filter((name) => name !== 'gen-accel' && name !== './relative-decoder.js'), file).toEqual([]);
    }
  });

  it('is unknown to the rules until it is registered', () => {
    expect(() => generate(accelerator)).toThrow('--index relative: must be one of direct, bitmap, pattern; use --index direct');
  });

  it('encodes skipped positions, from which a running sum gets every kept position back', () => {
    expect(relativeFormat.encode([1, 2, 5], 4, 8)).toEqual([1n, 0n, 2n, 0n]);
    const random = createRandom(9);
    for (let i = 0; i < 500; i++) {
      const group = 2 ** random.integer(1, 5);
      const positions = Array.from({ length: group }, (_, p) => p).filter(() => random.next() < 0.4);
      const fields = relativeFormat.encode(positions, positions.length, group);
      let next = 0;
      const decoded = fields.map((field) => {
        const position = next + Number(field);
        next = position + 1;
        return position;
      });
      expect(decoded).toEqual(positions);
      expect(fields.every((field) => field >= 0n && field < 2n ** BigInt(relativeFormat.bitsPerPe(group)))).toBe(true);
    }
  });

  it.skipIf(missing)('passes the gate at every group size', async () => {
    for (const group of [2, 8, 32]) {
      const { files, design } = generate({ ...accelerator, group }, { indexDecoders });
      const rtl = new Map([...files].filter(([path]) => path.startsWith('rtl/')));
      expect([...rtl.keys()].filter((path) => path.includes('relative'))).toHaveLength(1);
      expect(await lintGate(rtl, `${design.prefix}_${design.top.module.name}`), `group ${group}`).toEqual([]);
    }
  });

  it.skipIf(missing).each([2, 4, 8, 16])('computes bit-exactly with groups of %i: every K that differs, and dense', async (group) => {
    const config = validateConfig({ ...accelerator, group, weightDepth: 512 }, { indexDecoders: ['relative'] });
    const binary = await createIcarus().build(coreDesign(config, [relativeDecoder]), { memoryBytes: 1 << 18 });
    const session = await binary.start({ settings: { base: BASE, stall: 10, jitter: 5 } });
    try {
      const host = new AcceleratorHost(session);
      for (const keep of [...new Set([1, 2, 3, group / 2, group - 1]), 'dense' as const]) {
        if (keep !== 'dense' && keep >= group) continue;
        const layer = gateLayer(config, keep, 300 + group, { indexFormat: relativeFormat });
        expect(runProblem(await runLayer(host, layer, BASE)), layer.text).toBeUndefined();
      }
      expect(await busProblems(session)).toEqual([]);
    } finally {
      await session.close();
    }
  });

  it.skipIf(missing)('is caught when its hardware and its format disagree', async () => {
    const config = validateConfig(accelerator, { indexDecoders: ['relative'] });
    const design = coreDesign(config, [relativeDecoder]);
    const path = `rtl/${config.prefix}_index_decoder_relative.v`;
    const wrong = (design.rtl.get(path) ?? '').replace("position + 1'b1", 'position');
    const binary = await createIcarus().build({ ...design, rtl: new Map([...design.rtl, [path, wrong]]) }, { memoryBytes: 1 << 18 });
    const session = await binary.start({ settings: { base: BASE } });
    try {
      const layer = gateLayer(config, 3, 300, { indexFormat: relativeFormat });
      expect(runProblem(await runLayer(new AcceleratorHost(session), layer, BASE))).toMatch(/^channel \d+, y=\d+ x=\d+: rtl 0x.., golden 0x../);
    } finally {
      await session.close();
    }
  });

  it.skipIf(missing)('gives an output folder whose own test passes', async () => {
    const out = mkdtempSync(join(tmpdir(), 'gen-accel-decoder-'));
    try {
      await writeOutputFolder(join(out, 'core'), generate(accelerator, { indexDecoders }).files, { force: false });
      expect(execFileSync('make', ['-s', 'sim'], { cwd: join(out, 'core'), encoding: 'utf8' })).toContain('PASS');
    } finally {
      rmSync(out, { recursive: true, force: true });
    }
  });
});
