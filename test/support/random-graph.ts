// SPDX-License-Identifier: Apache-2.0
/** Owns seeded random networks of all operators, with fan-out, joins and inner outputs; knows no hardware. */
import { createRandom, type Random } from '../../generator/core/random.js';
import { NO_CLAMP, type ActivationTensor, type Network, type Op, type Quantization, type TensorId, type Weights } from '../../generator/graph/network.js';
import { createOpNamer } from '../../generator/graph/query.js';
import { inferOutputShape } from '../../generator/graph/shapes.js';
import { validateNetwork } from '../../generator/graph/validate.js';
import { elementCount, imageSize, shapesEqual, type Shape } from '../../generator/tensor/tensor.js';

const MAX_ELEMENTS = 1200;
const MAX_WEIGHTS = 12_000;
const PROBABILITY: Quantization = { scale: 1 / 256, zeroPoint: -128 };

type Move = (builder: GraphBuilder, from: TensorId) => TensorId | undefined;

/** Collects random operators; every method gives undefined where the tensor does not suit the operator. */
class GraphBuilder {
  readonly tensors: ActivationTensor[] = [];
  readonly ops: Op[] = [];
  readonly #name = createOpNamer();
  /** Few, so that concatenations find partners. */
  readonly #quantizations: readonly Quantization[];

  constructor(readonly random: Random) {
    this.#quantizations = [1, 2].map(() => ({ scale: Math.fround(0.015 + 0.03 * random.next()), zeroPoint: random.pick([-128, random.integer(-100, 100), 0]) }));
  }

  quantization = (): Quantization => this.random.pick([this.#quantizations[0]!, ...this.#quantizations]);
  shape = (id: TensorId): Shape => this.tensors[id]!.shape;
  own = (id: TensorId): Quantization => this.tensors[id]!.quantization;
  chance = (probability: number): boolean => this.random.next() < probability;

  tensor(shape: Shape, quantization: Quantization): TensorId {
    this.tensors.push({ id: this.tensors.length, name: `t${this.tensors.length}`, shape, quantization });
    return this.tensors.length - 1;
  }

  /** Adds an operator whose output has the inferred shape, or the declared one. */
  add(kind: Op['kind'], inputs: readonly TensorId[], quantization: Quantization, fields: object, declared: Shape = []): TensorId | undefined {
    const op = { kind, name: '', inputs, outputs: [this.tensors.length], ...fields } as unknown as Op;
    let shape: Shape;
    try {
      shape = inferOutputShape(op, inputs.map(this.shape), declared);
    } catch {
      return undefined;
    }
    if (elementCount(shape) > MAX_ELEMENTS) return undefined;
    this.ops.push({ ...op, name: this.#name(kind) } as Op);
    return this.tensor(shape, quantization);
  }

  /** A clamp as fused activations leave it. */
  clamp({ zeroPoint }: Quantization): object {
    return this.random.pick([NO_CLAMP, NO_CLAMP, { activationMin: zeroPoint, activationMax: 127 }, { activationMin: Math.max(-128, zeroPoint - 30), activationMax: Math.min(127, zeroPoint + 50) }]);
  }

  weighted(kind: Op['kind'], from: TensorId, shape: Weights['shape'], fields: object, declared: Shape = []): TensorId | undefined {
    const { random } = this;
    const count = elementCount(shape);
    if (count > MAX_WEIGHTS) return undefined;
    const output = this.quantization();
    const fan = count / shape[0];
    const zeroPoint = this.chance(0.15) ? random.integer(-60, 60) : 0;
    const scaleOf = (): number => Math.fround(((0.6 + 0.8 * random.next()) * output.scale) / (60 * Math.sqrt(fan) * this.own(from).scale));
    const weights: Weights = {
      name: 'w', layout: 'OHWI', shape, zeroPoint, data: Int8Array.from({ length: count }, () => random.integer(-127, 127)),
      scales: this.chance(0.3) ? [scaleOf()] : Array.from({ length: shape[0] }, scaleOf),
    };
    const bias = Int32Array.from({ length: shape[0] }, () => random.integer(-2000, 2000));
    return this.add(kind, [from], output, { weights, bias, ...this.clamp(output), ...fields, ...(this.chance(0.1) ? { legacyUint8: true } : {}) }, declared);
  }

  /** Padding before and behind for a window of this extent. */
  sides(extent: number, input: number, stride: number): readonly [number, number] {
    const same = Math.max(0, (Math.ceil(input / stride) - 1) * stride + extent - input);
    return this.random.pick([[0, 0], [same >> 1, same - (same >> 1)], [this.random.integer(0, extent - 1), this.random.integer(0, extent - 1)]] as const);
  }

  window(from: TensorId, kernel: readonly [number, number], stride: readonly [number, number], dilation: readonly [number, number]): object {
    const { height, width } = imageSize(this.shape(from));
    const [top, bottom] = this.sides((kernel[0] - 1) * dilation[0] + 1, height, stride[0]);
    const [left, right] = this.sides((kernel[1] - 1) * dilation[1] + 1, width, stride[1]);
    return { padding: { top, bottom, left, right }, strideHeight: stride[0], strideWidth: stride[1] };
  }

  /** Another tensor (or the same) that this test accepts. */
  partner(accept: (id: TensorId) => boolean): TensorId | undefined {
    const fitting = this.tensors.map(({ id }) => id).filter(accept);
    return fitting.length === 0 ? undefined : this.random.pick(fitting);
  }
}

const size = (builder: GraphBuilder, id: TensorId): ReturnType<typeof imageSize> => imageSize(builder.shape(id));
const pairOf = ({ random }: GraphBuilder, high: number): readonly [number, number] => random.pick([[1, 1], [high, high], [random.integer(1, high), random.integer(1, high)]] as const);

function filter(builder: GraphBuilder, from: TensorId, kind: 'conv2d' | 'depthwise-conv2d', plain = false): TensorId | undefined {
  const { random } = builder;
  const { channels } = size(builder, from);
  const kernel = plain ? random.pick([[1, 1], [3, 3]] as const) : pairOf(builder, random.pick([2, 3, 4]));
  const dilation = plain ? [1, 1] as const : random.pick([[1, 1], [1, 1], [2, 2], [random.integer(1, 3), 1]] as const);
  const fields = {
    ...(plain
      ? { padding: { top: kernel[0] >> 1, bottom: kernel[0] >> 1, left: kernel[1] >> 1, right: kernel[1] >> 1 }, strideHeight: 1, strideWidth: 1 }
      : builder.window(from, kernel, pairOf(builder, 3), dilation)),
    dilationHeight: dilation[0], dilationWidth: dilation[1],
  };
  if (kind === 'depthwise-conv2d') {
    const depthMultiplier = plain ? 1 : random.pick([1, 1, 2, 3]);
    return builder.weighted(kind, from, [channels * depthMultiplier, ...kernel, 1], { ...fields, depthMultiplier });
  }
  const groups = plain ? 1 : random.pick([1, 1, 1, 2, 3, channels].filter((n) => channels % n === 0));
  return builder.weighted(kind, from, [plain ? channels : groups * random.integer(1, random.pick([4, 24])), ...kernel, channels / groups], { ...fields, groups });
}

const pool = (kind: 'average-pool' | 'max-pool'): Move => (builder, from) => {
  const { height, width } = size(builder, from);
  const whole = builder.chance(0.3);
  const [filterHeight, filterWidth] = whole ? [height, width] : pairOf(builder, 3);
  return builder.add(kind, [from], builder.own(from), {
    ...builder.window(from, [filterHeight, filterWidth], pairOf(builder, 3), [1, 1]), filterHeight, filterWidth, ...builder.clamp(builder.own(from)),
    ...(builder.chance(0.2) ? { legacyUint8: true } : {}),
  });
};

const elementwise = (kind: 'add' | 'mul'): Move => (builder, from) => {
  const shape = builder.shape(from);
  const channels = shape.at(-1);
  const fits = (id: TensorId): boolean => shapesEqual(builder.shape(id), shape);
  const repeats = (id: TensorId): boolean => builder.shape(id).length <= shape.length && builder.shape(id).every((dim, d, all) => dim === 1 || dim === shape[d + shape.length - all.length]);
  const other = builder.partner(builder.chance(0.5) ? fits : (id) => repeats(id) && builder.shape(id).at(-1) === channels) ?? from;
  const output = builder.quantization();
  return builder.add(kind, builder.chance(0.5) ? [from, other] : [other, from], output, builder.clamp(output));
};

const table: Move = (builder, from) => {
  const kind = builder.random.pick(['requantize', 'relu', 'leaky-relu', 'logistic', 'hard-swish'] as const);
  const output = kind === 'logistic' ? PROBABILITY : builder.quantization();
  return builder.add(kind, [from], output, kind === 'leaky-relu' ? { alpha: Math.fround(0.2) } : kind === 'relu' ? builder.clamp(output) : {});
};

const requantized = (builder: GraphBuilder, id: TensorId, to: Quantization): TensorId =>
  builder.own(id).scale === to.scale && builder.own(id).zeroPoint === to.zeroPoint ? id : (builder.add('requantize', [id], to, {}) as TensorId);

const concatenation: Move = (builder, from) => {
  const shape = builder.shape(from);
  const axis = builder.chance(0.6) ? shape.length - 1 : builder.random.integer(1, shape.length - 1);
  const fits = (id: TensorId): boolean => builder.shape(id).length === shape.length && builder.shape(id).every((dim, d) => d === axis || dim === shape[d]);
  const inputs = Array.from({ length: builder.random.integer(1, 3) }, () => builder.partner(fits) as TensorId);
  const at = builder.random.integer(0, inputs.length);
  const all = [...inputs.slice(0, at), from, ...inputs.slice(at)].map((id) => requantized(builder, id, builder.own(from)));
  return builder.add('concatenation', all, builder.own(from), { axis });
};

const pad: Move = (builder, from) => {
  const side = (shape: Shape): number[] => shape.map((_, d) => (d === 0 || (d === 3 && !builder.chance(0.2)) ? 0 : builder.random.integer(0, 2)));
  const { zeroPoint } = builder.own(from);
  return builder.add('pad', [from], builder.own(from), { before: side(builder.shape(from)), after: side(builder.shape(from)), value: builder.chance(0.6) ? zeroPoint : builder.random.integer(-128, 127) });
};

const slice: Move = (builder, from) => {
  const shape = builder.shape(from);
  const begin = shape.map((dim) => builder.random.integer(0, Math.min(dim - 1, 3)));
  const strides = shape.map((_, d) => (d === 0 ? 1 : builder.random.pick([1, 1, 2, 3])));
  const most = shape.map((dim, d) => Math.floor((dim - 1 - begin[d]!) / strides[d]!) + 1);
  return builder.add('slice', [from], builder.own(from), { begin, strides }, most.map((count) => (builder.chance(0.5) ? count : builder.random.integer(1, count))));
};

const transpose: Move = (builder, from) => {
  const shape = builder.shape(from);
  const permutation = shape.length < 3 ? shape.map((_, d) => d) : [0, ...builder.random.pick(shape.length === 3 ? [[2, 1], [1, 2]] : [[2, 1, 3], [3, 1, 2], [1, 3, 2], [2, 3, 1]])];
  return builder.add('transpose', [from], builder.own(from), { permutation });
};

const resize: Move = (builder, from) => {
  const { height, width, channels } = size(builder, from);
  const factor = builder.random.pick([2, 3]);
  const extent = (input: number): number => (builder.chance(0.6) ? input * factor : builder.random.integer(1, 2 * input));
  const alignCorners = builder.chance(0.2);
  return builder.add('resize-nearest', [from], builder.own(from), { alignCorners, halfPixelCenters: !alignCorners && builder.chance(0.4) }, [1, extent(height), extent(width), channels]);
};

const reshape: Move = (builder, from) => {
  const { height, width, channels } = size(builder, from);
  const count = height * width * channels;
  const divisors = [1, 2, 3, 4, 6, 8, 16].filter((n) => count % n === 0);
  const some = builder.random.pick(divisors);
  return builder.add('reshape', [from], builder.own(from), {}, builder.random.pick([[1, count], [1, 1, 1, count], [1, height * width, channels], [1, width, height, channels], [1, count / some, some], [1, some, 1, count / some]]));
};

/** x times a gate that is computed from x: of one pixel, or of one channel. */
const gated: Move = (builder, from) => {
  if (builder.shape(from).length !== 4) return undefined;
  const { channels } = size(builder, from);
  const hidden = builder.chance(0.6)
    ? filter(builder, builder.add('mean', [from], builder.quantization(), {}, [1, 1, 1, 1]) as TensorId, 'conv2d', true)
    : builder.weighted('conv2d', from, [1, 1, 1, channels], { ...builder.window(from, [1, 1], [1, 1], [1, 1]), dilationHeight: 1, dilationWidth: 1, groups: 1 });
  const gate = hidden === undefined ? undefined : builder.add('logistic', [hidden], PROBABILITY, {});
  const output = builder.quantization();
  return gate === undefined ? undefined : builder.add('mul', builder.chance(0.5) ? [from, gate] : [gate, from], output, builder.clamp(output));
};

/** Rows and columns around an image, mostly of zeros, and the convolution that they are made for. */
const bordered: Move = (builder, from) => {
  if (builder.shape(from).length !== 4) return undefined;
  const side = (): number[] => [0, builder.random.integer(0, 2), builder.random.integer(0, 2), 0];
  const value = builder.own(from).zeroPoint + (builder.chance(0.7) || builder.own(from).zeroPoint > 90 ? 0 : 30);
  const padded = builder.add('pad', [from], builder.own(from), { before: side(), after: side(), value });
  return padded === undefined ? undefined : filter(builder, padded, builder.random.pick(['conv2d', 'depthwise-conv2d'] as const));
};

/** A convolution or depthwise convolution of the same shape, and the sum of both. */
const residual: Move = (builder, from) => {
  const branch = filter(builder, from, builder.random.pick(['conv2d', 'depthwise-conv2d'] as const), true);
  const output = builder.quantization();
  if (branch === undefined || !shapesEqual(builder.shape(branch), builder.shape(from))) return branch;
  return builder.add(builder.random.pick(['add', 'add', 'mul'] as const), builder.chance(0.5) ? [from, branch] : [branch, from], output, builder.clamp(output));
};

const fullyConnected: Move = (builder, from) => {
  const outChannels = builder.random.integer(1, builder.random.pick([3, 40]));
  return builder.weighted('fully-connected', from, [outChannels, 1, 1, elementCount(builder.shape(from))], {}, builder.random.pick([[1, outChannels], [1, 1, 1, outChannels]]));
};

const conv2d: Move = (builder, from) => filter(builder, from, 'conv2d');
const depthwise: Move = (builder, from) => filter(builder, from, 'depthwise-conv2d');
const mean: Move = (builder, from) => builder.add('mean', [from], builder.quantization(), {}, builder.random.pick([[1, 1], [1, 1, 1, 1]]));
const softmax: Move = (builder, from) => builder.add('softmax', [from], PROBABILITY, { beta: 1 });

/** Often chosen ones stand several times. */
const MOVES: readonly Move[] = [
  conv2d, conv2d, conv2d, depthwise, depthwise, residual, residual, gated, bordered, bordered, pool('average-pool'), pool('max-pool'), elementwise('add'), elementwise('add'), elementwise('mul'),
  table, table, concatenation, concatenation, concatenation, pad, pad, slice, transpose, resize, reshape, reshape, fullyConnected, mean, softmax,
];

/** Windows of pools that hold no real value have no average: such a network is no network. */
const isSound = (network: Network): boolean => network.ops.every((op) => {
  if (op.kind !== 'average-pool' && op.kind !== 'max-pool') return true;
  const [input, output] = [imageSize(network.tensors[op.inputs[0]]!.shape), imageSize(network.tensors[op.outputs[0]]!.shape)];
  const last = (count: number, stride: number, before: number): number => (count - 1) * stride - before;
  return last(output.height, op.strideHeight, op.padding.top) < input.height && last(output.width, op.strideWidth, op.padding.left) < input.width;
});

/** A valid network of up to `operators` random steps; every tensor that nobody reads is an output, some others too. */
export function randomGraph(seed: number, operators = 7): Network {
  for (let attempt = 0; ; attempt++) {
    const random = createRandom(seed * 1009 + attempt);
    const builder = new GraphBuilder(random);
    const channels = random.pick([1, 3, random.integer(1, 20), 8, 16]);
    const extent = (): number => random.pick([1, random.integer(2, 9), random.integer(2, 9)]);
    builder.tensor(random.pick([[1, channels], [1, extent(), channels], ...Array.from({ length: 6 }, () => [1, extent(), extent(), channels])]), builder.quantization());
    const count = random.integer(1, operators);
    for (let made = 0, tries = 0; made < count && tries < 40; tries++) {
      const newest = builder.tensors.length - 1;
      const from = random.next() < 0.6 ? newest : random.integer(0, newest);
      if (random.pick(MOVES)(builder, from) !== undefined) made++;
    }
    const read = new Set(builder.ops.flatMap(({ inputs }) => inputs as readonly TensorId[]));
    const outputs = builder.tensors.map(({ id }) => id).filter((id) => id > 0 && (!read.has(id) || random.next() < 0.15));
    if (outputs.length === 0) continue;
    const network: Network = { name: `graph-${seed}`, synthetic: true, tensors: builder.tensors, ops: builder.ops, inputs: [0], outputs };
    if (isSound(network)) return validateNetwork(network);
  }
}

/** One line: every operator with its tensors' shapes. */
export const describeGraph = (network: Network): string => network.ops
  .map((op) => `${op.name}(${op.inputs.map((id) => `t${id}`).join(',')})->t${op.outputs[0]}[${network.tensors[op.outputs[0]]!.shape.join('x')}]${network.outputs.includes(op.outputs[0]) ? '!' : ''}`)
  .join(' ');
