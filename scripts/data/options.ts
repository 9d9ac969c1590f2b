// SPDX-License-Identifier: Apache-2.0
/** Owns the options of `make data`. */
import { resolve } from 'node:path';
import yargs from 'yargs';
import { DataUsageError } from './errors.js';
import type { DataFile, DataList } from './list.js';
import { parseBase, type Base } from './locations.js';

const DEFAULT_SECONDS = 30;

export interface DataOptions {
  readonly wanted: readonly DataFile[];
  readonly folder: string;
  readonly base: Base;
  readonly force: boolean;
  readonly silenceMs: number;
  readonly list: boolean;
  readonly json: boolean;
}

/** What the options and their defaults depend on. */
export interface OptionContext {
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Of the repository; the data folder is beside it. */
  readonly root: string;
}

/** The text of the help when that is asked for. @throws DataUsageError */
export async function readDataOptions(words: readonly string[], list: DataList, { environment, cwd, root }: OptionContext): Promise<DataOptions | string> {
  let help: string | undefined;
  const parser = yargs([...words])
    .scriptName('make data')
    .locale('en')
    .usage('node --import tsx scripts/data/main.ts [options] [path..]\n\nFetches the models and data of the tests from where they are public, each checked by its SHA-256.\n`make data` is the same; `make data ARGS="..."` passes options.')
    .positional('path', { type: 'string', array: true, describe: 'files or folders of the list [all]' })
    .option('to', { type: 'string', requiresArg: true, describe: 'the data folder [GEN_ACCEL_DATA, else ../shared/data beside the repository]' })
    .option('origin', { type: 'string', requiresArg: true, describe: 'a folder or URL that has OWNER/REPOSITORY/COMMIT/PATH, or a folder that has the listed paths [DATA_ORIGIN, else GitHub]' })
    .option('force', { type: 'boolean', default: false, describe: 'replace files that are there with other bytes' })
    .option('timeout', { type: 'string', requiresArg: true, describe: `seconds without a byte after which a transfer has failed [${DEFAULT_SECONDS}]` })
    .option('list', { type: 'boolean', default: false, describe: 'show every file, its licence and its origin; fetch nothing' })
    .option('json', { type: 'boolean', default: false, describe: 'print one JSON value instead of lines' })
    .example('make data', 'everything that is missing')
    .example('make data ARGS="mlcommons-tiny cifar10"', 'two folders of the list')
    .example('make data DATA_ORIGIN=file:///media/mirror', 'from a copy, without a network')
    .example('make data ARGS=--list', 'what there is, its licences, and what cannot be fetched')
    .version(false).help().alias('help', 'h').wrap(110).strictOptions().exitProcess(false).showHelpOnFail(false)
    .fail((message: string | null, error: Error | undefined) => { throw new DataUsageError(message ?? error?.message ?? 'an option that cannot be read', 'the options of --help', 'See --help.'); });
  const args = await parser.parseAsync([...words], {}, (_error, _args, output) => { if (output !== '') help = output; });
  if (help !== undefined) return help;
  const one = (flag: 'to' | 'origin' | 'timeout'): string | undefined => {
    const value: unknown = args[flag];
    if (Array.isArray(value) || value === '') throw new DataUsageError(`--${flag} ${Array.isArray(value) ? 'more than once' : 'without a value'}`, 'one value', `Give --${flag} once.`);
    return value as string | undefined;
  };
  const seconds = one('timeout') ?? String(DEFAULT_SECONDS);
  if (!/^[0-9]{1,5}(\.[0-9]{1,3})?$/.test(seconds) || Number(seconds) === 0) throw new DataUsageError(`--timeout ${seconds}`, 'seconds above 0', `Use --timeout ${DEFAULT_SECONDS}.`);
  const fromEnvironment = (name: string): string | undefined => (environment[name] === '' ? undefined : environment[name]);
  return {
    wanted: chosen(list, args._.map(String)),
    folder: resolve(cwd, one('to') ?? fromEnvironment('GEN_ACCEL_DATA') ?? resolve(root, '../shared/data')),
    base: parseBase(one('origin') ?? fromEnvironment('DATA_ORIGIN'), cwd),
    force: args.force, silenceMs: 1000 * Number(seconds), list: args.list, json: args.json,
  };
}

/** Files by their paths or folders; all without any. @throws DataUsageError */
function chosen({ files }: DataList, paths: readonly string[]): DataFile[] {
  const wanted = paths.map((path) => path.replace(/\/+$/, ''));
  for (const path of wanted) {
    if (!files.some((file) => file.path === path || file.path.startsWith(`${path}/`))) {
      const folders = [...new Set(files.map((file) => file.path.split('/')[0] as string))];
      throw new DataUsageError(`the path ${JSON.stringify(path)}, which is not listed`, `a file of --list or one of the folders ${folders.join(', ')}`, 'Correct the path.');
    }
  }
  return paths.length === 0 ? files : files.filter((file) => wanted.some((path) => file.path === path || file.path.startsWith(`${path}/`)));
}
