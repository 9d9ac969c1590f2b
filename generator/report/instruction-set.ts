// SPDX-License-Identifier: Apache-2.0
/** Owns the Markdown of the instruction set; its content comes from arch/instructions.ts alone. */
import type { AccelConfig } from '../arch/config.js';
import { derive } from '../arch/derive.js';
import type { Field } from '../arch/fields.js';
import {
  COMPUTE, COMPUTE_LANE, COMPUTE_LANE_WORDS, COMPUTE_WORDS, HEADER, LOAD_ACT, LOAD_ACT_LANE, LOAD_STREAM, LOAD_STREAM_WORDS, OPCODES, PARAMETER, PARAMETER_BITS, SCHEDULE_ENTRY, STORE, STORE_WORDS,
  STREAM_DESTINATIONS, TABLE_BITS, TABLE_DEPTH, TOKENS, TOKEN_CAPACITY,
} from '../arch/instructions.js';
import { markdownTable } from './markdown-table.js';

const bits = ({ lsb, width }: Pick<Field, 'lsb' | 'width'>): string => (width === 1 ? `${lsb}` : `${lsb + width - 1}:${lsb}`);

const fieldTable = (fields: Readonly<Record<string, Field>>, word: (index: number) => string = String): string =>
  markdownTable(
    ['word', 'bits', 'field', 'meaning'],
    Object.entries(fields).map(([name, one]) => [word(one.word), bits(one), `\`${name}\``, `${one.doc}${one.signed === true ? ' (signed)' : ''}`]),
  );

/** The instruction set as one accelerator runs it: payload lengths depend on its lanes. */
export function instructionSetMarkdown(title: string, config: AccelConfig): string {
  const { loadActLength, computeLength } = derive(config);
  const lengths = { loadAct: loadActLength, loadStream: LOAD_STREAM_WORDS, compute: computeLength, store: STORE_WORDS, end: 0 };
  const opcodes = Object.entries(OPCODES).map(([name, code]) => [String(code), `\`${name}\``, String(lengths[name as keyof typeof lengths])]);
  const tokens = Object.entries(TOKENS).map(([unit, one]) => [unit, one.popA, one.popB, one.pushA, one.pushB]);
  const lane = (first: number, words = 1) => (word: number): string => `${first + word} + ${words === 1 ? '' : `${words} x `}lane`;
  return `# Instructions of ${title}

A program is a stream of little-endian 32-bit words. Every instruction is a header and \`length\` payload words;
payload words are counted from 0 after the header. A header with another length than the one below is an illegal instruction.

The core reads ahead: it asks for up to two bursts behind \`end\`, 256 bytes at most. So much memory behind a program must answer
reads; its contents and its error responses are ignored.

${markdownTable(['opcode', 'instruction', 'payload words'], opcodes)}

## Header

${fieldTable(HEADER, () => 'header')}

Every token queue is a counter from 0 to ${TOKEN_CAPACITY}. What the flags mean to each unit:

${markdownTable(['unit', 'popA', 'popB', 'pushA', 'pushB'], tokens)}

## loadAct

Rows of a (padded) tensor tile from memory into the activation banks. The last ${config.lanes === 1 ? 'word is' : `${config.lanes} words are`} one a lane.

${fieldTable(LOAD_ACT)}

${fieldTable(LOAD_ACT_LANE, lane(loadActLength - config.lanes))}

## loadStream

A stream of words, aligned to the bus, into one of the buffers: \`destination\` ${Object.entries(STREAM_DESTINATIONS).map(([name, code]) => `${code} = ${name}`).join(', ')} (cores with a pattern decoder).

${fieldTable(LOAD_STREAM)}

## compute

N output pixels a lane of one or several output-channel tiles. With \`operand\` a pixel drains in two passes: the requantized value of the first
(\`outZeroPoint\`, \`clampMin\`, \`clampMax\`) meets the operand byte of the same channel and pixel,

- add: table[value] + table[operand], the two halves of the table buffer,
- mul: (value - \`outZeroPoint\`) * (operand - \`operandZeroPoint\`),

and the sum passes the requantizer again with the parameter word \`operandParam\` and the fields that begin with \`second\`. The last ${COMPUTE_LANE_WORDS * config.lanes} words are ${COMPUTE_LANE_WORDS} a lane.

${fieldTable(COMPUTE)}

${fieldTable(COMPUTE_LANE, lane(COMPUTE_WORDS, COMPUTE_LANE_WORDS))}

## store

${fieldTable(STORE)}

## Schedule entry

32 bits, in the schedule buffer: an activation group and the steps spent on it. An operand entry adds nothing to the sums: each of its steps gives the
selected byte to the PEs whose weight is odd, as their operand of the pixel. The first entry of a pixel is no operand entry, operand entries are its last.

${fieldTable(SCHEDULE_ENTRY)}

## Channel parameters

${PARAMETER_BITS} bits an output channel, in the parameter buffer.

${markdownTable(['bits', 'field', 'meaning'], Object.entries(PARAMETER).map(([name, one]) => [bits(one), `\`${name}\``, one.doc]))}

## Table buffer

${TABLE_DEPTH} entries of ${TABLE_BITS} bits in two halves, addressed by an int8 value as an unsigned byte.
`;
}
