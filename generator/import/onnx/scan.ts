// SPDX-License-Identifier: Apache-2.0
/** Owns the look at a protobuf file before it is decoded: how much memory its lists and records take, and how many nodes it has. */

import { LimitError, LIMITS, limitText } from '../../graph/limits.js';
import { MalformedOnnxError } from './errors.js';

/** By field number: the type of the field's values. */
export type ScannedMessage = ReadonlyMap<number, string>;
export type ScannedSchema = Readonly<Record<string, ScannedMessage>>;

/** Bytes of memory, roughly: an object with its lists, a list element that is an object of its own, one that is a number. */
const COST = { message: 400, long: 96, number: 20, text: 64 } as const;

const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** How many messages of a type a file may have, and what they are called. */
const MOST: Readonly<Record<string, readonly [what: string, most: number]>> = { NodeProto: ['nodes', LIMITS.operators], TensorProto: ['constants', LIMITS.tensors] };

class Scan {
  private cost = 0;
  private readonly counts = new Map<string, number>();

  constructor(private readonly bytes: Uint8Array, private readonly schema: ScannedSchema) {}

  private malformed(found: string, at: number): MalformedOnnxError {
    return new MalformedOnnxError('file', `${found} at byte ${at}`, 'a protobuf message');
  }

  private spend(cost: number, at: number): void {
    this.cost += cost;
    if (this.cost <= LIMITS.decodedBytes) return;
    throw new LimitError(
      'ONNX file', `lists and records, up to byte ${at} of ${this.bytes.length}, that take more than ${limitText(LIMITS.decodedBytes)} bytes when they are read`,
      `at most ${limitText(LIMITS.decodedBytes)} bytes beside the raw data of tensors`, 'Save the model with raw data (onnx.numpy_helper.from_array), or use a smaller one.',
    );
  }

  private count(what: string, most: number, at: number): void {
    const count = (this.counts.get(what) ?? 0) + 1;
    this.counts.set(what, count);
    if (count > most) throw new LimitError('ONNX file', `more than ${most} ${what}, up to byte ${at} of ${this.bytes.length}`, `at most ${most}`);
  }

  private varint(at: number, end: number): { readonly value: number; readonly next: number } {
    let value = 0;
    for (let i = 0; i < 10; i++) {
      if (at + i >= end) break;
      const byte = this.bytes[at + i] as number;
      value += (byte & 127) * 2 ** (7 * i);
      if (byte < 128) return { value, next: at + i + 1 };
    }
    throw this.malformed('no number', at);
  }

  /** Numbers of a packed list: every one ends with a byte below 128. */
  private countVarints(from: number, to: number): number {
    let count = 0;
    for (let at = from; at < to; at++) if ((this.bytes[at] as number) < 128) count++;
    return count;
  }

  /** Nesting is bounded by the schema, which does not contain itself. */
  message(type: string, from: number, end: number): void {
    const [what, most] = MOST[type] ?? [type, Infinity];
    this.count(what, most, from);
    this.spend(COST.message, from);
    const fields = this.schema[type];
    for (let at = from; at < end;) {
      const tag = this.varint(at, end);
      const field = fields?.get(Math.floor(tag.value / 8));
      at = this.field(tag.value % 8, field, tag.next, end);
    }
  }

  /** Where the next field begins. */
  private field(wire: number, type: string | undefined, at: number, end: number): number {
    const fixed = wire === WIRE.fixed64 ? 8 : wire === WIRE.fixed32 ? 4 : 0;
    if (fixed > 0 || wire === WIRE.varint) {
      this.spend(type === 'int64' || type === 'uint64' ? COST.long : COST.number, at);
      const next = fixed > 0 ? at + fixed : this.varint(at, end).next;
      if (next > end) throw this.malformed(`a number of ${fixed} bytes beyond its message`, at);
      return next;
    }
    if (wire !== WIRE.bytes) throw this.malformed(`wire type ${wire}`, at);
    const { value: length, next } = this.varint(at, end);
    const after = next + length;
    if (after > end) throw this.malformed(`${length} bytes where ${end - next} are left`, at);
    if (type !== undefined) this.value(type, next, after);
    return after;
  }

  private value(type: string, from: number, to: number): void {
    switch (type) {
      case 'bytes':
        return this.spend(COST.text, from);
      case 'string':
        this.count('names', LIMITS.names, from);
        // Two bytes a character at most.
        return this.spend(COST.text + 2 * (to - from), from);
      case 'float':
        return this.spend(COST.number * Math.ceil((to - from) / 4), from);
      case 'double':
        return this.spend(COST.number * Math.ceil((to - from) / 8), from);
      case 'int32':
        return this.spend(COST.number * this.countVarints(from, to), from);
      case 'int64':
      case 'uint64':
        return this.spend(COST.long * this.countVarints(from, to), from);
      default:
        return this.message(type, from, to);
    }
  }
}

/** Throws MalformedOnnxError for what is no message, LimitError for one that would take too much memory. */
export const scanMessage = (bytes: Uint8Array, schema: ScannedSchema, type: string): void => new Scan(bytes, schema).message(type, 0, bytes.length);
