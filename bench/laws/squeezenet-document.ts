// SPDX-License-Identifier: Apache-2.0
/** Owns the part of docs/laws.md on the pruned SqueezeNet as text. */
import { markdownTable } from '../../generator/report/markdown-table.js';
import { SQUEEZENET_CONFIG, type SqueezenetRow, type SqueezenetVariant } from './squeezenet.js';

const NAMES: Readonly<Record<SqueezenetVariant['name'], string>> = { dense: 'zeros are work', existing: 'as it is: zeros are no work', rebalanced: 'rebalanced to K of 8' };

const percent = (share: number, digits = 1): string => `${(100 * share).toFixed(digits)} %`;

/** All sums of a column. */
const sum = <T>(items: readonly T[], of: (item: T) => number): number => items.reduce((total, item) => total + of(item), 0);

export function squeezenetText({ file, inputs, layers, variants }: SqueezenetRow): string {
  const { pes, group, lanes, requant } = SQUEEZENET_CONFIG;
  const [existing, rebalanced] = (['existing', 'rebalanced'] as const).map((name) => variants.find((variant) => variant.name === name)) as [SqueezenetVariant, SqueezenetVariant];
  const nonzero = sum(layers, (layer) => layer.nonzero);
  const lost = sum(layers, (layer) => layer.lost);
  return `## A network that others pruned: SqueezeNet

\`${file}\` came pruned without constraint, ${percent(existing.density)} of its weights are not 0 in int8. ${pes} PEs, groups of ${group}, ${lanes} lanes, ${requant} requantizers a lane, in RTL, one picture, every pass bit-exact. Rebalanced: each layer
of at least ${group} input channels keeps in every group the K largest |w|, K / ${group} being nearest to the layer's own density; zeros fill groups that have fewer. Slots kept: ${percent(sum(layers, ({ kept }) => kept) / sum(layers, ({ weights }) => weights))} of all weights;
weights other than 0: ${percent(rebalanced.density)}. ${lost} of ${nonzero} weights (${percent(lost / nonzero)}) go, since they were too many in their group. Nothing is trained again: the rebalanced row shows what balance is worth in cycles, and that a
finished sparse network does not become a balanced one by cutting it. The dense network that it was made from is not there to prune anew.

${markdownTable(
    ['variant', 'cycles', 'over as it is', 'steps', 'law', 'cycle model', 'passes bit-exact', 'answers as onnxruntime in float', 'as int8 before'],
    variants.map((variant) => [
      NAMES[variant.name], String(variant.cycles), `${(existing.cycles / variant.cycles).toFixed(2)}x`, String(variant.compute), String(variant.lawCycles), String(variant.estimate), String(variant.passes),
      `${variant.same} of ${inputs}`, `${variant.sameAsInt8} of ${inputs}`,
    ]),
  )}

Steps are counted by the core, poolings included; the law counts layers with weights, unconstrained ones by their masks, and whole layers on the lanes, not bands. Answers: the largest output of the golden model, which the Verilog equals, on the inputs of
[onnx-models.md](onnx-models.md). They are no accuracy: the inputs have no labels of this network.

${markdownTable(
    ['layer', 'weights (O x H x W x I)', 'not 0', 'K of 8', 'slots kept', 'weights that go', 'law: dense', 'as it is', 'rebalanced'],
    layers.map(({ name, shape, weights, nonzero: own, keep, kept, lost: gone, cycles }) => [
      name, shape, percent(own / weights), String(keep), percent(kept / weights), String(gone), String(cycles.dense), String(cycles.existing), String(cycles.rebalanced),
    ]),
  )}`;
}
