#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
/** The program `gen-accel`: joins the command line to this process. */
import { buildTop, parts } from './accelerator.js';
import { run } from './run.js';

const interrupt = new AbortController();
const onSignal = (): void => {
  // The first one asks the command to stop and clean up, the second one ends the process.
  if (interrupt.signal.aborted) process.exit(130);
  interrupt.abort();
};
process.on('SIGINT', onSignal);
process.on('SIGTERM', onSignal);
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 2));

process.exitCode = await run(process.argv.slice(2), {
  cwd: process.cwd(),
  print: (line) => process.stdout.write(`${line}\n`),
  complain: (line) => process.stderr.write(`${line}\n`),
  progress: process.stderr,
  signal: interrupt.signal,
  buildTop,
  parts,
});
