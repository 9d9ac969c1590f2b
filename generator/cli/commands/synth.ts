// SPDX-License-Identifier: Apache-2.0
/** `gen-accel synth`: cells per block after synthesis with Yosys, and whether block RAMs and DSPs are as predicted. */
import { predictDsp } from '../../arch/predict-dsp.js';
import { GenAccelError } from '../../core/errors.js';
import { generate, type Generated } from '../../generate/generate.js';
import { synthesisTable, type SynthesisReport } from '../../report/synthesis-table.js';
import { lutsPerMultiplier, synthesize, type SynthesisResult } from '../../../sim/synth/index.js';
import { readAccelerator } from '../config-options.js';
import { loadTemplates } from '../load-templates.js';
import { oneValue, pathValue } from '../option-values.js';
import { InterruptedError } from '../output-errors.js';
import type { Shell } from '../shell.js';
import { readTarget } from '../synth-options.js';
import { packageVersion } from '../version.js';

/** Synthesis gave other block RAMs or DSPs than the manifest says. */
export class PredictionError extends GenAccelError {
  constructor(name: string, tool: string, comparison: SynthesisReport['comparison']) {
    const wrong = comparison.filter(({ predicted, found }) => predicted !== found);
    super('E_PREDICTION', 'defect', {
      where: `synthesis of ${name} with ${tool}`,
      found: wrong.map(({ resource, found }) => `${found} ${resource}`).join(', '),
      expected: `${wrong.map(({ resource, predicted }) => `${predicted} ${resource}`).join(', ')} as predicted`,
      remedy: 'Please report it with the command that you ran, unless this Yosys is much newer than 0.55.',
    });
  }
}

/** Modules with everything that exists once a PE: decoders, PEs, the drain's multiplexer. */
const ARRAY_MODULES = ['pe_array', 'drain_mux'];
/** Modules whose memories the manifest lists. */
const MEMORY_MODULES = ['ram_sdp', 'ram_byte_en', 'block_fifo'];

function compare({ manifest }: Generated, result: SynthesisResult): SynthesisReport['comparison'] {
  const { generic, xc7 } = manifest.predicted;
  const { totals } = result;
  const isListed = (module: string): boolean => MEMORY_MODULES.includes(module.slice(manifest.config.prefix.length + 1));
  const memoryBits = result.blocks.filter(({ module }) => isListed(module)).reduce((sum, { own }) => sum + own.memoryBits, 0);
  switch (result.target) {
    case 'generic':
      return [
        { resource: 'multipliers', predicted: generic.multipliers, found: totals.multipliers },
        { resource: 'bits in buffers and queues', predicted: generic.memoryBits, found: memoryBits },
      ];
    case 'xc7':
      return [
        { resource: 'DSP48E1', predicted: xc7.DSP48E1, found: totals.dsp },
        { resource: 'RAMB36E1', predicted: xc7.RAMB36E1, found: totals.ramb36 },
        { resource: 'RAMB18E1', predicted: xc7.RAMB18E1, found: totals.ramb18 },
      ];
    case 'ecp5':
      return [{ resource: 'MULT18X18D', predicted: predictDsp(manifest.config).mult18, found: totals.dsp }];
    case 'ice40':
      return [{ resource: 'SB_MAC16', predicted: predictDsp(manifest.config).mac16, found: totals.dsp }];
  }
}

export async function runSynth(args: Readonly<Record<string, unknown>>, shell: Shell): Promise<void> {
  const target = readTarget(oneValue(args, 'target'));
  const yosysPath = pathValue(args, 'yosys');
  const { config, indexDecoders } = await readAccelerator(args, shell.cwd);
  const generated = generate(config, { buildTop: shell.buildTop, indexDecoders, templates: loadTemplates(), version: packageVersion() });
  const { manifest, files } = generated;

  const verilog = new Map(manifest.verilog.map((path) => [path, files.get(path) ?? '']));
  shell.progress?.write(`Synthesizing ${config.name} for ${target} with ${yosysPath ?? 'the embedded Yosys'}, a minute or a few\n`);
  const options = { signal: shell.signal, ...(yosysPath === undefined ? {} : { yosysPath }) };
  const result = await synthesize(verilog, manifest.top, target, options).catch((error: unknown) => {
    throw shell.signal.aborted ? new InterruptedError('synthesis') : error;
  });

  const comparison = compare(generated, result);
  const array = ARRAY_MODULES.map((name) => `${config.prefix}_${name}`);
  const report: SynthesisReport = {
    name: config.name, target, tool: result.tool, blocks: result.blocks, totals: result.totals, comparison,
    lutsPerMultiplier: lutsPerMultiplier(result, array, manifest.derived.multipliers),
  };
  if (args['json'] === true) shell.print(JSON.stringify({ config, configHash: manifest.configHash, ...report }));
  else for (const line of synthesisTable(report)) shell.print(line);
  if (comparison.some(({ predicted, found }) => predicted !== found)) throw new PredictionError(config.name, result.tool, comparison);
}
