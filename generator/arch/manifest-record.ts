// SPDX-License-Identifier: Apache-2.0
/** Owns what the manifest of an output folder says about the files of its folder; reads it with suspicion, since anybody may have edited it. */
import { z } from 'zod';
import { sha256, stableStringify } from '../core/stable-hash.js';

export const MANIFEST_FILE = 'accel.json';

/** Path inside the folder -> SHA-256 of the content. */
export type WrittenRecord = ReadonlyMap<string, string>;

/** A relative path that stays inside its folder. */
const insidePath = z.string().refine((path) => path !== '' && !path.startsWith('/') && !path.includes('\\') && path.split('/').every((part) => part !== '' && part !== '.' && part !== '..'));

const schema = z.looseObject({
  generator: z.literal('gen-accel'),
  files: z.record(insidePath, z.string()),
  manifestHash: z.string(),
});

/** Closes a manifest: the hashes of all other files and of itself, so that every edit shows. `name` is its own file. */
export function sealManifest(manifest: object, files: ReadonlyMap<string, string | Uint8Array>, name = MANIFEST_FILE): string {
  const hashes = Object.fromEntries([...files].filter(([path]) => path !== name).map(([path, content]) => [path, sha256(content)]));
  const body = { generator: 'gen-accel', ...manifest, files: hashes };
  return `${JSON.stringify({ ...body, manifestHash: sha256(stableStringify(body)) }, undefined, 2)}\n`;
}

/**
 * What gen-accel wrote into a folder, from the text of its manifest.
 * 'foreign': no manifest of ours; 'edited': ours once, changed by hand since.
 */
export function readRecord(text: string): WrittenRecord | 'foreign' | 'edited' {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'foreign';
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) return 'foreign';
  const { manifestHash, ...body } = parsed.data;
  return manifestHash === sha256(stableStringify(body)) ? new Map(Object.entries(parsed.data.files)) : 'edited';
}
