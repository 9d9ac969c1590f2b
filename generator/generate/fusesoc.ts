// SPDX-License-Identifier: Apache-2.0
/** Owns the FuseSoC core file (CAPI2) of an output folder: which of its files belong to which target. */
import type { Manifest } from '../arch/manifest.js';
import { createRenderer } from '../emit/index.js';
import type { Files, GenerateContext } from './generate.js';

/** Path of the core file; FuseSoC finds it by its ending. */
export const coreFilePath = (prefix: string): string => `${prefix}.core`;

/** The core file of a folder with these files. */
export function renderCoreFile({ config, templates, version, configHash, verilog }: GenerateContext, { top, derived }: Manifest, files: Files): string {
  const below = [...files.keys()].filter((path) => path.startsWith('tb/')).sort();
  const benches = below.filter((path) => path.endsWith('.v'));
  return createRenderer(templates).render('scripts/fusesoc.core.hbs', {
    version, configHash: configHash.slice(0, 12), prefix: config.prefix, name: config.name, top, multipliers: derived.multipliers, verilog,
    testbench: benches.length > 0,
    benches,
    vectors: below.filter((path) => /\.(txt|hex)$/.test(path)),
  });
}
