// SPDX-License-Identifier: Apache-2.0
/** Owns the part of ONNX's protobuf schema that is read (onnx.proto), and the decoding of bytes by it. Nothing is checked here. */

import protobuf from 'protobufjs/light.js';
import { MalformedOnnxError } from './errors.js';
import { scanMessage, type ScannedSchema } from './scan.js';

/** int64 comes as a Long. */
export type ProtoInteger = number | { toNumber(): number };

export interface TensorProto {
  readonly dims?: readonly ProtoInteger[];
  readonly data_type?: number;
  readonly float_data?: readonly number[];
  readonly int32_data?: readonly number[];
  readonly int64_data?: readonly ProtoInteger[];
  readonly uint64_data?: readonly ProtoInteger[];
  readonly double_data?: readonly number[];
  readonly name?: string;
  readonly raw_data?: Uint8Array;
  readonly external_data?: readonly { readonly key?: string; readonly value?: string }[];
  readonly data_location?: number;
}

/** Subgraphs stay bytes: operators that have them are refused. */
export interface AttributeProto {
  readonly name?: string;
  readonly f?: number;
  readonly i?: ProtoInteger;
  readonly s?: Uint8Array;
  readonly t?: TensorProto;
  readonly g?: Uint8Array;
  readonly floats?: readonly number[];
  readonly ints?: readonly ProtoInteger[];
  readonly strings?: readonly Uint8Array[];
  readonly graphs?: readonly Uint8Array[];
  readonly type?: number;
  readonly ref_attr_name?: string;
}

export interface NodeProto {
  readonly input?: readonly string[];
  readonly output?: readonly string[];
  readonly name?: string;
  readonly op_type?: string;
  readonly attribute?: readonly AttributeProto[];
  readonly domain?: string;
}

export interface ValueInfoProto {
  readonly name?: string;
  readonly type?: {
    readonly tensor_type?: {
      readonly elem_type?: number;
      readonly shape?: { readonly dim?: readonly { readonly dim_value?: ProtoInteger; readonly dim_param?: string }[] };
    };
  };
}

export interface GraphProto {
  readonly node?: readonly NodeProto[];
  readonly name?: string;
  readonly initializer?: readonly TensorProto[];
  readonly sparse_initializer?: readonly Uint8Array[];
  readonly input?: readonly ValueInfoProto[];
  readonly output?: readonly ValueInfoProto[];
}

export interface ModelProto {
  readonly ir_version?: ProtoInteger;
  readonly graph?: GraphProto;
  readonly opset_import?: readonly { readonly domain?: string; readonly version?: ProtoInteger }[];
}

type Fields = Readonly<Record<string, readonly [type: string, id: number, rule?: 'repeated']>>;

const message = (fields: Fields): protobuf.IType => ({
  fields: Object.fromEntries(Object.entries(fields).map(([name, [type, id, rule]]) => [name, rule === undefined ? { type, id } : { type, id, rule }])),
});

const SCHEMA: Readonly<Record<string, protobuf.IType>> = {
  OperatorSetIdProto: message({ domain: ['string', 1], version: ['int64', 2] }),
  StringStringEntryProto: message({ key: ['string', 1], value: ['string', 2] }),
  TensorProto: message({
    dims: ['int64', 1, 'repeated'], data_type: ['int32', 2], float_data: ['float', 4, 'repeated'], int32_data: ['int32', 5, 'repeated'],
    int64_data: ['int64', 7, 'repeated'], name: ['string', 8], raw_data: ['bytes', 9], double_data: ['double', 10, 'repeated'],
    uint64_data: ['uint64', 11, 'repeated'], external_data: ['StringStringEntryProto', 13, 'repeated'], data_location: ['int32', 14],
  }),
  AttributeProto: message({
    name: ['string', 1], f: ['float', 2], i: ['int64', 3], s: ['bytes', 4], t: ['TensorProto', 5], g: ['bytes', 6], floats: ['float', 7, 'repeated'],
    ints: ['int64', 8, 'repeated'], strings: ['bytes', 9, 'repeated'], graphs: ['bytes', 11, 'repeated'], type: ['int32', 20], ref_attr_name: ['string', 21],
  }),
  NodeProto: message({
    input: ['string', 1, 'repeated'], output: ['string', 2, 'repeated'], name: ['string', 3], op_type: ['string', 4],
    attribute: ['AttributeProto', 5, 'repeated'], domain: ['string', 7],
  }),
  DimensionProto: message({ dim_value: ['int64', 1], dim_param: ['string', 2] }),
  TensorShapeProto: message({ dim: ['DimensionProto', 1, 'repeated'] }),
  TensorTypeProto: message({ elem_type: ['int32', 1], shape: ['TensorShapeProto', 2] }),
  TypeProto: message({ tensor_type: ['TensorTypeProto', 1] }),
  ValueInfoProto: message({ name: ['string', 1], type: ['TypeProto', 2] }),
  GraphProto: message({
    node: ['NodeProto', 1, 'repeated'], name: ['string', 2], initializer: ['TensorProto', 5, 'repeated'], input: ['ValueInfoProto', 11, 'repeated'],
    output: ['ValueInfoProto', 12, 'repeated'], sparse_initializer: ['bytes', 15, 'repeated'],
  }),
  ModelProto: message({ ir_version: ['int64', 1], graph: ['GraphProto', 7], opset_import: ['OperatorSetIdProto', 8, 'repeated'] }),
};

const root = protobuf.Root.fromJSON({ nested: { ...SCHEMA } });

const SCANNED: ScannedSchema = Object.fromEntries(Object.entries(SCHEMA).map(([name, { fields }]) =>
  [name, new Map(Object.values(fields ?? {}).map(({ id, type }) => [id, type]))]));

/** Bytes of a model, for files that are made here. */
export const encodeModel = (model: ModelProto): Uint8Array => root.lookupType('ModelProto').encode(model).finish();

function decode(type: string, bytes: Uint8Array): unknown {
  scanMessage(bytes, SCANNED, type);
  try {
    return root.lookupType(type).decode(bytes);
  } catch (error) {
    throw new MalformedOnnxError('file', `no ${type} in ${bytes.length} bytes (${(error as Error).message})`, 'a protobuf message', { cause: error });
  }
}

/** Throws MalformedOnnxError and LimitError. */
export const decodeModel = (bytes: Uint8Array): ModelProto => decode('ModelProto', bytes) as ModelProto;

/** One tensor alone, as test data has them. Throws MalformedOnnxError and LimitError. */
export const decodeTensor = (bytes: Uint8Array): TensorProto => decode('TensorProto', bytes) as TensorProto;

export const toNumber = (value: ProtoInteger): number => (typeof value === 'number' ? value : value.toNumber());
