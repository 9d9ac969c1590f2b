// SPDX-License-Identifier: Apache-2.0
/** Fetches from a server on the loopback that does what servers and networks do: refuse, redirect, stall, cut off, come back. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataNetworkError, DataOriginError, DataRedirectError, DataSumError, DataUsageError } from '../../scripts/data/errors.js';
import { archiveLocation, namedLocation, parseBase, repositoryLocations } from '../../scripts/data/locations.js';
import { answer, EXPECTED, fetchAll, fileOf, LIST, MIRRORED, serve, type Handler, type Server } from './fake.js';

let target = '';
let server: Server | undefined;
beforeEach(() => { target = join(mkdtempSync(join(tmpdir(), 'gen-accel-network-')), 'data'); });
afterEach(async () => {
  await server?.close();
  server = undefined;
  rmSync(join(target, '..'), { recursive: true, force: true });
});

const NET = [...MIRRORED.keys()][0] as string;
const wanted = [fileOf('models/net.tflite')];
const from = async (handler?: Handler): Promise<{ kind: 'http'; url: string }> => ({ kind: 'http', url: (server = await serve(handler)).url });

/** The one error of fetching one file; nothing is left. */
async function failure(handler: Handler, over: Parameters<typeof fetchAll>[2] = {}): Promise<Error> {
  const { failed, fetched } = await fetchAll(target, await from(handler), { wanted, ...over });
  expect([fetched, failed.length]).toEqual([[], 1]);
  expect(existsSync(target)).toBe(false);
  return failed[0]?.error as Error;
}

describe('a server', () => {
  it('gives the whole list, at the paths of GitHub; an archive is asked for once', async () => {
    const base = await from();
    const { failed, fetched } = await fetchAll(target, base);
    expect([failed, fetched.length]).toEqual([[], 8]);
    for (const [path, bytes] of EXPECTED) expect(new Uint8Array(readFileSync(join(target, path)))).toEqual(bytes);
    expect(readdirSync(target).toSorted()).toEqual(['made', 'models', 'tables']);
    // The first commit of one file is not there; the second is.
    expect(server?.asked.toSorted()).toEqual([...MIRRORED.keys(), `owner/models/${'b'.repeat(40)}/a-name.bmp`].toSorted());
  });

  it.each([404, 403, 410])('that answers %i has not got the file, and is not asked again', async (status) => {
    const error = await failure((_request, response) => void response.writeHead(status, 'Because').end('<html>'), { retries: 2 });
    expect(error).toBeInstanceOf(DataOriginError);
    expect(error.message).toBe(`file models/net.tflite from ${server?.url}/${NET}: HTTP status ${status} Because; expected the file. Fetch the file elsewhere and pass its folder with --origin.`);
    expect(server?.asked).toHaveLength(1);
  });

  it.each([429, 500, 503])('that answers %i is asked again, then left alone with all other files', async (status) => {
    const { failed, fetched } = await fetchAll(target, await from((_request, response) => void response.writeHead(status).end()), { retries: 2 });
    expect(failed.map(({ error }) => error.message)).toEqual([expect.stringMatching(`HTTP status ${status} .*; expected the file. Run it again later.`)]);
    expect([fetched, server?.asked.length]).toEqual([[], 3]);
  });

  it('that fails twice and then answers gives the file, and its bytes count once', async () => {
    let bytes = 0;
    const base = await from((request, response, path) => {
      if ((server?.asked.length ?? 0) === 1) response.writeHead(503).end();
      else if (server?.asked.length === 2) response.writeHead(200, { 'content-length': 300_000 }).write(Buffer.alloc(70_000), () => response.destroy());
      else answer(request, response, path);
    });
    const { fetched } = await fetchAll(target, base, { wanted, retries: 2, onBytes: (more) => { bytes += more; } });
    expect([fetched.length, bytes]).toEqual([1, 300_000]);
  });
});

describe('a redirection', () => {
  const to = (target_: (path: string) => string, status = 302): Handler => (request, response, path) => {
    if (path === 'moved/here') answer(request, response, NET);
    else response.writeHead(status, { location: target_(path) }).end();
  };

  it('within the host is followed', async () => {
    const { fetched } = await fetchAll(target, await from(to(() => '/moved/here', 301)), { wanted });
    expect(fetched).toHaveLength(1);
  });

  it('to another host is refused with its address', async () => {
    const error = await failure(to(() => 'http://elsewhere.invalid/file'));
    expect(error).toBeInstanceOf(DataRedirectError);
    expect(error.message).toBe(
      `file models/net.tflite from ${server?.url}/${NET}: a redirection to http://elsewhere.invalid/file, another host; expected the file itself, or another address of the same host. If that place is trusted, pass it with --origin.`,
    );
  });

  it('to another protocol of the host is refused', async () => {
    expect((await failure((_request, response) => void response.writeHead(302, { location: `ftp://${server?.url.slice(7)}/x` }).end())).message).toContain(', another host;');
  });

  it('that goes on and on is refused', async () => {
    expect((await failure(to((path) => `/${path}x`, 307))).message).toContain('xxx, after 3 others;');
    expect(server?.asked).toHaveLength(4);
  });

  it('to nowhere is an answer without the file', async () => {
    expect((await failure((_request, response) => void response.writeHead(304).end())).message).toContain('HTTP status 304 Not Modified');
  });
});

describe('a network', () => {
  it('without the server is an error that ends the run', async () => {
    const base = await from();
    await server?.close();
    const { failed } = await fetchAll(target, base, { retries: 1 });
    expect(failed).toHaveLength(1);
    expect(failed[0]?.error).toBeInstanceOf(DataNetworkError);
    expect(failed[0]?.error.message).toMatch(/from http:.*: a refused connection \(ECONNREFUSED\); expected the whole file\. Run it again where that address can be reached \(what is complete stays\), or pass a folder with the files with --origin\.$/);
    expect(existsSync(target)).toBe(false);
  });

  it('without the host is an error', async () => {
    const { failed } = await fetchAll(target, { kind: 'http', url: 'http://no-such-host.invalid' }, { wanted });
    expect(failed[0]?.error.message).toMatch(/: (no such host|no answer from the name server|.*) \((ENOTFOUND|EAI_AGAIN)\); expected the whole file/);
  });

  it('that falls silent before the answer is given up after the time that is set', async () => {
    const error = await failure(() => undefined, { silenceMs: 60 });
    expect(error).toBeInstanceOf(DataNetworkError);
    expect(error.message).toContain(': no byte for 0.06 s; expected the whole file.');
  });

  it('that falls silent within a file is given up too', async () => {
    const error = await failure((_request, response) => void response.writeHead(200, { 'content-length': 300_000 }).write(Buffer.alloc(1000)), { silenceMs: 60 });
    expect(error.message).toContain(': no byte for 0.06 s;');
  });

  it('that is slow, but never silent, is waited for', async () => {
    const base = await from((_request, response) => {
      const bytes = MIRRORED.get(NET) as Uint8Array;
      let sent = 0;
      const more = (): void => {
        if (sent >= bytes.length) return void response.end();
        response.write(bytes.subarray(sent, (sent += 30_000)));
        setTimeout(more, 30);
      };
      response.writeHead(200);
      more();
    });
    const { fetched } = await fetchAll(target, base, { wanted, silenceMs: 250 });
    expect(fetched).toHaveLength(1);
  });

  it('that cuts a file off before its length is an error', async () => {
    const error = await failure((_request, response) => response.writeHead(200, { 'content-length': 300_000 }).write(Buffer.alloc(1000), () => response.destroy()));
    expect(error).toBeInstanceOf(DataNetworkError);
    expect(error.message).toMatch(/: an? .*\((UND_ERR_SOCKET|ECONNRESET)\); expected the whole file/);
  });

  it('that ends a file of unknown length early is found by the sum', async () => {
    const error = await failure((_request, response) => void response.writeHead(200).end(Buffer.alloc(1000)));
    expect(error).toBeInstanceOf(DataSumError);
    expect(error.message).toContain(': 1000 bytes with SHA-256');
  });

  it('that sends without end is cut off one piece after the listed size', async () => {
    let sent = 0;
    const error = await failure((_request, response) => {
      const more = (): void => { sent += 65_536; response.write(Buffer.alloc(65_536), (fault) => { if (!fault) more(); }); };
      response.writeHead(200);
      more();
    });
    expect(error.message).toContain(': more than 300000 bytes; expected 300000 bytes with SHA-256');
    expect(sent).toBeLessThan(50_000_000);
  });

  it('is left at once when the run is interrupted', async () => {
    const stop = new AbortController();
    const error = await failure(() => void setTimeout(() => stop.abort(), 20), { signal: stop.signal, retries: 2 });
    expect(error.constructor.name).toBe('DataInterruptedError');
  });
});

describe('--origin', () => {
  it('is a folder, a file URL, or a web address', () => {
    expect(parseBase(undefined, '/w')).toBeUndefined();
    expect(parseBase('', '/w')).toBeUndefined();
    expect(parseBase('a/b', '/w')).toEqual({ kind: 'disk', folder: '/w/a/b' });
    expect(parseBase('file:///a%20b/c', '/w')).toEqual({ kind: 'disk', folder: '/a b/c' });
    expect(parseBase('https://host/path//', '/w')).toEqual({ kind: 'http', url: 'https://host/path' });
  });

  it.each(['ftp://host/a', 'https://', 'https://host/a?b=c', 'https://host/#x', 'file://host/a', 'mailto:x@y'])('is not %s', (text) => {
    expect(() => parseBase(text, '/w')).toThrow(DataUsageError);
    expect(() => parseBase(text, '/w')).toThrow(`command line: --origin ${text}; expected a folder, or a URL of file:, http: or https:. Use --origin`);
  });

  it('without it addresses are those of GitHub, with what an address cannot hold escaped', () => {
    const repository = { repository: 'o/r', commits: ['0123456789', 'c'.repeat(40)] };
    expect(repositoryLocations(undefined, repository, 'a b/#1.bin')).toEqual(repository.commits.map((commit) => ({ kind: 'http', url: `https://raw.githubusercontent.com/o/r/${commit}/a%20b/%231.bin` })));
    expect(repositoryLocations({ kind: 'disk', folder: '/m' }, repository, 'a b/#1.bin')[0]).toEqual({ kind: 'disk', path: '/m/o/r/0123456789/a b/#1.bin' });
    const archive = LIST.archives['batches'] as (typeof LIST.archives)[string];
    expect(archiveLocation(undefined, archive)).toEqual({ kind: 'http', url: archive.url });
    expect(archiveLocation({ kind: 'http', url: 'http://m' }, archive)).toEqual({ kind: 'http', url: 'http://m/data.example/~someone/batches.tar.gz' });
    expect(namedLocation(undefined, fileOf('tables/y.csv'))).toBeUndefined();
  });
});
