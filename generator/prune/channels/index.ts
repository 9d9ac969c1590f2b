// SPDX-License-Identifier: Apache-2.0
/** Owns the public names of channel pruning, permutation and filter order. */

export { pruneChannels, type ChannelPruneOptions, type ChannelPruneResult } from './prune-channels.js';
export { ChannelShareError } from './errors.js';
export type { ClassReport } from './report.js';
