// SPDX-License-Identifier: Apache-2.0
/** Owns seeded damage to a decoded model: one field at a random place becomes extreme, another's, missing, repeated. */
import type { Random } from '../../generator/core/random.js';
import { HOSTILE_NAMES } from './hostile-names.js';

/** A decoded file: plain objects, arrays, numbers, bigints, strings, bytes. */
export type Tree = { [key: string]: unknown } | unknown[];

interface Place {
  readonly parent: Tree;
  readonly key: string | number;
  readonly value: unknown;
}

const NUMBERS = [
  0, 1, -1, 2, 3, 7, 8, 9, 127, 128, 255, 256, -128, -129, 1000, 32_767, 65_535, 65_536, 2 ** 20, 2 ** 26, 2 ** 28, 2 ** 30, 2 ** 31 - 1, -(2 ** 31), 2 ** 32 - 1, 2 ** 40, 2 ** 53, 0.5, 1e-45,
  1e-30, 3.4e38, NaN, Infinity, -Infinity,
];
const BIGINTS = [0n, 1n, -1n, 2n, 127n, 128n, -128n, 255n, 256n, 2n ** 31n, -(2n ** 31n), 2n ** 32n, 2n ** 53n + 1n, 2n ** 62n, 2n ** 63n - 1n, -(2n ** 63n)];

const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !(value instanceof Uint8Array);
const get = (tree: Tree, key: string | number): unknown => (tree as Record<string | number, unknown>)[key];
const set = (tree: Tree, key: string | number, value: unknown): void => { (tree as Record<string | number, unknown>)[key] = value; };

/** Every place of the tree; long lists of numbers are looked at here and there. */
function places(tree: Tree, random: Random, found: Place[] = []): Place[] {
  const keys: (string | number)[] = Array.isArray(tree) ? Array.from(tree.keys()) : Object.keys(tree);
  const few = Array.isArray(tree) && keys.length > 64 && typeof tree[0] !== 'object' ? Array.from({ length: 16 }, () => random.integer(0, keys.length - 1)) : keys;
  for (const key of few) {
    const value = get(tree, key);
    found.push({ parent: tree, key, value });
    if (isTree(value)) places(value, random, found);
  }
  return found;
}

function changedBytes(bytes: Uint8Array, random: Random): Uint8Array {
  switch (random.integer(0, 4)) {
    case 0:
      return bytes.slice(0, random.integer(0, bytes.length));
    case 1:
      return Uint8Array.from({ length: bytes.length + random.pick([1, 4, 1000]) }, (_, i) => bytes[i] ?? 0);
    case 2:
      return new Uint8Array(0);
    case 3:
      return bytes.map(() => random.pick([0xff, 0x7f, 0x80, 0]));
    default:
      return bytes.map((byte) => (random.next() < 0.1 ? random.integer(0, 255) : byte));
  }
}

function changeList(list: unknown[], random: Random, all: readonly Place[]): void {
  const at = random.integer(0, Math.max(0, list.length - 1));
  const copy = (): unknown => structuredClone(list[at]);
  switch (random.integer(0, 6)) {
    case 0:
      list.splice(at, 1);
      return;
    case 1:
      list.splice(random.integer(0, list.length), 0, copy());
      return;
    case 2:
      list.length = 0;
      return;
    case 3:
      list.reverse();
      return;
    case 4:
      for (let n = random.pick([8, 60, 400]); n > 0; n--) list.push(copy());
      return;
    case 5:
      list.splice(0, list.length, ...list.slice(at), ...list.slice(0, at));
      return;
    default: {
      const other = random.pick(all).value;
      if (Array.isArray(other) && other !== list && typeof other[0] === typeof list[0]) list.splice(0, list.length, ...(structuredClone(other) as unknown[]));
    }
  }
}

function changed({ value, key }: Place, random: Random, all: readonly Place[]): unknown {
  /** What stands elsewhere in a place of this name: another tensor's index, another node's type. */
  const alike = all.filter((other) => (typeof key === 'number' ? typeof other.key === 'number' : other.key === key) && typeof other.value === typeof value);
  if (alike.length > 1 && random.next() < 0.4 && !isTree(value)) return random.pick(alike).value;
  if (typeof value === 'number') return random.next() < 0.3 ? value + random.pick([1, -1, value, -2 * value]) : random.pick(NUMBERS);
  if (typeof value === 'bigint') return random.next() < 0.3 ? value + random.pick([1n, -1n]) : random.pick(BIGINTS);
  if (typeof value === 'string') return random.pick(HOSTILE_NAMES);
  if (value instanceof Uint8Array) return changedBytes(value, random);
  return structuredClone(random.pick(alike.length > 0 ? alike : all).value);
}

/** Every number that is the same becomes the same other one, so that shapes that belong together stay together. */
function changeAlike(all: readonly Place[], random: Random): void {
  const numbers = all.filter(({ value }) => (typeof value === 'number' && value > 1) || (typeof value === 'bigint' && value > 1n));
  if (numbers.length === 0) return;
  const { value } = random.pick(numbers);
  const other = random.pick([...NUMBERS.filter((each) => Number.isInteger(each)), 5, 6, 12, 24, 100]);
  for (const place of numbers) if (place.value === value) set(place.parent, place.key, typeof value === 'bigint' ? BigInt(other) : other);
}

/** Changes the tree in place. */
export function mutateTree(tree: Tree, random: Random): void {
  for (let n = random.pick([1, 1, 1, 2, 4]); n > 0; n--) {
    const all = places(tree, random);
    if (all.length === 0) return;
    const place = random.pick(all);
    if (random.next() < 0.15) changeAlike(all, random);
    else if (Array.isArray(place.value) && random.next() < 0.8) changeList(place.value, random, all);
    else if (!Array.isArray(place.parent) && random.next() < 0.15) delete (place.parent as Record<string, unknown>)[place.key];
    else set(place.parent, place.key, changed(place, random, all));
  }
}
