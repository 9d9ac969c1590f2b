// SPDX-License-Identifier: Apache-2.0
/** Owns where the models and images of the measurements lie. */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
const data = resolve(root, process.env['GEN_ACCEL_DATA'] ?? '../shared/data');
const pathOf = (file: string): string => resolve(data, file);

/** Bytes of a file below the data folder. */
export const readDataFile = (file: string): Uint8Array => new Uint8Array(readFileSync(pathOf(file)));

/** Those that are not there. */
export const absentFiles = (files: readonly string[]): string[] => files.filter((file) => !existsSync(pathOf(file)));
