// SPDX-License-Identifier: Apache-2.0
/** Owns what is measured: networks, densities and cores, and which of them are small enough for the quick tier. */
import type { AccelConfig } from '../../generator/arch/config.js';
import { validateConfig } from '../../generator/arch/rules.js';

/** Cycles from an address to its first beat, and from the last beat of a burst to its response. */
export const LATENCY = 40;

export const NAMES = ['vgg16', 'resnet-50', 'mobilenet-v1', 'alexnet'] as const;
export type NetworkName = (typeof NAMES)[number];

/** Weights kept of every group of input channels. */
export const DENSITIES = ['dense', '4:8', '2:8', '4:16'] as const;
export type Density = (typeof DENSITIES)[number];

export const MULTIPLIERS = [16, 64, 256, 512] as const;
export type Multipliers = (typeof MULTIPLIERS)[number];

export interface Subject {
  readonly network: NetworkName;
  readonly density: Density;
  readonly multipliers: Multipliers;
  readonly config: AccelConfig;
  /** Small enough for the quick tier. */
  readonly quick: boolean;
}

const SHAPES = {
  16: { pes: 16, lanes: 1, requant: 2, bus: 64 }, 64: { pes: 16, lanes: 4, requant: 2, bus: 64 },
  256: { pes: 64, lanes: 4, requant: 8, bus: 128 }, 512: { pes: 64, lanes: 8, requant: 8, bus: 128 },
} as const;

/** Depthwise layers take 9 steps a pixel and much of the bus: a faster drain, and a wider bus. */
const MOBILENET = { 16: SHAPES[16], 64: { ...SHAPES[64], requant: 4 }, 256: { ...SHAPES[256], requant: 16, bus: 256 }, 512: { ...SHAPES[512], requant: 16, bus: 256 } } as const;

/** A quarter of the weights takes a quarter of the steps: where the bus of the dense core would not keep up, the next wider one. */
const WIDER: Readonly<Record<NetworkName, Partial<Record<Multipliers, number>>>> = { 'vgg16': { 512: 256 }, 'resnet-50': { 256: 256, 512: 256 }, 'mobilenet-v1': { 64: 128 }, 'alexnet': { 512: 256 } };

export const [keepOf, groupOf] = [
  (density: Density): number | 'dense' => (density === 'dense' ? 'dense' : Number(density.split(':')[0])),
  (density: Density): number => (density === '4:16' ? 16 : 8),
];

function subject(network: NetworkName, density: Density, multipliers: Multipliers, bus?: number): Subject {
  const shape = (network === 'mobilenet-v1' ? MOBILENET : SHAPES)[multipliers];
  const quick = (network === 'mobilenet-v1' || network === 'alexnet') && multipliers <= 64;
  return { network, density, multipliers, config: validateConfig({ ...shape, group: groupOf(density), bus: bus ?? shape.bus }), quick };
}

/** Dense and pruned on the buses that the densities take; dense also on the wider bus, so that every speed-up is over dense on the same core. */
export function subjectsOf(network: NetworkName): Subject[] {
  return DENSITIES.flatMap((density) => MULTIPLIERS.flatMap((multipliers) => {
    const wider = WIDER[network][multipliers];
    const usual = subject(network, density, multipliers);
    if (wider === undefined || density === '4:8') return [usual];
    const wide = subject(network, density, multipliers, wider);
    return density === 'dense' ? [usual, wide] : [wide];
  }));
}

export const titleOf = ({ network, density, multipliers, config }: Subject): string => `${network}, ${multipliers} multipliers, ${density}, bus ${config.bus}`;
