// SPDX-License-Identifier: Apache-2.0
/** Runs a Yosys script over texts in memory: the embedded WebAssembly Yosys in a worker thread, or a native one. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { execa } from 'execa';
import { SynthesisError, SynthesisStoppedError } from './errors.js';

export interface YosysRequest {
  /** Texts by path; the script reads them. */
  readonly files: ReadonlyMap<string, string>;
  readonly script: string;
  /** Paths that the script writes and the caller wants. */
  readonly outputs: readonly string[];
  /** A native Yosys; default: the embedded one. */
  readonly yosysPath?: string;
  readonly signal?: AbortSignal;
  /** Called with what Yosys prints, piece by piece. */
  readonly onOutput?: (text: string) => void;
}

export interface YosysResult {
  readonly outputs: ReadonlyMap<string, string>;
  readonly log: string;
}

/** @throws SynthesisError, SynthesisStoppedError */
export const runYosysScript = (request: YosysRequest): Promise<YosysResult> =>
  request.yosysPath === undefined ? runEmbedded(request) : runNative(request, request.yosysPath);

async function runNative(request: YosysRequest, path: string): Promise<YosysResult> {
  const folder = await mkdtemp(join(tmpdir(), 'gen-accel-synth-'));
  try {
    for (const [name, text] of [...request.files, ['script.ys', request.script] as const]) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
    const running = execa(path, ['-s', 'script.ys'], {
      cwd: folder,
      all: true,
      reject: false,
      stdin: 'ignore',
      ...(request.signal === undefined ? {} : { cancelSignal: request.signal }),
    });
    if (request.onOutput !== undefined) running.all?.on('data', (chunk: Buffer) => request.onOutput?.(chunk.toString()));
    const result = await running;
    const log = result.all ?? '';
    if (result.isCanceled) throw new SynthesisStoppedError(path);
    if (result.failed) throw new SynthesisError(path, result.exitCode === undefined ? (result.shortMessage ?? 'killed') : `exit status ${result.exitCode}`, log);
    const outputs = new Map<string, string>();
    for (const name of request.outputs) {
      const text = await readFile(join(folder, name), 'utf8').catch(() => undefined);
      if (text === undefined) throw new SynthesisError(path, `exit status 0 and no ${name}`, log);
      outputs.set(name, text);
    }
    return { outputs, log };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const EMBEDDED = 'embedded Yosys';

/** Source of the worker: the package is found from here, not from the working directory. */
const WORKER = `
const { parentPort, workerData } = require('node:worker_threads');
const tree = {};
for (const [path, text] of workerData.files) {
  const parts = path.split('/');
  let folder = tree;
  for (const part of parts.slice(0, -1)) folder = folder[part] ??= {};
  folder[parts.at(-1)] = text;
}
const print = (bytes) => { if (bytes !== null) parentPort.postMessage({ print: Buffer.from(bytes).toString() }); };
const find = (tree, path) => path.split('/').reduce((at, part) => at?.[part], tree);
import(workerData.url)
  .then(({ runYosys }) => runYosys(['-s', 'script.ys'], tree, { stdout: print, stderr: print }))
  .then((after) => parentPort.postMessage({ outputs: workerData.outputs.map((path) => [path, find(after, path)]) }))
  .catch((error) => parentPort.postMessage({ failed: error.code === undefined ? String(error.stack) : 'exit status ' + error.code }));
`;

type Message =
  | { readonly print: string; readonly outputs?: never; readonly failed?: never }
  | { readonly outputs: readonly (readonly [string, string | Uint8Array | undefined])[]; readonly print?: never; readonly failed?: never }
  | { readonly failed: string; readonly outputs?: never; readonly print?: never };

function runEmbedded(request: YosysRequest): Promise<YosysResult> {
  if (request.signal?.aborted === true) return Promise.reject(new SynthesisStoppedError(EMBEDDED));
  const url = pathToFileURL(createRequire(import.meta.url).resolve('@yowasp/yosys')).href;
  return new Promise((resolve, reject) => {
    let log = '';
    const worker = new Worker(WORKER, {
      eval: true,
      workerData: { url, files: [...request.files, ['script.ys', request.script]], outputs: request.outputs },
    });
    const stop = () => end(() => reject(new SynthesisStoppedError(EMBEDDED)));
    const end = (settle: () => void) => {
      request.signal?.removeEventListener('abort', stop);
      void worker.terminate();
      settle();
    };
    request.signal?.addEventListener('abort', stop);
    worker.on('error', (error) => end(() => reject(new SynthesisError(EMBEDDED, error.message, log))));
    worker.on('message', (message: Message) => {
      if (message.print !== undefined) {
        log += message.print;
        request.onOutput?.(message.print);
      } else if (message.failed !== undefined) {
        end(() => reject(new SynthesisError(EMBEDDED, message.failed, log)));
      } else {
        const outputs = new Map(message.outputs.map(([path, text]) => [path, text === undefined ? '' : typeof text === 'string' ? text : Buffer.from(text).toString()]));
        end(() => resolve({ outputs, log }));
      }
    });
  });
}
