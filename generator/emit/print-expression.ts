// SPDX-License-Identifier: Apache-2.0
/** Prints symbolic integers as Verilog constant expressions; knows no values. */
import { assertNever } from '../core/errors.js';
import { type Expression, type ExpressionNode, type BinaryOperator, literal } from '../dsl/expression.js';

const PRECEDENCE: Readonly<Record<BinaryOperator, number>> = {
  '*': 5, '/': 5, '%': 5, '+': 4, '-': 4, '<': 3, '>': 3, '==': 2, '!=': 2, max: 1, min: 1,
};

const parenthesized = (text: string, yes: boolean): string => (yes ? `(${text})` : text);

function print(node: ExpressionNode, context: number): string {
  switch (node.kind) {
    case 'literal':
      return node.value < 0 ? `(${node.value})` : String(node.value);
    case 'parameter':
    case 'index':
      return node.name;
    case 'unary': {
      const operand = print(node.operand, 0);
      if (node.operator === 'clog2') return `$clog2(${operand})`;
      return `(${print(node.operand, 4)} > 1 ? $clog2(${operand}) : 1)`;
    }
    case 'choose': {
      const [condition, yes, no] = [print(node.condition, 1), print(node.whenTrue, 1), print(node.whenFalse, 1)];
      return `(${condition} ? ${yes} : ${no})`;
    }
    case 'binary': {
      const { operator } = node;
      if (operator === 'max' || operator === 'min') {
        const [left, right] = [print(node.left, 4), print(node.right, 4)];
        return `(${left} ${operator === 'max' ? '>' : '<'} ${right} ? ${left} : ${right})`;
      }
      const own = PRECEDENCE[operator];
      const associates = operator === '*' || operator === '+';
      const sameAgain = associates && node.right.kind === 'binary' && node.right.operator === operator;
      const [left, right] = [print(node.left, own), print(node.right, sameAgain ? own : own + 1)];
      const text = own >= 4 ? `${left}${operator}${right}` : `${left} ${operator} ${right}`;
      return parenthesized(text, own < context);
    }
    default:
      return assertNever(node, 'print-expression');
  }
}

/** `LANES*8-1`: tight arithmetic, spaced comparisons. */
export const printExpression = (expression: Expression): string => print(expression.node, 0);

/** `[LANES*8-1:0]`, or nothing for the constant width 1. */
export function printRange(width: Expression): string {
  if (width.node.kind === 'literal' && width.node.value === 1) return '';
  return `[${printExpression(width.minus(literal(1)))}:0]`;
}
