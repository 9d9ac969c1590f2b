// SPDX-License-Identifier: Apache-2.0
/** Checks the package as a user gets it: packed, installed in an empty folder, run from there. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const NO_REGISTRY = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH|ENOTCACHED/;
const MINUTES = 60_000;

let folder = '';
let noRegistry = '';

/** Runs a command as a user would, without this npm's settings and without npm's own warnings about them. */
const inFolder = (command: string, ...args: string[]) => {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_|VITE|VITEST)/.test(name)));
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, encoding: 'utf8', env });
  return { status, stdout, stderr: stderr.replace(/^npm warn .*\n/gm, '') };
};
const genAccel = (...args: string[]) => inFolder('npx', '--no-install', 'gen-accel', ...args);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pack-'));
  const packed = JSON.parse(execFileSync('npm', ['pack', '--json', '--silent', '--pack-destination', folder], { cwd: root, encoding: 'utf8' })) as { filename: string }[];
  writeFileSync(join(folder, 'package.json'), '{ "name": "user", "private": true }\n');
  const install = inFolder('npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', `./${packed[0]?.filename}`);
  if (install.status !== 0 && NO_REGISTRY.test(install.stderr)) noRegistry = 'the npm registry cannot be reached';
  else expect(install.status, install.stderr).toBe(0);
}, 5 * MINUTES);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('npx gen-accel --pes 16 --group 8 writes the folder that is committed here', (ctx) => {
  if (noRegistry !== '') ctx.skip(noRegistry);
  const result = genAccel('--pes', '16', '--group', '8');
  expect(result.stderr).toBe('');
  expect(result.status).toBe(0);
  const committed = join(root, 'rtl-out/pes16-group8');
  for (const name of existsSync(committed) ? readdirSync(join(committed, 'rtl')) : []) {
    expect(readFileSync(join(folder, 'rtl-out/pes16-group8/rtl', name), 'utf8'), name).toBe(readFileSync(join(committed, 'rtl', name), 'utf8'));
  }
  expect(existsSync(join(folder, 'rtl-out/pes16-group8/rtl/pes16_group8_core.v'))).toBe(true);
});

it('a TypeScript configuration imports from gen-accel, and the program from its types', (ctx) => {
  if (noRegistry !== '') ctx.skip(noRegistry);
  writeFileSync(join(folder, 'accel.ts'), "import { defineAccelerator } from 'gen-accel';\n\nexport default defineAccelerator({ name: 'tiny', pes: 4, group: 4 });\n");
  const result = genAccel('--config', 'accel.ts', '--out', 'hw');
  expect(result.stderr).toBe('');
  expect(JSON.parse(readFileSync(join(folder, 'hw/accel.json'), 'utf8'))).toMatchObject({ top: 'tiny_core', config: { pes: 4, group: 4 } });
});

it('generate() of the installed library gives the same files as the command', (ctx) => {
  if (noRegistry !== '') ctx.skip(noRegistry);
  writeFileSync(
    join(folder, 'use.mjs'),
    "import { generate } from 'gen-accel';\nconst { files, manifest } = generate({ name: 'tiny', pes: 4, group: 4 });\nconsole.log(JSON.stringify({ hash: manifest.configHash, names: [...files.keys()].sort() }));\n",
  );
  const result = inFolder('node', 'use.mjs');
  expect(result.stderr).toBe('');
  const { hash, names } = JSON.parse(result.stdout) as { hash: string; names: string[] };
  const manifest = JSON.parse(readFileSync(join(folder, 'hw/accel.json'), 'utf8')) as { configHash: string; files: Record<string, string> };
  expect(hash).toBe(manifest.configHash);
  expect(names).toEqual([...Object.keys(manifest.files), 'accel.json'].sort());
});

it('a wrong option ends with exit code 1 and one sentence', (ctx) => {
  if (noRegistry !== '') ctx.skip(noRegistry);
  const result = genAccel('--group', '7');
  expect(result.status).toBe(1);
  expect(result.stderr).toBe('gen-accel: configuration: 1 problem\n  --group 7: must be a power of two from 2 to 32; use --group 8\n');
});
