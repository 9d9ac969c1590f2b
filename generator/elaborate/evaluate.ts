// SPDX-License-Identifier: Apache-2.0
/** Evaluates symbolic integers with concrete parameter and index values; knows no module. */
import { type Expression, type ExpressionNode, applyBinary, applyUnary } from '../dsl/expression.js';

/** An expression has no integer value; elaboration turns it into a problem with a place. */
export class EvaluationFailure extends Error {}

/** Values of parameters and generate indices, by name. */
export type Environment = ReadonlyMap<string, number>;

function evaluateNode(node: ExpressionNode, environment: Environment): number {
  switch (node.kind) {
    case 'literal':
      return node.value;
    case 'parameter':
    case 'index': {
      const value = environment.get(node.name);
      if (value === undefined) throw new EvaluationFailure(`${node.kind} ${node.name} is not known here`);
      return value;
    }
    case 'unary':
      return applyUnary(node.operator, evaluateNode(node.operand, environment));
    case 'binary': {
      const left = evaluateNode(node.left, environment);
      const right = evaluateNode(node.right, environment);
      const value = applyBinary(node.operator, left, right);
      if (value === undefined) throw new EvaluationFailure(`${left} ${node.operator} ${right} has no integer value`);
      return value;
    }
    case 'choose':
      return evaluateNode(
        evaluateNode(node.condition, environment) !== 0 ? node.whenTrue : node.whenFalse,
        environment,
      );
  }
}

/** Throws EvaluationFailure for an unknown name or an inexact division. */
export const evaluate = (expression: Expression, environment: Environment): number =>
  evaluateNode(expression.node, environment);
