// SPDX-License-Identifier: Apache-2.0
/** Owns the legality of a program: run in order, no token queue is ever popped empty or filled beyond its capacity. */
import { TOKEN_CAPACITY } from '../arch/instructions.js';
import { GenAccelError } from '../core/errors.js';
import type { Instruction } from './instruction.js';
import { TOKEN_QUEUES, unitOf } from './tokens.js';

/** A program breaks the token rule; compiled programs never do. */
export class IllegalProgramError extends GenAccelError {
  constructor(at: number, found: string) {
    super('E_PROGRAM_ILLEGAL', 'defect', {
      where: `instruction ${at}`,
      found,
      expected: 'every pop after its push and at most 15 tokens in a queue',
      remedy: 'Please report it with the command that you ran.',
    });
  }
}

/** Runs the token flags in program order. Throws IllegalProgramError; every push is popped at the end. */
export function checkTokens(program: readonly Instruction[]): void {
  const counts = new Map(TOKEN_QUEUES.map((queue) => [queue, 0]));
  program.forEach((instruction, at) => {
    const unit = unitOf(instruction);
    for (const queue of TOKEN_QUEUES) {
      if (queue.consumer !== unit || !instruction.tokens[queue.pop]) continue;
      const count = counts.get(queue) as number;
      if (count === 0) throw new IllegalProgramError(at, `pops the empty queue ${queue.name}`);
      counts.set(queue, count - 1);
    }
    for (const queue of TOKEN_QUEUES) {
      if (queue.producer !== unit || !instruction.tokens[queue.push]) continue;
      const count = (counts.get(queue) as number) + 1;
      if (count > TOKEN_CAPACITY) throw new IllegalProgramError(at, `fills the queue ${queue.name} beyond ${TOKEN_CAPACITY}`);
      counts.set(queue, count);
    }
  });
  for (const [queue, count] of counts) {
    if (count > 0) throw new IllegalProgramError(program.length - 1, `${count} tokens are left in ${queue.name}`);
  }
  if (program.at(-1)?.kind !== 'end') throw new IllegalProgramError(program.length - 1, 'the program does not finish with END');
}
