// SPDX-License-Identifier: Apache-2.0
/** The netlist that Yosys writes as JSON, as far as place and route looks into it, and an index of who drives and who uses a bit. */

/** The number of a net of one bit, or a constant: '0', '1', 'x', 'z'. */
export type Bit = number | '0' | '1' | 'x' | 'z';

export interface Cell {
  readonly type: string;
  readonly parameters: Record<string, string>;
  readonly attributes: Readonly<Record<string, string>>;
  readonly port_directions: Record<string, string>;
  readonly connections: Record<string, Bit[]>;
}

export interface Module {
  readonly attributes?: Readonly<Record<string, string>>;
  readonly ports: Readonly<Record<string, { readonly bits: readonly Bit[] }>>;
  readonly cells: Record<string, Cell>;
  readonly netnames: Readonly<Record<string, { readonly bits: readonly Bit[]; readonly attributes?: Readonly<Record<string, string>> }>>;
}

export interface Netlist {
  readonly creator?: string;
  readonly modules: Readonly<Record<string, Module>>;
}

/** A pin of a cell; a bit that is a port of the module or of a net marked (* keep *) has '' as a user too. */
export interface Pin {
  readonly cell: string;
  readonly port: string;
}

const OUTSIDE: Pin = { cell: '', port: '' };

export const isKept = (attributes: Readonly<Record<string, string>> | undefined): boolean => /1/.test(String(attributes?.['keep'] ?? ''));

/** Drivers and users of the bits of a module; changes of cells go through it, so it stays true. */
export class Wiring {
  readonly #module: Module;
  readonly #drivers = new Map<Bit, string>();
  readonly #users = new Map<Bit, Pin[]>();

  constructor(module: Module) {
    this.#module = module;
    for (const name of Object.keys(module.cells)) this.#enter(name);
    const outside = [...Object.values(module.ports), ...Object.values(module.netnames).filter(({ attributes }) => isKept(attributes))];
    for (const { bits } of outside) for (const bit of bits) this.#use(bit, OUTSIDE);
  }

  /** The name of the cell that drives the bit. */
  driver(bit: Bit): string | undefined {
    return this.#drivers.get(bit);
  }

  users(bit: Bit): readonly Pin[] {
    return this.#users.get(bit) ?? [];
  }

  cell(name: string): Cell | undefined {
    return this.#module.cells[name];
  }

  remove(name: string): void {
    const cell = this.#module.cells[name];
    if (cell === undefined) return;
    for (const [port, bits] of Object.entries(cell.connections)) {
      for (const bit of bits) {
        if (cell.port_directions[port] === 'output') this.#drivers.delete(bit);
        else this.#users.set(bit, this.users(bit).filter((pin) => pin.cell !== name));
      }
    }
    delete this.#module.cells[name];
  }

  add(name: string, cell: Cell): void {
    this.#module.cells[name] = cell;
    this.#enter(name);
  }

  #enter(name: string): void {
    const cell = this.#module.cells[name] as Cell;
    for (const [port, bits] of Object.entries(cell.connections)) {
      for (const bit of bits) {
        if (cell.port_directions[port] === 'output') this.#drivers.set(bit, name);
        else this.#use(bit, { cell: name, port });
      }
    }
  }

  /** Constants have no users worth knowing. */
  #use(bit: Bit, pin: Pin): void {
    if (typeof bit === 'string') return;
    const pins = this.#users.get(bit);
    if (pins === undefined) this.#users.set(bit, [pin]);
    else pins.push(pin);
  }
}
