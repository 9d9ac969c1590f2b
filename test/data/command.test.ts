// SPDX-License-Identifier: Apache-2.0
/** Runs `make data`'s program: help, list, JSON, licences, exit codes, environment. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runData, type DataShell } from '../../scripts/data/command.js';
import { bytesOf, DERIVED, EXPECTED, LIST, MIRRORED, serve, writeFiles } from './fake.js';

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

describe('make data', () => {
  it('says what it fetches and under which licences before it does, and what it did', async () => {
    const { exitCode, out, err } = await data('--origin mirror --to data');
    expect([exitCode, err]).toEqual([0, '']);
    expect(out).toMatch(new RegExp(`^8 files to fetch into ${join(folder, 'data')}: 293\\.[0-9] KiB\\. They belong to their authors; their licences:
  Apache-2\\.0: 5 files, 293\\.[0-9] KiB \\(models, tables, made\\)
  CC BY 4\\.0: 1 file, 18 bytes \\(made\\)
  research: 2 files, 16 bytes \\(made\\)
8 files fetched \\(293\\.[0-9] KiB\\), 0 there before\\.
1 file cannot be fetched: derived or repacked \\(--list says from what\\)\\. Tests that need them are skipped\\.
$`));
    expect(await data('--origin mirror --to data')).toEqual({ exitCode: 0, err: '', out: '0 files fetched (0 bytes), 8 there before.\n1 file cannot be fetched: derived or repacked (--list says from what). Tests that need them are skipped.\n' });
  });

  it('says how much a copy by the listed paths has, not how much the origins would', async () => {
    writeFiles(join(folder, 'copy'), [...EXPECTED, DERIVED]);
    const { out } = await data('--origin copy --to data made');
    expect(out).toMatch(/^7 files to fetch into .*: 238 bytes\. They/);
    expect(out).toContain('7 files fetched (238 bytes), 0 there before.\n');
  });

  it('fetches into GEN_ACCEL_DATA from DATA_ORIGIN; options go before', async () => {
    const environment = { GEN_ACCEL_DATA: join(folder, 'from-environment'), DATA_ORIGIN: `file://${folder}/mirror` };
    expect((await data('', { environment })).exitCode).toBe(0);
    expect(existsSync(join(folder, 'from-environment/models/net.tflite'))).toBe(true);
    expect((await data('--to other --origin nowhere', { environment })).exitCode).toBe(2);
    expect(existsSync(join(folder, 'other'))).toBe(false);
  });

  it('fetches beside the repository without any of them; empty variables are none', async () => {
    expect((await data('--origin mirror', { environment: { GEN_ACCEL_DATA: '', DATA_ORIGIN: '' } })).exitCode).toBe(0);
    expect(readdirSync(join(folder, 'shared/data')).toSorted()).toEqual(['made', 'models', 'tables']);
  });

  it('fetches folders and files of the list by name', async () => {
    expect((await data('--origin mirror --to data models/ tables/i.npy')).out).toMatch(/^3 files to fetch/);
    expect((await data('--origin mirror --to data made/labels.csv')).out).toMatch(/^2 files to fetch/);
    const found = readdirSync(join(folder, 'data'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map(({ name }) => name);
    expect(found.toSorted()).toEqual(['i.npy', 'labels.csv', 'net.tflite', 'picture.bmp', 'y.csv']);
  });

  it('goes on after a file that fails, and returns 2; 1 for a file that is there with other bytes; 0 with --force', async () => {
    rmSync(join(folder, 'mirror/owner/models'), { recursive: true });
    const missing = await data('--origin mirror --to data');
    expect(missing.exitCode).toBe(2);
    expect(missing.err.split('\n')).toHaveLength(3);
    expect(missing.err).toMatch(/^data: file models\/net\.tflite from .*no such file; expected the file\./);
    expect(missing.out).toContain('6 files fetched (');
    expect(missing.out).toContain(', 0 there before, 2 failed.\n');

    writeFiles(folder, [['data/tables/y.csv', bytesOf('edited')]]);
    const edited = await data('--origin mirror --to data tables');
    expect(edited).toMatchObject({ exitCode: 1, err: expect.stringContaining('replace it with --force') as string });
    expect(await data('--origin mirror --to data tables --force')).toMatchObject({ exitCode: 0, err: '' });
  });

  it('ends at the first file when there is no network, and says how many are left', async () => {
    const server = await serve();
    await server.close();
    const { exitCode, out, err } = await data(`--origin ${server.url} --to data`);
    expect(exitCode).toBe(2);
    expect(err.split('\n')).toHaveLength(2);
    expect(err).toContain('a refused connection (ECONNREFUSED)');
    expect(out).toContain('0 files fetched (0 bytes), 0 there before, 1 failed, 8 left for the next run.\n');
    expect(existsSync(join(folder, 'data'))).toBe(false);
  });

  it('returns 130 when it is interrupted', async () => {
    const { exitCode, err } = await data('--origin mirror --to data', { signal: AbortSignal.abort() });
    expect([exitCode, err]).toEqual([130, 'data: fetching data: interrupted; expected to finish. What is complete stays; run it again for the rest.\n']);
  });
});

describe('--json', () => {
  it('prints one object: what was fetched with its licence, what was there, what cannot be, what failed', async () => {
    rmSync(join(folder, 'mirror/owner/models'), { recursive: true });
    await data('--origin mirror --to data tables');
    const { exitCode, out, err } = await data('--origin mirror --to data --json');
    expect(exitCode).toBe(2);
    expect(err).not.toBe('');
    const result = JSON.parse(out) as Record<string, unknown[]>;
    expect(Object.keys(result)).toEqual(['folder', 'fetched', 'present', 'notFetched', 'failed']);
    expect(result['fetched']).toContainEqual({ path: 'made/parts.bin', bytes: 18, sha256: LIST.files[1]?.sha256, licence: 'CC BY 4.0' });
    expect(result['present']).toEqual(['tables/y.csv', 'tables/i.npy']);
    expect(result['notFetched']).toEqual([{ path: DERIVED[0], reason: 'made by hand' }]);
    expect(result['failed']).toEqual(['models/net.tflite', 'models/picture.bmp'].map((path) => ({ path, code: 'E_DATA_ORIGIN', message: expect.stringContaining(path) as string })));
  });

  it('with --list is an array with the addresses', async () => {
    const files = JSON.parse((await data('--list --json')).out) as Record<string, unknown>[];
    expect(files).toHaveLength(9);
    expect(files.find(({ path }) => path === 'models/picture.bmp')).toMatchObject({
      state: 'missing', fetched: true, licence: 'Apache-2.0', bytes: 9,
      urls: [`https://raw.githubusercontent.com/owner/models/${'b'.repeat(40)}/a-name.bmp`, 'https://raw.githubusercontent.com/owner/models/0123456789/a-name.bmp'],
    });
  });
});

describe('--list', () => {
  it('shows state, size, licence and origin of every file, fetches nothing and asks nobody', async () => {
    await data('--origin mirror --to data models');
    writeFiles(folder, [['data/tables/y.csv', bytesOf('edited')]]);
    const { exitCode, out } = await data('--to data --list --origin http://127.0.0.1:9');
    expect(exitCode).toBe(0);
    expect(out.split('\n')).toEqual([
      `Data folder ${join(folder, 'data')}`,
      'missing         20  made/labels.csv  (Apache-2.0)', '                    columns 0, 2 of the first 2 rows of tables/y.csv',
      'missing         18  made/parts.bin  (CC BY 4.0)', `                    2 files one after the other: http://127.0.0.1:9/owner/parts/${'b'.repeat(40)}/set/, by column 0 of tables/y.csv`,
      'missing          8  made/picked.bin  (research)', '                    the records of tables/i.npy (4 bytes each) of batches/first.bin in http://127.0.0.1:9/data.example/~someone/batches.tar.gz',
      'missing          8  made/first.bin  (research)', '                    the first 2 records (4 bytes each) of batches/second.bin in http://127.0.0.1:9/data.example/~someone/batches.tar.gz',
      'missing          2  made/derived.json  (Apache-2.0)', '                    not fetched: made by hand',
      'present     300000  models/net.tflite  (Apache-2.0)', `                    http://127.0.0.1:9/owner/models/${'a'.repeat(40)}/deep/net.tflite`,
      'present          9  models/picture.bmp  (Apache-2.0)', `                    http://127.0.0.1:9/owner/models/${'b'.repeat(40)}/a-name.bmp or http://127.0.0.1:9/owner/models/0123456789/a-name.bmp`,
      'differs         38  tables/y.csv  (Apache-2.0)', `                    http://127.0.0.1:9/owner/tables/${'a'.repeat(40)}/y_labels.csv`,
      'missing        144  tables/i.npy  (Apache-2.0)', `                    http://127.0.0.1:9/owner/tables/${'a'.repeat(40)}/indices.npy`,
      '9 files: 8 can be fetched (300245 bytes), 1 cannot', '',
    ]);
    expect(EXPECTED.size).toBe(8);
  });
});

describe('the command line', () => {
  it('--help names every option and ends with examples, in any language', async () => {
    const { exitCode, out } = await data('--help');
    expect(exitCode).toBe(0);
    for (const flag of ['--to', '--origin', '--force', '--timeout', '--list', '--json', '-h, --help']) expect(out).toContain(flag);
    expect(out).toMatch(/Examples:\n( {2}make data.*\n?){4}/);
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(110);
  });

  it.each([
    ['--lits', 'data: command line: Unknown argument: lits; expected the options of --help. See --help.\n'],
    ['--to', 'data: command line: Not enough arguments following: to; expected the options of --help. See --help.\n'],
    ['--to a --to b', 'data: command line: --to more than once; expected one value. Give --to once.\n'],
    ['--timeout 0', 'data: command line: --timeout 0; expected seconds above 0. Use --timeout 30.\n'],
    ['--timeout soon', 'data: command line: --timeout soon; expected seconds above 0. Use --timeout 30.\n'],
    ['--origin gopher://x', 'data: command line: --origin gopher://x; expected a folder, or a URL of file:, http: or https:. Use --origin /path/to/folder or --origin https://host/path.\n'],
    ['model', 'data: command line: the path "model", which is not listed; expected a file of --list or one of the folders made, models, tables. Correct the path.\n'],
  ])('%s is refused with exit code 1', async (line, err) => {
    expect(await data(line)).toEqual({ exitCode: 1, out: '', err });
  });

  it("--to '' is refused", async () => {
    expect((await data(['--to', ''])).err).toBe('data: command line: --to without a value; expected one value. Give --to once.\n');
  });
});
