// SPDX-License-Identifier: Apache-2.0
/** Turns the register map into Verilog lines for the templates; knows no behaviour. */
import { REGISTERS, type Register, type RegisterName } from '../arch/registers.js';
import { integerConstants } from './contract-lines.js';

/** The counter registers, in the order of their addresses. */
export const COUNTERS = [
  'CYCLES', 'CYCLES_COMPUTE', 'CYCLES_DRAIN', 'CYCLES_LOAD', 'CYCLES_STORE', 'CYCLES_DISPATCH', 'CYCLES_SPAN', 'BEATS_READ', 'BEATS_WRITTEN',
] as const satisfies readonly RegisterName[];

const fieldsOf = (name: RegisterName): NonNullable<Register['fields']> => (REGISTERS[name] as Register).fields ?? [];

const hex = (value: number, width: number): string => `${width}'h${(value >>> 0).toString(16).padStart(Math.ceil(width / 4), '0')}`;

/** `localparam [11:0] REG_STATUS = 12'h014;`, aligned. */
export function registerConstants(...names: readonly RegisterName[]): string[] {
  const columns = Math.max(...names.map((name) => name.length));
  return names.map((name) => `localparam [11:0] REG_${name.padEnd(columns)} = ${hex(REGISTERS[name].offset, 12)};`);
}

/** `localparam [31:0] ID_VALUE = 32'h...;`, aligned. */
export function wordConstants(values: Readonly<Record<string, number>>): string[] {
  const columns = Math.max(...Object.keys(values).map((name) => name.length));
  return Object.entries(values).map(([name, value]) => `localparam [31:0] ${name.padEnd(columns)} = ${hex(value, 32)};`);
}

/** `localparam integer CONTROL_START = 0;`: the lowest bit of each field of these registers. */
export const fieldConstants = (...names: readonly RegisterName[]): string[] =>
  integerConstants(Object.fromEntries(names.flatMap((name) => fieldsOf(name).map((field) => [`${name}_${field.name}`, field.lsb]))));

/** A concatenation of 32 bits with these signals at their fields, zeros between. */
export function packRegister<K extends string>(name: RegisterName, signals: Readonly<Record<K, string>>): string {
  const parts: string[] = [];
  let next = 0;
  const zeros = (count: number): void => {
    if (count > 0) parts.unshift(`${count}'d0`);
  };
  for (const field of [...fieldsOf(name)].sort((a, b) => a.lsb - b.lsb)) {
    zeros(field.lsb - next);
    parts.unshift(signals[field.name as K]);
    next = field.lsb + field.width;
  }
  zeros(32 - next);
  return `{${parts.join(', ')}}`;
}

/** Four registers that lie together, and what each of them holds: names of the registers that a read goes through. */
export function readBlocks(values: Readonly<Record<string, string>>): { readonly reads: readonly ReadBlock[]; readonly allReads: string } {
  const at = new Map<number, string>(Object.entries(values).map(([name, value]) => [REGISTERS[name as RegisterName].offset, value]));
  const reads = Array.from({ length: Math.max(...at.keys()) / 16 + 1 | 0 }, (_, block): ReadBlock => ({
    name: `read_${block}_q`,
    block: `8'd${block}`,
    registers: [0, 1, 2, 3].map((i) => ({ label: i === 3 ? 'default:' : `2'd${i}:   `, value: at.get(16 * block + 4 * i) ?? "32'd0" })),
  }));
  return { reads, allReads: reads.map(({ name }) => name).join(' | ') };
}

interface ReadBlock {
  readonly name: string;
  readonly block: string;
  readonly registers: readonly { readonly label: string; readonly value: string }[];
}
