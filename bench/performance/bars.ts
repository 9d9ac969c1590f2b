// SPDX-License-Identifier: Apache-2.0
/** Owns what the measured networks are held to: utilization, speed-up, and the peers' cycles x multipliers. */
import { DENSITIES, type Density, type Multipliers, type NetworkName, titleOf } from './subjects.js';
import type { Row } from './measure.js';
import { SPARSE_BAR, type PeerRow } from './peers.js';

export interface Bar {
  readonly what: string;
  readonly bar: string;
  readonly found: string;
  /** Unknown where it is not measured. */
  readonly holds: boolean | undefined;
  readonly by: 'RTL' | 'model' | 'none';
}

/** Useful multiplications a multiplier and cycle. */
export const utilizationOf = ({ model, subject }: Row): number | undefined => (model === undefined ? undefined : model.useful / (model.cycles * subject.multipliers));

/** The dense network on the same P, L, n and bus. */
export function denseOf(rows: readonly Row[], { subject: { network, multipliers, config } }: Row): Row | undefined {
  return rows.find(({ subject }) => subject.network === network && subject.density === 'dense' && subject.multipliers === multipliers && subject.config.bus === config.bus);
}

export function speedUpOf(rows: readonly Row[], row: Row): number | undefined {
  const dense = denseOf(rows, row)?.model;
  return dense === undefined || row.model === undefined ? undefined : dense.cycles / row.model.cycles;
}

type Core = readonly [Multipliers, number, readonly Density[]];
const BOTH = ['dense', '2:8'] as const;

/** Multipliers, bus and densities. */
const UTILIZATION: readonly { readonly network: NetworkName; readonly least: number; readonly cores: readonly Core[] }[] = [
  { network: 'vgg16', least: 0.97, cores: [[16, 64, BOTH], [64, 64, BOTH], [256, 128, BOTH], [512, 128, ['dense']], [512, 256, ['2:8']]] },
  { network: 'resnet-50', least: 0.92, cores: [[16, 64, BOTH], [64, 64, BOTH], [256, 128, ['dense']], [256, 256, ['2:8']]] },
  { network: 'mobilenet-v1', least: 0.85, cores: [[16, 64, BOTH], [64, 64, ['dense']], [64, 128, ['2:8']], [256, 256, ['dense']]] },
];

/** Of the ceiling, wherever no utilization is asked for. */
const CEILING = 0.97;

const SPEED_UP: readonly { readonly network: NetworkName; readonly least: number; readonly cores: readonly (readonly [Multipliers, number])[] }[] = [
  { network: 'vgg16', least: 3.9, cores: [[16, 64], [64, 64], [256, 128]] },
  { network: 'resnet-50', least: 3.6, cores: [[16, 64], [64, 64]] },
];

const isSimulated = (...rows: readonly (Row | undefined)[]): 'RTL' | 'model' => (rows.every((row) => row?.rtl !== undefined && row.rtl.counters.cycles === row.model?.cycles) ? 'RTL' : 'model');

export function barsOf(rows: readonly Row[], peers: readonly PeerRow[]): Bar[] {
  const rowOf = (network: NetworkName, multipliers: Multipliers, bus: number, density: Density): Row | undefined =>
    rows.find(({ subject }) => subject.network === network && subject.multipliers === multipliers && subject.config.bus === bus && subject.density === density);
  const bar = (what: string, text: string, found: number | undefined, least: number, show: (value: number) => string, by: Bar['by']): Bar =>
    (found === undefined ? { what, bar: text, found: 'not measured', holds: undefined, by: 'none' } : { what, bar: text, found: show(found), holds: found >= least, by });
  const percent = (value: number): string => `${(100 * value).toFixed(2)} %`;
  const times = (value: number): string => `${value.toFixed(3)}x`;
  const utilization = UTILIZATION.flatMap(({ network, least, cores }) => DENSITIES.flatMap((density) => cores.filter(([, , densities]) => densities.includes(density)).map(([multipliers, bus]) => {
    const row = rowOf(network, multipliers, bus, density);
    return bar(`${network}, ${density}, ${multipliers} multipliers, ${bus}-bit bus: utilization`, `>= ${100 * least} %`, row === undefined ? undefined : utilizationOf(row), least, percent, isSimulated(row));
  })));
  const speedUp = SPEED_UP.flatMap(({ network, least, cores }) => cores.map(([multipliers, bus]) => {
    const row = rowOf(network, multipliers, bus, '2:8');
    return bar(`${network}, ${multipliers} multipliers, ${bus}-bit bus: 2:8 over dense`, `>= ${least}x`, row === undefined ? undefined : speedUpOf(rows, row), least, times, isSimulated(row, row === undefined ? undefined : denseOf(rows, row)));
  }));
  const isAsked = ({ subject: { network, multipliers, density, config } }: Row): boolean =>
    UTILIZATION.some((own) => own.network === network && own.cores.some(([count, bus, densities]) => count === multipliers && bus === config.bus && densities.includes(density)));
  const ceilings = rows.filter((row) => !isAsked(row)).map((row) => {
    const { model } = row;
    return bar(`${titleOf(row.subject)}: of the ceiling`, `>= ${100 * CEILING} %`, model === undefined ? undefined : model.ceiling / model.cycles, CEILING, percent, isSimulated(row));
  });
  return [...utilization, ...speedUp, ...ceilings, ...peerBars(peers)];
}

export function peerBars(peers: readonly PeerRow[]): Bar[] {
  return (['dense', 'sparse'] as const).map((kind) => {
    const least = Math.min(...peers.map((row) => row[kind].gain));
    const bar = kind === 'dense' ? 1 : SPARSE_BAR;
    return {
      what: `NNgen's cycles x multipliers over ours, ${kind === 'dense' ? 'dense' : '2:8'}, least of ${peers.length} cores`, bar: `>= ${bar}x`, found: `${least.toFixed(3)}x`, holds: least >= bar,
      by: peers.every((row) => row[kind].rtl?.counters.cycles === row[kind].cycles) ? 'RTL' : 'model',
    };
  });
}
