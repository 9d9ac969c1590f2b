// SPDX-License-Identifier: Apache-2.0
/** Owns TFLite files as plain objects and back, so that single fields can be changed; writes whatever the objects say. */
import { Builder } from 'flatbuffers';
import { FlatFile, type FlatTable } from '../../generator/import/tflite/flat-table.js';
import type { Tree } from './tree-mutations.js';

type Kind = 'int8' | 'uint8' | 'int32' | 'uint32' | 'float32' | 'string' | 'bytes' | 'int32s' | 'float32s' | 'int64s';
/** By name: number of the field, and what it is; a schema in brackets is a list of tables. */
type Schema = { readonly [name: string]: readonly [index: number, kind: Kind | Schema | readonly [Schema] | 'options'] };

const QUANTIZATION: Schema = { scale: [2, 'float32s'], zero_point: [3, 'int64s'], quantized_dimension: [6, 'int32'] };
const TENSOR: Schema = { shape: [0, 'int32s'], type: [1, 'int8'], buffer: [2, 'uint32'], name: [3, 'string'], quantization: [4, QUANTIZATION] };
const OPERATOR: Schema = { opcode_index: [0, 'uint32'], inputs: [1, 'int32s'], outputs: [2, 'int32s'], options_type: [3, 'uint8'], options: [4, 'options'] };
const SUBGRAPH: Schema = { tensors: [0, [TENSOR]], inputs: [1, 'int32s'], outputs: [2, 'int32s'], operators: [3, [OPERATOR]] };
const CODE: Schema = { old_code: [0, 'int8'], custom: [1, 'string'], code: [3, 'int32'] };
const MODEL: Schema = { version: [0, 'uint32'], codes: [1, [CODE]], subgraphs: [2, [SUBGRAPH]], description: [3, 'string'], buffers: [4, [{ data: [0, 'bytes'] }]] };

const WINDOW: Schema = { padding: [0, 'int8'], stride_w: [1, 'int32'], stride_h: [2, 'int32'] };
const ACTIVATION: Schema = { activation: [0, 'int8'] };
/** By options type. */
const OPTIONS: Readonly<Record<number, Schema>> = {
  1: { ...WINDOW, activation: [3, 'int8'], dilation_w: [4, 'int32'], dilation_h: [5, 'int32'] },
  2: { ...WINDOW, multiplier: [3, 'int32'], activation: [4, 'int8'], dilation_w: [5, 'int32'], dilation_h: [6, 'int32'] },
  5: { ...WINDOW, filter_w: [3, 'int32'], filter_h: [4, 'int32'], activation: [5, 'int8'] },
  8: { activation: [0, 'int8'], format: [1, 'int8'], keep: [2, 'int8'] },
  9: { beta: [0, 'float32'] },
  10: { axis: [0, 'int32'], activation: [1, 'int8'] },
  11: ACTIVATION, 21: ACTIVATION, 28: ACTIVATION, 29: ACTIVATION,
  32: { begin: [0, 'int32'], end: [1, 'int32'], ellipsis: [2, 'int32'], new_axis: [3, 'int32'], shrink: [4, 'int32'] },
  35: { splits: [0, 'int32'] },
  74: { align: [0, 'int8'], half: [1, 'int8'] },
  75: { alpha: [0, 'float32'] },
};
const optionsOf = (type: unknown): Schema => OPTIONS[type as number] ?? {};

function read(table: FlatTable, schema: Schema): Tree {
  const tree: Record<string, unknown> = {};
  for (const [name, [index, kind]] of Object.entries(schema)) {
    const own = kind === 'options' ? optionsOf(tree['options_type']) : kind;
    if (typeof own === 'string') tree[name] = table[own](index, name);
    else if (Array.isArray(own)) tree[name] = table.tables(index, name).map((each) => read(each, (own as readonly [Schema])[0]));
    else {
      const inner = table.table(index, name);
      if (inner !== undefined) tree[name] = read(inner, own as Schema);
    }
  }
  return tree;
}

export const readTree = (bytes: Uint8Array): Tree => read(new FlatFile(bytes).root('TFL3'), MODEL);

type List = readonly unknown[];
const listOf = (value: unknown): List => (Array.isArray(value) ? (value as List) : []);
const numberOf = (value: unknown): number => (typeof value === 'number' ? value : 0);

function vector(b: Builder, values: List, bytes: number, add: (value: unknown) => void): number {
  b.startVector(bytes, values.length, bytes);
  for (const value of values.toReversed()) add(value);
  return b.endVector();
}

function bytesVector(b: Builder, bytes: Uint8Array): number {
  b.startVector(1, bytes.length, 1);
  for (let i = bytes.length - 1; i >= 0; i--) b.addInt8(((bytes[i] as number) << 24) >> 24);
  return b.endVector();
}

/** Offset of what a field points at; undefined for numbers, which lie in the table. */
function pointed(b: Builder, value: unknown, kind: Schema[string][1], type: unknown): number | undefined {
  switch (kind) {
    case 'string':
      return b.createString(typeof value === 'string' ? value : '');
    case 'bytes':
      return bytesVector(b, value instanceof Uint8Array ? value : new Uint8Array(0));
    case 'int32s':
      return vector(b, listOf(value), 4, (each) => b.addInt32(numberOf(each)));
    case 'float32s':
      return vector(b, listOf(value), 4, (each) => b.addFloat32(numberOf(each)));
    case 'int64s':
      return vector(b, listOf(value), 8, (each) => b.addInt64(typeof each === 'bigint' ? each : 0n));
    case 'int8':
    case 'uint8':
    case 'int32':
    case 'uint32':
    case 'float32':
      return undefined;
    default: {
      if (Array.isArray(kind)) {
        const tables = listOf(value).map((each) => write(b, each, (kind as readonly [Schema])[0]));
        return vector(b, tables, 4, (each) => b.addOffset(each as number));
      }
      return write(b, value, kind === 'options' ? optionsOf(type) : (kind as Schema));
    }
  }
}

function write(b: Builder, tree: unknown, schema: Schema): number {
  const fields = (typeof tree === 'object' && tree !== null ? tree : {}) as Readonly<Record<string, unknown>>;
  const entries = Object.entries(schema).filter(([name]) => fields[name] !== undefined);
  const offsets = entries.map(([name, [, kind]]) => pointed(b, fields[name], kind, fields['options_type']));
  b.startObject(8);
  entries.forEach(([name, [index, kind]], i) => {
    const [offset, value] = [offsets[i], numberOf(fields[name])];
    if (offset !== undefined) b.addFieldOffset(index, offset, 0);
    else if (kind === 'float32') b.addFieldFloat32(index, value, 0);
    else if (kind === 'int8' || kind === 'uint8') b.addFieldInt8(index, (value << 24) >> 24, 0);
    else b.addFieldInt32(index, value | 0, 0);
  });
  return b.endObject();
}

export function writeTree(tree: Tree): Uint8Array {
  const b = new Builder(4096);
  b.forceDefaults(true);
  b.finish(write(b, tree, MODEL), 'TFL3');
  return b.asUint8Array().slice();
}
