// SPDX-License-Identifier: Apache-2.0
/** Turns fields, codes and masks of the contract into Verilog lines for the templates; knows no instruction. */
import type { Field } from '../arch/fields.js';

/** padTop -> pad_top. */
export const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** illegalField -> ILLEGAL_FIELD. */
export const constantCase = (name: string): string => snakeCase(name).toUpperCase();

type Fields = Readonly<Record<string, Field>>;

const bitOf = (field: Field): number => field.word * 32 + field.lsb;

const select = (source: string, lsb: number, width: number): string =>
  width === 1 ? `${source}[${lsb}]` : `${source}[${lsb + width - 1}:${lsb}]`;

/** `wire [15:0] act_rows = payload_i[79:64];`, aligned, one line a field. */
export function fieldWires(source: string, fields: Fields, prefix = ''): string[] {
  const rows = Object.entries(fields).map(([name, field]) => ({
    range: field.width === 1 ? '' : `[${field.width - 1}:0]`,
    name: prefix + snakeCase(name),
    value: select(source, bitOf(field), field.width),
  }));
  const rangeColumns = Math.max(...rows.map((row) => row.range.length));
  const nameColumns = Math.max(...rows.map((row) => row.name.length));
  return rows.map((row) => `wire ${row.range.padEnd(rangeColumns)} ${row.name.padEnd(nameColumns)} = ${row.value};`);
}

/** Bits of `words` words that no field covers, as [lsb, width] runs. */
function uncoveredRuns(fields: Fields, words: number): [number, number][] {
  const covered = new Set(
    Object.values(fields).flatMap((field) => Array.from({ length: field.width }, (_, i) => bitOf(field) + i)),
  );
  const runs: [number, number][] = [];
  for (let bit = 0; bit < words * 32; bit += 1) {
    if (covered.has(bit)) continue;
    const last = runs.at(-1);
    if (last !== undefined && last[0] + last[1] === bit) last[1] += 1;
    else runs.push([bit, 1]);
  }
  return runs;
}

/** `|{payload_i[255:248]}`: 1 when a bit is set that no field covers; 1'b0 when there is none. */
export function reservedBits(source: string, fields: Fields, words: number): string {
  const runs = uncoveredRuns(fields, words);
  if (runs.length === 0) return "1'b0";
  return `|{${runs.map(([lsb, width]) => select(source, lsb, width)).join(', ')}}`;
}

/** `localparam [7:0] ERROR_ILLEGAL_FIELD = 8'd2;`, aligned. */
export function codeConstants(prefix: string, codes: Readonly<Record<string, number>>, width: number): string[] {
  const names = Object.keys(codes).map((name) => prefix + constantCase(name));
  const columns = Math.max(...names.map((name) => name.length));
  const range = width === 1 ? '' : `[${width - 1}:0] `;
  return Object.values(codes).map(
    (code, i) => `localparam ${range}${names[i]!.padEnd(columns)} = ${width}'d${code};`,
  );
}

/** `localparam integer ROWS_LSB = 64;`, aligned. */
export function integerConstants(values: Readonly<Record<string, number>>): string[] {
  const columns = Math.max(...Object.keys(values).map((name) => name.length));
  return Object.entries(values).map(([name, value]) => `localparam integer ${name.padEnd(columns)} = ${value};`);
}

/** The chosen entries of an error table, as name -> code. */
export function errorCodes<K extends string>(
  table: Readonly<Record<K, { readonly code: number }>>,
  ...names: readonly K[]
): Record<string, number> {
  return Object.fromEntries(names.map((name) => [name, table[name].code]));
}
