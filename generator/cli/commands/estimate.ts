// SPDX-License-Identifier: Apache-2.0
/** `gen-accel estimate`: the cycles that a network will take, layer by layer, without hardware or simulator. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { findDecoder } from '../../blocks/index.js';
import { compileNetwork } from '../../compile/compile-network.js';
import { estimateProgram } from '../../estimate/estimate.js';
import type { Network } from '../../graph/network.js';
import { weightedOps } from '../../graph/query.js';
import { layerWork } from '../../prune/accounting.js';
import type { PruneResult } from '../../prune/prune.js';
import { rooflineSvg } from '../../report/estimate-roofline.js';
import { estimateTable } from '../../report/estimate-table.js';
import { withTarget } from '../../report/target-table.js';
import { answerTarget } from '../answer-target.js';
import { readAccelerator } from '../config-options.js';
import { readEstimateOptions } from '../estimate-options.js';
import { InputFileError } from '../read-network.js';
import { readPruned } from '../read-pruned.js';
import type { Shell } from '../shell.js';

export async function runEstimate(args: Readonly<Record<string, unknown>>, shell: Shell): Promise<void> {
  const asked = readEstimateOptions(args);
  const { config, indexDecoders, constraints } = await readAccelerator(args, shell.cwd);
  const { options, target } = await answerTarget(asked, { ...config, constraints }, shell, () => ({ config, indexFormat: findDecoder(config, indexDecoders).format, latency: asked.latency, batch: asked.batch }));
  const { network, prune } = readPruned(options, 1, shell, { ...config, constraints });
  const indexFormat = findDecoder(config, indexDecoders).format;
  const compiled = compileNetwork(network, prune, config, { indexFormat, batch: options.batch });
  const estimate = estimateProgram(compiled, { readLatency: options.latency, writeLatency: options.latency, indexFormat, ...(options.batch === 1 ? { work: usefulWork(network, prune) } : {}) });
  if (options.svg !== undefined) writeDrawing(options.svg, rooflineSvg(estimate), shell.cwd);
  for (const line of withTarget(target, options.json, estimate, estimateTable)) shell.print(line);
}

/** Kept multiplications of every operator with weights. */
function usefulWork(network: Network, prune: PruneResult | undefined): Map<string, number> {
  const all = new Map(weightedOps(network).map(({ name, weights }) => [name, new Uint8Array(weights.data.length).fill(1)] as const));
  return new Map(layerWork(network, prune?.masks ?? all).map(({ name, usefulMacs }) => [name, usefulMacs]));
}

function writeDrawing(file: string, svg: string, cwd: string): void {
  try {
    writeFileSync(resolve(cwd, file), svg);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new InputFileError(`--svg ${file}`, `it cannot be written (${code})`, 'a file in a folder that exists', 'Choose another path.', cause);
  }
}
