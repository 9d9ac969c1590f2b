// SPDX-License-Identifier: Apache-2.0
/** Decides which flip-flops around a multiplier of an ECP5 its own registers can stand for; changes nothing. */
import { isKept, type Bit, type Cell, type Wiring } from './netlist.js';

export const MULTIPLIER = 'MULT18X18D';
const pins = (port: string, width: number): readonly string[] => Array.from({ length: width }, (_, index) => `${port}${index}`);
const [A, B, P] = [pins('A', 18), pins('B', 18), pins('P', 36)];

/** The bit at a pin; x where there is none. */
export const bitOf = (cell: Cell, port: string): Bit => cell.connections[port]?.[0] ?? 'x';

/** Clock of a plain flip-flop: rising edge, no enable, no reset, 0 at the start as the registers of the block are, not marked (* keep *). */
function plainClock(cell: Cell | undefined): Bit | undefined {
  if (cell?.type !== 'TRELLIS_FF' || isKept(cell.attributes)) return undefined;
  const is = (parameter: string, value: string, fallback: string): boolean => (cell.parameters[parameter] ?? fallback).trim() === value;
  const plain = is('CEMUX', '1', '1') && is('CLKMUX', 'CLK', 'CLK') && is('LSRMUX', 'LSR', 'LSR') && is('REGSET', 'RESET', 'RESET') && is('LSRMODE', 'LSR', 'LSR');
  return plain && bitOf(cell, 'LSR') === '0' ? bitOf(cell, 'CLK') : undefined;
}

/** A block as Yosys makes it: no register, no chain to its neighbours, signs that never change. */
export function isUnregistered(cell: Cell): boolean {
  const registered = Object.entries(cell.parameters).some(([name, value]) => /^REG_.*_CLK$/.test(name) && value !== 'NONE');
  const chained = Object.keys(cell.connections).some((port) => !/^([ABC]\d+|P\d+|(SIGNED|SOURCE)[AB])$/.test(port));
  const still = ['SIGNEDA', 'SIGNEDB'].every((port) => /^[01]$/.test(String(bitOf(cell, port))));
  return cell.type === MULTIPLIER && !registered && !chained && still && ['SOURCEA', 'SOURCEB'].every((port) => bitOf(cell, port) === '0');
}

/** Flip-flops by the pin of the block, where every used bit of P goes to a plain one of the same clock and nowhere else. */
export function outputRegisters(wiring: Wiring, cell: Cell): ReadonlyMap<string, string> | undefined {
  const found = new Map<string, string>();
  for (const port of P) {
    const [user, ...others] = wiring.users(bitOf(cell, port));
    if (user === undefined) continue;
    if (others.length > 0 || user.port !== 'DI' || plainClock(wiring.cell(user.cell)) === undefined) return undefined;
    found.set(port, user.cell);
  }
  return found.size > 0 ? found : undefined;
}

/** The same for the pins of an input, where every bit is 0 or comes from such a flip-flop. A constant 1 would be 0 in the first cycle. */
export function inputRegisters(wiring: Wiring, cell: Cell): ReadonlyMap<string, string> | undefined {
  const found = new Map<string, string>();
  for (const port of [...A, ...B]) {
    const bit = bitOf(cell, port);
    if (bit === '0') continue;
    const driver = wiring.driver(bit);
    if (driver === undefined || plainClock(wiring.cell(driver)) === undefined) return undefined;
    found.set(port, driver);
  }
  return found.size > 0 ? found : undefined;
}

/** Their clock, where it is one. */
export function clockOf(wiring: Wiring, registers: ReadonlyMap<string, string>): Bit | undefined {
  const [clock, ...others] = new Set([...registers.values()].map((flipFlop) => plainClock(wiring.cell(flipFlop))));
  return others.length === 0 ? clock : undefined;
}
