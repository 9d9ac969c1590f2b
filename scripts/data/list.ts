// SPDX-License-Identifier: Apache-2.0
/** Owns the list of data files (files.json): its form, what each file is fetched or made from, and its checks. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { DataListError } from './errors.js';

/** Inside a folder: forward slashes, nothing that leads out. */
const inside = z.string().regex(/^(?!\.{1,2}(\/|$))[\w.-]+(\/(?!\.{1,2}(\/|$))[\w.-]+)*$/, 'a path inside the folder');
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, '64 hex digits');
const count = z.int().positive();
/** A GitHub repository at a commit. Commits are tried in turn; where the full name of one is not known, its first digits stand. */
const repository = { repository: z.string().regex(/^[\w.-]+\/[\w.-]+$/), commits: z.array(z.string().regex(/^([0-9a-f]{10}|[0-9a-f]{40})$/, '10 or 40 hex digits')).min(1) };

const origin = z.discriminatedUnion('kind', [
  /** One file of a repository. */
  z.strictObject({ kind: z.literal('file'), ...repository, path: inside }),
  /** Some columns of the first rows of a listed CSV file. */
  z.strictObject({ kind: z.literal('columns'), of: inside, rows: count, columns: z.array(z.int().nonnegative()).min(1) }),
  /** Files of a folder of a repository one after the other, by the names in a column of a listed CSV file. */
  z.strictObject({ kind: z.literal('parts'), ...repository, folder: inside, names: z.strictObject({ of: inside, rows: count, column: z.int().nonnegative() }) }),
  /** Records of one size out of a file in an archive: the first ones, or those whose numbers a listed .npy file has. */
  z.strictObject({
    kind: z.literal('records'), archive: z.string(), entry: inside, recordBytes: count,
    pick: z.union([z.strictObject({ first: count }), z.strictObject({ indices: inside })]),
  }),
  /** Not fetched, and why. */
  z.strictObject({ kind: z.literal('none'), reason: z.string().min(1) }),
]);

const schema = z.strictObject({
  archives: z.record(z.string(), z.strictObject({ url: z.url({ protocol: /^https$/ }), bytes: count, sha256 })),
  files: z.array(z.strictObject({ path: inside, bytes: count, sha256, licence: z.string().min(1), origin })).min(1),
});

export type DataList = z.infer<typeof schema>;
export type DataFile = DataList['files'][number];
export type Origin = DataFile['origin'];
export type RepositoryOrigin = Extract<Origin, { repository: string }>;

/** Listed files that a file is made from. */
export function ingredientsOf(origin: Origin): string[] {
  if (origin.kind === 'columns') return [origin.of];
  if (origin.kind === 'parts') return [origin.names.of];
  return origin.kind === 'records' && 'indices' in origin.pick ? [origin.pick.indices] : [];
}

/** @throws DataListError that names every entry that is wrong */
export function parseList(value: unknown): DataList {
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new DataListError(issue?.path.join('.') ?? '', issue?.message ?? '', 'the form in scripts/data/list.ts');
  }
  const list = parsed.data;
  const paths = list.files.map(({ path }) => path);
  const twice = paths.find((path, i) => paths.indexOf(path) !== i);
  if (twice !== undefined) throw new DataListError(twice, 'two entries', 'one');
  for (const { path, origin: from } of list.files) {
    for (const ingredient of ingredientsOf(from)) {
      const kind = list.files.find((file) => file.path === ingredient)?.origin.kind;
      if (kind !== 'file') throw new DataListError(path, `made from ${ingredient}, which is ${kind === undefined ? 'not listed' : 'no file of a repository'}`, 'a listed file of a repository');
    }
    if (from.kind === 'records' && list.archives[from.archive] === undefined) throw new DataListError(path, `archive ${from.archive}`, `one of ${Object.keys(list.archives).join(', ')}`);
  }
  return list;
}

/** The list of this repository. */
export const readList = (): DataList => parseList(JSON.parse(readFileSync(new URL('files.json', import.meta.url), 'utf8')));
