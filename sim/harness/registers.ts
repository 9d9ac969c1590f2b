// SPDX-License-Identifier: Apache-2.0
/** Owns the host's view of register values: fields by name, counters, error codes; knows no simulator. */
import { ERROR_CODES, REGISTERS, type Register, type RegisterName } from '../../generator/arch/registers.js';

/** Registers that count while a program runs. */
export type CounterName = Extract<RegisterName, `CYCLES${string}` | `BEATS_${string}`>;

export const COUNTERS = (Object.keys(REGISTERS) as RegisterName[]).filter((name): name is CounterName =>
  name.startsWith('CYCLES') || name.startsWith('BEATS_'),
);

/** Value of one field of a register; the names are those of the register map. */
export function fieldOf(register: RegisterName, field: string, value: number): number {
  const described = fieldNamed(register, field);
  return Math.floor(value / 2 ** described.lsb) % 2 ** described.width;
}

/** The register with this field set to `value` and all others 0. */
export const withField = (register: RegisterName, field: string, value = 1): number => value * 2 ** fieldNamed(register, field).lsb;

function fieldNamed(register: RegisterName, field: string): { readonly lsb: number; readonly width: number } {
  const found = (REGISTERS[register] as Register).fields?.find(({ name }) => name === field);
  if (found === undefined) throw new RangeError(`register ${register} has no field ${field}`);
  return found;
}

export type ErrorName = keyof typeof ERROR_CODES;

/** Name of an error code, undefined for a code that the register map does not list. */
export const errorName = (code: number): ErrorName | undefined =>
  (Object.keys(ERROR_CODES) as ErrorName[]).find((name) => ERROR_CODES[name].code === code);
