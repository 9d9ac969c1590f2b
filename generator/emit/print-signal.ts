// SPDX-License-Identifier: Apache-2.0
/** Prints nets, slices, concatenations, constants and small logic as Verilog; knows no values. */
import { assertNever } from '../core/errors.js';
import { literalValue } from '../dsl/expression.js';
import type { Constant, LogicOperator, Slice, Source } from '../dsl/signal.js';
import { printExpression } from './print-expression.js';

const INFIX: Readonly<Record<'and' | 'or' | 'xor', string>> = { and: ' & ', or: ' | ', xor: ' ^ ' };
const UNARY: Readonly<Record<'not' | 'any' | 'all', string>> = { not: '~', any: '|', all: '&' };

const isInfix = (operator: LogicOperator): operator is 'and' | 'or' | 'xor' => operator in INFIX;

function printConstant(constant: Constant): string {
  const width = literalValue(constant.width);
  if (width === undefined || (constant.value === -1n && width > 1)) {
    return `{${printExpression(constant.width)}{1'b${constant.value === 0n ? 0 : 1}}}`;
  }
  const value = constant.value === -1n ? 1n : constant.value;
  switch (constant.radix) {
    case 'binary':
      return `${width}'b${value.toString(2).padStart(width, '0')}`;
    case 'decimal':
      return `${width}'d${value.toString(10)}`;
    case 'hex':
      return `${width}'h${value.toString(16).padStart(Math.ceil(width / 4), '0')}`;
  }
}

function printSlice(slice: Slice): string {
  const { name, width: whole } = slice.declaration;
  const [lsb, width] = [literalValue(slice.lsb), literalValue(slice.width)];
  const wholeWidth = printExpression(whole);
  if (lsb === 0 && printExpression(slice.width) === wholeWidth) return name;
  if (width === 1) return `${name}[${printExpression(slice.lsb)}]`;
  if (lsb !== undefined && width !== undefined) return `${name}[${lsb + width - 1}:${lsb}]`;
  if (lsb === 0) return `${name}[${printExpression(slice.width.minus(1))}:0]`;
  return `${name}[${printExpression(slice.lsb)} +: ${printExpression(slice.width)}]`;
}

const needsParentheses = (source: Source): boolean => source.kind === 'logic' && isInfix(source.operator);

/** The parts of a concatenation, printed one by one (concatenations inside are flattened). */
export const concatParts = (source: Source): string[] =>
  source.kind === 'concat' ? source.parts.flatMap(concatParts) : [printSource(source)];

export function printSource(source: Source): string {
  switch (source.kind) {
    case 'reference':
      return source.declaration.name;
    case 'slice':
      return printSlice(source);
    case 'concat':
      return source.parts.length === 1 ? printSource(source.parts[0]!) : `{${concatParts(source).join(', ')}}`;
    case 'replicate': {
      const count = literalValue(source.count);
      if (count === 1) return printSource(source.part);
      const part = source.part.kind === 'concat' ? concatParts(source.part).join(', ') : printSource(source.part);
      const text = printExpression(source.count);
      return `{${/^\w+$/.test(text) ? text : `(${text})`}{${part}}}`;
    }
    case 'constant':
      return printConstant(source);
    case 'logic': {
      const operands = source.operands.map((operand) =>
        needsParentheses(operand) ? `(${printSource(operand)})` : printSource(operand),
      );
      if (isInfix(source.operator)) return operands.join(INFIX[source.operator]);
      const [operand] = operands;
      const reduces = source.operands[0]?.kind === 'logic' && !needsParentheses(source.operands[0]);
      return `${UNARY[source.operator]}${reduces ? `(${operand})` : operand}`;
    }
    default:
      return assertNever(source, 'print-signal');
  }
}
