// SPDX-License-Identifier: Apache-2.0
/** Owns the float network while it grows: tensors, operators, changes of layout, and the scales that QuantizeLinear states. */

import { DefectError } from '../../core/errors.js';
import { createFloatOpNamer, NO_REAL_CLAMP, type FloatOp } from '../../float/network.js';
import { withoutUnusedTensors } from '../../float/query.js';
import type { Quantization, TensorId } from '../../graph/network.js';
import { formatShape, shapesEqual, type Shape } from '../../tensor/tensor.js';
import type { BuiltNetwork, NewOp } from './built-network.js';
import type { Growth } from './growth.js';
import { TensorList } from './tensor-list.js';
import { FILLER, inOwnOrder, physicalShape, sizeAt, upTo, wideDims, type ActivationValue, type Grid } from './values.js';

interface Entry {
  readonly op: NewOp;
  readonly output: TensorId;
  readonly grid: Grid | undefined;
}

/** Operators that compute nothing. */
const HANDS_ON: ReadonlySet<NewOp['kind']> = new Set<NewOp['kind']>(['reshape', 'transpose', 'slice', 'pad', 'concatenation', 'max-pool', 'resize-nearest', 'relu']);

const sameDims = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && a.every((dim, i) => dim === b[i]);

const sameQuantization = (a: Quantization, b: Quantization): boolean => a.scale === b.scale && a.zeroPoint === b.zeroPoint;

export class NetworkBuilder {
  private readonly tensors = new TensorList();
  private readonly entries: Entry[] = [];
  private readonly writers = new Map<TensorId, Entry>();
  private readonly unrounded = new Map<TensorId, Quantization>();
  private readonly places = new Map<TensorId, string>();
  private readonly layouts = new Map<string, TensorId>();
  private readonly quantizations = new Map<TensorId, Quantization>();
  /** Tensors that hold another activation's values row-major, and that activation. */
  readonly flattened = new Map<TensorId, ActivationValue>();
  /** Outputs of hard sigmoids with slope 1/6 and offset 1/2, and their inputs. */
  readonly hardSigmoids = new Map<TensorId, ActivationValue>();

  constructor(readonly growth: Growth) {}

  constant(name: string, shape: Shape, values: Float32Array): TensorId {
    this.growth.spend(values.length);
    return this.tensors.add(name, shape, values);
  }

  input(name: string, shape: Shape, dims: readonly number[], type: string): ActivationValue {
    const id = this.tensors.add(name, physicalShape(shape, dims));
    return { kind: 'activation', id, shape, dims, ...(type === 'float32' ? {} : { integer: { type, quantization: undefined } }) };
  }

  /** Adds an operator; `physical` is the shape of its output tensor. */
  emit(op: NewOp, name: string, physical: Shape, grid?: Grid): TensorId {
    this.growth.operator();
    this.growth.activation(physical);
    if ('weights' in op) this.growth.spend(op.weights.data.length);
    const output = this.tensors.add(name, physical);
    const entry: Entry = { op, output, grid };
    this.entries.push(entry);
    this.writers.set(output, entry);
    this.places.set(output, this.growth.place.replace(/^ONNX /, ''));
    return output;
  }

  shapeOf(id: TensorId): Shape {
    return this.tensors.shapeOf(id);
  }

  /** The tensor that was reshaped, maybe several times, to become this one. */
  beforeReshapes(id: TensorId): TensorId {
    const op = this.writers.get(id)?.op;
    if (op?.kind !== 'reshape') return id;
    const [own, before] = [this.quantizations.get(id), this.quantizations.get(op.inputs[0])];
    return own === undefined || (before !== undefined && sameQuantization(own, before)) ? this.beforeReshapes(op.inputs[0]) : id;
  }

  /** The same values in memory, in another shape. */
  reshape(id: TensorId, physical: Shape): TensorId {
    if (shapesEqual(this.shapeOf(id), physical)) return id;
    const source = this.beforeReshapes(id);
    if (shapesEqual(this.shapeOf(source), physical)) return source;
    return this.moved(`reshape ${source} ${formatShape(physical)}`, source, () => this.emit({ kind: 'reshape', inputs: [source] }, `${this.tensors.nameOf(source)}/reshaped`, physical));
  }

  private transpose(id: TensorId, permutation: readonly number[]): TensorId {
    if (permutation.every((from, to) => from === to)) return id;
    const physical = permutation.map((d) => this.shapeOf(id)[d] as number);
    return this.moved(`transpose ${id} ${permutation.join()}`, id, () => this.emit({ kind: 'transpose', inputs: [id], permutation }, `${this.tensors.nameOf(id)}/transposed`, physical));
  }

  /** A tensor of the same values; what has been moved once is not moved again. */
  private moved(key: string, from: TensorId, make: () => TensorId): TensorId {
    const known = this.layouts.get(key);
    if (known !== undefined) return known;
    const id = make();
    this.layouts.set(key, id);
    const quantization = this.quantizations.get(from);
    if (quantization !== undefined) this.quantizations.set(id, quantization);
    return id;
  }

  /** The same value with other dimensions in memory; `dims` names every dimension of more than 1, and first one of size 1. */
  arrange(value: ActivationValue, dims: readonly number[]): ActivationValue {
    const { shape, id } = value;
    if (sameDims(value.dims, dims)) return value;
    const target = physicalShape(shape, dims);
    const [from, to] = [wideDims(shape, value.dims), wideDims(shape, dims)];
    if (target[0] !== 1 || from.length !== to.length) throw new DefectError('arrange', `${formatShape(shape)} as ${dims.join()} from ${value.dims.join()}`);
    if (sameDims(from, to)) return { ...value, id: this.reshape(id, target), dims };
    const isSameRank = dims.length === value.dims.length;
    const source = isSameRank ? value.dims : [...dims.slice(from.length).map(() => FILLER), ...from];
    const start = isSameRank ? id : this.reshape(id, physicalShape(shape, source));
    const narrow = upTo(source.length).filter((p) => sizeAt(shape, source[p] as number) === 1);
    const permutation = dims.map((dim) => (sizeAt(shape, dim) > 1 ? source.indexOf(dim) : (narrow.shift() as number)));
    return { ...value, id: this.transpose(start, permutation), dims };
  }

  /** The same value with all of its dimensions named, those in `touched` not in the first place of memory. */
  spread(value: ActivationValue, touched: readonly number[]): ActivationValue {
    const { shape } = value;
    const missing = upTo(shape.length).filter((dim) => !value.dims.includes(dim));
    let dims = value.dims.map((dim) => (dim === FILLER ? (missing.shift() ?? FILLER) : dim));
    dims = [...missing, ...dims];
    const first = dims[0] ?? FILLER;
    if (dims.length === 0 || (first !== FILLER && (touched.includes(first) || sizeAt(shape, first) > 1))) dims = [FILLER, ...dims];
    return this.arrange(value, dims);
  }

  /** Row-major as in ONNX. */
  ownOrder(value: ActivationValue): ActivationValue {
    return this.arrange(value, inOwnOrder(value.shape));
  }

  quantizationOf(id: TensorId): Quantization | undefined {
    return this.quantizations.get(id);
  }

  get hasScales(): boolean {
    return this.quantizations.size > 0;
  }

  /** The value with this scale and zero point: the tensor itself while it has no other, else a copy. */
  quantized(value: ActivationValue, quantization: Quantization): ActivationValue {
    const known = this.quantizations.get(value.id);
    if (known !== undefined && sameQuantization(known, quantization)) return value;
    const id = known === undefined ? value.id : this.emit({ kind: 'relu', inputs: [value.id], ...NO_REAL_CLAMP }, `${this.tensors.nameOf(value.id)}/requantized`, this.shapeOf(value.id));
    this.quantizations.set(id, quantization);
    return { ...value, id };
  }

  /**
   * The value with one of several scales that it is rounded to: computed again for this one, so that each rounds the sums themselves.
   * An input of the network has the first scale, and is requantized to the others.
   */
  quantizedApart(value: ActivationValue, quantization: Quantization): ActivationValue {
    const id = this.again(value.id);
    if (id === value.id) return this.quantized(value, quantization);
    if (!this.unrounded.has(value.id)) this.unrounded.set(value.id, quantization);
    this.quantizations.set(id, quantization);
    const source = this.flattened.get(value.id);
    if (source !== undefined) this.flattened.set(id, this.quantizedApart(source, quantization));
    return { ...value, id };
  }

  /** Another tensor with these values; what hands them on from operators that compute is made again too. */
  private again(id: TensorId): TensorId {
    const found = new Set<TensorId>();
    for (const open = [id]; open.length > 0;) {
      const at = open.pop() as TensorId;
      const entry = this.writers.get(at);
      if (entry === undefined || this.quantizations.has(at) || found.has(at)) continue;
      found.add(at);
      if (HANDS_ON.has(entry.op.kind)) open.push(...entry.op.inputs);
    }
    const copies = new Map<TensorId, TensorId>();
    // Ids rise in the order in which operators were added.
    for (const at of [...found].toSorted((a, b) => a - b)) {
      const { op, grid } = this.writers.get(at) as Entry;
      const inputs = HANDS_ON.has(op.kind) ? op.inputs.map((input) => copies.get(input) ?? input) : op.inputs;
      // An input of the network cannot be computed again.
      if (HANDS_ON.has(op.kind) && inputs.every((input, i) => input === op.inputs[i])) continue;
      copies.set(at, this.emit({ ...op, inputs } as NewOp, this.tensors.nameOf(at), this.shapeOf(at), grid));
    }
    return copies.get(id) ?? id;
  }

  /** The operators that outputs need, under their names. */
  finish(name: string, inputs: readonly TensorId[], outputs: readonly TensorId[]): BuiltNetwork {
    const needed = new Set<TensorId>(outputs);
    const kept = this.entries.toReversed().filter(({ op, output }) => {
      if (!needed.has(output)) return false;
      for (const id of op.inputs) needed.add(id);
      return true;
    }).toReversed();
    const namer = createFloatOpNamer();
    const grids = new Map<string, Grid>();
    const ops = kept.map(({ op, output, grid }) => {
      const named = { ...op, name: namer(op.kind), outputs: [output] as const } as FloatOp;
      if (grid !== undefined) grids.set(named.name, grid);
      return named;
    });
    const byName = <T>(map: ReadonlyMap<TensorId, T>): Map<string, T> => new Map([...map].map(([id, value]) => [this.tensors.nameOf(id), value]));
    return { network: withoutUnusedTensors({ name, tensors: this.tensors.all, ops, inputs, outputs }), quantizations: byName(this.quantizations), unrounded: byName(this.unrounded), grids, places: byName(this.places) };
  }
}
