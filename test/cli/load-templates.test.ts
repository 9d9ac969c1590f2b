// SPDX-License-Identifier: Apache-2.0
/** Templates are found relative to the package, from source and from the built files. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadTemplates, packageRoot } from '../../generator/cli/load-templates.js';

describe('the template loader', () => {
  it('finds the package root from any folder inside it', () => {
    const root = packageRoot();
    expect(existsSync(join(root, 'templates', 'rtl', 'ram_sdp.v.hbs'))).toBe(true);
    expect(packageRoot(join(root, 'dist', 'generator', 'cli'))).toBe(root);
  });

  it('says so when there is no package above', () => {
    expect(() => packageRoot('/')).toThrow('package root: no package.json above /');
  });

  it('reads every template under its path with forward slashes, sorted', () => {
    const templates = loadTemplates();
    const paths = [...templates.keys()];
    expect(paths).toContain('rtl/ram_sdp.v.hbs');
    expect(paths).toContain('partials/module.hbs');
    expect(paths).toEqual([...paths].sort());
    expect(templates.get('rtl/ram_sdp.v.hbs')).toContain('no_rw_check');
  });

  it('ends lines with LF where git wrote them with CR and LF', () => {
    const folder = mkdtempSync(join(tmpdir(), 'gen-accel-templates-'));
    writeFileSync(join(folder, 'a.v.hbs'), 'module a;\r\nendmodule\r\n');
    const templates = loadTemplates(folder);
    rmSync(folder, { recursive: true });
    expect([...templates]).toEqual([['a.v.hbs', 'module a;\nendmodule\n']]);
  });
});
