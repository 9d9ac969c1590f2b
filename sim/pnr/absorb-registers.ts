// SPDX-License-Identifier: Apache-2.0
/**
 * Moves flip-flops around the multipliers of an ECP5 into the registers that these blocks have at A, B and P; Yosys leaves those unused.
 * Both inputs are taken or none: nextpnr times a block with one of them registered as if it had none.
 */
import { bitOf, clockOf, inputRegisters, isUnregistered, MULTIPLIER, outputRegisters } from './multiplier-registers.js';
import { Wiring, type Bit, type Cell, type Netlist } from './netlist.js';
import { registerName } from './report.js';

export interface Absorbed {
  readonly multipliers: number;
  /** Multipliers whose registers at A and B, or at P, are in use now. */
  readonly inputs: number;
  readonly outputs: number;
  /** Flip-flops that the netlist has no more. */
  readonly flipFlops: number;
}

/** The block with registers in use, its pins connected to the other side of the flip-flops. */
function registered(wiring: Wiring, cell: Cell, registers: ReadonlyMap<string, string>, names: readonly string[], side: 'DI' | 'Q', clock: Bit): Cell {
  const beyond = [...registers].map(([pin, flipFlop]): [string, Bit[]] => [pin, [bitOf(wiring.cell(flipFlop) as Cell, side)]]);
  const settings = names.map((name): [string, string][] => [[`REG_${name}_CLK`, 'CLK0'], [`REG_${name}_CE`, 'CE0'], [`REG_${name}_RST`, 'RST0']]);
  return {
    ...cell,
    parameters: { ...cell.parameters, GSR: 'DISABLED', ...Object.fromEntries(settings.flat()) },
    port_directions: { ...cell.port_directions, CLK0: 'input', CE0: 'input', RST0: 'input' },
    connections: { ...cell.connections, CLK0: [clock], CE0: ['1'], RST0: ['0'], ...Object.fromEntries(beyond) },
  };
}

/** The block gets the name of its product register, so a path that starts in it is told by that. @returns its name then */
function absorbOutput(wiring: Wiring, name: string): string | undefined {
  const cell = wiring.cell(name) as Cell;
  const registers = outputRegisters(wiring, cell);
  const clock = registers && clockOf(wiring, registers);
  if (registers === undefined || clock === undefined) return undefined;
  const changed = registered(wiring, cell, registers, ['OUTPUT'], 'Q', clock);
  const product = `${registerName([...registers.values()][0] as string)}_${MULTIPLIER}_P0`;
  for (const gone of [name, ...registers.values()]) wiring.remove(gone);
  const free = wiring.cell(product) === undefined ? product : name;
  wiring.add(free, changed);
  return free;
}

/** A flip-flop that feeds others too stays for them. */
function absorbInputs(wiring: Wiring, name: string): boolean {
  const cell = wiring.cell(name) as Cell;
  const registers = inputRegisters(wiring, cell);
  const clock = registers && clockOf(wiring, registers);
  if (registers === undefined || clock === undefined || (cell.connections['CLK0'] !== undefined && bitOf(cell, 'CLK0') !== clock)) return false;
  const changed = registered(wiring, cell, registers, ['INPUTA', 'INPUTB'], 'DI', clock);
  wiring.remove(name);
  wiring.add(name, changed);
  for (const flipFlop of new Set(registers.values())) if (wiring.users(bitOf(wiring.cell(flipFlop) as Cell, 'Q')).length === 0) wiring.remove(flipFlop);
  return true;
}

/** Changes the modules of the netlist in place. */
export function absorbRegisters(netlist: Netlist): Absorbed {
  const total = { multipliers: 0, inputs: 0, outputs: 0, flipFlops: 0 };
  for (const module of Object.values(netlist.modules)) {
    const names = Object.keys(module.cells);
    const multipliers = names.filter((name) => module.cells[name]?.type === MULTIPLIER);
    const wiring = new Wiring(module);
    const changed = multipliers.filter((name) => isUnregistered(module.cells[name] as Cell)).map((name) => ({ name, product: absorbOutput(wiring, name) }));
    total.multipliers += multipliers.length;
    total.outputs += changed.filter(({ product }) => product !== undefined).length;
    total.inputs += changed.filter(({ name, product }) => absorbInputs(wiring, product ?? name)).length; // a register between two blocks went to the first
    total.flipFlops += names.length - Object.keys(module.cells).length;
  }
  return total;
}
