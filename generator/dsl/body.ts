// SPDX-License-Identifier: Apache-2.0
/** Owns the builder with which a hierarchical body is written; records items and checks nothing. */
import { type Expression, type Integer, indexReference, toExpression } from './expression.js';
import type { Item } from './item.js';
import { ramSdp } from './memory.js';
import type { Module } from './module.js';
import type { Parameters } from './parameter.js';
import type { InputPort, OutputPort, Ports } from './port.js';
import { type Declaration, type Open, type Reference, type Source, type Target, referenceTo } from './signal.js';
import type { StreamFields, StreamNets } from './stream.js';

/**
 * Every port of a module, each with what it is connected to: inputs read, outputs drive or are left open.
 * A port whose direction the type does not tell takes either; elaboration checks it.
 */
export type Connections<Q extends Ports> = {
  readonly [K in keyof Q]: Q[K] extends OutputPort ? Target | Open : Q[K] extends InputPort ? Source : Source | Open;
};

export interface InstanceOptions<P extends Parameters, Q extends Ports> {
  readonly parameters: { readonly [K in keyof P]: Integer };
  readonly connect: Connections<Q>;
  /** Printed as a comment above the instance. */
  readonly doc?: string;
}

export interface MemoryOptions {
  readonly width: Integer;
  readonly depth: Integer;
  /** Default: the bits that address `depth` words. */
  readonly addressWidth?: Integer;
  /** A second register behind the read data: one cycle more latency, a faster clock. Default true. */
  readonly outputRegister?: boolean;
  readonly doc: string;
  readonly connect: Connections<typeof ramSdp.ports>;
}

/** Writes the nets, instances, loops and assignments of one scope. */
export interface Scope {
  /** Declares `wire [width-1:0] name`. */
  net(name: string, width: Integer, options?: { readonly doc?: string }): Reference;
  /** Declares the nets name_valid, name_ready and name_<field> of a valid / ready stream. */
  stream<F extends StreamFields>(name: string, fields: F): StreamNets<F>;
  instance<P extends Parameters, Q extends Ports>(
    name: string,
    module: Module<P, Q>,
    options: InstanceOptions<P, Q>,
  ): void;
  /** An instance of the standard memory `ram_sdp`. */
  memory(name: string, options: MemoryOptions): void;
  assign(target: Target, source: Source, options?: { readonly doc?: string }): void;
  /** A named generate loop: `body` is called once, with the index as an expression. */
  generate(
    label: string,
    index: string,
    count: Integer,
    body: (scope: Scope, index: Expression) => void,
    options?: { readonly doc?: string },
  ): void;
  /** A named generate condition. */
  generateIf(
    label: string,
    condition: Expression,
    body: (scope: Scope) => void,
    otherwise?: (scope: Scope) => void,
    options?: { readonly doc?: string },
  ): void;
  /** States that these bits are never read, and why. */
  unused(source: Source, reason: string): void;
  /** A comment line, for example the heading of a section. */
  comment(text: string): void;
}

/** The scope of a whole module, with its ports. */
export interface Body<Q extends Ports> extends Scope {
  readonly port: { readonly [K in keyof Q]: Reference };
}

function createScope(items: Item[]): Scope {
  const net: Scope['net'] = (name, width, options) => {
    const declaration: Declaration = { kind: 'net', name, width: toExpression(width), doc: options?.doc };
    items.push({ kind: 'net', declaration });
    return referenceTo(declaration);
  };
  const instance: Scope['instance'] = (name, module, options) => {
    const parameters: Record<string, Expression> = {};
    for (const [key, value] of Object.entries(options.parameters)) parameters[key] = toExpression(value as Integer);
    const connect = options.connect as Readonly<Record<string, Source | Open>>;
    items.push({ kind: 'instance', name, module, parameters, connect, doc: options.doc });
  };
  return {
    net,
    instance,
    stream: <F extends StreamFields>(name: string, fields: F): StreamNets<F> => {
      const valid = net(`${name}_valid`, 1);
      const ready = net(`${name}_ready`, 1);
      const entries = Object.entries(fields).map(([field, width]) => [field, net(`${name}_${field}`, width)]);
      return { valid, ready, fields: Object.fromEntries(entries) as StreamNets<F>['fields'] };
    },
    memory: (name, options) => {
      const depth = toExpression(options.depth);
      instance(name, ramSdp, {
        parameters: {
          WIDTH: options.width,
          DEPTH: depth,
          ADDR_W: options.addressWidth ?? depth.indexBits(),
          OUT_REG: options.outputRegister === false ? 0 : 1,
        },
        connect: options.connect,
        doc: options.doc,
      });
    },
    assign: (target, source, options) => {
      items.push({ kind: 'assign', target, source, doc: options?.doc });
    },
    generate: (label, index, count, body, options) => {
      const inner: Item[] = [];
      body(createScope(inner), indexReference(index));
      items.push({ kind: 'loop', label, index, count: toExpression(count), items: inner, doc: options?.doc });
    },
    generateIf: (label, condition, body, otherwise, options) => {
      const [inner, other]: [Item[], Item[]] = [[], []];
      body(createScope(inner));
      otherwise?.(createScope(other));
      items.push({ kind: 'condition', label, condition, items: inner, otherwise: other, doc: options?.doc });
    },
    unused: (source, reason) => {
      items.push({ kind: 'unused', source, reason });
    },
    comment: (text) => {
      items.push({ kind: 'comment', text });
    },
  };
}

/** Calls `write` once and returns what it recorded. */
export function buildItems<Q extends Ports>(
  declarations: readonly Declaration[],
  write: (body: Body<Q>) => void,
): readonly Item[] {
  const items: Item[] = [];
  const port = Object.fromEntries(declarations.map((one) => [one.name, referenceTo(one)])) as Body<Q>['port'];
  write({ ...createScope(items), port });
  return items;
}
