// SPDX-License-Identifier: Apache-2.0
/** Owns what is said of the data: sizes, licences, the table of `--list`, the result as text and as JSON. */
import type { FetchOutcome } from './fetch-data.js';
import type { DataFile, DataList, Origin } from './list.js';
import { archiveLocation, repositoryLocations, textOf, type Base } from './locations.js';
import type { State } from './sums.js';

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB'] as const;

export function sizeText(bytes: number): string {
  let [value, unit] = [bytes, 0];
  for (; value >= 1024 && unit < UNITS.length - 1; unit++) value /= 1024;
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]}`;
}

export const filesText = (count: number): string => `${count} file${count === 1 ? '' : 's'}`;

const sum = (files: readonly DataFile[]): number => files.reduce((total, { bytes }) => total + bytes, 0);

/** Where an origin's bytes come from, in a line. */
export function originText(origin: Origin, { archives }: DataList, base: Base): string {
  switch (origin.kind) {
    case 'file':
      return repositoryLocations(base, origin, origin.path).map(textOf).join(' or ');
    case 'columns':
      return `columns ${origin.columns.join(', ')} of the first ${origin.rows} rows of ${origin.of}`;
    case 'parts':
      return `${origin.names.rows} files one after the other: ${repositoryLocations(base, origin, origin.folder).map(textOf).join(' or ')}/, by column ${origin.names.column} of ${origin.names.of}`;
    case 'records': {
      const archive = archives[origin.archive];
      const records = 'first' in origin.pick ? `the first ${origin.pick.first} records` : `the records of ${origin.pick.indices}`;
      return `${records} (${origin.recordBytes} bytes each) of ${origin.entry} in ${archive === undefined ? origin.archive : textOf(archiveLocation(base, archive))}`;
    }
    case 'none':
      return `not fetched: ${origin.reason}`;
  }
}

/** What is transferred: files of origins or the archives that they are in, and copies of listed files as they are. */
export function transferBytes(fromOrigins: readonly DataFile[], copies: readonly DataFile[], { archives }: DataList): number {
  const used = new Set(fromOrigins.flatMap(({ origin }) => (origin.kind === 'records' ? [origin.archive] : [])));
  const whole = fromOrigins.filter(({ origin }) => origin.kind === 'file' || origin.kind === 'parts');
  return sum([...whole, ...copies]) + [...used].reduce((total, name) => total + (archives[name]?.bytes ?? 0), 0);
}

/** A line for each licence, with how much is under it and whose it is. */
export function licenceLines(files: readonly DataFile[]): string[] {
  return [...new Set(files.map(({ licence }) => licence))].map((licence) => {
    const under = files.filter((file) => file.licence === licence);
    const folders = [...new Set(under.map(({ path }) => path.split('/')[0] as string))];
    return `  ${licence}: ${filesText(under.length)}, ${sizeText(sum(under))} (${folders.join(', ')})`;
  });
}

export interface ListedFile {
  readonly file: DataFile;
  readonly state: State;
}

export const listLines = (files: readonly ListedFile[], list: DataList, base: Base): string[] => [
  ...files.flatMap(({ file, state }) => [`${state.padEnd(8)} ${String(file.bytes).padStart(9)}  ${file.path}  (${file.licence})`, `${''.padEnd(20)}${originText(file.origin, list, base)}`]),
  totals(files),
];

function totals(files: readonly ListedFile[]): string {
  const fetched = files.map(({ file }) => file).filter(({ origin }) => origin.kind !== 'none');
  const others = files.length - fetched.length;
  return `${filesText(files.length)}: ${fetched.length} can be fetched (${sum(fetched)} bytes), ${others} cannot`;
}

export const listJson = (files: readonly ListedFile[], list: DataList, base: Base): object[] =>
  files.map(({ file: { origin, ...file }, state }) => ({ ...file, state, fetched: origin.kind !== 'none', origin: originText(origin, list, base), ...(origin.kind === 'file' ? { urls: repositoryLocations(base, origin, origin.path).map(textOf) } : {}) }));

export function outcomeLines({ fetched, present, without, failed }: FetchOutcome, all: number): string[] {
  const left = all - fetched.length - present.length - without.length - failed.length;
  return [
    `${filesText(fetched.length)} fetched (${sizeText(sum(fetched))}), ${present.length} there before${failed.length === 0 ? '' : `, ${failed.length} failed`}${left === 0 ? '' : `, ${left} left for the next run`}.`,
    ...(without.length === 0 ? [] : [`${filesText(without.length)} cannot be fetched: derived or repacked (--list says from what). Tests that need them are skipped.`]),
  ];
}

export const outcomeJson = ({ fetched, present, without, failed }: FetchOutcome, folder: string): object => ({
  folder,
  fetched: fetched.map(({ path, bytes, sha256, licence }) => ({ path, bytes, sha256, licence })),
  present: present.map(({ path }) => path),
  notFetched: without.map(({ path, origin }) => ({ path, reason: origin.kind === 'none' ? origin.reason : '' })),
  failed: failed.map(({ file, error }) => ({ path: file.path, code: error.code, message: error.message })),
});
