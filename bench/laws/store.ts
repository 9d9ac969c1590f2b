// SPDX-License-Identifier: Apache-2.0
/** Owns measurements that are kept between runs of the bench: each under the hash of everything that it depends on. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

function keyOf(parts: Iterable<string | Uint8Array>): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest('hex').slice(0, 16);
}

export class MeasurementStore {
  private readonly values: Record<string, unknown>;
  measured = 0;
  reused = 0;

  /** `fresh`: measures all again. */
  constructor(private readonly path: string, private readonly fresh: boolean, readonly say: (text: string) => void) {
    this.values = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>) : {};
  }

  /** The value of these parts, as far as it was measured before. */
  known<T>(parts: Iterable<string | Uint8Array>): T | undefined {
    return this.values[keyOf(parts)] as T | undefined;
  }

  /** The value of these parts (texts and bytes), measured where it is not known. `title` is for progress. */
  async get<T>(title: string, parts: Iterable<string | Uint8Array>, measure: () => T | Promise<T>): Promise<T> {
    const key = keyOf(parts);
    if (!this.fresh && key in this.values) {
      this.reused++;
      return this.values[key] as T;
    }
    const started = Date.now();
    const value = await measure();
    this.measured++;
    this.values[key] = value;
    mkdirSync(dirname(this.path), { recursive: true });
    writeFileSync(`${this.path}.tmp`, JSON.stringify(this.values));
    renameSync(`${this.path}.tmp`, this.path);
    this.say(`${title}: ${((Date.now() - started) / 1000).toFixed(1)} s`);
    return value;
  }
}
