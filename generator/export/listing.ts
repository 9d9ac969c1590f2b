// SPDX-License-Identifier: Apache-2.0
/** Owns the listing of a compiled network that a person can read: every instruction from its bytes, with names, tokens and a key to the fields. */
import type { Field } from '../arch/fields.js';
import { COMPUTE, COMPUTE_LANE, LOAD_ACT, LOAD_ACT_LANE, LOAD_STREAM, STORE, TOKENS, TOKEN_CAPACITY } from '../arch/instructions.js';
import type { CompiledNetwork } from '../compile/compiled-network.js';
import type { Instruction } from '../compile/instruction.js';
import { hostSteps, type HostStep } from './host-steps.js';
import { decodeSegment, type Decoded } from './names.js';

const hex = (value: number, digits = 6): string => value.toString(16).padStart(digits, '0');

const KEY: readonly (readonly [title: string, fields: Readonly<Record<string, Field>>])[] = [
  ['loadAct: rows of a tensor from memory into the activation banks', LOAD_ACT],
  ['  laneN(rowFirst, rowLast)', LOAD_ACT_LANE],
  ['loadStream BUFFER: weights, indices, schedule, parameters or a table into their buffer', LOAD_STREAM],
  ['compute: output pixels of some tiles of output channels', COMPUTE],
  ['  laneN(startAddress, startColumn, operandAddress)', COMPUTE_LANE],
  ['store: pixels of a half of the output buffer to memory', STORE],
];

/** Fields that hold bytes from BASE. */
const ADDRESSES: ReadonlySet<string> = new Set(['address']);

function tokensText(instruction: Instruction): string {
  if (instruction.kind === 'end') return '';
  const names = TOKENS[instruction.kind === 'loadAct' || instruction.kind === 'loadStream' ? 'load' : instruction.kind];
  const { popA, popB, pushA, pushB } = instruction.tokens;
  const text = (verb: string, a: boolean, b: boolean, first: string, second: string): string => (a || b ? `${verb} ${[...(a ? [first] : []), ...(b ? [second] : [])].join(' and ')}` : '');
  return [text('after', popA, popB, names.popA, names.popB), text('gives', pushA, pushB, names.pushA, names.pushB)].filter((part) => part !== '').join(', ');
}

/** One instruction in one line: where, what, for whom, tokens, fields that are not 0. */
export function formatDecoded({ address, instruction, subject }: Decoded): string {
  const what = instruction.kind === 'loadStream' ? `loadStream ${instruction.destination}` : instruction.kind;
  const values = 'fields' in instruction ? Object.entries(instruction.fields).filter(([, value]) => value !== 0) : [];
  const fields = values.map(([name, value]) => `${name}=${ADDRESSES.has(name) ? `0x${hex(value)}` : value}`);
  const lanes = 'lanes' in instruction ? instruction.lanes.map((lane, l) => `lane${l}(${Object.values(lane).join(', ')})`) : [];
  const tokens = tokensText(instruction);
  return [`${hex(address)}  ${what.padEnd(20)}`, (subject ?? '').padEnd(18), ...(tokens === '' ? [] : [`[${tokens}]`]), ...fields, ...lanes].join(' ').trimEnd();
}

function keyLines(): string[] {
  const lines = KEY.flatMap(([title, fields]) => ['', title, ...Object.entries(fields).map(([name, { doc }]) => `    ${name.padEnd(18)} ${doc}`)]);
  return [
    'Key. Numbers are decimal, addresses and offsets are hexadecimal bytes from BASE; fields that are 0 are left out. The name behind an',
    'instruction is the tensor that it reads or writes, or the operators that it works for.',
    `Tokens: every arrow is a counter of at most ${TOKEN_CAPACITY}. "after a->b" waits for one and takes it, "gives a->b" adds one when the instruction is finished.`,
    'load, compute and store instructions run each in order, and beside each other.',
    ...lines,
  ];
}

function stepText(step: HostStep, name: (id: number) => string): string {
  if (step.kind === 'program') return `program ${step.index} at ${hex(step.program)}: ${step.layers.join(', ')}`;
  return `host ${step.op.kind} ${step.name}: ${step.inputs.map(name).join(', ')} -> ${name(step.output)}`;
}

/** The whole listing. */
export function networkListing(compiled: CompiledNetwork): string {
  const { network, config, configHash, segments, tensors, stored, places } = compiled;
  const name = (id: number): string => network.tensors[id]?.name ?? `tensor ${id}`;
  const tensorLines = network.tensors.flatMap(({ id, shape }) => {
    const layout = tensors[id];
    return layout === undefined || !stored.has(id) ? [] : [`${hex(layout.address)}  ${String(layout.bytes).padStart(8)}  ${shape.join('x').padEnd(16)} ${String(layout.pixelBytes).padStart(6)} ${String(layout.rowBytes).padStart(6)}  ${name(id)}`];
  });
  const programs = segments.flatMap((segment) => [
    '',
    `Program ${segment.index} at ${hex(segment.programAddress)}, ${segment.programBytes} bytes: ${segment.layers.join(', ')}`,
    '',
    ...decodeSegment(compiled, segment).map(formatDecoded),
  ]);
  return `${[
    `${network.name} for ${config.name}, configuration ${configHash.slice(0, 12)}`,
    '',
    'Steps of an inference',
    '',
    ...hostSteps(compiled).map((step, i) => `${String(i + 1).padStart(3)}  ${stepText(step, name)}`),
    '',
    'Tensors: address, bytes, shape, bytes from pixel to pixel, from row to row, name',
    '',
    ...tensorLines,
    '',
    'Operators by place: array, drain (behind the array, with the operator before), pool (maximum of activation words), memory (by address), host',
    '',
    ...network.ops.map((op) => `${op.name.padEnd(18)} ${op.kind.padEnd(18)} ${places.get(op.name) ?? '-'}`),
    '',
    ...keyLines(),
    ...programs,
  ].join('\n')}\n`;
}
