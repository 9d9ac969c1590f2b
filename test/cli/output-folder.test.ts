// SPDX-License-Identifier: Apache-2.0
/** Checks that an output folder is written whole or not at all, and never over another's work. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InterruptedError, OutputConflictError, OutputStaleError, OutputWriteError } from '../../generator/cli/output-errors.js';
import { checkOutputFolder, writeOutputFolder, type OutputFiles, type Writer } from '../../generator/cli/output-folder.js';
import { sealManifest } from '../../generator/arch/manifest-record.js';

let base = '';
let folder = '';
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'output-folder-'));
  folder = join(base, 'out');
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const output = (texts: Record<string, string>): OutputFiles => {
  const files = new Map(Object.entries(texts));
  files.set('accel.json', sealManifest({ version: '1' }, files));
  return files;
};
const first = output({ 'rtl/a.v': 'module a;\n', 'rtl/old/b.v': 'module b;\n', 'README.md': 'one\n' });
const second = output({ 'rtl/a.v': 'module a2;\n', 'README.md': 'one\n', 'tb/tb.v': 'module tb;\n' });

/** Everything below a folder, as path -> text. */
const snapshot = (path = base): Record<string, string> =>
  Object.fromEntries(
    readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((file) => [file.slice(path.length + 1), readFileSync(file, 'utf8')]),
  );
const asOutput = (files: OutputFiles): Record<string, string> => Object.fromEntries([...files].map(([path, text]) => [`out/${path}`, text]).sort());

const write = (files: OutputFiles, options: { force?: boolean; writer?: Writer; signal?: AbortSignal } = {}) =>
  writeOutputFolder(folder, files, { force: false, ...options });
const put = (path: string, text: string): void => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
};
/** A disk that fails at the n-th operation of its kind. */
const failing = (kind: keyof Writer, at: number, code: string): Writer => {
  let calls = 0;
  const strike = (): void => {
    if (++calls === at) throw Object.assign(new Error(`${code}: simulated`), { code });
  };
  return {
    write: async (path, text) => {
      if (kind === 'write') strike();
      await writeFile(path, text);
    },
    rename: (from, to) => {
      if (kind === 'rename') strike();
      renameSync(from, to);
    },
  };
};

describe('a first generation', () => {
  it('makes the folder and its parents, and leaves nothing beside it', async () => {
    folder = join(base, 'deep', 'out');
    const result = await write(first);
    expect([...result.written].sort()).toEqual([...first.keys()].sort());
    expect(snapshot(folder)).toEqual(Object.fromEntries([...first].sort()));
    expect(readdirSync(dirname(folder))).toEqual(['out']);
  });

  it('fills an empty folder', async () => {
    mkdirSync(folder);
    await write(first);
    expect(snapshot()).toEqual(asOutput(first));
  });

  it('follows a link to a folder', async () => {
    mkdirSync(join(base, 'real'));
    symlinkSync(join(base, 'real'), folder);
    await write(first);
    expect(readFileSync(join(base, 'real', 'README.md'), 'utf8')).toBe('one\n');
  });
});

describe('a later generation', () => {
  it('replaces what changed, removes what is stale with its folder, and touches nothing else', async () => {
    await write(first);
    const untouched = statSync(join(folder, 'README.md')).mtimeMs;
    put('notes.txt', 'mine');
    put('build/sim.vvp', 'tool');
    const result = await write(second);
    expect(result.removed).toEqual(['rtl/old/b.v']);
    expect(result.unchanged).toEqual(['README.md']);
    expect(snapshot()).toEqual({ ...asOutput(second), 'out/notes.txt': 'mine', 'out/build/sim.vvp': 'tool' });
    expect(existsSync(join(folder, 'rtl', 'old'))).toBe(false);
    expect(statSync(join(folder, 'README.md')).mtimeMs).toBe(untouched);
  });

  it('writes nothing when nothing changed', async () => {
    await write(first);
    expect((await write(first)).written).toEqual([]);
  });

  it('restores a file that was deleted by hand', async () => {
    await write(first);
    rmSync(join(folder, 'rtl/a.v'));
    expect((await write(first)).written).toEqual(['rtl/a.v']);
  });
});

describe('a folder with the work of others', () => {
  const refusal = async (files: OutputFiles): Promise<OutputConflictError> => {
    const before = snapshot();
    const error = await write(files).then(() => undefined, (reason: unknown) => reason);
    expect(error).toBeInstanceOf(OutputConflictError);
    expect(snapshot()).toEqual(before);
    return error as OutputConflictError;
  };

  it('is refused when gen-accel never wrote there', async () => {
    put('thesis.tex', 'years of work');
    const error = await refusal(first);
    expect(error.message).toBe(
      `output folder ${folder}: files that gen-accel did not write:\n  thesis.tex\n; expected an empty folder, or one that gen-accel wrote. ` +
        'Choose another folder with --out, or overwrite with --force (files of other names stay).',
    );
    expect(error.exitCode).toBe(1);
  });

  it('is refused when a written file was edited, and names the file', async () => {
    await write(first);
    put('rtl/a.v', 'module a; // better\n');
    const error = await refusal(second);
    expect(error.files).toEqual(['rtl/a.v']);
    expect(error.message).toContain('files that were changed after gen-accel wrote them:\n  rtl/a.v\n');
  });

  it('is refused when even a file that would go was edited', async () => {
    await write(first);
    put('rtl/old/b.v', 'module b; // mine\n');
    expect((await refusal(second)).files).toEqual(['rtl/old/b.v']);
  });

  it('is refused when the manifest was edited', async () => {
    await write(first);
    put('accel.json', readFileSync(join(folder, 'accel.json'), 'utf8').replace('"version": "1"', '"version": "2"'));
    expect((await refusal(second)).files).toEqual(['accel.json']);
  });

  it('is refused when the manifest is no manifest', async () => {
    put('accel.json', '{"generator":"gen-accel","files":{"../../etc/passwd":"x"},"manifestHash":"y"}');
    expect((await refusal(first)).files).toEqual(['accel.json']);
  });

  it('is refused when a new file would land on a file of another', async () => {
    await write(first);
    put('tb/tb.v', 'my own bench');
    expect((await refusal(second)).files).toEqual(['tb/tb.v']);
  });

  it('lists twenty files and counts the rest', async () => {
    for (let i = 0; i < 25; i++) put(`f${String(i).padStart(2, '0')}`, '');
    expect((await refusal(first)).message).toContain('  f19\n  and 5 more\n');
  });

  it('is overwritten with --force, and files of other names stay', async () => {
    put('thesis.tex', 'years of work');
    put('rtl/a.v', 'foreign');
    await write(first, { force: true });
    expect(snapshot()).toEqual({ ...asOutput(first), 'out/thesis.tex': 'years of work' });
    put('rtl/a.v', 'edited');
    await write(second, { force: true });
    expect(snapshot()).toEqual({ ...asOutput(second), 'out/thesis.tex': 'years of work' });
  });

  it('keeps a folder that stands where a file should be, even with --force', async () => {
    put('README.md/inner.txt', 'mine');
    await expect(write(first, { force: true })).rejects.toThrow(/README.md is a folder/);
    expect(snapshot()).toEqual({ 'out/README.md/inner.txt': 'mine' });
  });
});

describe('a failure', () => {
  const total = first.size;
  it.each([
    ['write', 1, 'ENOSPC'], ['write', 2, 'EDQUOT'], ['write', total, 'EACCES'], ['rename', 1, 'ENOSPC'],
  ] as const)('at %s %i with %s leaves no trace of a first generation', async (kind, at, code) => {
    folder = join(base, 'deep', 'out');
    await expect(write(first, { writer: failing(kind, at, code) })).rejects.toThrow(OutputWriteError);
    expect(readdirSync(base)).toEqual([]);
  });

  it.each([1, 2, 3, 4, 5, 6])('at move %i of a later generation puts everything back', async (at) => {
    await write(first);
    const before = snapshot();
    await expect(write(second, { writer: failing('rename', at, 'EIO') })).rejects.toThrow(OutputWriteError);
    expect(snapshot()).toEqual(before);
    expect(readdirSync(base)).toEqual(['out']);
  });

  it('says what is wrong and what to do', async () => {
    await expect(write(first, { writer: failing('write', 1, 'ENOSPC') })).rejects.toMatchObject({
      exitCode: 2,
      message: `output folder ${folder}: the disk is full; expected to be able to write there. Free some space, or choose another folder with --out. Nothing was changed.`,
    });
    await expect(write(first, { writer: failing('write', 1, 'EACCES') })).rejects.toMatchObject({
      exitCode: 1,
      message: `output folder ${folder}: no permission to write; expected to be able to write there. Choose another folder with --out, or change its permissions. Nothing was changed.`,
    });
  });

  it('is a file where the folder should be', async () => {
    writeFileSync(folder, 'a file');
    await expect(write(first)).rejects.toThrow('a file stands where a folder should be');
    await expect(writeOutputFolder(join(folder, 'below'), first, { force: false })).rejects.toThrow('a file stands where a folder should be');
    expect(readFileSync(folder, 'utf8')).toBe('a file');
  });
});

describe('an interrupt', () => {
  it.each([0, 1, 3])('after %i files removes what was written', async (after) => {
    const controller = new AbortController();
    let count = 0;
    const writer: Writer = {
      write: async (path, text) => {
        await writeFile(path, text);
        if (++count === after) controller.abort();
      },
      rename: renameSync,
    };
    if (after === 0) controller.abort();
    await expect(write(first, { writer, signal: controller.signal })).rejects.toThrow(InterruptedError);
    expect(readdirSync(base)).toEqual([]);
  });
});

describe('checkOutputFolder', () => {
  it('accepts what was written, with products of tools beside it', async () => {
    await write(first);
    put('build/x', '');
    expect(() => checkOutputFolder(folder, first)).not.toThrow();
  });

  it('lists every difference', async () => {
    await write(first);
    put('README.md', 'edited');
    let error: unknown;
    try {
      checkOutputFolder(folder, second);
    } catch (reason) {
      error = reason;
    }
    expect(error).toBeInstanceOf(OutputStaleError);
    expect((error as OutputStaleError).differences).toEqual(['differs: rtl/a.v', 'differs: README.md', 'missing: tb/tb.v', 'differs: accel.json', 'no longer generated: rtl/old/b.v']);
    expect((error as OutputStaleError).exitCode).toBe(1);
  });

  it('finds everything missing in a folder that is not there', () => {
    expect(() => checkOutputFolder(folder, first)).toThrow(/missing: rtl\/a.v/);
  });
});
