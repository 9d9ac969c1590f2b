// SPDX-License-Identifier: Apache-2.0
/** Owns the tensors of a network that grows: ids in order, every name once. */

import { DefectError } from '../../core/errors.js';
import { oneLine } from '../../core/text.js';
import type { FloatTensor } from '../../float/network.js';
import type { TensorId } from '../../graph/network.js';
import type { Shape } from '../../tensor/tensor.js';

export class TensorList {
  readonly all: FloatTensor[] = [];
  /** Names that are taken, and the last number behind each. */
  private readonly names = new Map<string, number>();

  private uniqueName(name: string): string {
    let unique = name;
    let n = this.names.get(name) ?? 1;
    while (this.names.has(unique)) unique = `${name}/${++n}`;
    this.names.set(name, n);
    this.names.set(unique, this.names.get(unique) ?? 1);
    return unique;
  }

  add(name: string, shape: Shape, constant?: Float32Array): TensorId {
    const unique = this.uniqueName(oneLine(name));
    return this.all.push({ id: this.all.length, name: unique, shape, ...(constant === undefined ? {} : { constant }) }) - 1;
  }

  nameOf(id: TensorId): string {
    return this.all[id]?.name ?? '';
  }

  shapeOf(id: TensorId): Shape {
    const tensor = this.all[id];
    if (tensor === undefined) throw new DefectError('TensorList', `tensor ${id} does not exist`);
    return tensor.shape;
  }
}
