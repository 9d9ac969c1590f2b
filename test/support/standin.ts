// SPDX-License-Identifier: Apache-2.0
/** Owns the stand-in design of the simulation tests: a core with the accelerator's ports that copies memory. */
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import Handlebars from 'handlebars';
import { renderTestbench, type TestbenchConfig } from '../../generator/emit/testbench.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Every testbench template by its path under templates/. */
export function testbenchTemplates(): Map<string, string> {
  return new Map(readdirSync(`${root}templates/tb`).map((name) => [`tb/${name}`, readFileSync(`${root}templates/tb/${name}`, 'utf8')]));
}

export interface StandinDesign {
  readonly prefix: string;
  readonly rtl: Map<string, string>;
  readonly tb: Map<string, string>;
}

export function standinDesign(overrides: Partial<TestbenchConfig> = {}): StandinDesign {
  const config: TestbenchConfig = { prefix: 'standin', bus: 64, addr: 32, id: 4, ...overrides };
  const template = readFileSync(`${root}test/sim/fixtures/standin_core.v.hbs`, 'utf8');
  const core = Handlebars.compile(template, { noEscape: true, strict: true, knownHelpersOnly: true })(config);
  return {
    prefix: config.prefix,
    rtl: new Map([[`rtl/${config.prefix}_core.v`, core]]),
    tb: renderTestbench(config, testbenchTemplates()),
  };
}
