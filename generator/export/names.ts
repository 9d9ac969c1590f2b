// SPDX-License-Identifier: Apache-2.0
/** Owns who a byte of memory, or an instruction of a program, belongs to: names for the people who read them. */
import { fieldMax } from '../arch/fields.js';
import { derive } from '../arch/derive.js';
import { HEADER } from '../arch/instructions.js';
import type { CompiledNetwork, Segment } from '../compile/compiled-network.js';
import { decodeInstruction, type ComputeInstruction, type Instruction } from '../compile/instruction.js';
import type { TensorId } from '../graph/network.js';

/** An instruction of a program, read from its bytes. */
export interface Decoded {
  /** Bytes from BASE. */
  readonly address: number;
  readonly instruction: Instruction;
  /** Tensor that a load reads or a store writes, operators that a compute command works for; undefined where nothing says so. */
  readonly subject: string | undefined;
}

/** Longest instruction in words. */
const LONGEST = 1 + fieldMax(HEADER.length);

/** The instructions of one program, decoded from the image; undefined in place of the last one when the bytes are no program. */
export function decodeSegment(compiled: CompiledNetwork, segment: Segment): Decoded[] {
  const { image } = compiled;
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  const found: { address: number; instruction: Instruction }[] = [];
  const end = segment.programAddress + segment.programBytes;
  for (let at = segment.programAddress; at < end; ) {
    const words = Array.from({ length: Math.min(LONGEST, Math.floor((image.length - at) / 4)) }, (_, i) => view.getUint32(at + 4 * i, true));
    const decoded = decodeInstruction(words, 0);
    if (decoded === undefined) break;
    found.push({ address: at, instruction: decoded.instruction });
    at += 4 * decoded.next;
    if (decoded.instruction.kind === 'end') break;
  }
  const instructions = found.map(({ instruction }) => instruction);
  return found.map((one, i) => ({ ...one, subject: subjectOf(compiled, segment, instructions, i) }));
}

function subjectOf(compiled: CompiledNetwork, segment: Segment, program: readonly Instruction[], at: number): string | undefined {
  const instruction = program[at];
  switch (instruction?.kind) {
    case 'loadAct':
      return tensorName(compiled, tensorAt(compiled, instruction.fields.address, segment, 'read'));
    case 'store':
      return tensorName(compiled, tensorAt(compiled, instruction.fields.address, segment, 'written'));
    case 'compute':
      return operatorOf(compiled, segment, program, at);
    case 'loadStream': {
      // Who works with what it loads: the next command with such a first word.
      const user = program.findIndex((later, i) => i > at && later.kind === 'compute' && uses(later, instruction.destination, instruction.fields.base, instruction.fields.words, derive(compiled.config).drain));
      return user < 0 ? undefined : operatorOf(compiled, segment, program, user);
    }
    default:
      return undefined;
  }
}

/** Whether a tile of the command begins within these words of a buffer. */
function uses({ fields }: ComputeInstruction, buffer: string, base: number, words: number, drain: number): boolean {
  const within = (first: number, stride: number): boolean => Array.from({ length: fields.tiles }, (_, tile) => first + tile * stride).some((word) => word >= base && word < base + words);
  switch (buffer) {
    case 'weight': return within(fields.weightBase, fields.weightStride);
    case 'index': return fields.dense === 0 && within(fields.indexBase, fields.indexStride);
    case 'schedule': return within(fields.schedBase, fields.schedStride);
    case 'parameter': return within(fields.paramBase, drain) || (fields.operand !== 0 && within(fields.operandParam, drain));
    case 'table': return fields.table !== 0 || fields.operand !== 0;
    default: return false;
  }
}

/** A command's result is stored by the next store of the same half; sums that stay inside belong to the command that ends them. */
function operatorOf(compiled: CompiledNetwork, segment: Segment, program: readonly Instruction[], at: number): string | undefined {
  const last = program.findIndex((later, i) => i >= at && later.kind === 'compute' && later.fields.partialOut === 0);
  const half = (program[last] as ComputeInstruction | undefined)?.fields.outHalf;
  const store = program.find((later, i) => last >= 0 && i > last && later.kind === 'store' && later.fields.outHalf === half);
  if (store?.kind !== 'store') return undefined;
  const output = tensorAt(compiled, store.fields.address, segment, 'written');
  return compiled.layers.find((layer) => layer.segment === segment.index && layer.outputId === output)?.ops.join('+');
}

/** Name of a tensor; places of copies and of further images have none of their own. */
export const tensorName = ({ network }: CompiledNetwork, id: TensorId | undefined): string | undefined => (id === undefined ? undefined : (network.tensors[id]?.name ?? `place ${id}`));

/** The smallest tensor around a byte that the program's passes read, or write; any tensor where none of theirs is. */
function tensorAt({ layers, tensors }: CompiledNetwork, address: number, segment: Segment, use: 'read' | 'written'): TensorId | undefined {
  const around = [...tensors.entries()]
    .filter(([, { address: first, bytes }]) => address >= first && address < first + bytes)
    .sort(([, a], [, b]) => a.bytes - b.bytes)
    .map(([id]) => id);
  const own = layers.filter((layer) => layer.segment === segment.index);
  const used = new Set(own.flatMap(({ inputId, operandId, outputId }) => (use === 'written' ? [outputId] : [inputId, operandId])));
  return around.find((id) => used.has(id)) ?? around[0];
}
