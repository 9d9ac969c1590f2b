// SPDX-License-Identifier: Apache-2.0
/** Owns what index decoders take in logic: each is synthesized by itself, as the array of this configuration has it. */
import type { AccelConfig } from '../arch/config.js';
import { builtInFormats } from '../arch/index-decoder.js';
import type { IndexDecoder } from '../blocks/index.js';
import type { Comparison } from '../compare/result.js';
import { generate } from '../generate/generate.js';
import { validateConfig } from '../arch/rules.js';
import { synthesize, type SynthesisResult } from '../../sim/synth/index.js';
import { loadTemplates } from './load-templates.js';
import { InterruptedError } from './output-errors.js';
import type { Shell } from './shell.js';
import { packageVersion } from './version.js';

const TARGET = 'xc7';
/** A decoder stands once a PE; the table has a copy for every PE. */
const PER_PE = /_index_decoder_\w+$/;
const TABLE = /_pattern_table$/;

/**
 * Look-up tables and flip-flops of the decoders of all PEs, by index format: the built-in ones and the configuration's own.
 * Throws SynthesisError, InterruptedError.
 */
export async function decoderCells(config: AccelConfig, indexDecoders: readonly IndexDecoder[], shell: Shell, yosysPath: string | undefined, onPhase: (phase: string) => void): Promise<Comparison['decoders']> {
  const formats: Record<string, { lut: number; lutRam: number; ff: number }> = {};
  let tool = '';
  const names = [...new Set([...builtInFormats(config).map(({ name }) => name), config.index])];
  for (const name of names) {
    onPhase(`synthesizing the ${name} decoder`);
    const own = validateConfig({ ...config, index: name }, { indexDecoders: indexDecoders.map(({ format }) => format.name) });
    const { manifest, files } = generate(own, { buildTop: shell.buildTop, indexDecoders, templates: loadTemplates(), version: packageVersion() });
    const verilog = new Map(manifest.verilog.map((path) => [path, files.get(path) ?? '']));
    const tops = manifest.verilog.map((path) => (path.split('/').at(-1) ?? '').replace(/\.v$/, '')).filter((module) => PER_PE.test(module) || TABLE.test(module));
    const sum = { lut: 0, lutRam: 0, ff: 0 };
    for (const top of tops) {
      const result: SynthesisResult = await synthesize(verilog, top, TARGET, { signal: shell.signal, ...(yosysPath === undefined ? {} : { yosysPath }) }).catch((error: unknown) => {
        throw shell.signal.aborted ? new InterruptedError('synthesis') : error;
      });
      tool = result.tool;
      for (const key of ['lut', 'lutRam', 'ff'] as const) sum[key] += result.totals[key] * (PER_PE.test(top) ? config.pes : 1);
    }
    formats[name] = sum;
  }
  return { tool, target: TARGET, formats };
}
