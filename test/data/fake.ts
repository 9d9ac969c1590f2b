// SPDX-License-Identifier: Apache-2.0
/** A small list of every kind of origin, the bytes behind it, and mirrors of them: a folder, and a server on the loopback. */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { fetchData, type FetchOptions, type FetchOutcome } from '../../scripts/data/fetch-data.js';
import { parseList, type DataList } from '../../scripts/data/list.js';

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** An uncompressed tar of files, as tar writes them. */
export function tar(files: readonly (readonly [name: string, bytes: Uint8Array])[]): Uint8Array {
  const blocks = files.flatMap(([name, bytes]) => {
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write('0000644\0', 100);
    header.write(`${bytes.length.toString(8).padStart(11, '0')} `, 124);
    header.write('ustar\0', 257);
    return [header, Buffer.concat([bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)])];
  });
  return new Uint8Array(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}

export function npy(numbers: readonly number[]): Uint8Array {
  const header = `{'descr': '<i8', 'fortran_order': False, 'shape': (${numbers.length},), }`.padEnd(117);
  const start = Buffer.concat([Buffer.from('\x93NUMPY\x01\x00', 'latin1'), Buffer.from([118, 0]), Buffer.from(`${header}\n`)]);
  return new Uint8Array(Buffer.concat([start, Buffer.from(BigInt64Array.from(numbers.map(BigInt)).buffer)]));
}

const COMMIT = 'a'.repeat(40);
const SHORT = '0123456789';
const OTHER = 'b'.repeat(40);

const table = bytesOf('one.bin,3,7\ntwo.bin,3,8\nthree.bin,3,9\n');
const numbers = npy([2, 0]);
const parts = [bytesOf('part one;'), bytesOf('part two;')];
const archive = new Uint8Array(gzipSync(tar([['batches/readme', bytesOf('read me')], ['batches/first.bin', bytesOf('aaaabbbbccccdddd')], ['batches/second.bin', bytesOf('eeeeffffgggg')]])));
const large = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7919) >> 8);

/** Path below a mirror -> bytes. */
export const MIRRORED: ReadonlyMap<string, Uint8Array> = new Map([
  [`owner/models/${COMMIT}/deep/net.tflite`, large],
  [`owner/models/${SHORT}/a-name.bmp`, bytesOf('a picture')],
  [`owner/tables/${COMMIT}/y_labels.csv`, table],
  [`owner/tables/${COMMIT}/indices.npy`, numbers],
  [`owner/parts/${OTHER}/set/one.bin`, parts[0] as Uint8Array],
  [`owner/parts/${OTHER}/set/two.bin`, parts[1] as Uint8Array],
  ['data.example/~someone/batches.tar.gz', archive],
]);

const entry = (path: string, bytes: Uint8Array, origin: object, licence = 'Apache-2.0'): object => ({ path, bytes: bytes.length, sha256: sha256(bytes), licence, origin });

/** Listed path -> bytes, of what can be fetched. */
export const EXPECTED: ReadonlyMap<string, Uint8Array> = new Map([
  ['models/net.tflite', large],
  ['models/picture.bmp', bytesOf('a picture')],
  ['tables/y.csv', table],
  ['tables/i.npy', numbers],
  ['made/labels.csv', bytesOf('one.bin,7\ntwo.bin,8\n')],
  ['made/parts.bin', bytesOf('part one;part two;')],
  ['made/picked.bin', bytesOf('ccccaaaa')],
  ['made/first.bin', bytesOf('eeeeffff')],
]);
export const DERIVED = ['made/derived.json', bytesOf('{}')] as const;

const listed = (path: string): Uint8Array => EXPECTED.get(path) as Uint8Array;

export const LIST: DataList = parseList({
  archives: { batches: { url: 'https://data.example/~someone/batches.tar.gz', bytes: archive.length, sha256: sha256(archive) } },
  files: [
    entry('made/labels.csv', listed('made/labels.csv'), { kind: 'columns', of: 'tables/y.csv', rows: 2, columns: [0, 2] }),
    entry('made/parts.bin', listed('made/parts.bin'), { kind: 'parts', repository: 'owner/parts', commits: [OTHER], folder: 'set', names: { of: 'tables/y.csv', rows: 2, column: 0 } }, 'CC BY 4.0'),
    entry('made/picked.bin', listed('made/picked.bin'), { kind: 'records', archive: 'batches', entry: 'batches/first.bin', recordBytes: 4, pick: { indices: 'tables/i.npy' } }, 'research'),
    entry('made/first.bin', listed('made/first.bin'), { kind: 'records', archive: 'batches', entry: 'batches/second.bin', recordBytes: 4, pick: { first: 2 } }, 'research'),
    entry(DERIVED[0], DERIVED[1], { kind: 'none', reason: 'made by hand' }),
    entry('models/net.tflite', large, { kind: 'file', repository: 'owner/models', commits: [COMMIT], path: 'deep/net.tflite' }),
    entry('models/picture.bmp', bytesOf('a picture'), { kind: 'file', repository: 'owner/models', commits: [OTHER, SHORT], path: 'a-name.bmp' }),
    entry('tables/y.csv', table, { kind: 'file', repository: 'owner/tables', commits: [COMMIT], path: 'y_labels.csv' }),
    entry('tables/i.npy', numbers, { kind: 'file', repository: 'owner/tables', commits: [COMMIT], path: 'indices.npy' }),
  ],
});

export const fileOf = (path: string): DataList['files'][number] => LIST.files.find((file) => file.path === path) as DataList['files'][number];

export function writeFiles(folder: string, files: Iterable<readonly [string, Uint8Array]>): void {
  for (const [path, bytes] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
}

/** Fetches with everything given but the folder and the base. */
export const fetchAll = (folder: string, base: FetchOptions['base'], over: Partial<FetchOptions> = {}): Promise<FetchOutcome> =>
  fetchData({
    list: LIST, wanted: LIST.files, folder, base, force: false, silenceMs: 5000, retries: 0, pauseMs: 1, signal: new AbortController().signal,
    onFile: () => undefined, onBytes: () => undefined, ...over,
  });

export type Handler = (request: IncomingMessage, response: ServerResponse, path: string) => void;

/** Answers with the mirrored file. */
export const answer: Handler = (_request, response, path) => {
  const bytes = MIRRORED.get(path);
  if (bytes === undefined) response.writeHead(404).end();
  else response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
};

export interface Server {
  readonly url: string;
  /** Paths in the order of the requests. */
  readonly asked: string[];
  close(): Promise<void>;
}

export async function serve(handler: Handler = answer): Promise<Server> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent((request.url ?? '').slice(1));
    asked.push(path);
    handler(request, response, path);
  });
  await new Promise<void>((done) => { server.listen(0, '127.0.0.1', done); });
  const close = (): Promise<void> => new Promise((done) => {
    server.closeAllConnections();
    server.close(() => done());
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, close };
}
