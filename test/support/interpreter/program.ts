// SPDX-License-Identifier: Apache-2.0
/** Owns the words of a program as instructions, and which token queues each pops and pushes. */
import type { AccelConfig } from '../../../generator/arch/config.js';
import { derive } from '../../../generator/arch/derive.js';
import { extractField } from '../../../generator/arch/fields.js';
import { HEADER, LOAD_STREAM_WORDS, OPCODES, STORE_WORDS } from '../../../generator/arch/instructions.js';

export type UnitName = 'load' | 'compute' | 'store';
type TokenFlag = 'popA' | 'popB' | 'pushA' | 'pushB';
export type Queue = 'computeToLoad' | 'storeToLoad' | 'loadToCompute' | 'storeToCompute' | 'computeToStore';

export interface Decoded {
  readonly at: number;
  readonly opcode: number;
  readonly header: number;
  readonly payload: readonly number[];
}

export const unitOf = ({ opcode }: Decoded): UnitName => (opcode === OPCODES.compute ? 'compute' : opcode === OPCODES.store ? 'store' : 'load');

/** The instructions from `address` to END, which is left out. */
export function fetchProgram(memory: Uint8Array, address: number, config: AccelConfig): Decoded[] {
  const { loadActLength, computeLength, busBytes } = derive(config);
  if (address % busBytes !== 0) throw new Error(`interpreter: program at ${address} is not bus-aligned`);
  const view = new DataView(memory.buffer, memory.byteOffset, memory.byteLength);
  const lengths = new Map<number, number>([
    [OPCODES.loadAct, loadActLength], [OPCODES.loadStream, LOAD_STREAM_WORDS], [OPCODES.compute, computeLength], [OPCODES.store, STORE_WORDS], [OPCODES.end, 0],
  ]);
  const program: Decoded[] = [];
  for (let at = address; ; ) {
    const header = view.getUint32(at, true);
    const opcode = extractField(header, HEADER.opcode);
    const length = extractField(header, HEADER.length);
    if (lengths.get(opcode) !== length) throw new Error(`interpreter: illegal opcode at ${at}`);
    const payload = Array.from({ length }, (_, i) => view.getUint32(at + 4 + 4 * i, true));
    if (opcode === OPCODES.end) return program;
    program.push({ at, opcode, header, payload });
    at += 4 + 4 * length;
  }
}

const QUEUES: Readonly<Record<UnitName, Readonly<Record<TokenFlag, Queue | undefined>>>> = {
  load: { popA: 'computeToLoad', popB: 'storeToLoad', pushA: 'loadToCompute', pushB: undefined },
  compute: { popA: 'loadToCompute', popB: 'storeToCompute', pushA: 'computeToLoad', pushB: 'computeToStore' },
  store: { popA: 'computeToStore', popB: undefined, pushA: 'storeToCompute', pushB: 'storeToLoad' },
};

export function queuesOf(instruction: Decoded): { readonly pops: readonly Queue[]; readonly pushes: readonly Queue[] } {
  const pick = (flags: readonly TokenFlag[]): Queue[] =>
    flags.filter((flag) => extractField(instruction.header, HEADER[flag]) === 1).map((flag) => {
      const queue = QUEUES[unitOf(instruction)][flag];
      if (queue === undefined) throw new Error(`interpreter: reserved token flag ${flag}`);
      return queue;
    });
  return { pops: pick(['popA', 'popB']), pushes: pick(['pushA', 'pushB']) };
}
