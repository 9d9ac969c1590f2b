// SPDX-License-Identifier: Apache-2.0
/** Holds the documents to the tables that they quote. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { validateConfig } from '../../generator/arch/rules.js';
import { instructionSetMarkdown } from '../../generator/report/instruction-set.js';
import { parameterTableMarkdown } from '../../generator/report/parameter-table.js';
import { registerMapMarkdown } from '../../generator/report/register-map.js';
import { COMPUTE, LOAD_ACT, STORE } from '../../generator/arch/instructions.js';
import { REGISTERS } from '../../generator/arch/registers.js';
import { runCli } from '../support/run-cli.js';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const page = (name: string): string => readFileSync(join(root, name), 'utf8');

it('docs/parameters.md holds the parameter table', () => {
  expect(page('docs/parameters.md')).toContain(parameterTableMarkdown());
});

it('docs/parameters.md quotes a refusal as it is printed', async () => {
  const { err } = await runCli(['--group', '7', '--bus', '48'], root);
  expect(page('docs/parameters.md')).toContain(err.trimEnd().split('\n').map((line) => `    ${line}`).join('\n'));
});

it('the register map lists every register, field and error code once', () => {
  const text = registerMapMarkdown('x');
  for (const [name, register] of Object.entries(REGISTERS)) {
    expect(text).toContain(`| 0x${register.offset.toString(16).padStart(2, '0')} | \`${name}\` |`);
    for (const field of 'fields' in register ? register.fields : []) expect(text).toContain(`| \`${name}\` | ${field.width === 1 ? field.lsb : `${field.lsb + field.width - 1}:${field.lsb}`} | \`${field.name}\` |`);
  }
  expect(text).toContain('| 9 | `watchdog` |');
});

it('the instruction set lists every field with its bits, and lengths that follow the lanes', () => {
  const text = instructionSetMarkdown('x', validateConfig({ lanes: 4 }));
  for (const [name, one] of [...Object.entries(LOAD_ACT), ...Object.entries(COMPUTE), ...Object.entries(STORE)]) {
    expect(text).toContain(`| ${one.word} | ${one.width === 1 ? one.lsb : `${one.lsb + one.width - 1}:${one.lsb}`} | \`${name}\` |`);
  }
  expect(text).toContain('| 1 | `loadAct` | 12 |');
  expect(text).toContain('| 3 | `compute` | 22 |');
  expect(text).toContain('| 15 + 2 x lane | 15:0 | `operandAddress` |');
  expect(text).toContain('| 14 + 2 x lane | 15:0 | `startAddress` |');
});

it('every link between the documents leads to a file', () => {
  for (const name of ['README.md', ...['parameters', 'output-folder', 'resources', 'pnr', 'development', 'decisions', 'architecture'].map((one) => `docs/${one}.md`)]) {
    for (const [, target] of page(name).matchAll(/\]\(([^)#:]+)\)/g)) {
      expect(existsSync(join(root, name.startsWith('docs/') ? 'docs' : '', target as string)), `${name} links to ${target}`).toBe(true);
    }
  }
});
