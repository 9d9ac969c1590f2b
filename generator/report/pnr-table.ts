// SPDX-License-Identifier: Apache-2.0
/** Owns the text of a place and route: clock, cells in use, the slowest path in terms of the design. */
import { columns } from './markdown-table.js';

/** An end of a path: register, instance and module of the design. */
export interface PathEnd {
  /** Module of the design without prefix, or `serial shell`. */
  readonly module: string;
  /** Instances from the block that was placed; empty: the block itself. */
  readonly instance: string;
  readonly register: string;
  /** As nextpnr names it. */
  readonly cell: string;
}

/** What a path passes in one module. */
export interface PathPart {
  readonly module: string;
  readonly instance: string;
  readonly logicNs: number;
  readonly routingNs: number;
}

export interface PnrTable {
  readonly name: string;
  /** Module without prefix. */
  readonly block: string;
  readonly target: string;
  readonly device: string;
  /** ECP5 alone. */
  readonly speed: string | null;
  readonly seed: number;
  readonly frequencyMhz: number;
  readonly tools: { readonly yosys: string; readonly nextpnr: string };
  readonly fmaxMhz: number;
  readonly utilization: readonly { readonly resource: string; readonly used: number; readonly available: number }[];
  /** ECP5: multipliers, those with registers in use at both inputs and at the product, and flip-flops that these replace. Null elsewhere. */
  readonly absorbed: { readonly multipliers: number; readonly inputs: number; readonly outputs: number; readonly flipFlops: number } | null;
  readonly criticalPath: {
    readonly source: PathEnd;
    readonly sink: PathEnd;
    readonly delayNs: number;
    readonly logicNs: number;
    readonly routingNs: number;
    /** In order; steps in one instance are one part. */
    readonly parts: readonly PathPart[];
  };
}

const end = ({ module, instance, register }: PathEnd): string => `${register} of ${module}${instance === '' ? '' : ` (${instance})`}`;
const ns = (value: number): string => value.toFixed(2);

export function pnrTable(report: PnrTable): string[] {
  const { criticalPath: path, absorbed } = report;
  const speed = report.speed === null ? '' : `, speed ${report.speed}`;
  return [
    `${report.block} of ${report.name} on ${report.target} ${report.device}${speed}, ${report.tools.yosys}, ${report.tools.nextpnr}, seed ${report.seed}`,
    `${report.fmaxMhz.toFixed(1)} MHz (aim ${report.frequencyMhz} MHz)`,
    ...columns([['resource', 'used', 'available', 'share'], ...report.utilization.map(({ resource, used, available }) => [resource, String(used), String(available), `${((100 * used) / available).toFixed(1)} %`])]),
    ...(absorbed === null || absorbed.multipliers === 0 ? [] : [`registers inside ${absorbed.multipliers} multiplier${absorbed.multipliers === 1 ? '' : 's'}: ${absorbed.inputs} at both inputs, ${absorbed.outputs} at the product, for ${absorbed.flipFlops} flip-flops`]),
    `slowest path: ${ns(path.delayNs)} ns, ${ns(path.logicNs)} in cells, ${ns(path.routingNs)} along nets`,
    `  from ${end(path.source)}`,
    `  to   ${end(path.sink)}`,
    ...columns([['module', 'instance', 'cells, ns', 'nets, ns'], ...path.parts.map(({ module, instance, logicNs, routingNs }) => [module, instance, ns(logicNs), ns(routingNs)])]).map((line) => `  ${line}`),
  ];
}
