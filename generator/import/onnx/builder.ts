// SPDX-License-Identifier: Apache-2.0
/** Owns the float network while it grows: tensors, operators, changes of layout, and the scales that QuantizeLinear states. */

import { DefectError } from '../../core/errors.js';
import { oneLine } from '../../core/text.js';
import { createFloatOpNamer, NO_REAL_CLAMP, type FloatNetwork, type FloatOp, type FloatTensor } from '../../float/network.js';
import { withoutUnusedTensors } from '../../float/query.js';
import type { Quantization, TensorId } from '../../graph/network.js';
import { formatShape, shapesEqual, type Shape } from '../../tensor/tensor.js';
import type { Growth } from './growth.js';
import { FILLER, inOwnOrder, physicalShape, sizeAt, upTo, wideDims, type ActivationValue, type Grid } from './values.js';

type WithoutPlace<O> = O extends FloatOp ? Omit<O, 'name' | 'outputs'> : never;

/** An operator before it has a name and an output. */
export type NewOp = WithoutPlace<FloatOp>;

interface Entry {
  readonly op: NewOp;
  readonly output: TensorId;
  readonly grid: Grid | undefined;
}

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

/** Operators that compute nothing. */
const HANDS_ON: ReadonlySet<NewOp['kind']> = new Set<NewOp['kind']>(['reshape', 'transpose', 'slice', 'pad', 'concatenation', 'max-pool', 'resize-nearest', 'relu']);

const sameDims = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && a.every((dim, i) => dim === b[i]);

const sameQuantization = (a: Quantization, b: Quantization): boolean => a.scale === b.scale && a.zeroPoint === b.zeroPoint;

export class NetworkBuilder {
  private readonly tensors: FloatTensor[] = [];
  private readonly entries: Entry[] = [];
  private readonly writers = new Map<TensorId, Entry>();
  private readonly unrounded = new Map<TensorId, Quantization>();
  private readonly places = new Map<TensorId, string>();
  /** Names that are taken, and the last number behind each. */
  private readonly names = new Map<string, number>();
  private readonly layouts = new Map<string, TensorId>();
  private readonly quantizations = new Map<TensorId, Quantization>();
  /** Tensors that hold another activation's values row-major, and that activation. */
  readonly flattened = new Map<TensorId, ActivationValue>();
  /** Outputs of hard sigmoids with slope 1/6 and offset 1/2, and their inputs. */
  readonly hardSigmoids = new Map<TensorId, ActivationValue>();

  constructor(readonly growth: Growth) {}

  private uniqueName(name: string): string {
    let unique = name;
    let n = this.names.get(name) ?? 1;
    while (this.names.has(unique)) unique = `${name}/${++n}`;
    this.names.set(name, n);
    this.names.set(unique, this.names.get(unique) ?? 1);
    return unique;
  }

  private addTensor(name: string, shape: Shape, constant?: Float32Array): TensorId {
    const unique = this.uniqueName(oneLine(name));
    return this.tensors.push({ id: this.tensors.length, name: unique, shape, ...(constant === undefined ? {} : { constant }) }) - 1;
  }

  constant(name: string, shape: Shape, values: Float32Array): TensorId {
    this.growth.spend(values.length);
    return this.addTensor(name, shape, values);
  }

  input(name: string, shape: Shape, dims: readonly number[], type: string): ActivationValue {
    const id = this.addTensor(name, physicalShape(shape, dims));
    return { kind: 'activation', id, shape, dims, ...(type === 'float32' ? {} : { integer: { type, quantization: undefined } }) };
  }

  /** Adds an operator; `physical` is the shape of its output tensor. */
  emit(op: NewOp, name: string, physical: Shape, grid?: Grid): TensorId {
    this.growth.operator();
    this.growth.activation(physical);
    if ('weights' in op) this.growth.spend(op.weights.data.length);
    const output = this.addTensor(name, physical);
    const entry: Entry = { op, output, grid };
    this.entries.push(entry);
    this.writers.set(output, entry);
    this.places.set(output, this.growth.place.replace(/^ONNX /, ''));
    return output;
  }

  nameOf(id: TensorId): string {
    return this.tensors[id]?.name ?? '';
  }

  shapeOf(id: TensorId): Shape {
    const tensor = this.tensors[id];
    if (tensor === undefined) throw new DefectError('NetworkBuilder', `tensor ${id} does not exist`);
    return tensor.shape;
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
    return this.moved(`reshape ${source} ${formatShape(physical)}`, source, () => this.emit({ kind: 'reshape', inputs: [source] }, `${this.nameOf(source)}/reshaped`, physical));
  }

  private transpose(id: TensorId, permutation: readonly number[]): TensorId {
    if (permutation.every((from, to) => from === to)) return id;
    const physical = permutation.map((d) => this.shapeOf(id)[d] as number);
    return this.moved(`transpose ${id} ${permutation.join()}`, id, () => this.emit({ kind: 'transpose', inputs: [id], permutation }, `${this.nameOf(id)}/transposed`, physical));
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
    const id = known === undefined ? value.id : this.emit({ kind: 'relu', inputs: [value.id], ...NO_REAL_CLAMP }, `${this.nameOf(value.id)}/requantized`, this.shapeOf(value.id));
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
    const entry = this.writers.get(id);
    if (entry === undefined || this.quantizations.has(id)) return id;
    const { op, grid } = entry;
    const inputs = HANDS_ON.has(op.kind) ? op.inputs.map((input) => this.again(input)) : op.inputs;
    // An input of the network cannot be computed again.
    if (HANDS_ON.has(op.kind) && inputs.every((input, i) => input === op.inputs[i])) return id;
    return this.emit({ ...op, inputs } as NewOp, this.nameOf(id), this.shapeOf(id), grid);
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
    const byName = <T>(map: ReadonlyMap<TensorId, T>): Map<string, T> => new Map([...map].map(([id, value]) => [this.nameOf(id), value]));
    return { network: withoutUnusedTensors({ name, tensors: this.tensors, ops, inputs, outputs }), quantizations: byName(this.quantizations), unrounded: byName(this.unrounded), grids, places: byName(this.places) };
  }
}
