// SPDX-License-Identifier: Apache-2.0
/** Owns the scripts of an output folder: file list, Makefile, Yosys script, README; their texts are in templates/scripts. */
import type { Manifest } from '../arch/manifest.js';
import { createRenderer } from '../emit/index.js';
import type { Files, GenerateContext } from './generate.js';

/** Output path -> template. */
const SCRIPTS: readonly (readonly [path: string, template: string])[] = [
  ['rtl.f', 'scripts/rtl.f.hbs'],
  ['Makefile', 'scripts/Makefile.hbs'],
  ['synth.ys', 'scripts/synth.ys.hbs'],
  ['README.md', 'scripts/README.md.hbs'],
];

export function renderScripts(context: GenerateContext, manifest: Manifest): Files {
  const { config, version, verilog } = context;
  const renderer = createRenderer(context.templates);
  const { xc7 } = manifest.predicted;
  const view = {
    name: config.name,
    prefix: config.prefix,
    top: manifest.top,
    version,
    configHash: context.configHash.slice(0, 12),
    verilog,
    parameters: Object.entries(config).map(([key, value]) => ({ key, value: String(value) })),
    multipliers: manifest.derived.multipliers,
    dsp: xc7.DSP48E1,
    ramb36: xc7.RAMB36E1,
    ramb18: xc7.RAMB18E1,
  };
  return new Map(SCRIPTS.map(([path, template]) => [path, renderer.render(template, view)]));
}
