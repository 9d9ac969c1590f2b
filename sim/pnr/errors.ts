// SPDX-License-Identifier: Apache-2.0
/** Owns the errors of place and route. */
import { GenAccelError } from '../../generator/core/errors.js';

const SHOWN_LINES = 6;

/** E_PLACE_AND_ROUTE: nextpnr refused the design, as a rule because it does not fit; the message shows its errors. */
export class PlaceAndRouteError extends GenAccelError {
  readonly output: string;

  constructor(tool: string, found: string, output: string) {
    const printed = output.split('\n').filter((line) => line.trim() !== '');
    const errors = printed.filter((line) => /^ERROR/.test(line));
    const used = printed.filter((line) => /^Info:\s+\w+:\s+[0-9]+\/\s*[0-9]+\s+[0-9]{3,}%/.test(line) && !/\s100%/.test(line));
    const lines = [...(errors.length > 0 ? errors : printed.slice(-SHOWN_LINES)), ...used].slice(0, SHOWN_LINES);
    super('E_PLACE_AND_ROUTE', 'tool', {
      where: tool,
      found,
      expected: 'the design to be placed and routed',
      remedy: `${lines.length === 0 ? 'It printed nothing.' : `It printed:${lines.map((line) => `\n  ${line.trim().replace(/\s+/g, ' ')}`).join('')}`}\nA design that does not fit needs a larger --device, smaller buffers, fewer --pes or --block.`,
    });
    this.output = output;
  }
}
