// SPDX-License-Identifier: Apache-2.0
/** Owns the errors of synthesis. */
import { GenAccelError } from '../../generator/core/errors.js';

const SHOWN_LINES = 12;

/** E_SYNTHESIS: Yosys refused the design; the message shows the last lines that it printed. */
export class SynthesisError extends GenAccelError {
  readonly output: string;

  constructor(engine: string, found: string, output: string) {
    const lines = output.split('\n').filter((line) => line.trim() !== '').slice(-SHOWN_LINES);
    super('E_SYNTHESIS', 'tool', {
      where: engine,
      found,
      expected: 'the synthesis to succeed',
      remedy: lines.length === 0 ? 'It printed nothing.' : `It printed:${lines.map((line) => `\n  ${line}`).join('')}`,
    });
    this.output = output;
  }
}

/** E_SYNTHESIS_STOPPED: the caller's signal stopped it. */
export class SynthesisStoppedError extends GenAccelError {
  constructor(engine: string, options?: ErrorOptions) {
    super('E_SYNTHESIS_STOPPED', 'input', {
      where: engine,
      found: 'stopped on request',
      expected: 'time to finish',
      remedy: 'Run it again; a native Yosys (--yosys PATH) is faster.',
    }, options);
  }
}
