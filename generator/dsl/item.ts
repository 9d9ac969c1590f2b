// SPDX-License-Identifier: Apache-2.0
/** Owns the closed set of things a hierarchical body consists of. */
import type { Expression } from './expression.js';
import type { Module } from './module.js';
import type { Declaration, Open, Source, Target } from './signal.js';

export interface NetItem {
  readonly kind: 'net';
  readonly declaration: Declaration;
}

export interface InstanceItem {
  readonly kind: 'instance';
  readonly name: string;
  readonly module: Module;
  readonly parameters: Readonly<Record<string, Expression>>;
  readonly connect: Readonly<Record<string, Source | Open>>;
  readonly doc: string | undefined;
}

export interface AssignItem {
  readonly kind: 'assign';
  readonly target: Target;
  readonly source: Source;
  readonly doc: string | undefined;
}

export interface LoopItem {
  readonly kind: 'loop';
  readonly label: string;
  readonly index: string;
  readonly count: Expression;
  readonly items: readonly Item[];
  readonly doc: string | undefined;
}

export interface ConditionItem {
  readonly kind: 'condition';
  readonly label: string;
  readonly condition: Expression;
  readonly items: readonly Item[];
  /** Empty: no else branch. */
  readonly otherwise: readonly Item[];
  readonly doc: string | undefined;
}

export interface UnusedItem {
  readonly kind: 'unused';
  readonly source: Source;
  readonly reason: string;
}

export interface CommentItem {
  readonly kind: 'comment';
  readonly text: string;
}

export type Item = NetItem | InstanceItem | AssignItem | LoopItem | ConditionItem | UnusedItem | CommentItem;

/** The net that stands for an output left open: linters skip names that contain "unused". */
export const openNetName = (instance: string, port: string): string => `unused_${instance}_${port}`;
