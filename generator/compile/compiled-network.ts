// SPDX-License-Identifier: Apache-2.0
/** Owns the result of compilation: what a host needs to run a network on the core. */
import type { AccelConfig } from '../arch/config.js';
import type { Network, Op } from '../graph/network.js';
import type { Instruction } from './instruction.js';
import type { TensorLayout } from './layout.js';
import type { LayerTiling } from './tiling.js';

/** One program run: from START to the interrupt. */
export interface Segment {
  readonly index: number;
  /** Byte offset from BASE, the PROGRAM register; multiple of the bus width. */
  readonly programAddress: number;
  readonly programBytes: number;
  readonly instructions: readonly Instruction[];
  /** Names of its array layers, in order. */
  readonly layers: readonly string[];
}

export type Step =
  | { readonly kind: 'array'; readonly segment: Segment }
  /** The host reads the operator's inputs from memory and writes its output there (`packTensor`, `unpackTensor`). */
  | { readonly kind: 'host'; readonly op: Op }
  /** Nothing to do: the output has the address of the input. */
  | { readonly kind: 'alias'; readonly op: Op };

export interface CompiledLayer {
  readonly name: string;
  readonly segment: number;
  /** Largest count of the schedule that the mask asks for: K, or G when dense. */
  readonly maxCount: number;
  readonly dense: boolean;
  readonly tiling: LayerTiling;
  /** Output-channel tiles of P channels; bands; compute commands. */
  readonly tiles: number;
  readonly commands: number;
  /** Cycles of the compiled compute commands by the law, rounding of bands and lanes included, fill excluded. */
  readonly commandCycles: number;
  /** Bytes from BASE to its first weight word. */
  readonly weightAddress: number;
  /** Bytes of its streams in memory. */
  readonly streamBytes: number;
}

export interface CompiledNetwork {
  readonly network: Network;
  readonly config: AccelConfig;
  /** Hash of the configuration that the program belongs to. */
  readonly configHash: string;
  readonly steps: readonly Step[];
  readonly segments: readonly Segment[];
  readonly layers: readonly CompiledLayer[];
  /** Layout of every activation tensor, by tensor id. */
  readonly tensors: readonly TensorLayout[];
  /** Memory from BASE on: programs, streams, zeroed activations. */
  readonly image: Uint8Array;
}
