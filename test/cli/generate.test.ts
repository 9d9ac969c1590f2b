// SPDX-License-Identifier: Apache-2.0
/** Checks the bare command: what it writes, prints and returns. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../support/run-cli.js';

const MAIN = join(import.meta.dirname, '../../generator/cli/main.ts');

let cwd = '';
beforeEach(() => { cwd = mkdtempSync(join(tmpdir(), 'cli-')); });
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const cli = (line: string) => runCli(line.split(' ').filter((word) => word !== ''), cwd);
const tree = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => [path.slice(folder.length + 1), readFileSync(path, 'utf8')]),
  );

describe('gen-accel --pes 16 --group 8', () => {
  it('writes the folder of the design and says what it did and what comes next', async () => {
    const { exitCode, out, err } = await cli('--pes 16 --group 8');
    expect(err).toBe('');
    expect(exitCode).toBe(0);
    expect(out.replace(/configuration [0-9a-f]{12}/, 'configuration HASH')).toBe(`pes16-group8: 16 multipliers, direct index, configuration HASH
  array      16 PEs x 1 lane, groups of 8, dsp multipliers
  output     1 requantizer a lane: a pixel takes max(kept weights, 16) cycles
  buffers    weights 2048, activations 4096, schedule 1024, output 2 x 1024 words; 32.0 KiB in all
  bus        AXI 64 bit data, 32 bit address, 4 bit id
  predicted  xc7: 21 DSP48E1, 0 RAMB36E1, 15 RAMB18E1
  files      10 in rtl-out/pes16-group8 (10 written)
Next: make -C rtl-out/pes16-group8 sim
`);
    expect(Object.keys(tree(join(cwd, 'rtl-out/pes16-group8')))).toEqual([
      'Makefile', 'README.md', 'accel.json', 'docs/instructions.md', 'docs/registers.md', 'pes16_group8.core', 'rtl.f', 'rtl/pes16_group8_core.v', 'rtl/pes16_group8_ram_sdp.v', 'synth.ys',
    ]);
  });

  it('gives the same bytes every time, in less than a second', async () => {
    const started = performance.now();
    await cli('--out a');
    expect(performance.now() - started).toBeLessThan(1000);
    await cli('--out b');
    expect(tree(join(cwd, 'a'))).toEqual(tree(join(cwd, 'b')));
    expect((await cli('--out a')).out).toContain('(all as before)');
  });

  it('names no folder and no time in what it writes', async () => {
    await cli('--out deep/folder');
    for (const [path, text] of Object.entries(tree(join(cwd, 'deep/folder')))) {
      expect(text.includes(cwd), path).toBe(false);
      expect(/20[0-9]{2}-[0-9]{2}-[0-9]{2}/.test(text), path).toBe(false);
    }
  });

  it('uses the prefix for every module and file', async () => {
    await cli('--prefix left --out x');
    const files = tree(join(cwd, 'x'));
    expect(Object.keys(files).filter((path) => path.startsWith('rtl/'))).toEqual(['rtl/left_core.v', 'rtl/left_ram_sdp.v']);
    expect(files['rtl.f']).toBe('rtl/left_ram_sdp.v\nrtl/left_core.v\n');
    expect(files['rtl/left_core.v']).toContain('module left_core');
  });

  it('prints one JSON object with --json', async () => {
    const { out } = await cli('--json --out x');
    const value = JSON.parse(out) as Record<string, unknown>;
    expect(value).toMatchObject({ folder: join(cwd, 'x'), top: 'pes16_group8_core', config: { pes: 16 }, predicted: { xc7: { RAMB18E1: 15 } }, removed: [] });
    expect(Object.keys(value)).toEqual(['folder', 'configHash', 'top', 'config', 'derived', 'predicted', 'files', 'written', 'removed']);
  });
});

describe('the manifest', () => {
  it('describes configuration, derived numbers, registers, predictions and files', async () => {
    await cli('--pes 12 --group 4 --out x');
    const manifest = JSON.parse(readFileSync(join(cwd, 'x/accel.json'), 'utf8')) as Record<string, Record<string, unknown>>;
    expect(Object.keys(manifest)).toEqual([
      'generator', 'version', 'configHash', 'interfaceVersion', 'coreId', 'config', 'derived', 'top', 'verilog', 'predicted', 'memories', 'registers', 'errorCodes', 'files', 'manifestHash',
    ]);
    expect(manifest).toMatchObject({
      generator: 'gen-accel', interfaceVersion: '1.0', config: { pes: 12, group: 4, requant: 1 }, derived: { drain: 12, multipliers: 12 },
      registers: { CONTROL: { offset: 16 } }, errorCodes: { watchdog: { code: 9 } },
      predicted: { generic: { memoryBits: 12 * 8 * 2048 } },
      memories: [{ path: 'core/u_weights/mem', widthBits: 96, depth: 2048, count: 1 }],
    });
    expect(Object.keys(manifest['files'] ?? {})).toContain('rtl/pes12_group4_core.v');
  });
});

describe('--check', () => {
  it('returns 0 for a current folder and 1 with the differences for another', async () => {
    await cli('--out x');
    expect(await cli('--out x --check')).toMatchObject({ exitCode: 0, err: '' });
    writeFileSync(join(cwd, 'x/rtl/pes16_group8_core.v'), '// edited\n');
    const { exitCode, err } = await cli('--out x --check');
    expect(exitCode).toBe(1);
    expect(err).toContain('not current:\n  differs: rtl/pes16_group8_core.v\n');
    expect((await cli('--out x --check --lanes 2')).err).toContain('differs: accel.json');
  });

  it('writes nothing', async () => {
    expect((await cli('--out x --check')).exitCode).toBe(1);
    expect(existsSync(join(cwd, 'x'))).toBe(false);
  });
});

describe('an output folder with edits', () => {
  it('is refused with exit code 1, and overwritten with --force', async () => {
    await cli('--out x');
    writeFileSync(join(cwd, 'x/README.md'), 'mine');
    const refused = await cli('--out x --lanes 2');
    expect(refused).toMatchObject({ exitCode: 1, out: '' });
    expect(refused.err).toContain('changed after gen-accel wrote them:\n  README.md\n');
    const forced = await cli('--out x --lanes 2 --force');
    expect(forced.exitCode).toBe(0);
    expect((await cli('--out x --lanes 2 --check')).exitCode).toBe(0);
    expect(readdirSync(join(cwd, 'x/rtl')).every((name) => name.startsWith('pes16_group8_lanes2_'))).toBe(true);
  });
});

describe('a configuration file', () => {
  const put = (name: string, text: string): void => {
    mkdirSync(join(cwd, 'conf'), { recursive: true });
    writeFileSync(join(cwd, 'conf', name), text);
  };

  it('describes the accelerator, and options go before it', async () => {
    put('size.ts', 'export const pes: number = 4 * 3;\n');
    put('accel.ts', "import { defineAccelerator } from 'gen-accel';\nimport { pes } from './size';\nexport default defineAccelerator({ name: 'mine', pes, group: 4 });\n");
    const { exitCode, err } = await cli('--config conf/accel.ts --group 16');
    expect(err).toBe('');
    expect(exitCode).toBe(0);
    const manifest = JSON.parse(readFileSync(join(cwd, 'rtl-out/mine/accel.json'), 'utf8')) as { config: object };
    expect(manifest.config).toMatchObject({ name: 'mine', prefix: 'mine', pes: 12, group: 16 });
  });

  it.each([
    ['nothing.ts', undefined, 'there is no such file'],
    ['syntax.ts', 'export default {', 'Unexpected token'],
    ['throws.ts', "throw new Error('no licence');", 'no licence'],
    ['empty.ts', 'export const pes = 3;', 'it has no default export'],
    ['number.ts', 'export default 3;', 'its default export is the number 3, not a plain object'],
    ['array.ts', 'export default [];', 'its default export is an array, not a plain object'],
    ['proxy.ts', 'export default new Proxy({}, {});', 'its default export is a Proxy, not a plain object'],
    ['class.ts', 'class Mine { pes = 8; }\nexport default new Mine();', 'its default export is an instance of Mine, not a plain object'],
    ['rejected.ts', "export default Promise.reject(new Error('no licence'));", 'no licence (conf/rejected.ts:1:'],
    ['getter.ts', "export default {\n  get pes() { throw new Error('no licence'); },\n};", 'no licence (conf/getter.ts:2:'],
    ['thrown.ts', 'throw Object.create(null);', 'it threw an object'],
    ['line.ts', 'export default {\n  pes: 8,\n  group 4,\n};', 'Unexpected token, expected "," (conf/line.ts:3:'],
    ['decoder.ts', 'export const indexDecoders = [null]; export default {};', 'indexDecoders[0] is null without a format that has a name'],
    ['decoders.ts', 'export const indexDecoders = 3; export default {};', 'its export indexDecoders is no array'],
  ])('%s is refused with its reason', async (name, text, reason) => {
    if (text !== undefined) put(name, text);
    const { exitCode, err } = await cli(`--config conf/${name}`);
    expect(exitCode).toBe(1);
    expect(err).toContain(`gen-accel: configuration file conf/${name}: `);
    expect(err).toContain(reason);
    expect(err).not.toContain('    at ');
  });

  it('may export a promise of the parameters', async () => {
    put('later.ts', 'export default Promise.resolve({ pes: 8 });');
    const { exitCode, out } = await cli('--config conf/later.ts --out later');
    expect({ exitCode, out: out.split(':')[0] }).toEqual({ exitCode: 0, out: 'pes8-group8' });
  });

  it.each([
    ['exits.ts', 'process.exit(0);', 'it ended the process with exit code 0'],
    ['waits.ts', 'export default new Promise(() => undefined);', 'it waits for what never happens'],
  ])('%s, which never returns, ends the program with exit code 1', (name, text, why) => {
    put(name, text);
    const { status, stderr } = spawnSync(process.execPath, ['--import', import.meta.resolve('tsx'), MAIN, '--config', `conf/${name}`], { cwd, encoding: 'utf8' });
    expect(stderr).toContain(`gen-accel: configuration file conf/${name}: ${why}; `);
    expect(status).toBe(1);
  });

  it('with wrong values is refused like the options', async () => {
    put('wrong.ts', 'export default { pes: 0, colour: 1 };');
    expect(await cli('--config conf/wrong.ts')).toMatchObject({
      exitCode: 1,
      err: `gen-accel: configuration: 2 problems
  --colour 1: is not a parameter (pes, group, lanes, index, patternBits, weightBits, multiplier, weightDepth, actDepth, schedDepth, outDepth, partialDepth, rounding, requant, bus, addr, id, name, prefix); leave out --colour
  --pes 0: must be an integer from 1 to 256; use --pes 1
`,
    });
  });
});
