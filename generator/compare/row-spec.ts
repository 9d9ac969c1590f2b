// SPDX-License-Identifier: Apache-2.0
/** Owns what a row of a comparison is, in text: `balanced:2/8`, `channels:0.5`, `permuted+balanced:2/8`, `unconstrained:2/8,fifo:4`. */
import { allowsAnyOrder, balancedPart } from '../prune/channels/index.js';
import { CONSTRAINT_KINDS, parseConstraint, type ConstraintContext, type ConstraintKind } from '../prune/constraints/parse.js';
import type { Constraint } from '../prune/scheme.js';
import { RowSpecError } from './errors.js';

export const FAMILIES = ['dense', 'structured', 'balanced', 'pattern', 'kernel', 'unconstrained', 'composed', 'other'] as const;
export type Family = (typeof FAMILIES)[number];

/**
 * `fifo`: hardware that is not built, so that cycles are predicted from the row's masks. `ordered`: filters in an order that wastes less in lockstep; of int8 models predicted too.
 */
export type Variant = { readonly kind: 'fifo'; readonly depth: number } | { readonly kind: 'ordered' };

/** How much of a network its channels are cut to. */
export interface ChannelCut {
  readonly share: number;
  /** What the share is of. */
  readonly of: 'channels' | 'cycles';
}

/** What is done to a network's channels before its weights are pruned: fewer of them, then another order. */
export interface ChannelChange {
  /** Undefined: all stay. */
  readonly cut: ChannelCut | undefined;
  /** In the order in which the row's constraint loses least. */
  readonly permuted: boolean;
}

export interface RowSpec {
  /** What --rows takes; reading it again gives an equal row. */
  readonly text: string;
  /** Without the variant: rows of one base share network, masks and accuracy. */
  readonly base: string;
  readonly family: Family;
  /** Undefined: all channels stay where they are. */
  readonly channels: ChannelChange | undefined;
  /** Undefined: the layers stay dense, or have the zeros that the model has. */
  readonly constraint: Constraint | undefined;
  /** The model's own zeros, in each layer the tightest K of G. */
  readonly existing: boolean;
  readonly variant: Variant | undefined;
}

/** Half, three eighths and a quarter of the weights in every way that the array runs, and structured ones beside them. */
export const DEFAULT_ROWS: readonly string[] = [
  'dense', 'channels:0.75', 'channels:0.5', 'channels:0.25',
  'balanced:4/8', 'balanced:3/8', 'balanced:2/8', 'balanced:8/16', 'balanced:4/16', '2:4',
  'pattern:4@tile', 'pattern:2@tile', 'pattern:4/8@kernel', 'kernel:6', 'kernel:2', 'pattern:4@tile+balanced:4/8',
  ...['4/8', '2/8'].flatMap((keep) => [`unconstrained:${keep}`, ...['fifo:4', 'fifo:16', 'fifo:unlimited', 'ordered'].map((variant) => `unconstrained:${keep},${variant}`)]),
];

function readVariant(text: string | undefined, where: string, row: string): Variant | undefined {
  if (text === undefined) return undefined;
  if (text === 'ordered') return { kind: 'ordered' };
  const [, depth] = /^fifo:(\d{1,4}|unlimited)$/.exec(text) ?? [];
  if (depth === undefined) throw new RowSpecError(where, row, '"fifo:DEPTH", "fifo:unlimited" or "ordered" behind a comma', 'Use unconstrained:2/8,fifo:4.');
  return { kind: 'fifo', depth: depth === 'unlimited' ? Infinity : Number(depth) };
}

/** What stands before the constraint, and the rest. */
function readChannels(base: string, where: string, row: string): { readonly channels: ChannelChange | undefined; readonly left: string } {
  let parts = base.split('+');
  const [first = ''] = parts;
  const [, cycles, share] = /^channels:(cycles:)?(\d*\.?\d+)$/.exec(first) ?? [];
  if (first.startsWith('channels') && !(share !== undefined && Number(share) > 0 && Number(share) < 1)) throw new RowSpecError(where, row, 'a share of the channels, or of the cycles, between 0 and 1', 'Use channels:0.5 or channels:cycles:0.5.');
  if (share !== undefined) parts = parts.slice(1);
  const permuted = parts[0] === 'permuted';
  if (permuted) parts = parts.slice(1);
  const cut: ChannelCut | undefined = share === undefined ? undefined : { share: Number(share), of: cycles === undefined ? 'channels' : 'cycles' };
  return { channels: cut === undefined && !permuted ? undefined : { cut, permuted }, left: parts.join('+') };
}

function familyOf(cut: ChannelCut | undefined, constraint: string | undefined, existing: boolean): Family {
  if (existing) return 'balanced';
  if (constraint === undefined) return cut === undefined ? 'dense' : 'structured';
  if (cut !== undefined || constraint.includes('+')) return 'composed';
  return FAMILIES.find((family) => family === constraint) ?? 'other';
}

/** @throws RowSpecError, and the errors of constraints */
export function readRowSpec(text: string, context: ConstraintContext, kinds: readonly ConstraintKind[] = CONSTRAINT_KINDS): RowSpec {
  const where = context.where ?? '--rows';
  const [base = '', variantText, more] = text.split(',');
  if (more !== undefined || base === '') throw new RowSpecError(where, text, 'a constraint, with one variant at most', 'Use unconstrained:2/8,fifo:4.');
  const variant = readVariant(variantText, where, text);
  const { channels, left } = readChannels(base, where, text);
  const existing = left === 'existing';
  const constraint = left === 'dense' || left === '' || existing ? undefined : parseConstraint(left, { ...context, where }, kinds);
  if (variant !== undefined && constraint === undefined) throw new RowSpecError(where, text, 'a constraint before the comma', 'Use unconstrained:2/8,fifo:4.');
  if (variant?.kind === 'ordered' && (constraint === undefined || !allowsAnyOrder(constraint))) throw new RowSpecError(where, text, 'a constraint that allows any order of channels', 'Use unconstrained:2/8,ordered.');
  if (channels?.permuted === true && (constraint === undefined || balancedPart(constraint) === undefined)) {
    const remedy = constraint !== undefined && allowsAnyOrder(constraint) ? `Use ${constraint.text},ordered, which puts filters in order.` : 'Use permuted+balanced:2/8.';
    throw new RowSpecError(where, text, 'a constraint with balanced groups behind "permuted+"', remedy);
  }
  return { text, base, family: familyOf(channels?.cut, constraint?.name, existing), channels, constraint, existing, variant };
}
