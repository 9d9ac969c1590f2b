// SPDX-License-Identifier: Apache-2.0
/** Owns stable JSON and the short hash of a configuration; knows no configuration. */
import { createHash } from 'node:crypto';

/** JSON with sorted keys: equal data gives equal text, whatever the order of insertion. */
export function stableStringify(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => {
    if (typeof item === 'bigint') return `${item}n`;
    if (item === null || typeof item !== 'object' || Array.isArray(item)) return item;
    const record = item as Record<string, unknown>;
    return Object.fromEntries(Object.keys(record).sort().map((key) => [key, record[key]]));
  });
}

/** SHA-256 of the text as UTF-8, or of the bytes, in hex. */
export const sha256 = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');

/** The first `digits` hex digits of the SHA-256 of the stable JSON. */
export const stableHash = (value: unknown, digits = 12): string => sha256(stableStringify(value)).slice(0, digits);
