// SPDX-License-Identifier: Apache-2.0
/** Owns the description of a module's ports; knows no module and no connection. */
import { type Expression, type Integer, toExpression } from './expression.js';

export interface PortOptions {
  /** Heading printed above the port; the ports after it stay under the same heading. */
  readonly group?: string;
  readonly doc?: string;
  /** A standard bus name of the outermost shell: no _i / _o ending is asked for. */
  readonly shell?: boolean;
}

export type PortRole = 'clock' | 'reset' | 'data';

interface PortBase {
  readonly width: Expression;
  readonly role: PortRole;
  readonly group: string | undefined;
  readonly doc: string | undefined;
  readonly shell: boolean;
}

export interface InputPort extends PortBase {
  readonly direction: 'input';
}

export interface OutputPort extends PortBase {
  readonly direction: 'output';
}

export type Port = InputPort | OutputPort;
/** In the order of the Verilog port list. */
export type Ports = Readonly<Record<string, Port>>;

const base = (width: Integer, role: PortRole, options: PortOptions): PortBase => ({
  width: toExpression(width),
  role,
  group: options.group,
  doc: options.doc,
  shell: options.shell ?? false,
});

export const input = (width: Integer, options: PortOptions = {}): InputPort => ({
  direction: 'input',
  ...base(width, 'data', options),
});

export const output = (width: Integer, options: PortOptions = {}): OutputPort => ({
  direction: 'output',
  ...base(width, 'data', options),
});

/** The clock; every register takes its rising edge. */
export const clock = (options: PortOptions = {}): InputPort => ({
  direction: 'input',
  ...base(1, 'clock', options),
});

/** The synchronous reset, active high. */
export const reset = (options: PortOptions = {}): InputPort => ({
  direction: 'input',
  ...base(1, 'reset', options),
});
