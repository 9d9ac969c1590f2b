// SPDX-License-Identifier: Apache-2.0
/** Owns seeded random layers with scales chosen so that activations neither saturate nor die. */

import type { Random } from '../core/random.js';
import { imageSize, type Shape } from '../tensor/tensor.js';
import {
  NO_CLAMP,
  NO_PADDING,
  type ActivationTensor,
  type Network,
  type Op,
  type OpKind,
  type Quantization,
  type TensorId,
  type Weights,
} from './network.js';
import { createOpNamer } from './query.js';
import { inferOutputShape } from './shapes.js';

/** Steps of the int8 range that one standard deviation of a layer's output covers. */
const OUTPUT_DEVIATION = 40;
const OUTPUT_VARIANCE = OUTPUT_DEVIATION * OUTPUT_DEVIATION;
/** Standard deviation of random weights, and their bound. */
const WEIGHT_DEVIATION = 40;

/** Sum of twelve uniforms less six: close to a normal variate, from integer arithmetic alone. */
function normal(random: Random): number {
  let sum = -6;
  for (let i = 0; i < 12; i++) sum += random.next();
  return sum;
}

const int8 = (value: number): number => Math.min(127, Math.max(-127, Math.round(value)));

/** Random weights with one scale per output channel, around `scale` and up to a factor of 2 apart. */
function randomWeights(random: Random, name: string, shape: Weights['shape'], scale: number, zeroPoint: number): Weights {
  const data = new Int8Array(shape[0] * shape[1] * shape[2] * shape[3]);
  for (let i = 0; i < data.length; i++) data[i] = int8(zeroPoint + normal(random) * WEIGHT_DEVIATION);
  const scales = Array.from({ length: shape[0] }, () => Math.fround(scale * (0.65 + 0.7 * random.next())));
  return { name, layout: 'OHWI', shape, data, scales, zeroPoint };
}

/** What the builder knows of a tensor's values: E[(q - zeroPoint)^2], in steps squared. */
interface Statistics {
  readonly meanSquare: number;
}

export interface WeightedSpec {
  readonly input: TensorId;
  readonly outChannels: number;
  /** `relu` clamps at the zero point, which is then -128. `none` has a random zero point. */
  readonly activation: 'none' | 'relu' | 'clamp';
  /** Multiplies the effective scale: above 1 the outputs saturate, below 1 they stay small. */
  readonly gain?: number;
  /** 0 when absent. */
  readonly weightZeroPoint?: number;
}

type ConvFields = 'padding' | 'strideHeight' | 'strideWidth' | 'dilationHeight' | 'dilationWidth';

export interface SpatialSpec extends WeightedSpec, Pick<Extract<Op, { kind: 'conv2d' }>, ConvFields> {
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  /** Of a convolution that is not depthwise: 1 when absent. */
  readonly groups?: number;
}

/** Collects tensors and operators of a random network; every call draws from one seeded generator. */
export class RandomNetworkBuilder {
  private readonly tensors: ActivationTensor[] = [];
  private readonly statistics: Statistics[] = [];
  private readonly ops: Op[] = [];
  private readonly opName = createOpNamer();

  constructor(private readonly random: Random) {}

  /** An input of uniform int8 values. */
  input(shape: Shape, quantization: Quantization): TensorId {
    const mean = -0.5 - quantization.zeroPoint;
    return this.tensor('input', shape, quantization, 5461 + mean * mean);
  }

  conv2d(spec: SpatialSpec): TensorId {
    const groups = spec.groups ?? 1;
    const shape = [spec.outChannels, spec.kernelHeight, spec.kernelWidth, this.channels(spec.input) / groups] as const;
    return this.weighted('conv2d', spec, shape, { ...spatialFields(spec), groups });
  }

  /** `outChannels` is a multiple of the input's channels. */
  depthwise(spec: SpatialSpec): TensorId {
    const shape = [spec.outChannels, spec.kernelHeight, spec.kernelWidth, 1] as const;
    const depthMultiplier = spec.outChannels / this.channels(spec.input);
    return this.weighted('depthwise-conv2d', spec, shape, { ...spatialFields(spec), depthMultiplier });
  }

  fullyConnected(spec: WeightedSpec): TensorId {
    const inputs = this.shape(spec.input).reduce((a, b) => a * b, 1);
    return this.weighted('fully-connected', spec, [spec.outChannels, 1, 1, inputs], {});
  }

  /** Sum followed by ReLU. */
  addRelu(a: TensorId, b: TensorId): TensorId {
    const real = this.variance(a) + this.variance(b);
    const scale = Math.fround(Math.sqrt(real) / OUTPUT_DEVIATION);
    const name = this.opName('add');
    const output = this.tensor(name, this.shape(a), { scale, zeroPoint: -128 }, OUTPUT_VARIANCE / 2);
    this.ops.push({ kind: 'add', name, inputs: [a, b], outputs: [output], ...NO_CLAMP });
    return output;
  }

  /** The mean of each channel. */
  globalAveragePool(input: TensorId): TensorId {
    const { height, width, channels } = imageSize(this.shape(input));
    const name = this.opName('average-pool');
    // The mean of a rectified normal variate is 0.4 deviations, its mean square half a variance.
    const output = this.tensor(name, [1, 1, 1, channels], this.quantization(input), 0.32 * this.meanSquare(input));
    this.ops.push({
      kind: 'average-pool', name, inputs: [input], outputs: [output], filterHeight: height, filterWidth: width,
      strideHeight: height, strideWidth: width, padding: NO_PADDING, ...NO_CLAMP,
    });
    return output;
  }

  maxPool(input: TensorId, window: Pick<SpatialSpec, 'padding' | 'strideHeight' | 'strideWidth'> & { readonly filterHeight: number; readonly filterWidth: number }): TensorId {
    const name = this.opName('max-pool');
    const op: Op = { kind: 'max-pool', name, inputs: [input], outputs: [this.tensors.length], ...window, ...NO_CLAMP };
    // The largest of nine rectified normal variates is about 1.5 deviations.
    const output = this.tensor(name, inferOutputShape(op, [this.shape(input)], []), this.quantization(input), 4 * this.meanSquare(input));
    this.ops.push(op);
    return output;
  }

  reshape(input: TensorId, shape: Shape): TensorId {
    const name = this.opName('reshape');
    const output = this.tensor(name, shape, this.quantization(input), this.meanSquare(input));
    this.ops.push({ kind: 'reshape', name, inputs: [input], outputs: [output] });
    return output;
  }

  softmax(input: TensorId): TensorId {
    const name = this.opName('softmax');
    const output = this.tensor(name, this.shape(input), { scale: 1 / 256, zeroPoint: -128 }, 0);
    this.ops.push({ kind: 'softmax', name, inputs: [input], outputs: [output], beta: 1 });
    return output;
  }

  finish(name: string, input: TensorId, output: TensorId): Network {
    return { name, synthetic: true, tensors: this.tensors, ops: this.ops, inputs: [input], outputs: [output] };
  }

  shape(id: TensorId): Shape {
    return (this.tensors[id] as ActivationTensor).shape;
  }

  private weighted(kind: OpKind, spec: WeightedSpec, shape: Weights['shape'], fields: object): TensorId {
    const name = this.opName(kind);
    const deviation = WEIGHT_DEVIATION * Math.sqrt(shape[1] * shape[2] * shape[3] * this.meanSquare(spec.input));
    // An accumulator's deviation becomes OUTPUT_DEVIATION steps of a scale drawn around 0.06.
    const scale = Math.fround(0.04 + 0.04 * this.random.next());
    const effective = ((spec.gain ?? 1) * OUTPUT_DEVIATION) / deviation;
    const weightScale = (effective * scale) / this.quantization(spec.input).scale;
    const weights = randomWeights(this.random, `${name}/weights`, shape, weightScale, spec.weightZeroPoint ?? 0);
    const bias = Int32Array.from({ length: shape[0] }, () => Math.round(normal(this.random) * deviation * 0.3));
    const relu = spec.activation === 'relu';
    const zeroPoint = relu ? -128 : this.random.integer(-30, 30);
    const clamp = spec.activation === 'clamp'
      ? { activationMin: this.random.integer(-110, zeroPoint - 25), activationMax: this.random.integer(zeroPoint + 25, 110) }
      : NO_CLAMP;
    const op = { kind, name, inputs: [spec.input], outputs: [this.tensors.length], weights, bias, ...clamp, ...fields } as unknown as Op;
    const output = inferOutputShape(op, [this.shape(spec.input)], []);
    const id = this.tensor(name, output, { scale, zeroPoint }, OUTPUT_VARIANCE / (relu ? 2 : 1));
    this.ops.push(op);
    return id;
  }

  private tensor(name: string, shape: Shape, quantization: Quantization, meanSquare: number): TensorId {
    const id = this.tensors.length;
    this.tensors.push({ id, name, shape, quantization });
    this.statistics.push({ meanSquare });
    return id;
  }

  private channels(id: TensorId): number {
    return imageSize(this.shape(id)).channels;
  }

  private quantization(id: TensorId): Quantization {
    return (this.tensors[id] as ActivationTensor).quantization;
  }

  private meanSquare(id: TensorId): number {
    return (this.statistics[id] as Statistics).meanSquare;
  }

  private variance(id: TensorId): number {
    const { scale } = this.quantization(id);
    return this.meanSquare(id) * (scale * scale);
  }
}

/** The fields of a convolution alone, without those of the request. */
function spatialFields(spec: SpatialSpec): Pick<SpatialSpec, ConvFields> {
  const { padding, strideHeight, strideWidth, dilationHeight, dilationWidth } = spec;
  return { padding, strideHeight, strideWidth, dilationHeight, dilationWidth };
}
