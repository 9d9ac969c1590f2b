// SPDX-License-Identifier: Apache-2.0
/** Owns symbolic integer expressions over parameters and generate indices; knows neither values nor Verilog text. */
import { clog2, indexBits } from '../core/integers.js';

export type BinaryOperator = '+' | '-' | '*' | '/' | '%' | '==' | '!=' | '<' | '>' | 'max' | 'min';
export type UnaryOperator = 'clog2' | 'indexBits';

/** What an expression is made of; printers and evaluators match on it. */
export type ExpressionNode =
  | { readonly kind: 'literal'; readonly value: number }
  | { readonly kind: 'parameter'; readonly name: string }
  | { readonly kind: 'index'; readonly name: string }
  | { readonly kind: 'unary'; readonly operator: UnaryOperator; readonly operand: ExpressionNode }
  | {
      readonly kind: 'binary';
      readonly operator: BinaryOperator;
      readonly left: ExpressionNode;
      readonly right: ExpressionNode;
    }
  | {
      readonly kind: 'choose';
      readonly condition: ExpressionNode;
      readonly whenTrue: ExpressionNode;
      readonly whenFalse: ExpressionNode;
    };

/** A symbolic integer: a parameter, a generate index, a number, or arithmetic on them. */
export interface Expression {
  readonly node: ExpressionNode;
  plus(other: Integer): Expression;
  minus(other: Integer): Expression;
  times(other: Integer): Expression;
  /** Exact division: elaboration reports a remainder. */
  dividedBy(other: Integer): Expression;
  modulo(other: Integer): Expression;
  max(other: Integer): Expression;
  min(other: Integer): Expression;
  /** ceil(log2(this)); 0 for 1. */
  clog2(): Expression;
  /** Bits that address this many things: max(1, clog2). */
  indexBits(): Expression;
  /** Conditions evaluate to 0 or 1. */
  equals(other: Integer): Expression;
  differsFrom(other: Integer): Expression;
  lessThan(other: Integer): Expression;
  greaterThan(other: Integer): Expression;
  /** This as a condition (nonzero is true): one of two expressions. */
  choose(whenTrue: Integer, whenFalse: Integer): Expression;
}

/** Wherever a width, count or value is wanted: a number or an expression. */
export type Integer = number | Expression;

export const literal = (value: number): Expression => wrap({ kind: 'literal', value });
export const parameterReference = (name: string): Expression => wrap({ kind: 'parameter', name });
export const indexReference = (name: string): Expression => wrap({ kind: 'index', name });

export function toExpression(value: Integer): Expression {
  return typeof value === 'number' ? literal(value) : value;
}

/** The number, when the expression is one. */
export function literalValue(expression: Expression): number | undefined {
  return expression.node.kind === 'literal' ? expression.node.value : undefined;
}

/** Exact integer arithmetic on two numbers; undefined where there is no integer answer. */
export function applyBinary(operator: BinaryOperator, a: number, b: number): number | undefined {
  switch (operator) {
    case '+': return a + b;
    case '-': return a - b;
    case '*': return a * b;
    case '/': return b !== 0 && a % b === 0 ? a / b : undefined;
    case '%': return b !== 0 ? a % b : undefined;
    case '==': return a === b ? 1 : 0;
    case '!=': return a !== b ? 1 : 0;
    case '<': return a < b ? 1 : 0;
    case '>': return a > b ? 1 : 0;
    case 'max': return Math.max(a, b);
    case 'min': return Math.min(a, b);
  }
}

export const applyUnary = (operator: UnaryOperator, a: number): number =>
  operator === 'clog2' ? clog2(a) : indexBits(a);

function binary(operator: BinaryOperator, left: ExpressionNode, right: ExpressionNode): ExpressionNode {
  if (left.kind === 'literal' && right.kind === 'literal') {
    const value = applyBinary(operator, left.value, right.value);
    if (value !== undefined) return { kind: 'literal', value };
  }
  if (right.kind === 'literal') {
    if ((operator === '+' || operator === '-') && right.value === 0) return left;
    if ((operator === '*' || operator === '/') && right.value === 1) return left;
    if (operator === '*' && right.value === 0) return right;
    if (operator === '+' || operator === '-') return addLiteral(left, operator === '+' ? right.value : -right.value);
  }
  if (left.kind === 'literal') {
    if (operator === '+') return binary('+', right, left);
    if (operator === '*') return left.value === 1 ? right : binary('*', right, left);
  }
  return { kind: 'binary', operator, left, right };
}

/** x + 3 - 1 becomes x + 2, so that a width W + 1 prints as [W:0]. */
function addLiteral(left: ExpressionNode, amount: number): ExpressionNode {
  if (left.kind === 'binary' && left.right.kind === 'literal' && (left.operator === '+' || left.operator === '-')) {
    const before = left.operator === '+' ? left.right.value : -left.right.value;
    return addLiteral(left.left, before + amount);
  }
  if (amount === 0) return left;
  const right: ExpressionNode = { kind: 'literal', value: Math.abs(amount) };
  if (left.kind === 'literal') return { kind: 'literal', value: left.value + amount };
  return { kind: 'binary', operator: amount > 0 ? '+' : '-', left, right };
}

function unary(operator: UnaryOperator, operand: ExpressionNode): ExpressionNode {
  if (operand.kind === 'literal') return { kind: 'literal', value: applyUnary(operator, operand.value) };
  return { kind: 'unary', operator, operand };
}

function choose(condition: ExpressionNode, whenTrue: ExpressionNode, whenFalse: ExpressionNode): ExpressionNode {
  if (condition.kind === 'literal') return condition.value !== 0 ? whenTrue : whenFalse;
  return { kind: 'choose', condition, whenTrue, whenFalse };
}

function wrap(node: ExpressionNode): Expression {
  const of = (operator: BinaryOperator) => (other: Integer): Expression =>
    wrap(binary(operator, node, toExpression(other).node));
  return {
    node,
    plus: of('+'),
    minus: of('-'),
    times: of('*'),
    dividedBy: of('/'),
    modulo: of('%'),
    max: of('max'),
    min: of('min'),
    equals: of('=='),
    differsFrom: of('!='),
    lessThan: of('<'),
    greaterThan: of('>'),
    clog2: () => wrap(unary('clog2', node)),
    indexBits: () => wrap(unary('indexBits', node)),
    choose: (whenTrue, whenFalse) =>
      wrap(choose(node, toExpression(whenTrue).node, toExpression(whenFalse).node)),
  };
}

/** The expression with parameters replaced, for example a port's width in terms of the instantiating module. */
export function substitute(expression: Expression, values: Readonly<Record<string, Expression>>): Expression {
  const replace = (node: ExpressionNode): ExpressionNode => {
    switch (node.kind) {
      case 'literal':
      case 'index':
        return node;
      case 'parameter':
        return values[node.name]?.node ?? node;
      case 'unary':
        return unary(node.operator, replace(node.operand));
      case 'binary':
        return binary(node.operator, replace(node.left), replace(node.right));
      case 'choose':
        return choose(replace(node.condition), replace(node.whenTrue), replace(node.whenFalse));
    }
  };
  return wrap(replace(expression.node));
}
