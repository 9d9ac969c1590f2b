// SPDX-License-Identifier: Apache-2.0
/** Runs `make data` as a process and on a terminal: progress, an interrupt, the Makefile. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runData, type DataShell } from '../../scripts/data/command.js';
import { isFinal } from '../../scripts/data/errors.js';
import { EXPECTED, LIST, MIRRORED, serve, writeFiles } from './fake.js';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gen-accel-data-'));
  writeFiles(join(folder, 'mirror'), MIRRORED);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function data(line: string | readonly string[], over: Partial<DataShell> = {}): Promise<{ readonly exitCode: number; readonly out: string; readonly err: string }> {
  const [out, err]: [string[], string[]] = [[], []];
  const words = typeof line === 'string' ? line.split(' ').filter((word) => word !== '') : line;
  const exitCode = await runData(words, {
    cwd: folder, environment: {}, root: join(folder, 'repository'), list: LIST, signal: new AbortController().signal, pauseMs: 1,
    print: (text) => out.push(`${text}\n`), complain: (text) => err.push(`${text}\n`), ...over,
  });
  return { exitCode, out: out.join(''), err: err.join('') };
}

describe('progress', () => {
  const stream = (isTTY: boolean) => {
    const written: string[] = [];
    return { written, progress: { isTTY, write: (text: string) => written.push(text), cursorTo: () => true, clearLine: () => true, moveCursor: () => true, clearScreenDown: () => true, columns: 100, on: () => undefined } };
  };

  it('is a line a file where there is no terminal', async () => {
    const { written, progress } = stream(false);
    await data('--origin mirror --to data', { progress });
    expect(written).toEqual([...EXPECTED.keys()].toSorted((a, b) => Number(a.startsWith('made')) - Number(b.startsWith('made'))).map((path) => expect.stringMatching(`^${path} \\(.*\\)\n$`) as string));
  });

  it('is a bar on a terminal', async () => {
    const { written, progress } = stream(true);
    await data('--origin mirror --to data', { progress });
    expect(written.join('')).toMatch(/[█░]+.*\d+\/29[0-9].*made\/first\.bin/s);
  });
});

describe('the program', () => {
  const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const start = (words: readonly string[], environment: Record<string, string> = {}) => {
    const child = spawn(process.execPath, ['--import', TSX, join(root, 'scripts/data/main.ts'), ...words], { cwd: folder, env: { ...process.env, DATA_ORIGIN: '', ...environment } });
    const output = { out: '', err: '' };
    child.stdout.on('data', (text) => { output.out += String(text); });
    child.stderr.on('data', (text) => { output.err += String(text); });
    const ended = new Promise<number | null>((done) => { child.on('close', done); });
    return { child, output, ended };
  };

  it('fetches the repository\'s own list: a mirror without any file fails with the address of each', async () => {
    const { output, ended } = start(['--origin', 'empty', '--to', 'data', 'coral']);
    expect(await ended).toBe(2);
    expect(output.err).toContain(`data: file coral/bird.bmp from ${join(folder, 'empty')}/google-coral/test_data/104342d2d3480b3e66203073dac24f4e2dbb4c41/bird.bmp: no such file; expected the file.`);
    expect(output.out).toContain('4 files to fetch into');
    expect(existsSync(join(folder, 'data'))).toBe(false);
  });

  it('stops at SIGINT, leaves nothing half-written and returns 130', async () => {
    let child: ReturnType<typeof start>['child'] | undefined;
    const server = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': 526_986 }).write(Buffer.alloc(100_000));
      setTimeout(() => child?.kill('SIGINT'), 100);
    });
    try {
      const run = start(['--to', 'data', 'coral/bird.bmp'], { DATA_ORIGIN: server.url });
      child = run.child;
      expect(await run.ended).toBe(130);
      expect(run.output.err).toContain('data: fetching data: interrupted');
      expect(existsSync(join(folder, 'data'))).toBe(false);
    } finally {
      await server.close();
    }
  });

  it('is what make data runs', () => {
    const makefile = readFileSync(join(root, 'Makefile'), 'utf8');
    expect(makefile).toMatch(/^data: .*\n\t@\$\(TSX\) scripts\/data\/main\.ts \$\(if \$\(DATA_ORIGIN\),--origin "\$\(DATA_ORIGIN\)"\) \$\(ARGS\)$/m);
    expect(makefile).toMatch(/^# data /m);
  });
});

it('an error that is none of the network, the disk or the user does not end a run', () => {
  expect(isFinal(new Error('x'))).toBe(false);
});
