// SPDX-License-Identifier: Apache-2.0
/** Owns the C view of one compiled network: its constants, its tensors, the steps of an inference as tables. */
import type { CompiledNetwork } from '../compile/compiled-network.js';
import type { TensorLayout } from '../compile/layout.js';
import type { TensorId } from '../graph/network.js';
import { tensorById } from '../graph/query.js';
import { elementCount } from '../tensor/tensor.js';
import { cComment, cIdentifier, cMacro, cString, hex32 } from './c-names.js';
import { BOX_DIMENSIONS, type CopyBox } from './copies.js';
import { hostSteps, scratchBytes, type HostStep } from './host-steps.js';

/** Bytes behind a program that the core may read ahead. */
export const READ_AHEAD_BYTES = 256;

/** Channels that lie together in a pixel. */
export interface ChannelRun {
  readonly channel: number;
  readonly byte: number;
  readonly count: number;
}

export function channelRuns(channelMap: readonly number[]): ChannelRun[] {
  const runs: { channel: number; byte: number; count: number }[] = [];
  channelMap.forEach((byte, channel) => {
    const last = runs.at(-1);
    if (last !== undefined && last.byte + last.count === byte) last.count++;
    else runs.push({ channel, byte, count: 1 });
  });
  return runs;
}

/** Bytes of memory from BASE on that a network needs. */
export const memoryBytes = ({ image }: CompiledNetwork): number => image.length + READ_AHEAD_BYTES;

/** A float32 with enough digits to come back as it was. */
const float32 = (value: number): string => {
  const text = Math.fround(value).toPrecision(9);
  return `${/[.e]/.test(text) ? text : `${text}.0`}f`;
};

const padded = (values: readonly number[], filler: number): string => `{ ${[...Array.from({ length: BOX_DIMENSIONS - values.length }, () => filler), ...values].join(', ')} }`;

const boxText = ({ input, size, from, fromStrides, to, toStrides }: CopyBox): string =>
  [input, padded(size, 1), from, padded(fromStrides, 0), to, padded(toStrides, 0)].join(', ');

/** Fields of templates/c/network.h.hbs, network.c.hbs and example.c.hbs, without the stamp. */
export function networkView(compiled: CompiledNetwork): object {
  const { network, config, configHash, segments, tensors, image } = compiled;
  const id = cIdentifier(network.name);
  const steps = hostSteps(compiled);
  const name = (tensor: TensorId): string => tensorById(network, tensor).name;
  const maps = new Map<string, number>();
  const runsOf = ({ channelMap }: TensorLayout): { runs: string; count: number; index: number } => {
    const runs = channelRuns(channelMap);
    const text = runs.map(({ channel, byte, count }) => `{ ${channel}, ${byte}, ${count} }`).join(', ');
    if (!maps.has(text)) maps.set(text, maps.size);
    return { runs: text, count: runs.length, index: maps.get(text) as number };
  };
  const tensorRow = (tensor: TensorId): string => {
    const layout = tensors[tensor] as TensorLayout;
    const { index, count } = runsOf(layout);
    const { quantization: { scale, zeroPoint } } = tensorById(network, tensor);
    const { height, width, channels } = layout.size;
    return [
      cString(name(tensor)), hex32(layout.address), height, width, channels, layout.pixelUsed, layout.pixelBytes, layout.rowBytes, `runs_${index}`, count, zeroPoint, float32(scale),
    ].join(', ');
  };
  const boundary = (role: string, ids: readonly TensorId[]): object[] =>
    ids.map((tensor, i) => ({
      role: i === 0 ? role : `${role}_${i}`,
      id: tensor,
      comment: cComment(`${name(tensor)}: ${tensorById(network, tensor).shape.join('x')}, scale ${tensorById(network, tensor).quantization.scale}, zero point ${tensorById(network, tensor).quantization.zeroPoint}`),
      address: hex32((tensors[tensor] as TensorLayout).address),
      elements: elementCount(tensorById(network, tensor).shape),
    }));
  const rows = network.tensors.map((tensor) => tensorRow(tensor.id));
  return {
    name: cComment(network.name), nameLiteral: cString(network.name), id, macro: cMacro(id), guard: cMacro(id),
    core: cComment(config.name), configHashShort: configHash.slice(0, 12), configHashWord: hex32(Number.parseInt(configHash.slice(0, 8), 16)),
    pes: config.pes, group: config.group, lanes: config.lanes, bus: config.bus,
    imageBytes: image.length, memoryBytes: memoryBytes(compiled), scratchBytes: scratchBytes(compiled),
    steps: steps.map((step, i) => cComment(`${String(i + 1).padStart(3)}  ${stepText(step, name)}`)),
    programs: segments.map(({ index, programAddress, programBytes, layers }) => ({ index, address: hex32(programAddress), bytes: programBytes, layers: cComment(layers.join(', ')) })),
    boundary: [...boundary('INPUT', network.inputs), ...boundary('OUTPUT', network.outputs)],
    channelMaps: [...maps].map(([runs, index]) => ({ runs, index })),
    tensors: rows,
    hosts: steps.flatMap((step, index) => (step.kind === 'program' ? [] : [{
      index,
      comment: cComment(stepText(step, name)),
      inputs: step.inputs.join(', '),
      boxes: step.kind === 'copy' ? step.plan.boxes.map(boxText) : [],
    }])),
    stepRows: steps.map(stepRow),
    inputs: network.inputs.join(', '), outputs: network.outputs.join(', '),
    tensorCount: rows.length, stepCount: steps.length, inputCount: network.inputs.length, outputCount: network.outputs.length,
  };
}

const stepText = (step: HostStep, name: (tensor: TensorId) => string): string =>
  step.kind === 'program'
    ? `program 0x${step.program.toString(16)}: ${step.layers.join(', ')}`
    : `host ${step.op.kind} ${step.name}: ${step.inputs.map(name).join(', ')} -> ${name(step.output)}${step.kind === 'other' ? ' (the application\'s own function)' : ''}`;

function stepRow(step: HostStep, index: number): string {
  if (step.kind === 'program') return `GEN_ACCEL_PROGRAM, ${cString(step.layers.join(', '))}, ${hex32(step.program)}, NULL, 0, 0, 0, 0, 0, 0, NULL, 0, 0`;
  const head = `GEN_ACCEL_${step.kind.toUpperCase()}, ${cString(step.name)}, 0, inputs_${index}, ${step.inputs.length}, ${step.output}`;
  if (step.kind === 'softmax') return `${head}, ${step.row}, ${step.rescaling.multiplier}, ${step.rescaling.shift}, ${step.rescaling.diffMin}, NULL, 0, 0`;
  if (step.kind === 'copy') return `${head}, 0, 0, 0, 0, boxes_${index}, ${step.plan.boxes.length}, ${step.plan.fill}`;
  return `${head}, 0, 0, 0, 0, NULL, 0, 0`;
}
