// SPDX-License-Identifier: Apache-2.0
/** Owns tensor data that lies in other files of the model's folder: which paths are taken, which bytes, and how many in all. */

import { LimitError, LIMITS, limitText } from '../../graph/limits.js';
import { OnnxExternalDataError, quoted } from './errors.js';
import type { TensorProto } from './proto.js';

/** The bytes of a file beside the model, by its path in the model's folder; undefined when there is none. */
export type ExternalLoader = (path: string) => Uint8Array | undefined;

const isInside = (path: string): boolean => path !== '' && !/^[/\\]|^[A-Za-z]:|\\|\0/.test(path) && !path.split('/').includes('..');

/** Bytes that a tensor names: digits alone, and few enough to be exact. */
const toBytes = (digits: string): number => (/^\d{1,15}$/.test(digits) ? Number(digits) : NaN);

/** The external data of one model. */
export class ExternalData {
  /** Bytes that tensors have taken, those that lie over each other too. */
  taken = 0;

  constructor(private readonly load?: ExternalLoader) {}

  /** The bytes of a tensor that takes `wanted`. Throws OnnxExternalDataError and LimitError. */
  read({ name = '', external_data: entries = [] }: TensorProto, wanted: number): Uint8Array {
    const entry = (key: string): string | undefined => entries.find((pair) => pair.key === key)?.value;
    const path = entry('location') ?? '';
    if (!isInside(path)) throw new OnnxExternalDataError(name, `external data in ${quoted(path)}`, "a relative path inside the model's folder");
    this.taken += wanted;
    if (this.taken > LIMITS.fileBytes) throw new LimitError(`ONNX tensor ${quoted(name)}`, `${this.taken} bytes of external data`, `at most ${limitText(LIMITS.fileBytes)}`);
    const file = this.load?.(path);
    if (file === undefined) throw new OnnxExternalDataError(name, `external data in ${quoted(path)}, which is not there or leads out of the folder`, "a file in the model's folder");
    const [offset, length] = [entry('offset') ?? '0', entry('length') ?? `${wanted}`] as const;
    const [from, bytes] = [toBytes(offset), toBytes(length)];
    if (!(bytes === wanted && from + bytes <= file.length)) throw new OnnxExternalDataError(name, `${length} bytes from ${offset} of ${file.length}`, `${wanted} bytes inside the file`);
    return file.subarray(from, from + bytes);
  }
}
