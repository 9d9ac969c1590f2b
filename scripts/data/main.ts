// SPDX-License-Identifier: Apache-2.0
/** The program behind `make data`: joins its command line to this process. */
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runData } from './command.js';

const interrupt = new AbortController();
const onSignal = (): void => {
  if (interrupt.signal.aborted) process.exit(130);
  interrupt.abort();
};
process.on('SIGINT', onSignal);
process.on('SIGTERM', onSignal);

process.exitCode = await runData(process.argv.slice(2), {
  cwd: process.cwd(),
  environment: process.env,
  root: resolve(dirname(fileURLToPath(import.meta.url)), '../..'),
  print: (line) => process.stdout.write(`${line}\n`),
  complain: (line) => process.stderr.write(`${line}\n`),
  progress: process.stderr,
  signal: interrupt.signal,
});
