// SPDX-License-Identifier: Apache-2.0
/** Owns the law on four networks at the densities of Kang's paper: cycles on 16 multipliers, speed-up, storage; and what VGG16 must give. */
import { validateConfig } from '../../generator/arch/rules.js';
import { layerLaw, type ArrayShape, type LawKeep } from '../../generator/model/law.js';
import { balanced } from '../../generator/prune/constraints/balanced.js';
import { isConvolution, lawOf, NETWORKS, macsOf, weightsOf, type ShapeLayer, type ShapeNetwork } from './shapes.js';

/** Kang's g and p; K = g - p weights of a group stay. Fully connected layers as the paper prunes them, where it does. */
export interface KangSetting {
  readonly network: string;
  readonly group: 8 | 16;
  readonly pruned: number;
  readonly fcPruned?: readonly number[];
}

export const SETTINGS: readonly KangSetting[] = [
  { network: 'VGG16', group: 8, pruned: 6 }, { network: 'VGG16', group: 16, pruned: 12 }, { network: 'VGG16', group: 16, pruned: 12, fcPruned: [15, 15, 12] },
  { network: 'AlexNet', group: 8, pruned: 6 }, { network: 'AlexNet', group: 16, pruned: 12 }, { network: 'AlexNet', group: 16, pruned: 12, fcPruned: [15, 15, 12] },
  { network: 'ResNet-50', group: 8, pruned: 6 }, { network: 'ResNet-50', group: 16, pruned: 12 },
  { network: 'MobileNetV1', group: 16, pruned: 10 }, { network: 'MobileNetV1', group: 16, pruned: 12 },
];

/** P = 16 multipliers; D = 8, so that nine steps of a depthwise layer are no wait. */
export const arrayOf = (group: number): ArrayShape => validateConfig({ pes: 16, group, requant: 2 });

export interface KangRow extends KangSetting {
  readonly keep: number;
  /** Layers that are counted: convolutions, and fully connected layers where they are pruned. */
  readonly denseCycles: number;
  readonly cycles: number;
  /** The same with the first layer's 3 channels taken as a whole word of 8. */
  readonly paddedDenseCycles: number;
  readonly paddedCycles: number;
  /** Multiplications over P, of the shapes alone. */
  readonly macCycles: number;
  /** Bits of the counted layers: 8 a dense weight; 8 a kept weight and its index in each format. */
  readonly denseBits: number;
  readonly bits: Readonly<Record<'direct' | 'bitmap' | 'enumerative', number>>;
}

const total = <T>(items: readonly T[], of: (item: T, index: number) => number): number => items.reduce((sum, item, index) => sum + of(item, index), 0);

/** Layers of fewer channels than a group, and depthwise ones, are dense. */
const isPruned = ({ kind, inChannels, groups }: ShapeLayer, group: number): boolean => kind !== 'depthwise-conv2d' && inChannels / groups >= group;

const cyclesOf = (layer: ShapeLayer, keep: LawKeep, group: number): number => layerLaw(lawOf(layer, isPruned(layer, group) ? keep : 'dense'), arrayOf(group)).cycles;

const padded = (layer: ShapeLayer): ShapeLayer => (layer.inChannels === 3 ? { ...layer, inChannels: 8 } : layer);
const paddedCycles = (layer: ShapeLayer, keep: LawKeep, group: number): number =>
  layerLaw(lawOf(padded(layer), isPruned(layer, group) ? keep : 'dense'), arrayOf(group)).cycles;

export function kangRow(setting: KangSetting): KangRow {
  const { layers } = NETWORKS.find(({ name }) => name === setting.network) as ShapeNetwork;
  const { group, pruned, fcPruned } = setting;
  const convolutions = layers.filter(isConvolution);
  const connected = fcPruned === undefined ? [] : layers.filter((layer) => !isConvolution(layer));
  const counted = [...convolutions, ...connected];
  const keeps = [...convolutions.map(() => group - pruned), ...connected.map((_, i) => group - (fcPruned?.[i] ?? 0))];
  const storage = (layer: ShapeLayer, keep: number): KangRow['bits'] => {
    if (!isPruned(layer, group)) return { direct: 8 * weightsOf(layer), bitmap: 8 * weightsOf(layer), enumerative: 8 * weightsOf(layer) };
    const { weightBits, indexBits } = balanced({ keep, group }).storage([layer.outChannels, layer.kernel, layer.kernel, layer.inChannels / layer.groups]);
    const of = (format: string): number => weightBits + (indexBits[format] ?? Number.NaN);
    return { direct: of('direct'), bitmap: of('bitmap'), enumerative: of('enumerative') };
  };
  const bits = counted.map((layer, i) => storage(layer, keeps[i] as number));
  return {
    ...setting, keep: group - pruned,
    denseCycles: total(counted, (layer) => cyclesOf(layer, 'dense', group)), cycles: total(counted, (layer, i) => cyclesOf(layer, keeps[i] as number, group)),
    paddedDenseCycles: total(counted, (layer) => paddedCycles(layer, 'dense', group)), paddedCycles: total(counted, (layer, i) => paddedCycles(layer, keeps[i] as number, group)),
    macCycles: total(counted, macsOf) / 16,
    denseBits: 8 * total(counted, weightsOf),
    bits: { direct: total(bits, (own) => own.direct), bitmap: total(bits, (own) => own.bitmap), enumerative: total(bits, (own) => own.enumerative) },
  };
}

/** 13 convolutions of VGG16 on 16 multipliers: conv1_1 at its 3 channels, and padded to 8. */
export const VGG16_CYCLES = { dense: 959_164_416, paddedDense: 968_196_096, sparse: 243_855_360, paddedSparse: 252_887_040 } as const;
