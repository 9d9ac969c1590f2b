// SPDX-License-Identifier: Apache-2.0
/** Owns the standard buses of the shell: AXI4 master and AXI4-Lite slave port lists. */
import { type Integer, toExpression } from './expression.js';
import { type InputPort, type OutputPort, type Port, input, output } from './port.js';

type Driver = 'manager' | 'subordinate';
type Row = readonly [driver: Driver, width: 'data' | 'strobe' | 'addr' | 'id' | number, doc?: string];

const WRITE = {
  awid: ['manager', 'id'],
  awaddr: ['manager', 'addr', 'byte address'],
  awlen: ['manager', 8, 'beats - 1'],
  awsize: ['manager', 3, 'log2 of bytes a beat'],
  awburst: ['manager', 2, '01: incrementing'],
  awcache: ['manager', 4],
  awprot: ['manager', 3],
  awvalid: ['manager', 1],
  awready: ['subordinate', 1],
  wdata: ['manager', 'data'],
  wstrb: ['manager', 'strobe'],
  wlast: ['manager', 1],
  wvalid: ['manager', 1],
  wready: ['subordinate', 1],
  bid: ['subordinate', 'id'],
  bresp: ['subordinate', 2, '00 okay, 10 slave error, 11 decode error'],
  bvalid: ['subordinate', 1],
  bready: ['manager', 1],
} as const satisfies Record<string, Row>;

const READ = {
  arid: ['manager', 'id'],
  araddr: ['manager', 'addr', 'byte address'],
  arlen: ['manager', 8, 'beats - 1'],
  arsize: ['manager', 3, 'log2 of bytes a beat'],
  arburst: ['manager', 2, '01: incrementing'],
  arcache: ['manager', 4],
  arprot: ['manager', 3],
  arvalid: ['manager', 1],
  arready: ['subordinate', 1],
  rid: ['subordinate', 'id'],
  rdata: ['subordinate', 'data'],
  rresp: ['subordinate', 2, '00 okay, 10 slave error, 11 decode error'],
  rlast: ['subordinate', 1],
  rvalid: ['subordinate', 1],
  rready: ['manager', 1],
} as const satisfies Record<string, Row>;

const LITE = {
  awaddr: ['manager', 'addr', 'byte address'],
  awprot: ['manager', 3],
  awvalid: ['manager', 1],
  awready: ['subordinate', 1],
  wdata: ['manager', 'data'],
  wstrb: ['manager', 'strobe'],
  wvalid: ['manager', 1],
  wready: ['subordinate', 1],
  bresp: ['subordinate', 2, '00 okay, 10 slave error'],
  bvalid: ['subordinate', 1],
  bready: ['manager', 1],
  araddr: ['manager', 'addr', 'byte address'],
  arprot: ['manager', 3],
  arvalid: ['manager', 1],
  arready: ['subordinate', 1],
  rdata: ['subordinate', 'data'],
  rresp: ['subordinate', 2, '00 okay, 10 slave error'],
  rvalid: ['subordinate', 1],
  rready: ['manager', 1],
} as const satisfies Record<string, Row>;

type BusPorts<N extends string, R, Own extends Driver> = {
  readonly [K in keyof R & string as `${N}_${K}`]: R[K] extends readonly [infer W, ...unknown[]]
    ? W extends Own ? OutputPort : InputPort
    : never;
};

export interface BusWidths {
  readonly dataWidth: Integer;
  readonly addrWidth: Integer;
}

export interface Axi4Widths extends BusWidths {
  readonly idWidth: Integer;
}

function busPorts(name: string, rows: Readonly<Record<string, Row>>, own: Driver, widths: BusWidths & Partial<Axi4Widths>, group: string): Record<string, Port> {
  const data = toExpression(widths.dataWidth);
  const widthOfRow = (width: Row[1]): Integer => {
    if (typeof width === 'number') return width;
    if (width === 'data') return data;
    if (width === 'strobe') return data.dividedBy(8);
    return width === 'addr' ? widths.addrWidth : (widths.idWidth ?? 1);
  };
  const ports: Record<string, Port> = {};
  for (const [signal, [driver, width, doc]] of Object.entries(rows)) {
    const first = Object.keys(ports).length === 0 ? { group } : {};
    const make = driver === own ? output : input;
    ports[`${name}_${signal}`] = make(widthOfRow(width), { ...first, ...(doc === undefined ? {} : { doc }), shell: true });
  }
  return ports;
}

/** All five channels of an AXI4 master: `m_axi_awaddr`, ... (standard names, no _i / _o). */
export function axi4Master<N extends string>(name: N, widths: Axi4Widths): BusPorts<N, typeof WRITE & typeof READ, 'manager'> {
  return { ...axi4WriteMaster(name, widths), ...axi4ReadMaster(name, widths) } as unknown as BusPorts<N, typeof WRITE & typeof READ, 'manager'>;
}

/** The write address, write data and write response channels alone. */
export function axi4WriteMaster<N extends string>(name: N, widths: Axi4Widths): BusPorts<N, typeof WRITE, 'manager'> {
  return busPorts(name, WRITE, 'manager', widths, `AXI4 write channels ${name}`) as BusPorts<N, typeof WRITE, 'manager'>;
}

/** The read address and read data channels alone. */
export function axi4ReadMaster<N extends string>(name: N, widths: Axi4Widths): BusPorts<N, typeof READ, 'manager'> {
  return busPorts(name, READ, 'manager', widths, `AXI4 read channels ${name}`) as BusPorts<N, typeof READ, 'manager'>;
}

/** An AXI4-Lite slave: `s_axil_awaddr`, ... */
export function axi4Lite<N extends string>(name: N, widths: BusWidths): BusPorts<N, typeof LITE, 'subordinate'> {
  return busPorts(name, LITE, 'subordinate', widths, `AXI4-Lite slave ${name}`) as BusPorts<N, typeof LITE, 'subordinate'>;
}
