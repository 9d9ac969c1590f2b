// SPDX-License-Identifier: Apache-2.0
/** Owns the serial shell: four pins around a block of a design, everything registered, so that place and route keeps all of it. */
import { DefectError } from '../core/errors.js';
import { emittedName, type Design, type Elaborated } from '../elaborate/index.js';
import { evaluate } from '../elaborate/evaluate.js';
import { createRenderer, type TemplateMap } from '../emit/index.js';

export interface ShellOptions {
  readonly templates: TemplateMap;
  readonly version: string;
  /** First digits of the configuration's hash. */
  readonly configHash: string;
}

export interface SerialShell {
  /** Name of the shell's module, the top of what is placed. */
  readonly top: string;
  readonly path: string;
  readonly text: string;
  /** Bits of the block's ports without the clock: they size the shell. */
  readonly inputBits: number;
  readonly outputBits: number;
}

/** Instance of the block in its shell; cell names begin with it. */
export const SHELL_INSTANCE = 'u_dut';
/** The shell's register in front of the block's inputs. */
export const SHELL_INPUTS = 'in_q';

/** `{q[n-2:0], last}`, and a single bit alone. */
const shift = (register: string, bits: number, last: string): string => (bits === 1 ? last : `{${register}[${bits - 2}:0], ${last}}`);

const part = (vector: string, lsb: number, bits: number): string => (bits === 1 ? `${vector}[${lsb}]` : `${vector}[${lsb + bits - 1}:${lsb}]`);

/** The shell of `block`, a module of the design with its values. A block needs an input beside the clock, and an output. */
export function serialShell(design: Design, block: Elaborated, options: ShellOptions): SerialShell {
  const subject = emittedName(design, block.module.name);
  const top = emittedName(design, 'serial_shell');
  const values = new Map(Object.entries(block.values));
  const bits = { in_q: 0, outputs: 0 };
  const ports = Object.entries(block.module.ports).map(([name, port]): [string, string] => {
    if (port.role === 'clock') return [name, 'clk_i'];
    const width = evaluate(port.width, values);
    const vector = port.direction === 'input' ? 'in_q' : 'outputs';
    bits[vector] += width;
    return [name, part(vector, bits[vector] - width, width)];
  });
  const { in_q: inputBits, outputs: outputBits } = bits;
  if (inputBits === 0 || outputBits === 0) throw new DefectError(`serial shell of ${subject}`, `${inputBits} bits of inputs and ${outputBits} of outputs`);

  const list = (entries: readonly (readonly [string, string])[]): string[] => {
    const columns = Math.max(...entries.map(([name]) => name.length));
    return entries.map(([name, value], i) => `.${name.padEnd(columns)} (${value})${i < entries.length - 1 ? ',' : ''}`);
  };
  const parameters = Object.keys(block.module.parameters).map((name): [string, string] => [name, String(block.values[name])]);
  const text = createRenderer(options.templates).render('pnr/serial_shell.v.hbs', {
    name: top, subject, version: options.version, configHash: options.configHash,
    inMsb: inputBits - 1, outMsb: outputBits - 1,
    shiftIn: shift('in_q', inputBits, 'serial_i'), shiftOut: shift('out_q', outputBits, "1'b0"),
    parameters: parameters.length === 0 ? '' : ` #(\n${list(parameters).map((line) => `    ${line}`).join('\n')}\n  )`,
    connections: list(ports),
  });
  return { top, path: `pnr/${top}.v`, text, inputBits, outputBits };
}
