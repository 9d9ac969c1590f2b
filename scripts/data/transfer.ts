// SPDX-License-Identifier: Apache-2.0
/** Owns bringing one file from a location to the disk: in pieces, hashed on the way, with a time limit on silence and a bound on its size. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { DataInterruptedError, DataNetworkError, DataOriginError, DataRedirectError, DataWriteError } from './errors.js';
import { textOf, type Location } from './locations.js';

/** A new file that is written from its start; tests stand in for a full disk. */
export interface Sink {
  write(bytes: Uint8Array): Promise<unknown>;
  close(): Promise<void>;
}

export interface TransferOptions {
  /** The file that is wanted, for errors. */
  readonly file: string;
  /** More than this is cut off. */
  readonly maxBytes: number;
  /** Without a byte for so long, the transfer has failed. */
  readonly silenceMs: number;
  readonly signal: AbortSignal;
  readonly onBytes: (bytes: number) => void;
  readonly openSink: (path: string) => Promise<Sink>;
}

export interface Transferred {
  readonly bytes: number;
  readonly sha256: string;
  /** There was more than `maxBytes`. */
  readonly cut: boolean;
}

const MAX_REDIRECTS = 3;

export async function openOnDisk(path: string): Promise<Sink> {
  const handle = await open(path, 'w');
  // Unlike `write`, `writeFile` goes on until every byte is written, from where the last one ended.
  return { write: (bytes) => handle.writeFile(bytes), close: () => handle.close() };
}

/** @throws DataOriginError, DataRedirectError, DataNetworkError, DataWriteError, DataInterruptedError */
export async function transfer(from: Location, to: string, options: TransferOptions): Promise<Transferred> {
  const { signal, silenceMs, maxBytes, openSink } = options;
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(), silenceMs);
  let sink: Sink | undefined;
  try {
    const source = from.kind === 'disk' ? createReadStream(from.path) : await response(from.url, AbortSignal.any([signal, silence.signal]), options);
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const chunk of source as AsyncIterable<Uint8Array>) {
      if (signal.aborted) throw new DataInterruptedError();
      timer.refresh();
      bytes += chunk.length;
      if (bytes > maxBytes) return { bytes, sha256: '', cut: true };
      hash.update(chunk);
      try {
        sink ??= await openSink(to);
        await sink.write(chunk);
      } catch (error) {
        throw new DataWriteError(to, error);
      }
      options.onBytes(chunk.length);
    }
    if (sink === undefined) sink = await openSink(to);
    return { bytes, sha256: hash.digest('hex'), cut: false };
  } catch (error) {
    if (signal.aborted) throw new DataInterruptedError();
    throw silence.signal.aborted ? new DataNetworkError(options.file, textOf(from), `no byte for ${silenceMs / 1000} s`, error) : explained(error, from, options.file);
  } finally {
    clearTimeout(timer);
    await sink?.close().catch(() => undefined);
  }
}

const OWN = [DataOriginError, DataRedirectError, DataNetworkError, DataWriteError, DataInterruptedError];

/** What Node says of a failed fetch stands in the causes. */
function explained(error: unknown, from: Location, file: string): unknown {
  if (OWN.some((kind) => error instanceof kind)) return error;
  if (from.kind === 'disk') {
    const code = (error as NodeJS.ErrnoException).code;
    return new DataOriginError(file, from.path, code === 'ENOENT' || code === 'ENOTDIR' ? 'no such file' : `a file that cannot be read (${code ?? String(error)})`);
  }
  let cause: unknown = error;
  while (cause instanceof Error && cause.cause !== undefined) cause = cause.cause;
  const code = (cause as NodeJS.ErrnoException).code;
  return new DataNetworkError(file, from.url, `${NETWORK_TEXTS[code ?? ''] ?? (cause instanceof Error ? cause.message : String(cause))}${code === undefined ? '' : ` (${code})`}`, error);
}

const NETWORK_TEXTS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'no such host', EAI_AGAIN: 'no answer from the name server', ECONNREFUSED: 'a refused connection', ECONNRESET: 'a connection that was cut', UND_ERR_SOCKET: 'an answer that ended early',
  ENETUNREACH: 'no network', EHOSTUNREACH: 'no way to the host', ETIMEDOUT: 'no answer', UND_ERR_CONNECT_TIMEOUT: 'no answer', UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'an answer that ended early',
};

/** The body of the answer. Redirections are followed within a host. */
async function response(url: string, signal: AbortSignal, { file }: TransferOptions): Promise<ReadableStream<Uint8Array>> {
  let at = url;
  for (let hops = 0; ; hops++) {
    const answer = await fetch(at, { redirect: 'manual', signal, headers: { 'accept-encoding': 'identity', 'user-agent': 'gen-accel' } });
    if (answer.ok && answer.body !== null) return answer.body as unknown as ReadableStream<Uint8Array>;
    await answer.body?.cancel();
    const target = answer.headers.get('location');
    if (answer.status < 300 || answer.status >= 400 || target === null) {
      throw new DataOriginError(file, at, `HTTP status ${answer.status}${answer.statusText === '' ? '' : ` ${answer.statusText}`}`, answer.status === 429 || answer.status >= 500);
    }
    const next = URL.canParse(target, at) ? new URL(target, at) : undefined;
    if (next?.host !== new URL(at).host || next.protocol !== new URL(at).protocol) throw new DataRedirectError(file, url, target, 'another host');
    if (hops === MAX_REDIRECTS) throw new DataRedirectError(file, url, target, `after ${MAX_REDIRECTS} others`);
    at = next.href;
  }
}
