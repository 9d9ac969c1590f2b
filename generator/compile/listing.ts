// SPDX-License-Identifier: Apache-2.0
/** Owns the readable listing of a program, made from its bytes: one line an instruction, every field by name. */
import { decodeInstruction, type Instruction } from './instruction.js';

const FLAGS = ['popA', 'popB', 'pushA', 'pushB'] as const;

/** One instruction as text. */
export function formatInstruction(instruction: Instruction): string {
  const flags = FLAGS.filter((flag) => instruction.tokens[flag]);
  const name = instruction.kind === 'loadStream' ? `loadStream ${instruction.destination}` : instruction.kind;
  const fields = 'fields' in instruction ? Object.entries(instruction.fields).map(([key, value]) => `${key}=${value}`) : [];
  const lanes = 'lanes' in instruction ? instruction.lanes.map((lane, l) => `lane${l}(${Object.values(lane).join(',')})`) : [];
  return [name, flags.length > 0 ? `[${flags.join(' ')}]` : '', ...fields, ...lanes].filter((part) => part !== '').join(' ');
}

/** Disassembles program bytes up to END; the offset in bytes comes first in each line. */
export function listProgram(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const words = Array.from({ length: Math.floor(bytes.length / 4) }, (_, i) => view.getUint32(4 * i, true));
  const lines: string[] = [];
  for (let at = 0; at < words.length; ) {
    const decoded = decodeInstruction(words, at);
    const where = (4 * at).toString(16).padStart(6, '0');
    if (decoded === undefined) {
      lines.push(`${where}  unknown 0x${(words[at] as number).toString(16).padStart(8, '0')}`);
      break;
    }
    lines.push(`${where}  ${formatInstruction(decoded.instruction)}`);
    if (decoded.instruction.kind === 'end') break;
    at = decoded.next;
  }
  return `${lines.join('\n')}\n`;
}
