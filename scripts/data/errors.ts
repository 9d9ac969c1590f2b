// SPDX-License-Identifier: Apache-2.0
/** Owns the errors of fetching the test data: what of the list, the origin, the network or the disk is in the way. */
import { GenAccelError, type ErrorParts } from '../../generator/core/errors.js';

/** The list of files is not of its form. */
export class DataListError extends GenAccelError {
  constructor(where: string, found: string, expected: string) {
    super('E_DATA_LIST', 'input', { where: `list of data files, ${where}`, found, expected, remedy: 'Correct scripts/data/files.json.' });
  }
}

/** A command line that cannot be followed. */
export class DataUsageError extends GenAccelError {
  constructor(found: string, expected: string, remedy: string) {
    super('E_DATA_USAGE', 'input', { where: 'command line', found, expected, remedy });
  }
}

/** A file is there whose bytes are not the listed ones. */
export class DataPresentError extends GenAccelError {
  constructor(file: string, found: string, expected: string, canFetch: boolean) {
    const remedy = canFetch ? 'Move it away, or replace it with --force.' : 'Move it away, and bring it back from where you got it; it has no public origin.';
    super('E_DATA_PRESENT', 'input', { where: `file ${file}`, found: `${found}, which was there`, expected, remedy });
  }
}

/** What came from the origin is not what is listed; nothing of it stays. */
export class DataSumError extends GenAccelError {
  constructor(file: string, source: string, found: string, expected: string) {
    super('E_DATA_SUM', 'tool', { where: `file ${file} from ${source}`, found, expected, remedy: 'Run it again; if it stays, the origin has changed: fetch the file elsewhere and pass its folder with --origin.' });
  }
}

/** The origin answered, and has not got the file. */
export class DataOriginError extends GenAccelError {
  /** A HTTP status that may be better in a moment. */
  readonly temporary: boolean;

  constructor(file: string, source: string, found: string, temporary = false) {
    super('E_DATA_ORIGIN', 'tool', { where: `file ${file} from ${source}`, found, expected: 'the file', remedy: temporary ? 'Run it again later.' : 'Fetch the file elsewhere and pass its folder with --origin.' });
    this.temporary = temporary;
  }
}

/** The origin sends the request to another place. */
export class DataRedirectError extends GenAccelError {
  constructor(file: string, source: string, target: string, why: string) {
    super('E_DATA_REDIRECT', 'tool', { where: `file ${file} from ${source}`, found: `a redirection to ${target}, ${why}`, expected: 'the file itself, or another address of the same host', remedy: 'If that place is trusted, pass it with --origin.' });
  }
}

/** No answer, or one that ended early. Further files would fare alike. */
export class DataNetworkError extends GenAccelError {
  constructor(file: string, source: string, found: string, cause?: unknown) {
    super('E_DATA_NETWORK', 'tool', {
      where: `file ${file} from ${source}`, found, expected: 'the whole file',
      remedy: 'Run it again where that address can be reached (what is complete stays), or pass a folder with the files with --origin.',
    }, { cause });
  }
}

/** A file that others are made of is missing. */
export class DataIngredientError extends GenAccelError {
  constructor(file: string, ingredient: string, found: string, expected: string) {
    super('E_DATA_INGREDIENT', 'tool', { where: `file ${file}, made from ${ingredient}`, found, expected, remedy: 'See what is said of that file.' });
  }
}

/** The interrupt of the user. */
export class DataInterruptedError extends GenAccelError {
  constructor() {
    super('E_DATA_INTERRUPTED', 'tool', { where: 'fetching data', found: 'interrupted', expected: 'to finish', remedy: 'What is complete stays; run it again for the rest.' });
  }

  override get exitCode(): number {
    return 130;
  }
}

const WRITE_TEXTS: Readonly<Record<string, Pick<ErrorParts, 'found' | 'remedy'>>> = {
  ENOSPC: { found: 'the disk is full', remedy: 'Free some space and run it again; what is complete stays.' },
  EDQUOT: { found: 'your share of the disk is full', remedy: 'Free some space and run it again; what is complete stays.' },
  EACCES: { found: 'no permission to write', remedy: 'Name another folder with --to or GEN_ACCEL_DATA.' },
  EPERM: { found: 'no permission to write', remedy: 'Name another folder with --to or GEN_ACCEL_DATA.' },
  EROFS: { found: 'a file system that cannot be written', remedy: 'Name another folder with --to or GEN_ACCEL_DATA.' },
  ENOTDIR: { found: 'a file where a folder should be', remedy: 'Move it away, or name another folder with --to or GEN_ACCEL_DATA.' },
  EEXIST: { found: 'a file where a folder should be', remedy: 'Move it away, or name another folder with --to or GEN_ACCEL_DATA.' },
  EISDIR: { found: 'a folder where a file should be', remedy: 'Move it away.' },
  ENOTEMPTY: { found: 'a folder where a file should be', remedy: 'Move it away.' },
};

/** The target cannot be written. Further files would fare alike. */
export class DataWriteError extends GenAccelError {
  constructor(place: string, cause: unknown) {
    const { code } = cause as NodeJS.ErrnoException;
    const { found, remedy } = WRITE_TEXTS[code ?? ''] ?? { found: cause instanceof Error ? cause.message : String(cause), remedy: 'Name another folder with --to or GEN_ACCEL_DATA.' };
    super('E_DATA_WRITE', 'tool', { where: `folder ${place}`, found, expected: 'to be able to write there', remedy }, { cause });
  }
}

/** No use in going on with other files. */
export const isFinal = (error: unknown): boolean =>
  error instanceof DataNetworkError || error instanceof DataWriteError || error instanceof DataInterruptedError || (error instanceof DataOriginError && error.temporary);
