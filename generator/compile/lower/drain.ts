// SPDX-License-Identifier: Apache-2.0
/** Owns what fused operators ask of the drain: activation tables, and the operand stage of additions and products. */
import type { AddOp, MulOp, Network, TensorId } from '../../graph/network.js';
import { outputOf, tensorById } from '../../graph/query.js';
import { activationTable } from '../../quantize/activation-table.js';
import { mulRescaling } from '../../quantize/arithmetic-rescaling.js';
import type { Rounding } from '../../quantize/fixed-point.js';
import { addRescaling, rescaleAddInput, type AddInputRescaling } from '../../quantize/requantization.js';
import { imageSize } from '../../tensor/tensor.js';
import type { OperandStage } from '../array-layer.js';
import type { TensorLayout } from '../layout.js';
import { hardwareShift } from './parameters.js';
import type { ArrayUnit } from './units.js';

/** Entries of a table by unsigned byte, from a function of int8. */
const byByte = <T extends Int8Array | Int32Array>(table: T, of: (value: number) => number): T => {
  for (let byte = 0; byte < 256; byte++) table[byte] = of(byte < 128 ? byte : byte - 256);
  return table;
};

/** The unit's activation as a table by unsigned byte. */
export function drainTable(network: Network, { table }: ArrayUnit, rounding: Rounding): Int8Array | undefined {
  if (table === undefined) return undefined;
  const values = activationTable(network, table, rounding);
  return byByte(new Int8Array(256), (value) => values[value + 128] as number);
}

/** The unit's second tensor. `outputs`: logical channel of each output position. */
export function operandStage(network: Network, { operand }: ArrayUnit, layout: TensorLayout | undefined, outputs: Int32Array, group: number, rounding: Rounding): OperandStage | undefined {
  if (operand === undefined || layout === undefined) return undefined;
  const { op, tensorId, valueIndex } = operand;
  const output = imageSize(outputOf(network, op).shape);
  const { height, width, channels } = layout.size;
  const place = (channel: number): { readonly word: number; readonly position: number } | undefined => {
    const logical = outputs[channel] ?? -1;
    if (logical < 0) return undefined;
    const byte = layout.channelMap[channels === 1 ? 0 : logical] as number;
    return { word: Math.floor(byte / group), position: byte % group };
  };
  const common = {
    kind: op.kind, tensorId, words: layout.words, place,
    rowStep: height === 1 && output.height > 1 ? 0 : 1,
    columnStep: width === 1 && output.width > 1 ? 0 : 1,
  } as const;
  return op.kind === 'add'
    ? { ...common, zeroPoint: 0, ...addArithmetic(network, op, valueIndex, rounding) }
    : { ...common, tables: undefined, zeroPoint: zeroPointOf(network, tensorId), ...mulArithmetic(network, op) };
}

const zeroPointOf = (network: Network, id: TensorId): number => tensorById(network, id).quantization.zeroPoint;

function addArithmetic(network: Network, op: AddOp, valueIndex: 0 | 1, rounding: Rounding): Pick<OperandStage, 'tables' | 'parameters' | 'output'> {
  const rescaling = addRescaling(network, op);
  const tableOf = (input: AddInputRescaling): Int32Array => byByte(new Int32Array(256), (value) => rescaleAddInput(value, input, rounding));
  return {
    tables: { value: tableOf(rescaling.inputs[valueIndex]), operand: tableOf(rescaling.inputs[1 - valueIndex] as AddInputRescaling) },
    parameters: hardwareShift(rescaling.output, 0, op.name, 0),
    output: { zeroPoint: rescaling.outputZeroPoint, clampMin: rescaling.activationMin, clampMax: rescaling.activationMax },
  };
}

function mulArithmetic(network: Network, op: MulOp): Pick<OperandStage, 'parameters' | 'output'> {
  const rescaling = mulRescaling(network, op);
  return {
    parameters: hardwareShift(rescaling, 0, op.name, 0),
    output: { zeroPoint: rescaling.outputZeroPoint, clampMin: rescaling.activationMin, clampMax: rescaling.activationMax },
  };
}
