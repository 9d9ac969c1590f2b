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
export function registerConstants(): string[] {
  const names = Object.keys(REGISTERS) as RegisterName[];
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
