// SPDX-License-Identifier: Apache-2.0
/** Owns where a file may be had: the public addresses, the same paths below another base, or a folder that holds the files by name. */
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DataUsageError } from './errors.js';
import type { DataFile, DataList, RepositoryOrigin } from './list.js';

export type Location = { readonly kind: 'http'; readonly url: string } | { readonly kind: 'disk'; readonly path: string };

/** Undefined: the public origins. */
export type Base = { readonly kind: 'http'; readonly url: string } | { readonly kind: 'disk'; readonly folder: string } | undefined;

const GITHUB = 'https://raw.githubusercontent.com';

/** A folder, a file: URL or a http(s): URL. @throws DataUsageError */
export function parseBase(text: string | undefined, cwd: string): Base {
  if (text === undefined || text === '') return undefined;
  if (!/^[a-z][a-z0-9+.-]+:/i.test(text)) return { kind: 'disk', folder: resolve(cwd, text) };
  const wrong = (): never => { throw new DataUsageError(`--origin ${text}`, 'a folder, or a URL of file:, http: or https:', 'Use --origin /path/to/folder or --origin https://host/path.'); };
  if (!URL.canParse(text)) return wrong();
  const url = new URL(text);
  if (url.protocol === 'file:') {
    try {
      return { kind: 'disk', folder: fileURLToPath(url) };
    } catch {
      return wrong();
    }
  }
  if (url.search !== '' || url.hash !== '' || !['http:', 'https:'].includes(url.protocol)) return wrong();
  return { kind: 'http', url: url.href.replace(/\/+$/, '') };
}

const under = (base: Base, path: string, publicUrl: string): Location => {
  if (base === undefined) return { kind: 'http', url: publicUrl };
  return base.kind === 'http' ? { kind: 'http', url: `${base.url}/${path}` } : { kind: 'disk', path: join(base.folder, path) };
};

/** A path of a repository, at each of its commits. */
export function repositoryLocations(base: Base, { repository, commits }: Pick<RepositoryOrigin, 'repository' | 'commits'>, path: string): Location[] {
  const escaped = path.split('/').map(encodeURIComponent).join('/');
  return commits.map((commit) => under(base, `${repository}/${commit}/${base?.kind === 'disk' ? path : escaped}`, `${GITHUB}/${repository}/${commit}/${escaped}`));
}

/** An archive; below another base it lies under its host and path. */
export function archiveLocation(base: Base, { url }: DataList['archives'][string]): Location {
  const { host, pathname } = new URL(url);
  return under(base, `${host}${pathname}`, url);
}

/** The file by its listed name, in a folder alone. */
export const namedLocation = (base: Base, { path }: DataFile): Location | undefined => (base?.kind === 'disk' ? { kind: 'disk', path: join(base.folder, path) } : undefined);

export const textOf = (location: Location): string => (location.kind === 'http' ? location.url : location.path);
