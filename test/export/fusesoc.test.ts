// SPDX-License-Identifier: Apache-2.0
/** Holds the FuseSoC core file to the folder that it describes; the form is that of CAPI2. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { validateConfig } from '../../generator/arch/rules.js';
import { buildCore } from '../../generator/blocks/index.js';
import { parts } from '../../generator/cli/accelerator.js';
import { loadTemplates } from '../../generator/cli/load-templates.js';
import { generate } from '../../generator/generate/generate.js';

const config = validateConfig({ pes: 8, group: 8, prefix: 'left' });
const options = { buildTop: buildCore, templates: loadTemplates(), version: '1.2.3' };
const { files, manifest } = generate(config, { ...options, parts });
const text = files.get('left.core') as string;
const lines = text.split('\n');

/** Lines below a key until the indentation falls back; the keys on the way down by name. */
function section(...keys: readonly string[]): string[] {
  let own = lines;
  for (const [depth, key] of keys.entries()) {
    const indent = '  '.repeat(depth);
    const start = own.findIndex((line) => line === `${indent}${key}:`);
    expect(start, `${keys.join('.')}`).toBeGreaterThanOrEqual(0);
    const rest = own.slice(start + 1);
    const end = rest.findIndex((line) => line.trim() !== '' && !line.startsWith(`${indent}  `));
    own = end < 0 ? rest : rest.slice(0, end);
  }
  return own.filter((line) => line.trim() !== '');
}
const listed = (fileset: string): string[] => section('filesets', fileset, 'files').map((line) => /^ {6}- ([^:]+)(: \{ .* \})?$/.exec(line)?.[1] ?? `? ${line}`);
const value = (key: string, ...path: readonly string[]): string | undefined =>
  section(...path).map((line) => new RegExp(`^ +${key}: (.*)$`).exec(line)?.[1]).find((found) => found !== undefined);

describe('the FuseSoC core file', () => {
  it('begins as CAPI2 wants it, names vendor, library, core and version', () => {
    expect(lines[0]).toBe('CAPI=2:');
    expect(text).toContain('\nname: "gen-accel:core:left:1.2.3"\n');
    expect(lines.filter((line) => /\t/.test(line) || line.length > 200 || /[^ ] +$/.test(line))).toEqual([]);
  });

  it('lists the Verilog of the core in its order, and the testbench with every vector', () => {
    expect(listed('rtl')).toEqual(manifest.verilog);
    const tb = [...files.keys()].filter((path) => path.startsWith('tb/') && !path.endsWith('.cpp'));
    expect(listed('tb').sort()).toEqual(tb.sort());
    for (const line of section('filesets', 'tb', 'files').filter((one) => /\.(txt|hex)/.test(one))) {
      const path = /- ([^:]+):/.exec(line)?.[1];
      expect(line).toBe(`      - ${path}: { file_type: user, copyto: ${path} }`);
    }
  });

  it('has targets whose top modules, filesets and parameters exist', () => {
    const modules = [...files].flatMap(([path, content]) => (path.endsWith('.v') ? [...content.matchAll(/^module (\w+)/gm)].map(([, name]) => name) : []));
    for (const target of ['default', 'lint', 'sim']) {
      expect(modules).toContain(value('toplevel', 'targets', target));
      for (const fileset of value('filesets', 'targets', target)!.slice(1, -1).split(', ')) section('filesets', fileset);
    }
    expect(value('toplevel', 'targets', 'default')).toBe(manifest.top);
    for (const parameter of value('parameters', 'targets', 'sim')!.slice(1, -1).split(', ')) section('parameters', parameter);
    expect(files.has(value('default', 'parameters', 'script')!)).toBe(true);
  });

  it('is sealed by the manifest, and has no testbench where the folder has none', () => {
    expect(JSON.parse(files.get('accel.json')!)).toHaveProperty(['files', 'left.core']);
    const bare = generate(config, options).files.get('left.core') as string;
    expect(bare).not.toMatch(/^ {2}(tb|sim):|^parameters:/m);
  });

  it('is YAML', (context) => {
    const python = spawnSync('python3', ['-c', 'import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout)'], { input: text.slice(text.indexOf('\n') + 1), encoding: 'utf8' });
    if (python.error !== undefined || python.stderr.includes('ModuleNotFoundError')) return context.skip('no python3 with yaml');
    const parsed = JSON.parse(python.stdout) as Record<string, unknown>;
    expect(Object.keys(parsed)).toEqual(['name', 'description', 'license', 'filesets', 'targets', 'parameters']);
    expect(parsed['filesets']).toMatchObject({ rtl: { files: manifest.verilog, file_type: 'verilogSource-2005' } });
    return undefined;
  });
});
