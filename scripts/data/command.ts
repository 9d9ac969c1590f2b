// SPDX-License-Identifier: Apache-2.0
/** Owns what `make data` does and prints, and its exit codes. */
import { createProgress, type ProgressStream } from '../../generator/cli/progress.js';
import { GenAccelError } from '../../generator/core/errors.js';
import { fetchData, withIngredients } from './fetch-data.js';
import { readList, type DataList } from './list.js';
import { sourceOf } from './make-file.js';
import { readDataOptions, type DataOptions, type OptionContext } from './options.js';
import { filesText, licenceLines, listJson, listLines, outcomeJson, outcomeLines, sizeText, transferBytes } from './report.js';
import { inspect } from './sums.js';

/** What the command touches of the world outside. */
export interface DataShell extends OptionContext {
  print(line: string): void;
  complain(line: string): void;
  readonly progress?: ProgressStream;
  readonly signal: AbortSignal;
  /** Instead of the repository's list. */
  readonly list?: DataList;
  /** Before a transfer is tried again; tests do not wait. */
  readonly pauseMs?: number;
}

const KIB = 1024;

/** Returns 0; 1 for the user's input; 2 for the origin, the network or the disk; 130 after an interrupt. */
export async function runData(words: readonly string[], shell: DataShell): Promise<number> {
  try {
    const list = shell.list ?? readList();
    const options = await readDataOptions(words, list, shell);
    if (typeof options === 'string') {
      shell.print(options);
      return 0;
    }
    return options.list ? await show(options, list, shell) : await fetchAll(options, list, shell);
  } catch (error) {
    if (!(error instanceof GenAccelError)) throw error;
    shell.complain(`data: ${error.message}`);
    return error.exitCode;
  }
}

async function show({ wanted, folder, base, json }: DataOptions, list: DataList, shell: DataShell): Promise<number> {
  const files = await Promise.all(wanted.map(async (file) => ({ file, state: (await inspect(folder, file)).state })));
  if (json) shell.print(JSON.stringify(listJson(files, list, base)));
  else for (const line of [`Data folder ${folder}`, ...listLines(files, list, base)]) shell.print(line);
  return 0;
}

async function fetchAll(options: DataOptions, list: DataList, shell: DataShell): Promise<number> {
  const { wanted, folder, base, json } = options;
  const all = withIngredients(list, wanted);
  const sources = await Promise.all(all.map(async (file) => ((await inspect(folder, file)).state === 'present' ? undefined : await sourceOf(base, file))));
  const fetching = all.filter((_, i) => sources[i] !== undefined);
  const transferred = transferBytes(all.filter((_, i) => sources[i] === 'origin'), all.filter((_, i) => sources[i] === 'named'), list);
  if (!json && fetching.length > 0) {
    shell.print(`${filesText(fetching.length)} to fetch into ${folder}: ${sizeText(transferred)}. They belong to their authors; their licences:`);
    for (const line of licenceLines(fetching)) shell.print(line);
  }
  const progress = createProgress(shell.progress);
  const total = Math.ceil(transferred / KIB);
  let [bytes, phase] = [0, ''];
  const draw = (): void => progress.show({ done: Math.min(total, Math.round(bytes / KIB)), all: Math.max(1, total), phase });
  const outcome = await fetchData({
    ...options, list, retries: 2, pauseMs: shell.pauseMs ?? 1000, signal: shell.signal,
    onFile: ({ path, bytes: size }) => { phase = `${path} (${sizeText(size)})`; draw(); },
    onBytes: (more) => { bytes += more; draw(); },
  }).finally(() => progress.stop());
  if (json) shell.print(JSON.stringify(outcomeJson(outcome, folder)));
  for (const { error } of outcome.failed) shell.complain(`data: ${error.message}`);
  if (!json) for (const line of outcomeLines(outcome, all.length)) shell.print(line);
  return outcome.failed.reduce((code, { error }) => Math.max(code, error.exitCode), 0);
}
