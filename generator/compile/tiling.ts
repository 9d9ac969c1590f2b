// SPDX-License-Identifier: Apache-2.0
/** Owns what is decided for a layer, and what the decision needs to know besides the layer; choose-tiling decides. */
import type { AccelConfig } from '../arch/config.js';
import type { IndexFormat } from '../arch/index-decoder.js';
import type { Banding } from './banding.js';
import type { Band } from './geometry.js';
import type { Held } from './grouping.js';
import type { TileGroup } from './tile-group.js';
import type { TilingCost } from './tiling-cost.js';

/** Which loop over bands and groups is the outer one; chunks are always the innermost. */
export type LoopOrder = 'bands-outer' | 'groups-outer';

/** What is decided for a layer. */
export interface TilingChoice extends Banding {
  readonly order: LoopOrder;
  readonly held: Held;
  /** Every command loads the words and kernel rows of its own chunk or tiles; otherwise a band's input serves all. */
  readonly ownWindows: boolean;
  /** The operand's words likewise, of a group. */
  readonly ownOperand: boolean;
}

export interface LayerTiling extends TilingChoice {
  readonly bands: readonly Band[];
  readonly groups: readonly TileGroup[];
  /** The whole layer's weights stay in the buffers; otherwise every pass over the groups loads them. */
  readonly resident: boolean;
  readonly cost: TilingCost;
}

/** What the choice needs to know besides the layer. */
export interface TilingContext {
  readonly config: AccelConfig;
  readonly format: IndexFormat;
  /** The first layer of a program has nothing to hide its first loads behind. */
  readonly startsProgram: boolean;
  /** Bytes of a pixel in memory, by tensor, where they are known. */
  readonly pixelBytes?: ((tensorId: number) => number) | undefined;
  /**
   * Its commands take turns with those of a neighbour: band after band, each in a place of its own inside the depths of `config`. A `filler` has its transfers
   * while the other one's steps are computed.
   */
  readonly takesTurns?: 'leader' | 'filler';
}
