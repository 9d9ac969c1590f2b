// SPDX-License-Identifier: Apache-2.0
/** Owns seeded damage to bytes: flips, runs, truncations, moved and repeated blocks, numbers replaced by extreme ones. */
import type { Random } from '../../generator/core/random.js';

type ByteMutation = (bytes: Uint8Array, random: Random) => Uint8Array;

/** Half of the time in the first or last kilobytes, where tables are. */
function place(bytes: Uint8Array, random: Random): number {
  const window = Math.min(bytes.length, random.pick([bytes.length, 256, 2048, 4096]));
  const at = random.integer(0, Math.max(0, window - 1));
  return random.next() < 0.5 ? at : bytes.length - 1 - at;
}

const run = (bytes: Uint8Array, random: Random, most: number): readonly [from: number, to: number] => {
  const from = Math.max(0, place(bytes, random));
  return [from, Math.min(bytes.length, from + random.integer(1, most))];
};

const joined = (...parts: readonly Uint8Array[]): Uint8Array => {
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
};

const flip: ByteMutation = (bytes, random) => {
  for (let n = random.integer(1, 8); n > 0; n--) {
    const at = place(bytes, random);
    bytes[at] = random.next() < 0.5 ? (bytes[at] as number) ^ (1 << random.integer(0, 7)) : random.pick([0, 1, 0x7f, 0x80, 0xff, random.integer(0, 255)]);
  }
  return bytes;
};

const fill: ByteMutation = (bytes, random) => {
  const [from, to] = run(bytes, random, 64);
  const value = random.pick([0, 0x7f, 0x80, 0xff, -1]);
  for (let at = from; at < to; at++) bytes[at] = value < 0 ? random.integer(0, 255) : value;
  return bytes;
};

const truncate: ByteMutation = (bytes, random) => bytes.slice(0, random.integer(0, Math.max(0, bytes.length - 1)));

const swap: ByteMutation = (bytes, random) => {
  const [a, b] = [run(bytes, random, 64), run(bytes, random, 64)].toSorted((x, y) => x[0] - y[0]) as [readonly [number, number], readonly [number, number]];
  const [end, start] = [Math.min(a[1], b[0]), b[0]];
  return joined(bytes.subarray(0, a[0]), bytes.subarray(start, b[1]), bytes.subarray(end, start), bytes.subarray(a[0], end), bytes.subarray(b[1]));
};

const repeat: ByteMutation = (bytes, random) => {
  const [from, to] = run(bytes, random, 128);
  return joined(bytes.subarray(0, to), ...Array.from({ length: random.pick([1, 2, 50]) }, () => bytes.subarray(from, to)), bytes.subarray(to));
};

const remove: ByteMutation = (bytes, random) => {
  const [from, to] = run(bytes, random, 64);
  return joined(bytes.subarray(0, from), bytes.subarray(to));
};

/** 32-bit numbers that lie where a reader may look for an offset, a length or a size. */
const EXTREMES = [0, 1, -1, 2, 4, 0x7fffffff, 0x80000000, 0xfffffff0, 0x10000, 0x7fff, 0xffff, 1000, 0x7f800000, 0x7fc00000, 0xff800000];

const int32: ByteMutation = (bytes, random) => {
  if (bytes.length < 8) return bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let n = random.integer(1, 3); n > 0; n--) {
    const at = Math.min(bytes.length - 4, 4 * Math.floor(place(bytes, random) / 4));
    view.setUint32(at, random.next() < 0.5 ? random.pick(EXTREMES) >>> 0 : random.integer(0, bytes.length), true);
  }
  return bytes;
};

/** Replaces a varint by one as long: the largest, the smallest, a random one. */
const varint: ByteMutation = (bytes, random) => {
  let at = place(bytes, random);
  while (at > 0 && (bytes[at - 1] as number) >= 128) at--;
  for (let last = false; !last && at < bytes.length; at++) {
    last = (bytes[at] as number) < 128;
    const value = random.pick([0x7f, 0, 1, random.integer(0, 127)]);
    bytes[at] = last ? value : value | 128;
  }
  return bytes;
};

const MUTATIONS: readonly ByteMutation[] = [flip, flip, fill, truncate, swap, repeat, remove, int32, int32, varint];

/** A damaged copy. */
export function mutateBytes(bytes: Uint8Array, random: Random): Uint8Array {
  let copy: Uint8Array = bytes.slice();
  for (let n = random.pick([1, 1, 1, 2, 3]); n > 0 && copy.length > 0; n--) copy = random.pick(MUTATIONS)(copy, random);
  return copy;
}
