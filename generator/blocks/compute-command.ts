// SPDX-License-Identifier: Apache-2.0
/** Owns the compute command's register set: how it is received, checked, granted and handed on. */
import type { Field } from '../arch/fields.js';
import { COMPUTE, COMPUTE_LANE, COMPUTE_LANE_WORDS, COMPUTE_WORDS, HEADER, OPERANDS } from '../arch/instructions.js';
import { ERROR_CODES } from '../arch/registers.js';
import { clog2 } from '../core/integers.js';
import {
  clock, defineModule, input, output, reset, stream,
  type Module, type OutputPort, type Parameters, type Ports, type Reference, type Scope,
} from '../dsl/index.js';
import { type ComputeParameters, pick } from './compute-parameters.js';
import { reservedBits, snakeCase } from './contract-lines.js';

type Snake<S extends string> = S extends `${infer Head}${infer Tail}` ? `${Head extends Lowercase<Head> ? Head : `_${Lowercase<Head>}`}${Snake<Tail>}` : S;
type Named<Ending extends string, T> = { readonly [K in keyof typeof COMPUTE as `${Snake<K>}${Ending}`]: T };

/** Fields in instruction order, with the port that carries each. */
const FIELDS = Object.entries(COMPUTE).map(([name, f]) => ({ port: `${snakeCase(name)}_o`, lsb: f.word * 32 + f.lsb, width: f.width }));

/** An output for every field. */
const fieldPorts = (): Named<'_o', OutputPort> =>
  Object.fromEntries(FIELDS.map(({ port, width }, i) => [port, output(width, i === 0 ? { group: 'Fields' } : {})])) as Named<'_o', OutputPort>;

type Shared<Ending extends string, Q extends Ports> = Pick<Named<Ending, Reference>, keyof Q & keyof Named<Ending, Reference>>;

/** A net for every field, and the connections of a module whose ports have their names. */
export function commandFieldNets(scope: Scope) {
  const nets = FIELDS.map(({ port, width }) => ({ name: port.slice(0, -2), net: scope.net(`cmd_${port.slice(0, -2)}`, width) }));
  const connect = <Ending extends '_o' | '_i', Q extends Ports>(module: Module<Parameters, Q>, ending: Ending) =>
    Object.fromEntries(nets.flatMap(({ name, net }) => (name + ending in module.ports ? [[name + ending, net]] : []))) as Shared<Ending, Q>;
  return {
    from: <Q extends Ports>(module: Module<Parameters, Q>) => connect(module, '_o'),
    to: <Q extends Ports>(module: Module<Parameters, Q>) => connect(module, '_i'),
  };
}

/** `31:16`: bits of a field in the words of its lane. */
const laneBits = (f: Field): string => `${f.word * 32 + f.lsb + f.width - 1}:${f.word * 32 + f.lsb}`;

/**
 * Bits of the fixed payload that must be 0: those that no field uses, and the low bits of output addresses
 * when a drain cycle writes several words at once.
 */
function reservedWords(outBanks: number): { readonly word: number; readonly mask: string }[] {
  const aligned = [COMPUTE.outBase, COMPUTE.outPitch];
  const fieldMask = (f: Field): number => (2 ** f.width - 1) * 2 ** f.lsb;
  const masks = Array.from({ length: COMPUTE_WORDS }, (_, word) => {
    const used = Object.values<Field>(COMPUTE).filter((f) => f.word === word).reduce((sum, f) => sum + fieldMask(f), 0);
    const low = aligned.filter((f) => f.word === word).reduce((sum, f) => sum + (outBanks - 1) * 2 ** f.lsb, 0);
    return (2 ** 32 - 1 - used + low).toString(16).padStart(8, '0');
  });
  // The highest word comes first in a concatenation.
  return masks.map((mask, word) => ({ word, mask: `32'h${mask}${word === 0 ? ' ' : ','}` })).reverse();
}

export const computeCommandModule = (all: ComputeParameters) =>
  defineModule({
    name: 'compute_command',
    doc: {
      role: 'Receives a compute command, checks its fields, waits for its tokens and offers it to the array.',
      timing:
        'A word a cycle while it holds no command. It starts a command when its tokens are there and the entry fetch is ' +
        'ready, and keeps the fields until the sequencer takes them; then it receives the next one.',
      reset: 'State, error and valids are cleared; the fields are not.',
      numbers: 'Fields as in the instruction set; an illegal one is reported once and stops the unit until reset.',
    },
    parameters: pick(all, 'LANES'),
    ports: (P) => ({
      clk_i: clock(),
      rst_i: reset(),
      ...stream('cmd', { direction: 'in', fields: { data: 32 }, group: 'Command words', doc: 'address, header, payload' }),
      load_avail_i: input(1, { group: 'Tokens', doc: 'load->compute' }),
      load_pop_o: output(1),
      store_avail_i: input(1, { doc: 'store->compute' }),
      store_pop_o: output(1),
      push_load_o: output(1, { doc: 'header asks for a compute->load token' }),
      push_store_o: output(1, { doc: 'header asks for a compute->store token' }),
      start_ready_i: input(1, { group: 'Hand-over', doc: 'the entry fetch can take the command' }),
      start_o: output(1, { doc: 'it takes it now' }),
      held_o: output(1, { doc: 'started, not yet taken by the sequencer' }),
      take_i: input(1, { doc: 'the sequencer takes it' }),
      ...fieldPorts(),
      lane_start_o: output(P.LANES.times(32), { doc: 'start column and start address a lane' }),
      operand_start_o: output(P.LANES.times(16), { doc: 'start address of the operand a lane' }),
      command_addr_o: output(32, { doc: 'byte address of the instruction' }),
      idle_o: output(1, { group: 'Status', doc: 'no command, none half received' }),
      wait_load_o: output(1, { doc: 'the command waits for load->compute' }),
      wait_store_o: output(1, { doc: 'the command waits for store->compute' }),
      err_valid_o: output(1, { doc: 'one cycle' }),
      err_code_o: output(8),
    }),
    view: {
      fields: FIELDS,
      payloadWords: COMPUTE_WORDS,
      laneWords: COMPUTE_LANE_WORDS,
      startAddress: laneBits(COMPUTE_LANE.startAddress),
      startColumn: laneBits(COMPUTE_LANE.startColumn),
      operandAddress: laneBits(COMPUTE_LANE.operandAddress),
      laneReserved: reservedBits('lane', COMPUTE_LANE, COMPUTE_LANE_WORDS),
      operandNone: OPERANDS.none,
      operandLast: OPERANDS.mul,
      reservedWords: reservedWords(all.OUT_BANKS.default),
      reservedBits: COMPUTE_WORDS * 32,
      popLoad: HEADER.popA.lsb,
      popStore: HEADER.popB.lsb,
      pushLoad: HEADER.pushA.lsb,
      pushStore: HEADER.pushB.lsb,
      illegalField: ERROR_CODES.illegalField.code,
      outBankBits: clog2(all.OUT_BANKS.default),
    },
  });
