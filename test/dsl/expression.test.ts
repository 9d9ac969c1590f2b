// SPDX-License-Identifier: Apache-2.0
/** Expressions evaluate, fold and print alike; the reference is plain arithmetic on numbers. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Expression, indexReference, literal, parameterReference, substitute } from '../../generator/dsl/expression.js';
import { EvaluationFailure, evaluate } from '../../generator/elaborate/evaluate.js';
import { printExpression, printRange } from '../../generator/emit/print-expression.js';

const LANES = parameterReference('LANES');
const WIDTH = parameterReference('WIDTH');
const ENV = { LANES: 3, WIDTH: 8, p: 5 };
const environment = new Map(Object.entries(ENV));

/** Evaluates printed Verilog the way a simulator does, by JavaScript's operators of the same meaning. */
function evaluateText(text: string): number {
  const script = text.replace(/\$clog2\(/g, 'clog2(').replace(/(?<![=!<>])\/(?!\/)/g, '/');
  const names = Object.keys(ENV);
  const run = new Function(...names, 'clog2', `return Number(${script});`) as (...values: unknown[]) => number;
  return run(...Object.values(ENV), (n: number) => (n <= 1 ? 0 : Math.ceil(Math.log2(n))));
}

/** A random expression together with its value by plain arithmetic. */
const pairs: fc.Arbitrary<{ expression: Expression; value: number }> = fc.letrec<{ pair: { expression: Expression; value: number } }>((tie) => ({
  pair: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.integer({ min: 0, max: 40 }).map((value) => ({ expression: literal(value), value })),
    fc.constant({ expression: LANES, value: 3 }),
    fc.constant({ expression: WIDTH, value: 8 }),
    fc.constant({ expression: indexReference('p'), value: 5 }),
    fc
      .record({
        a: tie('pair'),
        b: tie('pair'),
        c: tie('pair'),
        operator: fc.constantFrom('plus', 'minus', 'times', 'max', 'min', 'equals', 'lessThan', 'choose', 'clog2', 'indexBits'),
      })
      .map(({ a, b, c, operator }) => {
        const [x, y, z] = [a.expression, b.expression, c.expression];
        switch (operator) {
          case 'plus': return { expression: x.plus(y), value: a.value + b.value };
          case 'minus': return { expression: x.minus(y), value: a.value - b.value };
          case 'times': return { expression: x.times(y), value: a.value * b.value };
          case 'max': return { expression: x.max(y), value: Math.max(a.value, b.value) };
          case 'min': return { expression: x.min(y), value: Math.min(a.value, b.value) };
          case 'equals': return { expression: x.equals(y), value: a.value === b.value ? 1 : 0 };
          case 'lessThan': return { expression: x.lessThan(y), value: a.value < b.value ? 1 : 0 };
          case 'choose': return { expression: x.choose(y, z), value: a.value !== 0 ? b.value : c.value };
          default: {
            const positive = Math.min(1 << 20, Math.abs(a.value) + 1);
            const bounded = literal(positive).plus(LANES);
            const width = Math.ceil(Math.log2(positive + 3));
            return operator === 'clog2'
              ? { expression: bounded.clog2(), value: width }
              : { expression: bounded.indexBits(), value: Math.max(1, width) };
          }
        }
      }),
  ),
})).pair;

describe('expressions', () => {
  it('evaluate to what plain arithmetic gives, and print to Verilog of the same value', () => {
    fc.assert(
      fc.property(pairs, ({ expression, value }) => {
        expect(evaluate(expression, environment)).toBe(value);
        expect(evaluateText(printExpression(expression))).toBe(value);
      }),
      { seed: 20240601, numRuns: 2000 },
    );
  });

  it.each([
    [LANES.times(8), '[LANES*8-1:0]'],
    [literal(8), '[7:0]'],
    [literal(1), ''],
    [WIDTH.plus(1), '[WIDTH:0]'],
    [WIDTH, '[WIDTH-1:0]'],
    [LANES.plus(WIDTH).times(2), '[(LANES+WIDTH)*2-1:0]'],
    [WIDTH.dividedBy(8), '[WIDTH/8-1:0]'],
    [LANES.times(WIDTH.times(2)), '[LANES*WIDTH*2-1:0]'],
    [WIDTH.minus(LANES.minus(2)), '[WIDTH-(LANES-2)-1:0]'],
  ])('print ranges folded: %#', (width, text) => {
    expect(printRange(width)).toBe(text);
  });

  it('refuse inexact division and unknown names', () => {
    expect(() => evaluate(WIDTH.dividedBy(LANES), environment)).toThrow(EvaluationFailure);
    expect(() => evaluate(WIDTH.dividedBy(LANES), environment)).toThrow('8 / 3 has no integer value');
    expect(() => evaluate(parameterReference('NONE'), environment)).toThrow('parameter NONE is not known here');
  });

  it('take other expressions in place of parameters', () => {
    const width = substitute(LANES.times(WIDTH), { LANES: literal(2), WIDTH: parameterReference('W') });
    expect(printExpression(width)).toBe('W*2');
  });
});
