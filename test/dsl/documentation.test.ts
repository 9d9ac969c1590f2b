// SPDX-License-Identifier: Apache-2.0
/** The worked example of docs/dsl.md runs, is clean, and gives what the page shows. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import * as api from '../support/description-api.js';
import { GATE_TOOLS, complaintsOf, hasTool } from '../support/lint-verilog.js';

const page = readFileSync(join(dirname(fileURLToPath(import.meta.url)), '../../docs/dsl.md'), 'utf8');
const block = (language: string): string => new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(page)![1]!;

/** Runs the example with its imports taken from the sources. */
function runExample(change: (text: string) => string = (text) => text): { design: api.Design; emission: api.Emission } {
  const [, imports, body] = /^import \{([\s\S]*?)\} from 'gen-accel';\n([\s\S]*)$/.exec(change(block('ts')))!;
  const names = imports!.split(',').map((name) => name.trim()).filter((name) => name !== '');
  const values = names.map((name) => {
    const value = (api as Readonly<Record<string, unknown>>)[name];
    expect(value, `export ${name}`).toBeDefined();
    return value;
  });
  const script = ts.transpileModule(body!, { compilerOptions: { target: ts.ScriptTarget.ES2022 } }).outputText;
  const run = new Function(...names, `${script}; return { design, emission: { files, order } };`) as (
    ...values: unknown[]
  ) => { design: api.Design; emission: api.Emission };
  return run(...values);
}

describe('the example of docs/dsl.md', () => {
  const { design, emission } = runExample();

  it('gives the files and the text that the page shows', () => {
    for (const path of emission.order) expect(page).toContain(`\`${path}\``);
    expect(emission.order).toHaveLength(3);
    expect(emission.files.get('rtl/demo_row.v')).toContain(block('verilog'));
    expect(api.memoriesOf(design)).toEqual([{ path: 'row/u_mem/mem', widthBits: 32, depth: 16, count: 1 }]);
    expect(api.layoutProblems(emission.files)).toEqual([]);
  });

  it('gives the message that the page quotes', () => {
    const wrong = (text: string): string => text.replace('word.slice(c.times(P.WIDTH), P.WIDTH)', 'word.slice(0, 16)');
    const quoted = /`(row\/gen_cell\[0\][^`]*)`/.exec(page)![1]!;
    expect(() => runExample(wrong)).toThrow(quoted);
  });

  for (const tool of GATE_TOOLS) {
    it.skipIf(!hasTool(tool))(`passes ${tool}`, () => {
      expect(complaintsOf(tool, emission.files, 'demo_row')).toBe('');
    });
  }
});
