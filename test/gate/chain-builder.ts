// SPDX-License-Identifier: Apache-2.0
/** Owns a short way to write networks operator by operator, with seeded weights and scales that spread every tensor over the int8 range. */
import type { Random } from '../../generator/core/random.js';
import { NO_CLAMP, OP_STEMS, type ActivationTensor, type Network, type Op, type OpKind, type Padding, type Quantization, type TensorId } from '../../generator/graph/network.js';
import { inferOutputShape, samePadding } from '../../generator/graph/shapes.js';
import { validateNetwork } from '../../generator/graph/validate.js';
import { imageSize, type Shape } from '../../generator/tensor/tensor.js';

/** Largest magnitude of a uniform random weight, and deviations in steps: of such a weight, of an activation. */
const MAX_WEIGHT = 64;
const WEIGHT_DEVIATION = 37;
const DEVIATION = 45;

export interface Window {
  readonly kernel: number;
  readonly stride?: number;
}

/** Each call appends an operator and returns its output. */
export class ChainBuilder {
  private readonly tensors: ActivationTensor[] = [];
  private readonly ops: Op[] = [];

  constructor(private readonly random: Random) {}

  input(height: number, width: number, channels: number): TensorId {
    return this.tensor('input', [1, height, width, channels], this.anyQuantization());
  }

  conv2d(input: TensorId, outChannels: number, window: Window): TensorId {
    const { channels } = this.size(input);
    return this.weighted('conv2d', input, [outChannels, window.kernel, window.kernel, channels], { ...this.same(input, window), groups: 1 });
  }

  depthwise(input: TensorId, window: Window): TensorId {
    const { channels } = this.size(input);
    return this.weighted('depthwise-conv2d', input, [channels, window.kernel, window.kernel, 1], { ...this.same(input, window), depthMultiplier: 1 });
  }

  fullyConnected(input: TensorId, outChannels: number): TensorId {
    return this.weighted('fully-connected', input, [outChannels, 1, 1, this.shape(input).reduce((a, b) => a * b, 1)], {});
  }

  /** Values keep their quantization. */
  pool(kind: 'max-pool' | 'average-pool', input: TensorId, window: Window): TensorId {
    const { dilationHeight, dilationWidth, ...slide } = this.same(input, window);
    void [dilationHeight, dilationWidth];
    return this.op(kind, [input], { ...slide, ...NO_CLAMP, filterHeight: window.kernel, filterWidth: window.kernel }, this.tensors[input] as Quantized);
  }

  mean(input: TensorId): TensorId {
    const { channels } = this.size(input);
    return this.op('mean', [input], {}, this.anyTensor(), [1, 1, 1, channels]);
  }

  leakyRelu(input: TensorId): TensorId {
    return this.op('leaky-relu', [input], { alpha: Math.fround(0.3) }, this.anyTensor());
  }

  logistic(input: TensorId): TensorId {
    return this.op('logistic', [input], {}, { quantization: { scale: 1 / 256, zeroPoint: -128 } });
  }

  /** Sum or product; `b` may be smaller. */
  join(kind: 'add' | 'mul', a: TensorId, b: TensorId): TensorId {
    return this.op(kind, [a, b], NO_CLAMP, this.anyTensor(), this.shape(a));
  }

  flatten(input: TensorId): TensorId {
    return this.op('reshape', [input], {}, this.tensors[input] as Quantized, [1, this.shape(input).reduce((a, b) => a * b, 1)]);
  }

  finish(name: string, output: TensorId): Network {
    return validateNetwork({ name, synthetic: true, tensors: this.tensors, ops: this.ops, inputs: [0], outputs: [output] });
  }

  private readonly shape = (id: TensorId): Shape => (this.tensors[id] as ActivationTensor).shape;
  private readonly size = (id: TensorId) => imageSize(this.shape(id));
  private readonly anyQuantization = (): Quantization => ({ scale: Math.fround(0.03 + 0.03 * this.random.next()), zeroPoint: this.random.integer(-30, 30) });
  private readonly anyTensor = (): Quantized => ({ quantization: this.anyQuantization() });

  private weighted(kind: OpKind, input: TensorId, shape: readonly [number, number, number, number], fields: object): TensorId {
    const [outChannels, height, width, inChannels] = shape;
    const deviation = WEIGHT_DEVIATION * DEVIATION * Math.sqrt(height * width * inChannels);
    const target = this.anyTensor();
    const { scale } = (this.tensors[input] as ActivationTensor).quantization;
    const weightScale = (DEVIATION * target.quantization.scale) / (deviation * scale);
    const weights = {
      name: `${kind}_${this.ops.length}/weights`, layout: 'OHWI', shape, zeroPoint: 0,
      data: Int8Array.from({ length: outChannels * height * width * inChannels }, () => this.random.integer(-MAX_WEIGHT, MAX_WEIGHT)),
      scales: Array.from({ length: outChannels }, () => Math.fround(weightScale * (0.6 + 0.8 * this.random.next()))),
    };
    const bias = Int32Array.from({ length: outChannels }, () => this.random.integer(-Math.round(deviation), Math.round(deviation)));
    const clamp = this.random.pick([NO_CLAMP, { activationMin: -100, activationMax: 90 }]);
    return this.op(kind, [input], { weights, bias, ...clamp, ...fields }, target, [1, outChannels]);
  }

  /** `declared`: the output's shape where the operator does not give it. */
  private op(kind: OpKind, inputs: readonly TensorId[], fields: object, { quantization }: Quantized, declared: Shape = []): TensorId {
    const id = this.tensors.length;
    const name = `${OP_STEMS[kind]}_${1 + this.ops.filter((op) => op.kind === kind).length}`;
    const op = { kind, name, inputs, outputs: [id], ...fields } as unknown as Op;
    this.ops.push(op);
    return this.tensor(name, inferOutputShape(op, inputs.map(this.shape), declared), quantization);
  }

  private tensor(name: string, shape: Shape, quantization: Quantization): TensorId {
    return this.tensors.push({ id: this.tensors.length, name, shape, quantization }) - 1;
  }

  private same(input: TensorId, { kernel, stride = 1 }: Window) {
    const { height, width } = this.size(input);
    const [top, bottom] = samePadding(height, kernel, stride);
    const [left, right] = samePadding(width, kernel, stride);
    const padding: Padding = { top, left, bottom, right };
    return { padding, strideHeight: stride, strideWidth: stride, dilationHeight: 1, dilationWidth: 1 };
  }
}

type Quantized = Pick<ActivationTensor, 'quantization'>;
