// SPDX-License-Identifier: Apache-2.0
/** Owns the errors of reading and writing an output folder. */
import { GenAccelError } from '../core/errors.js';

/** The folder holds what gen-accel did not write, or what somebody changed since. */
export class OutputConflictError extends GenAccelError {
  readonly files: readonly string[];

  constructor(folder: string, files: readonly string[], why: 'foreign' | 'edited') {
    const shown = files.slice(0, 20).map((file) => `\n  ${file}`).join('');
    const more = files.length > 20 ? `\n  and ${files.length - 20} more` : '';
    super('E_OUTPUT_CONFLICT', 'input', {
      where: `output folder ${folder}`,
      found: `${why === 'foreign' ? 'files that gen-accel did not write' : 'files that were changed after gen-accel wrote them'}:${shown}${more}\n`,
      expected: why === 'foreign' ? 'an empty folder, or one that gen-accel wrote' : 'the files as gen-accel left them',
      remedy: 'Choose another folder with --out, or overwrite with --force (files of other names stay).',
    });
    this.files = files;
  }
}

/** `--check` found that the folder is not what would be generated. */
export class OutputStaleError extends GenAccelError {
  readonly differences: readonly string[];

  constructor(folder: string, differences: readonly string[]) {
    super('E_OUTPUT_STALE', 'input', {
      where: `output folder ${folder}`,
      found: `not current:${differences.map((line) => `\n  ${line}`).join('')}\n`,
      expected: 'exactly what this configuration generates',
      remedy: 'Run the same command without --check.',
    });
    this.differences = differences;
  }
}

/** Reading or writing failed; the folder is as it was before. */
export class OutputWriteError extends GenAccelError {
  constructor(where: string, cause: unknown) {
    const code = (cause as { code?: unknown }).code;
    const [found, remedy] = explain(typeof code === 'string' ? code : '', cause);
    super('E_OUTPUT_WRITE', USER_CODES.has(String(code)) ? 'input' : 'tool', {
      where,
      found,
      expected: 'to be able to write there',
      remedy: `${remedy} Nothing was changed.`,
    }, { cause });
  }
}

/** The run was interrupted; what it had written is gone. */
export class InterruptedError extends GenAccelError {
  constructor(where: string) {
    super('E_INTERRUPTED', 'tool', { where, found: 'interrupted', expected: 'to finish', remedy: 'Nothing was changed; run the command again.' });
  }
}

const USER_CODES: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EISDIR', 'ENOENT', 'ENAMETOOLONG', 'EEXIST', 'ELOOP']);

function explain(code: string, cause: unknown): [found: string, remedy: string] {
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return ['the disk is full', 'Free some space, or choose another folder with --out.'];
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return ['no permission to write', 'Choose another folder with --out, or change its permissions.'];
    case 'ENOTDIR':
    case 'EEXIST':
      return ['a file stands where a folder should be', 'Choose another folder with --out.'];
    default:
      return [cause instanceof Error ? cause.message : String(cause), 'Choose another folder with --out.'];
  }
}
