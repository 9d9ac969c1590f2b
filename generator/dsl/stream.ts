// SPDX-License-Identifier: Apache-2.0
/** Owns valid / ready streams: the ports of one end, and the connection of an end to nets. */
import type { Integer } from './expression.js';
import { type InputPort, type OutputPort, type Port, type PortOptions, input, output } from './port.js';
import type { Reference } from './signal.js';

export type StreamDirection = 'in' | 'out';

/** The payload of a stream: its fields and their widths. */
export type StreamFields = Readonly<Record<string, Integer>>;

export interface StreamOptions<D extends StreamDirection, F extends StreamFields> {
  /** 'in': this module receives; 'out': it sends. */
  readonly direction: D;
  /** One entry a payload signal, for example { data: 32, last: 1 }. */
  readonly fields: F;
  readonly group?: string;
  readonly doc?: string;
}

type Suffix<D extends StreamDirection> = D extends 'in' ? 'i' : 'o';
type Reverse<D extends StreamDirection> = D extends 'in' ? 'o' : 'i';
type Forward<D extends StreamDirection> = D extends 'in' ? InputPort : OutputPort;
type Backward<D extends StreamDirection> = D extends 'in' ? OutputPort : InputPort;

/** cmd_valid_i, cmd_ready_o, cmd_data_i, ... for direction 'in'; the other way round for 'out'. */
export type StreamPorts<N extends string, D extends StreamDirection, F extends StreamFields> = {
  readonly [K in `${N}_valid_${Suffix<D>}`]: Forward<D>;
} & { readonly [K in `${N}_ready_${Reverse<D>}`]: Backward<D> } & {
  readonly [K in keyof F & string as `${N}_${K}_${Suffix<D>}`]: Forward<D>;
};

/**
 * The ports of one end of a valid / ready stream. A word passes in every cycle in which both valid and ready are 1;
 * valid, once 1, stays 1 with unchanged payload until then.
 */
export function stream<N extends string, D extends StreamDirection, F extends StreamFields>(
  name: N,
  options: StreamOptions<D, F>,
): StreamPorts<N, D, F> {
  const [forward, backward] = options.direction === 'in' ? [input, output] : [output, input];
  const [to, fro] = options.direction === 'in' ? ['i', 'o'] : ['o', 'i'];
  const first: PortOptions = { group: options.group ?? `Stream ${name}`, ...(options.doc === undefined ? {} : { doc: options.doc }) };
  const ports: Record<string, Port> = {
    [`${name}_valid_${to}`]: forward(1, first),
    [`${name}_ready_${fro}`]: backward(1),
  };
  for (const [field, width] of Object.entries(options.fields)) ports[`${name}_${field}_${to}`] = forward(width);
  return ports as StreamPorts<N, D, F>;
}

/** The nets of a stream inside a hierarchical module. */
export interface StreamNets<F extends StreamFields> {
  readonly valid: Reference;
  readonly ready: Reference;
  readonly fields: { readonly [K in keyof F]: Reference };
}

/** Each port of one end -> its net, ready to spread into `connect`. */
export type StreamConnection<N extends string, D extends StreamDirection, F extends StreamFields> = {
  readonly [K in keyof StreamPorts<N, D, F>]: Reference;
};

/** Connects the end `name` of an instance to the nets: `connect: { ...connectStream('cmd', 'in', nets) }`. */
export function connectStream<N extends string, D extends StreamDirection, F extends StreamFields>(
  name: N,
  direction: D,
  nets: StreamNets<F>,
): StreamConnection<N, D, F> {
  const [to, fro] = direction === 'in' ? ['i', 'o'] : ['o', 'i'];
  const connection: Record<string, Reference> = {
    [`${name}_valid_${to}`]: nets.valid,
    [`${name}_ready_${fro}`]: nets.ready,
  };
  for (const [field, net] of Object.entries(nets.fields)) connection[`${name}_${field}_${to}`] = net as Reference;
  return connection as StreamConnection<N, D, F>;
}
