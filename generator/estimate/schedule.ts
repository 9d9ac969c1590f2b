// SPDX-License-Identifier: Apache-2.0
/** Owns the steps of compute commands: the schedule entries that the program's loads bring into the buffer, decoded. */
import { extractField } from '../arch/fields.js';
import { SCHEDULE_ENTRY } from '../arch/instructions.js';
import type { ComputeInstruction, Instruction } from '../compile/instruction.js';
import { DefectError } from '../core/errors.js';
import { ENTRIES_AHEAD, type Units } from './units.js';

/** What the array does for one compute command. */
export interface CommandWork {
  /** Steps that are taken: the sum of the counts over tiles and pixels. */
  readonly steps: number;
  /** Cycles: the larger of steps and drain, pixel by pixel. */
  readonly cycles: number;
  /** Cycles that the drain alone would take. */
  readonly drainCycles: number;
  readonly firstPixelCycles: number;
  readonly entries: number;
  /** Cycles that the last entries take, as many as are read ahead. */
  readonly lastEntriesCycles: number;
  readonly isSecondPass: boolean;
}

/** The schedule buffer in program order: a legal program never reads an entry before it was loaded. */
export class ScheduleBuffer {
  readonly #counts: Uint8Array;
  readonly #known = new Map<string, CommandWork>();

  constructor(private readonly units: Units, private readonly image: Uint8Array) {
    this.#counts = new Uint8Array(units.config.schedDepth);
  }

  /** Takes an instruction into account; the work of a compute command. */
  execute(instruction: Instruction): CommandWork | undefined {
    if (instruction.kind === 'loadStream' && instruction.destination === 'schedule') this.#load(instruction.fields);
    return instruction.kind === 'compute' ? this.#work(instruction) : undefined;
  }

  #load({ address, base, words }: { readonly address: number; readonly base: number; readonly words: number }): void {
    const view = new DataView(this.image.buffer, this.image.byteOffset, this.image.byteLength);
    if (address + 4 * words > this.image.length) throw new DefectError('estimate', `a schedule at ${address} beyond the image`);
    for (let i = 0; i < words; i++) {
      this.#counts[base + i] = extractField(view.getUint32(address + 4 * i, true), SCHEDULE_ENTRY.countMinusOne) + 1;
    }
    this.#known.clear();
  }

  #work({ fields: f }: ComputeInstruction): CommandWork {
    const isSecondPass = (f.operand ?? 0) !== 0;
    const key = `${f.schedBase},${f.schedLength},${f.schedStride},${f.tiles},${f.pixels},${isSecondPass}`;
    const known = this.#known.get(key) ?? this.#decode(f, isSecondPass);
    this.#known.set(key, known);
    return known;
  }

  #decode(f: ComputeInstruction['fields'], isSecondPass: boolean): CommandWork {
    const drain = this.units.derived.drain * (isSecondPass ? 2 : 1);
    const stepsOf = (tile: number): number => {
      const first = f.schedBase + tile * f.schedStride;
      let steps = 0;
      for (let i = 0; i < f.schedLength; i++) steps += this.#counts[first + i] ?? 0;
      return steps;
    };
    const tiles = f.schedStride === 0 ? 1 : f.tiles;
    const repeat = f.tiles / tiles;
    let steps = 0;
    let cycles = 0;
    for (let tile = 0; tile < tiles; tile++) {
      const own = stepsOf(tile);
      steps += own * f.pixels * repeat;
      cycles += Math.max(own, drain) * f.pixels * repeat;
    }
    // The last entries, backwards: the last one of a pixel is held back until the drain's cycles have passed.
    const lastFirst = f.schedBase + (tiles - 1) * f.schedStride;
    const pace = Math.max(0, drain - stepsOf(tiles - 1));
    const entries = f.schedLength * f.pixels * f.tiles;
    let lastEntriesCycles = 0;
    for (let i = 1; i <= Math.min(ENTRIES_AHEAD, entries); i++) {
      const entry = f.schedLength - 1 - ((i - 1) % f.schedLength);
      lastEntriesCycles += (this.#counts[lastFirst + entry] ?? 0) + (entry === f.schedLength - 1 ? pace : 0);
    }
    return {
      steps, cycles, entries, lastEntriesCycles, isSecondPass,
      drainCycles: drain * f.pixels * f.tiles,
      firstPixelCycles: Math.max(stepsOf(0), drain),
    };
  }
}
