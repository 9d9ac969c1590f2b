// SPDX-License-Identifier: Apache-2.0
/** Owns what can be connected: nets, ports, slices, concatenations, constants, small logic. */
import { type Expression, type Integer, literal, literalValue, toExpression } from './expression.js';

/** A net or port of one module body; two references to it share this object. */
export interface Declaration {
  readonly kind: 'net' | 'input' | 'output';
  readonly name: string;
  readonly width: Expression;
  readonly doc: string | undefined;
}

/** A whole net or port. */
export interface Reference {
  readonly kind: 'reference';
  readonly declaration: Declaration;
  readonly width: Expression;
  /** `width` bits from bit `lsb` on. */
  slice(lsb: Integer, width: Integer): Slice;
  /** One bit. */
  bit(index: Integer): Slice;
}

export interface Slice {
  readonly kind: 'slice';
  readonly declaration: Declaration;
  readonly lsb: Expression;
  readonly width: Expression;
}

/** Parts from the most significant on, as in Verilog. */
export interface Concat {
  readonly kind: 'concat';
  readonly parts: readonly Source[];
}

export interface Replicate {
  readonly kind: 'replicate';
  readonly count: Expression;
  readonly part: Source;
}

export interface Constant {
  readonly kind: 'constant';
  readonly width: Expression;
  /** Unsigned; -1 stands for all ones. */
  readonly value: bigint;
  readonly radix: 'binary' | 'decimal' | 'hex';
}

export type LogicOperator = 'and' | 'or' | 'xor' | 'not' | 'any' | 'all';

/** Bitwise and, or, xor, not; `any` and `all` reduce to one bit. */
export interface Logic {
  readonly kind: 'logic';
  readonly operator: LogicOperator;
  readonly operands: readonly Source[];
}

/** An output that is left open on purpose. */
export interface Open {
  readonly kind: 'open';
  readonly reason: string;
}

/** What can be read. */
export type Source = Reference | Slice | Concat | Replicate | Constant | Logic;
/** What can be driven: a net, an output port, a slice of one, or a concatenation of these. */
export type Target = Reference | Slice | Concat;

export function referenceTo(declaration: Declaration): Reference {
  const slice = (lsb: Integer, width: Integer): Slice => ({
    kind: 'slice',
    declaration,
    lsb: toExpression(lsb),
    width: toExpression(width),
  });
  return {
    kind: 'reference',
    declaration,
    width: declaration.width,
    slice,
    bit: (index) => slice(index, 1),
  };
}

/** {first, ..., last}: the first part is the most significant. */
export const concat = (...parts: readonly Source[]): Concat => ({ kind: 'concat', parts });

/** {count{part}}. */
export const replicate = (count: Integer, part: Source): Replicate => ({
  kind: 'replicate',
  count: toExpression(count),
  part,
});

/** A constant of `width` bits; the value -1 is all ones. With a symbolic width only 0 and -1 can be printed. */
export function bits(width: Integer, value: number | bigint, radix?: 'binary' | 'decimal' | 'hex'): Constant {
  const expression = toExpression(width);
  const fallback = literalValue(expression) === 1 ? 'binary' : 'decimal';
  return { kind: 'constant', width: expression, value: BigInt(value), radix: radix ?? fallback };
}

/** An output that nobody reads, and why. */
export const open = (reason: string): Open => ({ kind: 'open', reason });

const logic = (operator: LogicOperator, operands: readonly Source[]): Logic => ({
  kind: 'logic',
  operator,
  operands,
});

export const and = (...operands: readonly Source[]): Logic => logic('and', operands);
export const or = (...operands: readonly Source[]): Logic => logic('or', operands);
export const xor = (...operands: readonly Source[]): Logic => logic('xor', operands);
export const not = (operand: Source): Logic => logic('not', [operand]);
/** 1 when any bit is 1. */
export const anyBit = (operand: Source): Logic => logic('any', [operand]);
/** 1 when all bits are 1. */
export const allBits = (operand: Source): Logic => logic('all', [operand]);

/** Width of a source as an expression; elaboration evaluates it. */
export function widthOf(source: Source): Expression {
  switch (source.kind) {
    case 'reference':
    case 'slice':
    case 'constant':
      return source.width;
    case 'concat':
      return source.parts.reduce((sum, part) => sum.plus(widthOf(part)), literal(0));
    case 'replicate':
      return source.count.times(widthOf(source.part));
    case 'logic': {
      const first = source.operands[0];
      if (source.operator === 'any' || source.operator === 'all' || first === undefined) return literal(1);
      return widthOf(first);
    }
  }
}
