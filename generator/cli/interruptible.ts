// SPDX-License-Identifier: Apache-2.0
/** Owns how an interrupt reaches work that does not give way to events, such as pruning: the work ends where it is. */
import { runInNewContext } from 'node:vm';
import { InterruptedError } from './output-errors.js';

/** Node.js ends the work so, not the process. */
const INTERRUPTED = 'ERR_SCRIPT_EXECUTION_INTERRUPTED';

/** For callbacks of such work. @throws InterruptedError when the signal has come */
export function stopIfAborted(signal: AbortSignal, what: string): void {
  if (signal.aborted) throw new InterruptedError(what);
}

/**
 * Runs work that writes no file. SIGINT ends it in the middle of a loop; what the work held is lost, so the run has to end with it. SIGTERM, which nobody could
 * hear meanwhile, ends the process. @throws InterruptedError, and what the work throws
 */
export function interruptible<T>(what: string, signal: AbortSignal, work: () => T): T {
  stopIfAborted(signal, what);
  const listeners = process.listeners('SIGTERM');
  process.removeAllListeners('SIGTERM');
  try {
    return runInNewContext('work()', { work }, { breakOnSigint: true, displayErrors: false }) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException | undefined)?.code === INTERRUPTED) throw new InterruptedError(what);
    throw error;
  } finally {
    for (const listener of listeners) process.on('SIGTERM', listener);
  }
}
