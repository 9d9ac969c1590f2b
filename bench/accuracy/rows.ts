// SPDX-License-Identifier: Apache-2.0
/** Owns which rows the accuracy table has. */
import { admm } from '../../generator/prune/methods/admm.js';
import { magnitude, magnitudeRefit } from '../../generator/prune/methods/magnitude.js';
import type { PruningMethod } from '../../generator/prune/methods/method.js';
import { secondOrder } from '../../generator/prune/methods/second-order.js';
import type { RowRequest } from './measure.js';
import { SUBJECTS, type Subject } from './subjects.js';

/** Calibration inputs of every row. */
const INPUTS = 300;

const METHODS: readonly PruningMethod[] = [magnitude, magnitudeRefit, secondOrder, admm];

export function plannedRows(): RowRequest[] {
  const of = (name: string): Subject => SUBJECTS.find((subject) => subject.name === name) as Subject;
  const row = (name: string, constraint: string, method: PruningMethod, bits: RowRequest['bits'] = 'float', seed = 1): RowRequest => ({ subject: of(name), constraint, method, inputs: INPUTS, bits, seed });
  const sweep = (name: string, keeps: readonly number[]): RowRequest[] => keeps.flatMap((keep) => METHODS.map((method) => row(name, `balanced:${keep}/8`, method)));
  return [
    row('resnet20', 'balanced:4/8', secondOrder), row('resnet20', 'balanced:3/8', secondOrder), row('resnet20', 'balanced:2/8', secondOrder),
    ...[4, 3, 2].flatMap((keep) => [magnitude, magnitudeRefit].map((method) => row('resnet20', `balanced:${keep}/8`, method))),
    ...([8, 4] as const).map((bits) => row('resnet8', 'balanced:4/8', secondOrder, bits)),
    ...sweep('resnet8', [4, 3, 2]),
    ...sweep('dscnn', [4, 2]),
  ];
}
