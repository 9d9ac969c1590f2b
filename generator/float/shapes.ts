// SPDX-License-Identifier: Apache-2.0
/** Owns shape inference of float operators: the integer operators' own, which never looks at weight values. */

import { inferOutputShape } from '../graph/shapes.js';
import type { Op } from '../graph/network.js';
import type { Shape } from '../tensor/tensor.js';
import { isFloatWeighted, type FloatOp } from './network.js';

const NO_INT8 = new Int8Array(0);
const NO_INT32 = new Int32Array(0);

/** The integer operator of the same geometry, without values. */
function geometryOnly(op: Exclude<FloatOp, { kind: 'batch-norm' }>): Op {
  if (!isFloatWeighted(op)) return op;
  return { ...op, weights: { ...op.weights, data: NO_INT8, scales: [], zeroPoint: 0 }, bias: NO_INT32 };
}

/** Throws RangeError (or TensorShapeError) with a sentence, as `inferOutputShape` does. */
export function inferFloatOutputShape(op: FloatOp, inputs: readonly Shape[], declared: Shape): Shape {
  if (op.kind !== 'batch-norm') return inferOutputShape(geometryOnly(op), inputs, declared);
  const [first] = inputs;
  if (first === undefined) throw new RangeError('it has no input');
  const channels = first.at(-1);
  for (const what of ['scale', 'offset', 'mean', 'variance'] as const) {
    if (op[what].length !== channels) throw new RangeError(`${op[what].length} values of ${what} for ${channels ?? 0} channels`);
  }
  return first;
}
