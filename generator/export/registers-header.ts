// SPDX-License-Identifier: Apache-2.0
/** Owns the C view of registers and instruction fields; its content comes from arch/ alone. */
import type { Field } from '../arch/fields.js';
import {
  COMPUTE, COMPUTE_LANE, HEADER, LOAD_ACT, LOAD_ACT_LANE, LOAD_STREAM, OPCODES, SCHEDULE_ENTRY, STORE, STREAM_DESTINATIONS,
} from '../arch/instructions.js';
import { CORE_ID, ERROR_CODES, INTERFACE_VERSION, REGISTERS, type Register } from '../arch/registers.js';
import { cComment, cMacro, hex32 } from './c-names.js';

const FORMATS: readonly (readonly [title: string, prefix: string, fields: Readonly<Record<string, Field>>])[] = [
  ['header of every instruction', 'HEADER', HEADER],
  ['LOAD_ACT', 'LOAD_ACT', LOAD_ACT],
  ['LOAD_ACT, one word a lane behind the words above', 'LOAD_ACT_LANE', LOAD_ACT_LANE],
  ['LOAD_STREAM', 'LOAD_STREAM', LOAD_STREAM],
  ['COMPUTE', 'COMPUTE', COMPUTE],
  ['COMPUTE, the words of each lane behind the words above', 'COMPUTE_LANE', COMPUTE_LANE],
  ['STORE', 'STORE', STORE],
  ['schedule entry, one word in the schedule buffer', 'SCHEDULE_ENTRY', SCHEDULE_ENTRY],
];

const codes = (table: Readonly<Record<string, number>>): { name: string; code: number }[] => Object.entries(table).map(([name, code]) => ({ name: cMacro(name), code }));

/** Fields of templates/c/gen_accel_registers.h.hbs. */
export function registersView(): object {
  const registers = Object.entries(REGISTERS) as [string, Register][];
  return {
    coreId: hex32(CORE_ID),
    interfaceWord: hex32(INTERFACE_VERSION),
    interfaceVersion: `${INTERFACE_VERSION >>> 16}.${INTERFACE_VERSION & 0xffff}`,
    registers: registers.map(([name, { offset, access, doc, fields = [] }]) => ({
      name,
      offset: `0x${offset.toString(16).padStart(2, '0')}u`,
      access,
      doc: cComment(doc),
      fields: fields.map((field) => ({ name: `${name}_${field.name}`, lsb: field.lsb, mask: hex32((2 ** field.width - 1) * 2 ** field.lsb), doc: cComment(field.doc) })),
    })),
    errors: Object.entries(ERROR_CODES).map(([name, { code, doc }]) => ({ name: cMacro(name), code, doc: cComment(doc) })),
    opcodes: codes(OPCODES),
    destinations: codes(STREAM_DESTINATIONS),
    formats: FORMATS.map(([title, prefix, fields]) => ({
      title,
      fields: Object.entries(fields).map(([name, { word, lsb, width, doc, signed }]) => ({ name: `${prefix}_${cMacro(name)}`, word, lsb, width, doc: cComment(signed === true ? `${doc} (signed)` : doc) })),
    })),
  };
}
