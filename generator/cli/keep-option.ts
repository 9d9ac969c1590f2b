// SPDX-License-Identifier: Apache-2.0
/** Owns the options that say which weights are kept, shared by every command that prunes. */
import type { Argv } from 'yargs';
import type { Network } from '../graph/network.js';
import { weightedOps } from '../graph/query.js';
import { DenseLayerError, NothingPrunedError } from '../prune/errors.js';
import { CONSTRAINT_KINDS, parseConstraint, type ConstraintKind } from '../prune/constraints/parse.js';
import { admm } from '../prune/methods/admm.js';
import { magnitude, magnitudeRefit } from '../prune/methods/magnitude.js';
import type { PruningMethod } from '../prune/methods/method.js';
import { secondOrder } from '../prune/methods/second-order.js';
import { denseReason, isConstraint, keepOf, type ExistingRequest, type LayerRequest, type PrunePlan, type WeightedLayer } from '../prune/plan.js';
import { pruneNetwork, type PruneResult } from '../prune/prune.js';
import { TARGET_FLAGS, type Target } from '../prune/sensitivity/target.js';
import { addChannelOptions, readChannels, type ChannelChoice } from './channel-option.js';
import { oneValue, type Args } from './option-values.js';
import { addTargetOptions, readTarget } from './target-option.js';
import { UsageError } from './usage-error.js';

const GROUP = 'Network:';
export const METHODS: readonly PruningMethod[] = [magnitude, magnitudeRefit, secondOrder, admm];

/** What is asked of a layer, as it was typed: K or `existing` of --keep, a constraint or `dense` of --prune. */
export type Request = { readonly kind: 'keep'; readonly keep: number | 'existing' } | { readonly kind: 'prune'; readonly text: string };

export interface KeepChoice {
  /** Undefined: every layer that is not named is dense. */
  readonly default: Request | undefined;
  readonly layers: ReadonlyMap<string, Request>;
  readonly method: PruningMethod;
  /** Prune layers again that are pruned already. */
  readonly reprune: boolean;
  /** K is chosen for every layer that is not named (`answerTarget`). */
  readonly target?: Target;
  /** Fewer channels, or another order, before weights are pruned. */
  readonly channels?: ChannelChoice;
}

/** P and G of the array that constraints are read for, the width of its weights, and constraints beside the built-in ones. */
export interface PruneArray {
  readonly pes: number;
  readonly group: number;
  readonly weightBits?: number;
  readonly constraints?: readonly ConstraintKind[];
}

export const addKeepOptions = <T>(argv: Argv<T>): Argv<T> =>
  addChannelOptions(addTargetOptions(argv))
    .option('keep', { type: 'string', array: true, requiresArg: true, nargs: 1, group: GROUP, describe: 'N weights of every group, or "existing": the zeros that the model has; LAYER=... for one layer; repeatable [dense]' })
    .option('prune', { type: 'string', array: true, requiresArg: true, nargs: 1, group: GROUP, describe: 'a constraint: balanced:2/8, 2:4, unconstrained:0.25, pattern:4@tile, kernel:1x1, pattern:4@tile+balanced:4/8, dense; LAYER=... for one layer; repeatable' })
    .option('method', { type: 'string', requiresArg: true, group: GROUP, describe: `how weights are chosen: ${METHODS.map(({ name }) => name).join(', ')}; all but magnitude need a float model [magnitude]` })
    .option('reprune', { type: 'boolean', default: false, group: GROUP, describe: 'prune layers again that are pruned already' }) as unknown as Argv<T>;

/** LAYER=VALUE or VALUE. The name of a layer has no `=`, a value neither. */
function split(flag: string, value: string, valid: RegExp, example: string): readonly [layer: string | undefined, value: string] {
  const [, layer, rest] = /^(?:([^=]+)=)?([^=]+)$/.exec(value) ?? [];
  if (rest === undefined || !valid.test(rest)) throw new UsageError(`--${flag} ${value} is neither ${flag === 'keep' ? 'N nor LAYER=N' : 'SPEC nor LAYER=SPEC'}`, `Use --${flag} ${example}, or --${flag} conv2d_4=${example}.`);
  return [layer, rest];
}

/** @throws UsageError */
export function readKeep(args: Args): KeepChoice | undefined {
  const layers = new Map<string, Request>();
  let all: Request | undefined;
  const take = (flag: string, layer: string | undefined, request: Request): void => {
    const before = layer === undefined ? all : layers.get(layer);
    const what = layer === undefined ? '' : ` ${layer}`;
    if (before !== undefined) throw new UsageError(before.kind === request.kind ? `--${flag}${what} was given twice` : `--keep${what} and --prune${what} were both given`, 'Give it once.');
    if (layer === undefined) all = request;
    else layers.set(layer, request);
  };
  for (const value of (args['keep'] as string[] | undefined) ?? []) {
    const [layer, keep] = split('keep', value, /^([0-9]+|existing)$/, '2');
    take('keep', layer, { kind: 'keep', keep: keep === 'existing' ? keep : Number(keep) });
  }
  for (const value of (args['prune'] as string[] | undefined) ?? []) {
    const [layer, text] = split('prune', value, /\S/, 'balanced:2/8');
    take('prune', layer, { kind: 'prune', text });
  }
  const word = oneValue(args, 'method');
  const method = METHODS.find(({ name }) => name === (word ?? magnitude.name));
  if (method === undefined) throw new UsageError(`--method ${word} is none of ${METHODS.map(({ name }) => name).join(', ')}`, 'Use --method second-order.');
  const reprune = args['reprune'] === true;
  const target = readTarget(args);
  const channels = readChannels(args);
  const shaped = channels === undefined ? {} : { channels };
  if (target !== undefined) {
    const flag = TARGET_FLAGS[target.kind];
    if (all !== undefined) throw new UsageError(`${flag} chooses K for every layer, and --${all.kind} asks for the same`, `Leave out one of them; --${all.kind} LAYER=... for single layers stays.`);
    if (channels !== undefined) throw new UsageError(`${flag} chooses K for the network as it is, and ${channels.share === undefined ? '--permute' : '--channels'} changes it`, 'Write the changed network first (gen-accel prune), and use the target on that.');
    return { default: undefined, layers, method, reprune, target };
  }
  if (all === undefined && layers.size === 0 && channels?.share === undefined) {
    const alone = reprune ? '--reprune' : channels !== undefined ? '--permute' : word === undefined ? undefined : '--method';
    if (alone !== undefined) throw new UsageError(`${alone} needs --keep or --prune`, 'Add --keep 2.');
    return undefined;
  }
  return { default: all, layers, method, reprune, ...shaped };
}

/** The options' names, for a command line that repeats them. */
export const KEEP_LISTS = ['keep', 'prune'] as const;

function layerRequest(request: Request, constraint: ExistingRequest['existing'], { pes, group, constraints = [] }: PruneArray, layer?: string): LayerRequest {
  const named = layer === undefined ? '' : ` ${layer}`;
  if (request.kind === 'prune') return request.text === 'dense' ? 'dense' : parseConstraint(request.text, { pes, group, where: `--prune${named}` }, [...CONSTRAINT_KINDS, ...constraints]);
  return keepOf(constraint, request.keep, group, `--keep${named}`);
}

/** The plan of a choice for an array. @throws KeepRangeError, ConstraintSyntaxError and the errors of constraints */
export function planAsAsked(choice: KeepChoice, constraint: ExistingRequest['existing'], array: PruneArray): PrunePlan {
  return {
    group: array.group,
    default: choice.default === undefined ? 'dense' : layerRequest(choice.default, constraint, array),
    layers: new Map([...choice.layers].map(([layer, request]) => [layer, layerRequest(request, constraint, array, layer)])),
    options: { default: choice.default === undefined ? undefined : `--${choice.default.kind}`, layers: new Map([...choice.layers].map(([layer, { kind }]) => [layer, `--${kind}`])) },
  };
}

/** Throws NothingPrunedError where a constraint of --prune, asked of all layers, leaves each of them dense. */
export function requirePruned(choice: KeepChoice, plan: PrunePlan, network: string, layers: readonly WeightedLayer[]): void {
  if (choice.default?.kind !== 'prune' || !isConstraint(plan.default)) return;
  const reasons = layers.map((layer) => denseReason(layer, plan.layers.get(layer.name) ?? plan.default, plan.group));
  if (reasons.length > 0 && reasons.every((reason) => reason !== undefined)) throw new NothingPrunedError(plan.default.text, network, reasons[0] as string);
}

/** Throws NothingPrunedError where such a constraint, which looks at the weights to say how many stay, took none of any layer, DenseLayerError where it took none of a layer that was named. */
export function requireWeightsPruned(choice: KeepChoice, plan: PrunePlan, network: string, layers: readonly WeightedLayer[], { keep }: Pick<PruneResult, 'keep'>): void {
  for (const { name, weights: { shape } } of layers) {
    const own = plan.layers.get(name);
    if (own !== undefined && isConstraint(own) && own.kept(shape) === undefined && keep.get(name) === 'dense') throw new DenseLayerError(name, own.text, 'it keeps all of its weights');
  }
  const { default: constraint } = plan;
  if (choice.default?.kind !== 'prune' || !isConstraint(constraint) || [...keep.values()].some((kept) => kept !== 'dense')) return;
  if (layers.every(({ weights: { shape } }) => constraint.kept(shape) !== undefined)) return;
  throw new NothingPrunedError(constraint.text, network, 'it keeps all of their weights');
}

/** The masks of a choice by magnitude, undefined without one. @throws the errors of `planAsAsked`, UnknownOpError, DenseLayerError, RepruneError */
export function pruneAsAsked(network: Network, choice: KeepChoice | undefined, constraint: ExistingRequest['existing'], array: PruneArray): PruneResult | undefined {
  if (choice === undefined) return undefined;
  const plan = planAsAsked(choice, constraint, array);
  const prune = pruneNetwork(network, plan, { reprune: choice.reprune });
  requirePruned(choice, plan, network.name, weightedOps(network));
  requireWeightsPruned(choice, plan, network.name, weightedOps(network), prune);
  return prune;
}
