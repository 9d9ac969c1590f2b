// SPDX-License-Identifier: Apache-2.0
/** Owns bounds-checked reading of flatbuffers; knows the encoding, not TFLite's schema. */

import { ByteBuffer } from 'flatbuffers';
import { MAX_SHOWN, oneLine } from '../../core/text.js';
import { LimitError, LIMITS, limitText } from '../../graph/limits.js';
import { MalformedTfliteError } from './errors.js';

/** Bytes of a string that are looked at: enough for what is shown. */
const STRING_BYTES = 4 * MAX_SHOWN;

/** A file under a checked cursor: every read outside it throws MalformedTfliteError. */
export class FlatFile {
  private readonly buffer: ByteBuffer;
  private elementsRead = 0;

  constructor(readonly bytes: Uint8Array) {
    this.buffer = new ByteBuffer(bytes);
  }

  private at(offset: number, size: number, where: string): number {
    if (!Number.isSafeInteger(offset) || offset < 0 || offset + size > this.bytes.length) {
      throw new MalformedTfliteError(where, `a read of ${size} bytes at offset ${offset}`, `an offset within the ${this.bytes.length} bytes of the file`);
    }
    return offset;
  }

  uint8(offset: number, where: string): number {
    return this.buffer.readUint8(this.at(offset, 1, where));
  }

  uint16(offset: number, where: string): number {
    return this.buffer.readUint16(this.at(offset, 2, where));
  }

  int32(offset: number, where: string): number {
    return this.buffer.readInt32(this.at(offset, 4, where));
  }

  uint32(offset: number, where: string): number {
    return this.buffer.readUint32(this.at(offset, 4, where));
  }

  float32(offset: number, where: string): number {
    return this.buffer.readFloat32(this.at(offset, 4, where));
  }

  int64(offset: number, where: string): bigint {
    return this.buffer.readInt64(this.at(offset, 8, where));
  }

  /** A view, not a copy. */
  view(offset: number, size: number, where: string): Uint8Array {
    this.at(offset, size, where);
    return this.bytes.subarray(offset, offset + size);
  }

  /** Counts vector elements: a file whose vectors overlap many times over would not end otherwise. */
  spend(elements: number, where: string): void {
    this.elementsRead += elements;
    const most = Math.min(this.bytes.length, LIMITS.listElements);
    if (this.elementsRead > most) {
      throw new MalformedTfliteError(where, `lists of more than ${most} elements in all`, `at most one for every byte of the file, and at most ${limitText(LIMITS.listElements)}`);
    }
  }

  /** Follows the unsigned offset stored at `offset`. */
  follow(offset: number, where: string): number {
    return offset + this.uint32(offset, where);
  }

  /** The root table, after the identifier is checked. */
  root(identifier: string): FlatTable {
    const found = String.fromCharCode(...this.view(4, 4, 'header'));
    if (found !== identifier) {
      throw new MalformedTfliteError('header', `file identifier ${JSON.stringify(found)}`, JSON.stringify(identifier));
    }
    return new FlatTable(this, this.follow(0, 'header'), 'model');
  }
}

/** A vector: `length` elements of known size from `start`, checked to lie in the file. */
interface VectorSpan {
  readonly start: number;
  readonly length: number;
}

/** One table; fields are read by their number in the schema, absent fields give their default. */
export class FlatTable {
  private readonly vtable: number;
  private readonly vtableSize: number;

  constructor(
    readonly file: FlatFile,
    readonly position: number,
    readonly where: string,
  ) {
    this.vtable = position - file.int32(position, where);
    this.vtableSize = file.uint16(this.vtable, where);
  }

  /** Offset of a field's value, or undefined when it is absent. */
  private field(index: number, name: string): number | undefined {
    const slot = 4 + 2 * index;
    if (slot + 2 > this.vtableSize) return undefined;
    const offset = this.file.uint16(this.vtable + slot, `${this.where}.${name}`);
    return offset === 0 ? undefined : this.position + offset;
  }

  int8(index: number, name: string, absent = 0): number {
    const at = this.field(index, name);
    return at === undefined ? absent : (this.file.uint8(at, `${this.where}.${name}`) << 24) >> 24;
  }

  uint8(index: number, name: string, absent = 0): number {
    const at = this.field(index, name);
    return at === undefined ? absent : this.file.uint8(at, `${this.where}.${name}`);
  }

  int32(index: number, name: string, absent = 0): number {
    const at = this.field(index, name);
    return at === undefined ? absent : this.file.int32(at, `${this.where}.${name}`);
  }

  uint32(index: number, name: string, absent = 0): number {
    const at = this.field(index, name);
    return at === undefined ? absent : this.file.uint32(at, `${this.where}.${name}`);
  }

  float32(index: number, name: string, absent = 0): number {
    const at = this.field(index, name);
    return at === undefined ? absent : this.file.float32(at, `${this.where}.${name}`);
  }

  table(index: number, name: string): FlatTable | undefined {
    const at = this.field(index, name);
    const where = `${this.where}.${name}`;
    return at === undefined ? undefined : new FlatTable(this.file, this.file.follow(at, where), where);
  }

  /** On one line, without what a terminal obeys; a long one is cut. */
  string(index: number, name: string): string {
    const span = this.span(index, name, 1);
    if (span === undefined) return '';
    const text = new TextDecoder().decode(this.file.view(span.start, Math.min(span.length, STRING_BYTES), `${this.where}.${name}`));
    return span.length > STRING_BYTES ? `${oneLine(text.slice(0, MAX_SHOWN))}... (${span.length} bytes)` : oneLine(text);
  }

  bytes(index: number, name: string): Uint8Array {
    const span = this.span(index, name, 1);
    return span === undefined ? new Uint8Array(0) : this.file.view(span.start, span.length, `${this.where}.${name}`);
  }

  int32s(index: number, name: string, most?: number): number[] {
    return this.vector(index, name, 4, most, (at, where) => this.file.int32(at, where));
  }

  float32s(index: number, name: string): number[] {
    return this.vector(index, name, 4, undefined, (at, where) => this.file.float32(at, where));
  }

  int64s(index: number, name: string): bigint[] {
    return this.vector(index, name, 8, undefined, (at, where) => this.file.int64(at, where));
  }

  tables(index: number, name: string, most?: number): FlatTable[] {
    return this.vector(index, name, 4, most, (at, where) => new FlatTable(this.file, this.file.follow(at, where), where));
  }

  private span(index: number, name: string, elementBytes: number): VectorSpan | undefined {
    const at = this.field(index, name);
    if (at === undefined) return undefined;
    const where = `${this.where}.${name}`;
    const position = this.file.follow(at, where);
    const length = this.file.uint32(position, where);
    const start = position + 4;
    if (start + length * elementBytes > this.file.bytes.length) {
      throw new MalformedTfliteError(where, `a vector of ${length} elements at offset ${start}`, `at most the ${this.file.bytes.length} bytes of the file`);
    }
    return { start, length };
  }

  /** Throws LimitError for more elements than `most`. */
  private vector<T>(index: number, name: string, elementBytes: number, most: number | undefined, read: (at: number, where: string) => T): T[] {
    const span = this.span(index, name, elementBytes);
    if (span === undefined) return [];
    if (most !== undefined && span.length > most) throw new LimitError(`TFLite ${this.where}.${name}`, `${span.length} elements`, `at most ${most}`);
    this.file.spend(span.length, `${this.where}.${name}`);
    return Array.from({ length: span.length }, (_, i) => read(span.start + i * elementBytes, `${this.where}.${name}[${i}]`));
  }
}
