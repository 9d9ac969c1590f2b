// SPDX-License-Identifier: Apache-2.0
/** Owns the errors of a command line and of a configuration file. */
import { GenAccelError } from '../core/errors.js';

/** The command line itself is wrong: an unknown option, a missing value. */
export class UsageError extends GenAccelError {
  constructor(found: string, remedy = 'See gen-accel --help.') {
    super('E_USAGE', 'input', { where: 'command line', found, expected: 'the options that --help lists', remedy });
    this.message = `${found}. ${remedy}`;
  }
}

/** A configuration file cannot be read, does not compile or exports no configuration. */
export class ConfigFileError extends GenAccelError {
  constructor(path: string, found: string, cause?: unknown) {
    super('E_CONFIG_FILE', 'input', {
      where: `configuration file ${path}`,
      found,
      expected: 'a TypeScript module with `export default defineAccelerator({ ... })`',
      remedy: 'Correct the file, or give the parameters as options.',
    }, { cause });
  }
}
