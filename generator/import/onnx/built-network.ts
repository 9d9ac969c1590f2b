// SPDX-License-Identifier: Apache-2.0
/** Owns what a builder makes: the float network, and what is known of its integers. */

import type { FloatNetwork, FloatOp } from '../../float/network.js';
import type { Quantization } from '../../graph/network.js';
import type { Grid } from './values.js';

type WithoutPlace<O> = O extends FloatOp ? Omit<O, 'name' | 'outputs'> : never;

/** An operator before it has a name and an output. */
export type NewOp = WithoutPlace<FloatOp>;

/** A network, and what is known of its integers. */
export interface BuiltNetwork {
  readonly network: FloatNetwork;
  /** By tensor name. */
  readonly quantizations: ReadonlyMap<string, Quantization>;
  /** Grid of a weighted operator's weights, by operator name. */
  readonly grids: ReadonlyMap<string, Grid>;
  /** Scales of tensors that something reads unrounded and that are rounded to several scales: the first, by tensor name. */
  readonly unrounded: ReadonlyMap<string, Quantization>;
  /** The node that writes a tensor, in words, by the tensor's name. */
  readonly places: ReadonlyMap<string, string>;
}
