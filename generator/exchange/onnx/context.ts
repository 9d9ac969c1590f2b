// SPDX-License-Identifier: Apache-2.0
/** Owns what the writing of one operator works with: names of tensors in the file, and their other orders and shapes. */

import { floatTensorById } from '../../float/query.js';
import type { FloatNetwork, FloatOp } from '../../float/network.js';
import type { TensorId } from '../../graph/network.js';
import { shapesEqual, type Shape } from '../../tensor/tensor.js';
import type { GraphBuilder } from './graph-builder.js';
import { ints } from './graph-builder.js';
import { CHANNELS_FIRST, CHANNELS_LAST, fileShape, isImage, isSameInMemory, permuted } from './layout.js';

/** Where a tensor of the network is in the file: an image with its channels first, any other as it is. */
export class WritingContext {
  constructor(
    readonly network: FloatNetwork,
    readonly graph: GraphBuilder,
    readonly op: FloatOp,
    private readonly names: ReadonlyMap<TensorId, string>,
    /** False where every reader of the output takes it with a bias of its own. */
    readonly needsBias: boolean,
  ) {}

  shapeOf(id: TensorId): Shape {
    return floatTensorById(this.network, id).shape;
  }

  get inputShape(): Shape {
    return this.shapeOf(this.op.inputs[0] as TensorId);
  }

  get outputShape(): Shape {
    return this.shapeOf(this.op.outputs[0]);
  }

  get input(): string {
    return this.nameOf(this.op.inputs[0] as TensorId);
  }

  get output(): string {
    return this.nameOf(this.op.outputs[0]);
  }

  nameOf(id: TensorId): string {
    return this.names.get(id) as string;
  }

  /** A node between tensors of the network: gives the name of its output. */
  helper(type: string, what: string, inputs: readonly string[], attributes = {}): string {
    return this.graph.node(type, this.graph.unique(`${this.op.name}/${what}`), inputs, this.graph.unique(`${this.op.name}/${what}/output`), attributes);
  }

  /** The values row-major in the order of the network. */
  #ownOrder(name: string, shape: Shape): string {
    return isImage(shape) && !isSameInMemory(shape) ? this.helper('Transpose', 'channels_last', [name], { perm: ints(CHANNELS_LAST) }) : name;
  }

  /** The same values row-major in another shape. `name` and the result are as in the file. The first dimension, the batch, stays. */
  reshaped(name: string, from: Shape, to: Shape, output?: string): string {
    if (shapesEqual(from, to)) return output === undefined ? name : this.graph.node('Identity', this.op.name, [name], output);
    const own = this.#ownOrder(name, from);
    const isTurned = isImage(to) && !isSameInMemory(to);
    const target = this.graph.integers(`${this.op.name}/shape`, [0, ...(isTurned ? to : fileShape(to)).slice(1)]);
    const inputs = [own, target];
    if (!isTurned) return output === undefined ? this.helper('Reshape', 'reshaped', inputs) : this.graph.node('Reshape', this.op.name, inputs, output);
    const shaped = this.helper('Reshape', 'reshaped', inputs);
    const perm = { perm: ints(CHANNELS_FIRST) };
    return output === undefined ? this.helper('Transpose', 'channels_first', [shaped], perm) : this.graph.node('Transpose', this.op.name, [shaped], output, perm);
  }

  /** The tensor with dimensions of 1 before its own channels, until it has `rank` of them. */
  withRank(id: TensorId, rank: number): string {
    const tensor = floatTensorById(this.network, id);
    const { shape, constant } = tensor;
    const ones = Array.from({ length: Math.max(0, rank - shape.length) }, () => 1);
    if (constant === undefined) return this.reshaped(this.nameOf(id), shape, [shape[0] as number, ...ones, ...shape.slice(1)]);
    const full = [...ones, ...shape];
    return this.graph.floats(tensor.name, fileShape(full), isImage(full) ? permuted(constant, full, CHANNELS_FIRST) : constant);
  }

  /** The input as an image: 1 x C is one pixel. */
  get imageInput(): string {
    return this.withRank(this.op.inputs[0] as TensorId, 4);
  }
}
