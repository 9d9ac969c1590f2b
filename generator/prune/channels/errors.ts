// SPDX-License-Identifier: Apache-2.0
/** Owns the typed errors of channel pruning and permutation. */

import { GenAccelError } from '../../core/errors.js';

/** A share of the cycles that no cut reaches. */
export class ChannelCyclesError extends GenAccelError {
  constructor(share: number, least: number) {
    super('E_CHANNEL_CYCLES', 'input', {
      where: '--channels', found: `cycles:${share}`, expected: `at least ${least.toFixed(3)}, which is left when every class of channels is as small as the array profits from`,
      remedy: `Use --channels cycles:${(Math.ceil(least * 100) / 100).toFixed(2)}, and --prune for the rest.`,
    });
  }
}

/** A share of the channels that is none. */
export class ChannelShareError extends GenAccelError {
  constructor(share: number | string, where = '--channels') {
    super('E_CHANNEL_SHARE', 'input', { where, found: `a share of ${share}`, expected: 'more than 0, at most 1', remedy: 'Use --channels 0.5 to keep about half of the channels.' });
  }
}
