// SPDX-License-Identifier: Apache-2.0
/** Holds the committed reference output to what is generated now. */
import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { generate } from '../../generator/cli/library.js';
import { checkOutputFolder } from '../../generator/cli/output-folder.js';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const folder = 'rtl-out/pes16-group8';

it('rtl-out/pes16-group8 is current; otherwise run `make rtl` and commit', () => {
  expect(() => checkOutputFolder(join(root, folder), generate({ pes: 16, group: 8 }).files)).not.toThrow();
});

it('rtl-out/pes16-group8 holds nothing that is not generated', (ctx) => {
  let tracked: string[];
  try {
    tracked = execFileSync('git', ['ls-files', folder], { cwd: root, encoding: 'utf8' }).split('\n').filter((path) => path !== '');
  } catch {
    return ctx.skip('not a git checkout');
  }
  const files = [...generate({ pes: 16, group: 8 }).files.keys()].map((path) => `${folder}/${path}`);
  expect(tracked.sort()).toEqual(files.sort());
});
