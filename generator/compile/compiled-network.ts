// SPDX-License-Identifier: Apache-2.0
/** Owns the result of compilation: what a host needs to run a network on the core. */
import type { AccelConfig } from '../arch/config.js';
import type { Network, Op, TensorId } from '../graph/network.js';
import type { Instruction, StreamBuffer } from './instruction.js';
import type { TensorLayout } from './layout.js';
import type { LayerTiling } from './tiling.js';

/** One program run: from START to the interrupt. */
export interface Segment {
  readonly index: number;
  /** Byte offset from BASE, the PROGRAM register; multiple of the bus width. */
  readonly programAddress: number;
  readonly programBytes: number;
  readonly instructions: readonly Instruction[];
  /** The pass that each instruction works for; END works for none. */
  readonly instructionLayers: readonly (string | undefined)[];
  /** Names of its passes (CompiledLayer.name), in order. */
  readonly layers: readonly string[];
}

export type Step =
  | { readonly kind: 'array'; readonly segment: Segment }
  /** The host reads the operator's inputs from memory and writes its output there (`packTensor`, `unpackTensor`). */
  | { readonly kind: 'host'; readonly op: Op }
  /** Nothing to do: the output has the address of the input. */
  | { readonly kind: 'alias'; readonly op: Op };

/**
 * Where an operator is computed. `drain`: behind the array, with the operator before it; `pool`: in the maximum of the
 * activation words; `memory`: by its place alone.
 */
export type Place = 'array' | 'drain' | 'pool' | 'memory' | 'host';

/** One pass of the array. */
export interface CompiledLayer {
  /** Name of its first operator, with `.2`, `.3` for further passes of it. */
  readonly name: string;
  /** Operators that it computes. */
  readonly ops: readonly string[];
  readonly inputId: TensorId;
  readonly operandId: TensorId | undefined;
  readonly outputId: TensorId;
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
  /** The library that it has in the pattern table, by number, and its words; layers may share one. */
  readonly patterns: { readonly library: number; readonly words: number } | undefined;
  /** Bytes of its streams in memory, pattern libraries excluded. */
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
  /** Images that one run computes; that of image b is `imageLayout(tensors[id], b)`. */
  readonly batch: number;
  /** Layout of every activation tensor, by tensor id; behind them places of copies and of further images. */
  readonly tensors: readonly TensorLayout[];
  /** Tensors that memory holds after a run: those inside a fused pass are never written. */
  readonly stored: ReadonlySet<TensorId>;
  /** By operator name. */
  readonly places: ReadonlyMap<string, Place>;
  /** Bytes of all streams in memory by buffer, shared ones once. */
  readonly streamBytes: Readonly<Record<StreamBuffer, number>>;
  /** Memory from BASE on: programs, streams, zeroed activations. */
  readonly image: Uint8Array;
}
