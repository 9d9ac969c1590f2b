// SPDX-License-Identifier: Apache-2.0
/** Owns what pruning of channels says of each class, in plain data. */

import type { ChannelClass } from './classes.js';

export interface ClassReport {
  /** Operators that give these channels; empty: they are the network's input. */
  readonly writers: readonly string[];
  /** Convolutions and fully connected layers that read them. */
  readonly readers: readonly string[];
  readonly kept: number;
  readonly of: number;
  /** Why all stay; null where some were cut. */
  readonly reason: string | null;
}

export function classReport({ writers, readers, labels, reason }: ChannelClass, kept: number, multiple: number): ClassReport {
  const of = labels.length;
  const stays = of <= multiple ? `${of} channels are one multiple of ${multiple} at most` : 'the share rounds to all of them';
  return { writers, readers, kept, of, reason: kept < of ? null : (reason ?? stays) };
}
