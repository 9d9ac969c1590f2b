// SPDX-License-Identifier: Apache-2.0
/** Owns the text form of constraints: what `--prune` takes. */

import { ConstraintSyntaxError } from '../errors.js';
import type { Constraint } from '../scheme.js';
import { balanced } from './balanced.js';
import { compose } from './compose.js';
import { kernelShape } from './kernel-shape.js';
import { pattern } from './pattern.js';
import type { Sharing } from './pattern-blocks.js';
import { unconstrained } from './unconstrained.js';

/** P and G of the array: what a text leaves open. */
export interface ConstraintContext {
  readonly pes: number;
  readonly group: number;
  /** The option that brought the text, for messages. */
  readonly where?: string;
}

/** A kind of constraint: the texts that stand for it and how they are read. */
export interface ConstraintKind {
  /** `balanced:K[/g]`. */
  readonly form: string;
  readonly example: string;
  /** Undefined: the text is of another kind. */
  read(text: string, context: ConstraintContext): Constraint | undefined;
}

const kind = (form: string, example: string, text: RegExp, make: (parts: readonly (string | undefined)[], context: ConstraintContext) => Constraint): ConstraintKind => ({
  form, example,
  read(given, context) {
    const found = text.exec(given);
    return found === null ? undefined : make(found.slice(1), context);
  },
});

const number = (text: string | undefined, otherwise: number): number => (text === undefined ? otherwise : Number(text));

export const CONSTRAINT_KINDS: readonly ConstraintKind[] = [
  kind('balanced:K[/g]', 'balanced:2/8', /^balanced:(\d+)(?:\/(\d+))?$/, ([keep, group], context) =>
    balanced({ keep: Number(keep), group: number(group, context.group) }, context.where)),
  kind('N:M', '2:4', /^(\d+):(\d+)$/, ([keep, group], context) => balanced({ keep: Number(keep), group: Number(group) }, context.where)),
  kind('unconstrained:K[/g]', 'unconstrained:2/8', /^unconstrained:(\d+)(?:\/(\d+))?$/, ([keep, group], context) =>
    unconstrained({ keep: Number(keep), group: number(group, context.group) }, context.where)),
  kind('unconstrained:SHARE', 'unconstrained:0.25', /^unconstrained:(\d*\.\d+)$/, ([density], context) => unconstrained({ density: Number(density) }, context.where)),
  kind('pattern:TAPS[/PATTERNS]@kernel|filter|tile', 'pattern:4@tile', /^pattern:(\d+)(?:\/(\d+))?@(kernel|filter|tile)$/, ([taps, library, sharing], context) =>
    pattern({ taps: Number(taps), library: library === undefined ? 'all' : Number(library), sharing: sharing as Sharing, pes: context.pes, group: context.group }, context.where)),
  kind('kernel:HxW', 'kernel:1x1', /^kernel:(\d+)x(\d+)$/, ([height, width], context) => kernelShape({ height: Number(height), width: Number(width) }, context.where)),
  kind('kernel:TAPS', 'kernel:6', /^kernel:(\d+)$/, ([area], context) => kernelShape({ area: Number(area) }, context.where)),
  kind('kernel:auto/SHARE', 'kernel:auto/0.9', /^kernel:auto\/(\d*\.?\d+)$/, ([share], context) => kernelShape({ share: Number(share) }, context.where)),
];

/** One constraint, or several joined by `+`, each inside what those before it leave. Throws ConstraintSyntaxError and the errors of the constraint. */
export function parseConstraint(text: string, context: ConstraintContext, kinds: readonly ConstraintKind[] = CONSTRAINT_KINDS): Constraint {
  const parts = text.split('+').map((part) => {
    for (const one of kinds) {
      const found = one.read(part, context);
      if (found !== undefined) return found;
    }
    throw new ConstraintSyntaxError(context.where ?? '--prune', part, kinds.map(({ form }) => form), kinds[0]?.example ?? '');
  });
  return parts.slice(1).reduce((all, next) => compose(all, next), parts[0] as Constraint);
}
