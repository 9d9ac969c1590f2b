// SPDX-License-Identifier: Apache-2.0
/** Owns how the channels of a structured row are cut: by the method of the other rows, in multiples that the array profits from. */
import type { AccelConfig } from '../arch/config.js';
import type { ChannelCut } from '../compare/row-spec.js';
import type { FloatNetwork } from '../float/network.js';
import { pruneChannels } from '../prune/channels/index.js';
import type { PruningMethod } from '../prune/methods/method.js';

/** Magnitude cuts by weights alone; every other method by what a channel costs on the calibration inputs. Throws ChannelShareError. */
export const cutChannels = ({ pes, group }: AccelConfig, calibration: readonly Float32Array[], method: PruningMethod, seed: number, onProgress: (layer: string) => void) =>
  (network: FloatNetwork, { share, of }: ChannelCut): FloatNetwork =>
    pruneChannels(network, { share, of, inMultiple: group, outMultiple: pes, seed, ...(method.needs === 'weights' ? {} : { calibration }), onProgress: ({ layer }) => onProgress(layer) }).network;
