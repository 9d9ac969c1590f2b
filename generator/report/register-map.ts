// SPDX-License-Identifier: Apache-2.0
/** Owns the Markdown of the register map; its content comes from arch/registers.ts alone. */
import { ERROR_CODES, INTERFACE_VERSION, REGISTERS, type Register } from '../arch/registers.js';
import { markdownTable } from './markdown-table.js';

const hex = (value: number, digits: number): string => `0x${value.toString(16).padStart(digits, '0')}`;
const bitRange = (lsb: number, width: number): string => (width === 1 ? `${lsb}` : `${lsb + width - 1}:${lsb}`);

const ACCESS: Readonly<Record<Register['access'], string>> = { ro: 'read', rw: 'read, write', wo: 'write', w1c: 'read, write 1 to clear' };

/** The register map of one accelerator. */
export function registerMapMarkdown(title: string): string {
  const registers = Object.entries(REGISTERS) as [string, Register][];
  const fields = registers.flatMap(([name, register]) =>
    (register.fields ?? []).map((field) => [`\`${name}\``, bitRange(field.lsb, field.width), `\`${field.name}\``, field.doc]),
  );
  return `# Registers of ${title}

AXI4-Lite, 32-bit registers in a window of 4 KiB, interface version ${INTERFACE_VERSION >>> 16}.${INTERFACE_VERSION & 0xffff}.
Offsets are in bytes. Unused offsets read 0, writes to them are ignored.

${markdownTable(['offset', 'name', 'access', 'meaning'], registers.map(([name, { offset, access, doc }]) => [hex(offset, 2), `\`${name}\``, ACCESS[access], doc]))}

## Fields

Bits that are not listed read 0.

${markdownTable(['register', 'bits', 'field', 'meaning'], fields)}

## Error codes

\`STATUS.ERROR_CODE\` after a program stopped with an error; \`FAULT\` is \`FAULT_HI:FAULT_LO\`.

${markdownTable(['code', 'name', 'meaning'], Object.entries(ERROR_CODES).map(([name, { code, doc }]) => [String(code), `\`${name}\``, doc]))}
`;
}
