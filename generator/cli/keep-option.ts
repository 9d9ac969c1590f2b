// SPDX-License-Identifier: Apache-2.0
/** Owns the options that say which weights are kept, shared by every command that prunes. */
import type { Argv } from 'yargs';
import type { Network } from '../graph/network.js';
import { balanced } from '../prune/constraints/balanced.js';
import { unconstrained } from '../prune/constraints/unconstrained.js';
import { magnitude } from '../prune/methods/magnitude.js';
import { pruneNetwork, type KeepPlan, type KeepRequest, type PruneResult } from '../prune/prune.js';
import type { Args } from './option-values.js';
import { UsageError } from './usage-error.js';

const GROUP = 'Network:';

export interface KeepChoice {
  /** Undefined: every layer that is not named is dense. */
  readonly default: KeepRequest | undefined;
  readonly layers: KeepPlan['layers'];
  /** Prune layers again that are pruned already. */
  readonly reprune: boolean;
}

export const addKeepOptions = <T>(argv: Argv<T>): Argv<T> =>
  argv
    .option('keep', { type: 'string', array: true, requiresArg: true, nargs: 1, group: GROUP, describe: 'N weights of every group, or "existing": the zeros that the model has; LAYER=... for one layer; repeatable [dense]' })
    .option('reprune', { type: 'boolean', default: false, group: GROUP, describe: 'prune layers again that are pruned already' }) as unknown as Argv<T>;

/** @throws UsageError */
export function readKeep(args: Args): KeepChoice | undefined {
  const values = (args['keep'] as string[] | undefined) ?? [];
  const reprune = args['reprune'] === true;
  if (values.length === 0) {
    if (reprune) throw new UsageError('--reprune needs --keep', 'Add --keep 2.');
    return undefined;
  }
  const layers = new Map<string, KeepRequest>();
  let all: KeepRequest | undefined;
  for (const value of values) {
    const [, layer, keep] = /^(?:([^=]+)=)?([0-9]+|existing)$/.exec(value) ?? [];
    const twice = layer === undefined ? all !== undefined : layers.has(layer);
    if (keep === undefined) throw new UsageError(`--keep ${value} is neither N nor LAYER=N`, 'Use --keep 2, or --keep conv2d_4=2.');
    if (twice) throw new UsageError(`--keep${layer === undefined ? '' : ` ${layer}`} was given twice`, 'Give it once.');
    const request = keep === 'existing' ? keep : Number(keep);
    if (layer === undefined) all = request;
    else layers.set(layer, request);
  }
  return { default: all, layers, reprune };
}

/** The masks of a choice by magnitude, undefined without one. @throws KeepRangeError, UnknownOpError, KeepOnDenseLayerError, RepruneError */
export function pruneAsAsked(network: Network, keep: KeepChoice | undefined, constraint: 'balanced' | 'unconstrained', group: number): PruneResult | undefined {
  if (keep === undefined) return undefined;
  const rule = constraint === 'balanced' ? balanced(group) : unconstrained(group);
  return pruneNetwork(network, rule, magnitude, { default: keep.default ?? group, layers: keep.layers }, { reprune: keep.reprune });
}
