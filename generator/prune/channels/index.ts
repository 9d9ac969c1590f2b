// SPDX-License-Identifier: Apache-2.0
/** Owns the public names of channel pruning, permutation and filter order. */

export { pruneChannels, type ChannelPruneOptions, type ChannelPruneResult } from './prune-channels.js';
export { permuteChannels, type PermuteClass, type PermuteResult, type WeightScores } from './permute.js';
export { permuteForPlan } from './permute-constraints.js';
export { orderFilters, type FilterOrderResult } from './order-filters.js';
export { filterPatterns, patternOrder } from './pattern-order.js';
export { allowsAnyOrder, balancedPart, sharesByFilter } from './order-kinds.js';
export { ChannelCyclesError, ChannelShareError } from './errors.js';
export { calibrationScores } from './calibration-scores.js';
export type { ChannelProgress } from './by-cost.js';
export type { ClassReport } from './report.js';
