// SPDX-License-Identifier: Apache-2.0
/** Reads the JSON report of nextpnr: clock, cells in use, the slowest path between registers. */
import { PlaceAndRouteError } from './errors.js';

export interface Utilization {
  readonly resource: string;
  readonly used: number;
  readonly available: number;
}

/** One step of a path: through a cell, or along a net. */
export interface PathStep {
  readonly kind: 'cell' | 'net';
  readonly delayNs: number;
  /** The cell that the step ends in. */
  readonly cell: string;
  /** Of a step along a net. */
  readonly net?: string;
}

export interface CriticalPath {
  /** Cells that hold the first and the last register. */
  readonly from: string;
  readonly to: string;
  readonly delayNs: number;
  readonly logicNs: number;
  readonly routingNs: number;
  readonly steps: readonly PathStep[];
}

export interface PnrReport {
  readonly fmaxMhz: number;
  /** Resources in use, most used share first. */
  readonly utilization: readonly Utilization[];
  readonly path: CriticalPath;
}

interface End { readonly cell: string }
interface Step { readonly type: string; readonly delay: number; readonly from: End; readonly to: End; readonly net?: string }
interface Report {
  readonly fmax: Readonly<Record<string, { readonly achieved: number }>>;
  readonly utilization: Readonly<Record<string, { readonly used: number; readonly available: number }>>;
  readonly critical_paths: readonly { readonly from: string; readonly to: string; readonly path: readonly Step[] }[];
}

const sum = (steps: readonly PathStep[]): number => steps.reduce((all, { delayNs }) => all + delayNs, 0);

/** @throws PlaceAndRouteError where it is no report of a design with one clock */
export function parseReport(tool: string, text: string): PnrReport {
  const refuse = (found: string): PlaceAndRouteError => new PlaceAndRouteError(tool, found, text.slice(0, 200));
  let report: Partial<Report>;
  try {
    report = JSON.parse(text) as Partial<Report>;
  } catch {
    throw refuse('a report that is no JSON');
  }
  const clocks = Object.entries(report.fmax ?? {});
  const [clock, speed] = clocks[0] ?? [];
  if (clocks.length !== 1 || clock === undefined || speed === undefined) throw refuse(`a report of ${clocks.length} clocks`);
  const ends = new RegExp(`^(pos|neg)edge ${clock.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`);
  const path = report.critical_paths?.find(({ from, to }) => ends.test(from) && ends.test(to))?.path;
  const [first, last] = [path?.[0], path?.at(-1)];
  if (path === undefined || first === undefined || last === undefined) throw refuse('a report without a path between registers');
  const steps = path.map(({ type, delay, to, net }): PathStep => ({ kind: type === 'routing' ? 'net' : 'cell', delayNs: delay, cell: to.cell, ...(net === undefined ? {} : { net }) }));
  const share = ({ used, available }: Utilization): number => used / Math.max(available, 1);
  return {
    fmaxMhz: speed.achieved,
    utilization: Object.entries(report.utilization ?? {})
      .map(([resource, { used, available }]) => ({ resource, used, available }))
      .filter(({ used }) => used > 0)
      .sort((a, b) => share(b) - share(a) || (a.resource < b.resource ? -1 : 1)),
    path: {
      from: first.to.cell, // nextpnr 0.4 names another cell as the start of the first step
      to: last.to.cell,
      delayNs: sum(steps),
      logicNs: sum(steps.filter(({ kind }) => kind === 'cell')),
      routingNs: sum(steps.filter(({ kind }) => kind === 'net')),
      steps,
    },
  };
}

/** What the cell holds, without what synthesis and packing put behind the name of a net. */
export const registerName = (cell: string): string => cell.replace(/(_(SB_|TRELLIS_|LUT4|CCU2C|PFUMX|L6MUX21|MULT18X18D|DP16KD|DPR16X4|ICESTORM).*|\$.*)$/, '');
