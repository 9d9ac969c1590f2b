// SPDX-License-Identifier: Apache-2.0
/** Owns the typed errors of the network IR. */

import { GenAccelError } from '../core/errors.js';
import { oneLine } from '../core/text.js';

/** Problems that the message lists. */
const MAX_LISTED = 20;
const MAX_PROBLEM = 400;

/** The network contradicts itself; `problems` lists every contradiction that was found. */
export class InvalidNetworkError extends GenAccelError {
  readonly problems: readonly string[];

  constructor(network: string, problems: readonly string[]) {
    const rest = problems.length - MAX_LISTED;
    const listed = problems.slice(0, MAX_LISTED).map((problem) => oneLine(problem, MAX_PROBLEM));
    const list = [...listed, ...(rest > 0 ? [`and ${rest} more`] : [])].map((problem) => `\n  - ${problem}`).join('');
    super('E_NETWORK_INVALID', 'input', {
      where: `network ${network}`,
      found: `${problems.length} problem${problems.length === 1 ? '' : 's'}:${list}\n`,
      expected: 'operators, shapes and quantization that agree, within the limits of docs/models.md',
      remedy: 'Correct the model, or export it again with batch 1.',
    });
    this.problems = problems;
  }
}

/** A name was given that no operator has. */
export class UnknownOpError extends GenAccelError {
  constructor(where: string, found: string, names: readonly string[]) {
    super('E_UNKNOWN_LAYER', 'input', {
      where,
      found: `no layer is named ${JSON.stringify(found)}`,
      expected: `one of ${names.join(', ')}`,
      remedy: 'Use one of these names.',
    });
  }
}
