// SPDX-License-Identifier: Apache-2.0
/** Owns the elaborated design: which modules it has, with which values, how often; knows no text. */
import type { Module } from '../dsl/module.js';

/** Concrete parameter values. */
export type Values = Readonly<Record<string, number>>;

/** Instances of one module with the same values below one parent. */
export interface Child {
  /** Relative path, loops as `gen_pe[*]`. */
  readonly path: string;
  readonly module: Elaborated;
  readonly count: number;
}

/** One module with one set of values. */
export interface Elaborated {
  readonly module: Module;
  readonly values: Values;
  readonly children: readonly Child[];
}

export interface Design {
  readonly prefix: string;
  readonly top: Elaborated;
  /** One entry for each emitted module, dependencies first. */
  readonly modules: readonly Module[];
  /** Every distinct (module, values), dependencies first. */
  readonly elaborated: readonly Elaborated[];
}

/** `<prefix>_<name>`. */
export const emittedName = (design: Pick<Design, 'prefix'>, name: string): string => `${design.prefix}_${name}`;

/** A memory array of the design. */
export interface MemoryUse {
  /** From the top, loops as `gen_lane[*]`. */
  readonly path: string;
  readonly widthBits: number;
  readonly depth: number;
  readonly count: number;
}

/** An instance of the design with its multiplicity. */
export interface InstanceUse {
  readonly path: string;
  readonly module: Module;
  readonly values: Values;
  readonly count: number;
}
