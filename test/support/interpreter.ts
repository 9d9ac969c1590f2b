// SPDX-License-Identifier: Apache-2.0
/**
 * Owns a functional model of the core: it runs the words of a program on plain memory and buffers as docs/architecture.md
 * says. It shares the field tables with the compiler and nothing else. Every fault that the core reports is an Error here.
 */
import type { AccelConfig } from '../../generator/arch/config.js';
import { OPCODES, TOKEN_CAPACITY } from '../../generator/arch/instructions.js';
import { createRandom } from '../../generator/core/random.js';
import { compute } from './interpreter/compute.js';
import { builtInDecoder, type Decoder } from './interpreter/decoder.js';
import { loadAct, loadStream } from './interpreter/load.js';
import { fetchProgram, queuesOf, unitOf, type Decoded, type Queue, type UnitName } from './interpreter/program.js';
import { createState, type State } from './interpreter/state.js';
import { store } from './interpreter/store.js';

export type { IndexDecode } from './interpreter/decoder.js';
export type { UnitName } from './interpreter/program.js';

/** Which instruction runs next when several units could go on; one instruction at a time. */
export type Interleaving =
  | { readonly kind: 'sequential' }
  /** The first unit in the list that can go on does: ['load', 'compute', 'store'] runs the loader as early as tokens allow. */
  | { readonly kind: 'priority'; readonly units: readonly UnitName[] }
  | { readonly kind: 'random'; readonly seed: number };

export interface InterpreterOptions {
  readonly interleaving?: Interleaving;
  /** Seed of the buffers' initial garbage. */
  readonly seed?: number;
  readonly decoder?: Decoder;
}

export interface InterpreterResult {
  readonly instructions: number;
  /** Sum over compute commands of pixels * max(steps, D), with an operand 2 D for D: the law's cycles of what was run. */
  readonly computeCycles: number;
  readonly beatsRead: number;
  readonly beatsWritten: number;
}

/** Runs the program at `address` of `memory` (BASE = 0) until END. Throws Error on anything the core would refuse. */
export function interpret(memory: Uint8Array, address: number, config: AccelConfig, options: InterpreterOptions = {}): InterpreterResult {
  const program = fetchProgram(memory, address, config);
  const core = new Core(createState(memory, config, options.decoder ?? builtInDecoder(config), options.seed ?? 1));
  const interleaving = options.interleaving ?? { kind: 'sequential' };
  if (interleaving.kind === 'sequential') {
    for (const instruction of program) core.step(instruction);
  } else {
    const queues = new Map<UnitName, Decoded[]>([['load', []], ['compute', []], ['store', []]]);
    for (const instruction of program) (queues.get(unitOf(instruction)) as Decoded[]).push(instruction);
    const random = createRandom(interleaving.kind === 'random' ? interleaving.seed : 0);
    for (let left = program.length; left > 0; left--) {
      const ready = (['load', 'compute', 'store'] as const).filter((unit) => {
        const [next] = queues.get(unit) as Decoded[];
        return next !== undefined && core.mayStart(next);
      });
      if (ready.length === 0) throw new Error(`interpreter: the units wait for each other, ${left} instructions left`);
      const unit = interleaving.kind === 'priority' ? interleaving.units.find((name) => ready.includes(name)) : random.pick(ready);
      core.step((queues.get(unit as UnitName) as Decoded[]).shift() as Decoded);
    }
  }
  return { instructions: program.length, ...core.state.counters };
}

/** The units' work, one instruction at a time, and the tokens between them. */
class Core {
  readonly #tokens: Record<Queue, number> = { computeToLoad: 0, storeToLoad: 0, loadToCompute: 0, storeToCompute: 0, computeToStore: 0 };

  constructor(readonly state: State) {}

  mayStart(instruction: Decoded): boolean {
    return queuesOf(instruction).pops.every((queue) => this.#tokens[queue] > 0);
  }

  step(instruction: Decoded): void {
    const { pops, pushes } = queuesOf(instruction);
    for (const queue of pops) if (this.#tokens[queue]-- === 0) throw new Error(`interpreter: pops empty ${queue} at ${instruction.at}`);
    if (instruction.opcode === OPCODES.loadAct) loadAct(this.state, instruction);
    else if (instruction.opcode === OPCODES.loadStream) loadStream(this.state, instruction);
    else if (instruction.opcode === OPCODES.compute) compute(this.state, instruction);
    else store(this.state, instruction);
    for (const queue of pushes) if (++this.#tokens[queue] > TOKEN_CAPACITY) throw new Error(`interpreter: token overflow of ${queue} at ${instruction.at}`);
  }
}
