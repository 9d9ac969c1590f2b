// SPDX-License-Identifier: Apache-2.0
/** Owns the part of TFLite's schema (version 3) that the importer reads: tables as plain objects, and names of codes. */

import { LIMITS } from '../../graph/limits.js';
import { ImportBudget } from '../budget.js';
import { MalformedTfliteError } from './errors.js';
import { FlatFile, type FlatTable } from './flat-table.js';

export interface TfliteTensor {
  readonly index: number;
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: number;
  readonly data: Uint8Array;
  readonly scales: readonly number[];
  readonly zeroPoints: readonly bigint[];
  readonly quantizedDimension: number;
}

export interface TfliteOperator {
  readonly index: number;
  readonly code: number;
  readonly name: string;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly optionsType: number;
  readonly options: FlatTable | undefined;
}

export interface TfliteModel {
  readonly description: string;
  readonly tensors: readonly TfliteTensor[];
  readonly operators: readonly TfliteOperator[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** Counts what is made out of the file. */
  readonly budget: ImportBudget;
}

const TYPE_NAMES = ['float32', 'float16', 'int32', 'uint8', 'int64', 'string', 'bool', 'int16', 'complex64', 'int8', 'float64'];

export const TENSOR_TYPE = { float32: 0, float16: 1, int32: 2, uint8: 3, int64: 4, int8: 9 } as const;

export const typeName = (type: number): string => TYPE_NAMES[type] ?? `type ${type}`;

const OPERATOR_NAMES = (
  'ADD AVERAGE_POOL_2D CONCATENATION CONV_2D DEPTHWISE_CONV_2D DEPTH_TO_SPACE DEQUANTIZE EMBEDDING_LOOKUP FLOOR ' +
  'FULLY_CONNECTED HASHTABLE_LOOKUP L2_NORMALIZATION L2_POOL_2D LOCAL_RESPONSE_NORMALIZATION LOGISTIC LSH_PROJECTION ' +
  'LSTM MAX_POOL_2D MUL RELU RELU_N1_TO_1 RELU6 RESHAPE RESIZE_BILINEAR RNN SOFTMAX SPACE_TO_DEPTH SVDF TANH ' +
  'CONCAT_EMBEDDINGS SKIP_GRAM CALL CUSTOM EMBEDDING_LOOKUP_SPARSE PAD UNIDIRECTIONAL_SEQUENCE_RNN GATHER ' +
  'BATCH_TO_SPACE_ND SPACE_TO_BATCH_ND TRANSPOSE MEAN SUB DIV SQUEEZE UNIDIRECTIONAL_SEQUENCE_LSTM STRIDED_SLICE ' +
  'BIDIRECTIONAL_SEQUENCE_RNN EXP TOPK_V2 SPLIT LOG_SOFTMAX DELEGATE BIDIRECTIONAL_SEQUENCE_LSTM CAST PRELU MAXIMUM'
).split(' ');

const LATER_OPERATOR_NAMES: Readonly<Record<number, string>> = {
  57: 'MINIMUM',
  60: 'PADV2',
  65: 'SLICE',
  67: 'TRANSPOSE_CONV',
  70: 'EXPAND_DIMS',
  97: 'RESIZE_NEAREST_NEIGHBOR',
  98: 'LEAKY_RELU',
  114: 'QUANTIZE',
  117: 'HARD_SWISH',
};

export const operatorName = (code: number): string => OPERATOR_NAMES[code] ?? LATER_OPERATOR_NAMES[code] ?? `builtin ${code}`;

/** Schema numbers of the option tables that are read. */
export const OPTIONS_TYPE = {
  conv2d: 1, depthwise: 2, pool: 5, fullyConnected: 8, softmax: 9, concatenation: 10, add: 11, mul: 21, sub: 28, div: 29, stridedSlice: 32, split: 35,
  resizeNearest: 74, leakyRelu: 75,
} as const;

function element<T>(items: readonly T[], index: number, where: string): T {
  const item = items[index];
  if (item === undefined) throw new MalformedTfliteError(where, `index ${index}`, `0..${items.length - 1}`);
  return item;
}

function readTensor(table: FlatTable, index: number, buffers: readonly FlatTable[]): TfliteTensor {
  const quantization = table.table(4, 'quantization');
  return {
    index,
    name: table.string(3, 'name'),
    shape: table.int32s(0, 'shape', LIMITS.rank),
    type: table.int8(1, 'type'),
    data: element(buffers, table.uint32(2, 'buffer'), `${table.where}.buffer`).bytes(0, 'data'),
    scales: quantization?.float32s(2, 'scale') ?? [],
    zeroPoints: quantization?.int64s(3, 'zero_point') ?? [],
    quantizedDimension: quantization?.int32(6, 'quantized_dimension') ?? 0,
  };
}

function readOperator(table: FlatTable, index: number, codes: readonly FlatTable[]): TfliteOperator {
  const codeTable = element(codes, table.uint32(0, 'opcode_index'), `${table.where}.opcode_index`);
  // Files from before 2020 have the code in an int8 field alone; newer ones repeat it there while it fits.
  const code = Math.max(codeTable.int8(0, 'deprecated_builtin_code'), codeTable.int32(3, 'builtin_code'));
  const custom = codeTable.string(1, 'custom_code');
  return {
    index,
    code,
    name: custom === '' ? operatorName(code) : `CUSTOM ${custom}`,
    inputs: table.int32s(1, 'inputs', LIMITS.tensors),
    outputs: table.int32s(2, 'outputs', LIMITS.tensors),
    optionsType: table.uint8(3, 'builtin_options_type'),
    options: table.table(4, 'builtin_options'),
  };
}

/** Reads the first subgraph. Throws MalformedTfliteError for anything that points outside the file, LimitError for too much of anything. */
export function readTfliteModel(bytes: Uint8Array): TfliteModel {
  const model = new FlatFile(bytes).root('TFL3');
  const version = model.uint32(0, 'version');
  if (version !== 3) throw new MalformedTfliteError('model.version', `schema version ${version}`, '3');
  const subgraphs = model.tables(2, 'subgraphs');
  if (subgraphs.length !== 1) throw new MalformedTfliteError('model.subgraphs', `${subgraphs.length} subgraphs`, '1');
  const subgraph = element(subgraphs, 0, 'model.subgraphs');
  const buffers = model.tables(4, 'buffers', 2 * LIMITS.tensors);
  const codes = model.tables(1, 'operator_codes', LIMITS.operators);
  return {
    description: model.string(3, 'description'),
    tensors: subgraph.tables(0, 'tensors', LIMITS.tensors).map((table, i) => readTensor(table, i, buffers)),
    operators: subgraph.tables(3, 'operators', LIMITS.operators).map((table, i) => readOperator(table, i, codes)),
    inputs: subgraph.int32s(1, 'inputs', LIMITS.tensors),
    outputs: subgraph.int32s(2, 'outputs', LIMITS.tensors),
    budget: new ImportBudget(bytes.length),
  };
}
