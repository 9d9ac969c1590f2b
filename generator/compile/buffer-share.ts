// SPDX-License-Identifier: Apache-2.0
/** Owns the part of the buffers that a layer may use while it takes turns with its neighbour. */
import type { AccelConfig } from '../arch/config.js';

/** A part of the activation, weight, index, schedule and output buffers, in eighths of their depths. */
export interface BufferShare {
  readonly from: number;
  readonly to: number;
}

/** Of a whole buffer. */
export const EIGHTHS = 8;

/** Words of a buffer, `from` included, `to` not. */
export interface WordRange {
  readonly from: number;
  readonly to: number;
}

export const shareOfDepth = (depth: number, { from, to }: BufferShare): WordRange => ({ from: Math.floor((depth * from) / EIGHTHS), to: Math.floor((depth * to) / EIGHTHS) });

/** The depths that a layer finds; no share: all. */
export function shareOfConfig(config: AccelConfig, share: BufferShare | undefined): AccelConfig {
  if (share === undefined) return config;
  const words = (depth: number): number => {
    const { from, to } = shareOfDepth(depth, share);
    return to - from;
  };
  return { ...config, actDepth: words(config.actDepth), weightDepth: words(config.weightDepth), schedDepth: words(config.schedDepth), outDepth: words(config.outDepth) };
}
