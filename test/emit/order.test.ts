// SPDX-License-Identifier: Apache-2.0
/** The emitted core as a text: every name is declared above its first use, every line fits. */
import { describe, expect, it } from 'vitest';
import { type PartialConfig, validateConfig } from '../../generator/arch/rules.js';
import { layoutProblems, orderProblems } from '../../generator/emit/index.js';
import { coreDesign } from '../support/core-design.js';

const CONFIGS: readonly PartialConfig[] = [
  {}, { pes: 32, group: 16, lanes: 3, bus: 128, addr: 40 }, { group: 32, bus: 32, lanes: 1 },
  { multiplier: 'lut', index: 'bitmap' }, { multiplier: 'lut', weightBits: 4, index: 'pattern' }, { multiplier: 'lut', weightBits: 2, group: 16, index: 'pattern' },
];

const rtlOf = (config: PartialConfig): ReadonlyMap<string, string> => coreDesign(validateConfig(config)).rtl;

describe('names of the emitted core', () => {
  it.each(CONFIGS)('are declared before they are used, %o', (config) => {
    const files = rtlOf(config);
    expect(files.size).toBeGreaterThan(30);
    expect(orderProblems(files)).toEqual([]);
  });

  it.each(CONFIGS)('and its lines are at most 100 columns wide, %o', (config) => {
    expect(layoutProblems(rtlOf(config))).toEqual([]);
  });

  it('would be found if they were not', () => {
    const [path, text] = [...rtlOf({})].find(([name]) => name.endsWith('command_reader.v'))!;
    // The fields of the header above the register that they read.
    const fields = text.match(/^ {2}wire .* = header_q.*$/gm)!;
    const moved = fields.reduce((rest, field) => rest.replace(`${field}\n`, ''), text).replace(/^ {2}reg /m, `${fields.join('\n')}\n  reg `);
    expect(orderProblems(new Map([[path, moved]]))).toEqual([expect.stringMatching(/command_reader\.v:\d+: header_q is used before its declaration in line \d+/)]);
  });

  it('count in lists, behind widths and in constants', () => {
    const of = (text: string): string[] => orderProblems(new Map([['a.v', text]]));
    expect(of('assign y = b;\nwire [W-1:0] a, b;\n')).toEqual(['a.v:1: b is used before its declaration in line 2']);
    expect(of('wire [W-1:0] a;\nlocalparam integer V = 1, W = 2;\n')).toEqual(['a.v:1: W is used before its declaration in line 2']);
    expect(of('// b\nleaf u_leaf (.b(a));\nwire b = {a, 1\'b0};\n')).toEqual([]);
  });
});
