// SPDX-License-Identifier: Apache-2.0
/** Owns the record of a retrained network, and models/README.md made of these records. */
import { markdownTable } from '../../generator/report/markdown-table.js';
import type { commandsOf } from './runs.js';

/** Of akamaster's ResNet-20. */
const BSD = `BSD 2-Clause License. Copyright (c) 2018, Yerlan Idelbayev. All rights reserved.

Redistribution and use in source and binary forms, with or without modification, are permitted provided that the following conditions are met:

- Redistributions of source code must retain the above copyright notice, this list of conditions and the following disclaimer.
- Redistributions in binary form must reproduce the above copyright notice, this list of conditions and the following disclaimer in the documentation and/or other materials provided with the distribution.

THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND ANY EXPRESS OR IMPLIED WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT HOLDER OR CONTRIBUTORS BE LIABLE FOR ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR SERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN CONTRACT, STRICT LIABILITY, OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE OF THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.`;

export interface Score {
  readonly right: number;
  readonly of: number;
  /** Points below the dense network on the same images, and the standard error of this paired difference. */
  readonly loss: number;
  readonly standardError: number;
}

export interface ModelRecord {
  readonly name: string;
  readonly file: string;
  readonly sha256: string;
  readonly source: { readonly name: string; readonly model: string; readonly sha256: string; readonly origin: string; readonly licence: string };
  readonly constraint: string;
  readonly layers: readonly string[];
  readonly seed: number;
  readonly epochs: number;
  readonly packages: readonly string[];
  readonly commands: ReturnType<typeof commandsOf>;
  readonly kept: number;
  readonly all: number;
  readonly maskHash: string;
  /** Of an image on 16 PEs with groups of 8, by the cycle law: with the zeros of this network, and of the dense network. */
  readonly cycles: { readonly law: number; readonly dense: number };
  readonly scored: string;
  readonly float: { readonly dense: Score; readonly oneShot: Score; readonly retrained: Score };
  /** Dense and retrained, quantized with the first training images. */
  readonly int8: { readonly calibration: number; readonly dense: Score; readonly retrained: Score };
}

/** What a loss with its 95 % interval says about a bar in points. */
export function verdict({ loss, standardError }: Score, bar: number): 'yes' | 'no' | 'undecided' {
  const reach = 1.96 * standardError;
  return loss + reach < bar ? 'yes' : loss - reach >= bar ? 'no' : 'undecided';
}

const lost = ({ loss, standardError }: Score): string => `${loss.toFixed(1)} +- ${standardError.toFixed(1)}`;
const share = ({ right, of }: Score): string => `${((100 * right) / of).toFixed(1)}`;

/** Measured figures of all records, and whose work they are. */
export function modelsReadme(records: readonly ModelRecord[]): string {
  const rows = records.map(({ name, constraint, layers, kept, all, cycles, float, int8 }) => [
    name, constraint + (layers.some((layer) => !layer.endsWith('dense')) ? ', by layer' : ''), `${((100 * kept) / all).toFixed(1)} %`, `${((100 * cycles.law) / cycles.dense).toFixed(1)} %`,
    share(float.dense), share(float.oneShot), share(float.retrained), lost(float.oneShot), lost(float.retrained), verdict(float.retrained, 1), verdict(float.retrained, 3), share(int8.retrained), lost(int8.retrained),
  ]);
  const sources = [...new Map(records.map(({ source }) => [source.model, source])).values()];
  return `# Retrained networks

Written by \`npx tsx examples/retrain-pytorch/record.ts\`; all figures, commands, seeds, packages and hashes are in [models.json](models.json). Accuracy in per cent and losses in points, with the
standard error of the paired difference, on the ${records[0]?.float.dense.of ?? 500} images of \`dev500\`. Pruning, retraining and calibration read \`train4000\` alone. "Loses < 1", "< 3": whether the loss, less and more 1.96 standard
errors, lies below the bar; undecided where the bar lies between. Cycles: of the dense ones, by the cycle law on 16 PEs with groups of 8, as \`gen-accel inspect\` prints them.

${markdownTable(['network', 'constraint', 'weights kept', 'cycles', 'dense', 'one-shot', 'retrained', 'loss, one-shot', 'loss, retrained', 'loses < 1', 'loses < 3', 'retrained, int8', 'loss, int8'], rows)}

Float but for the last two columns; those are gen-accel's integer golden model against the dense network in int8. One-shot is the network that retraining began with: by second order with the first 500
images, or by magnitude (ResNet-8, \`pattern2\`, \`channels\`), as its command in models.json says.

The rows of ResNet-20 but the first are a comparison: about a quarter of the dense cycles and 8 epochs each. Of two recipes (second order and \`--rate 0.005\`; magnitude and \`--rate 0.02\`) \`pattern2\` and \`kernel2\` take the one
whose loss on the training images ends lower. Eight epochs are few for what falls far: longer training would bring more there. Groups of 16 on an array with groups of 8 are not in step, so \`4of16\` takes more cycles
than the rest; whole channels have to be cut to 6 % of the weights, as half-filled words and PEs cost as much as full ones.

ONNX files with .gz are packed: \`gunzip -k resnet20-mixed.onnx.gz\`. Their zeros say what was pruned; give them to \`gen-accel sim\` or \`compile\` with \`--keep existing\`.

## Whose work

${sources.map(({ name, origin, licence }) => `- **${name}**: the weights come from ${origin}. ${licence}. They were pruned and trained further here, under the same licence.`).join('\n')}

The notice of the BSD 2-Clause licence:

${BSD}
`;
}
