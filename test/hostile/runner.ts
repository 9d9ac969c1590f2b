// SPDX-License-Identifier: Apache-2.0
/** Owns the watch over the process that runs hostile cases: crashes, hangs and memory are laid to the seed that was running. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Format } from './cases.js';
import type { Outcome } from './outcome.js';

export const MAX_SECONDS = 10;
export const MAX_MEGABYTES = 1024;
/** Heap of the process; typed arrays are not in it. */
const HEAP_MEGABYTES = 700;
const WATCH_MS = 250;
/** Signals that this program does not send. */
const OUTSIDE: ReadonlySet<string> = new Set(['SIGTERM', 'SIGINT', 'SIGHUP']);

export interface Fault {
  readonly seed: number;
  readonly what: string;
}

export interface HostileResult {
  readonly format: Format;
  readonly cases: number;
  readonly outcomes: Readonly<Record<Outcome, number>>;
  readonly faults: readonly Fault[];
  readonly slowest: { readonly seconds: number; readonly seed: number };
  readonly peakMegabytes: number;
}

const worker = fileURLToPath(new URL('worker.ts', import.meta.url));

/** Memory of a process now, where the system says it. */
function residentMegabytes(pid: number): number {
  try {
    return (Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * 4096) / 2 ** 20;
  } catch {
    return 0;
  }
}

export interface Bounds {
  readonly seconds?: number;
  readonly megabytes?: number;
  readonly script?: string;
}

/** Runs the seeds from `from` up to `to`, that one excluded; after a fault it goes on with the next seed in a new process. */
export async function runHostile(format: Format, from: number, to: number, { seconds: most = MAX_SECONDS, megabytes: mostMemory = MAX_MEGABYTES, script = worker }: Bounds = {}): Promise<HostileResult> {
  const outcomes = { 'typed error': 0, 'valid network': 0, 'refused later': 0 };
  const faults: Fault[] = [];
  const suspects = new Set<number>();
  let slowest = { seconds: 0, seed: from };
  let peakMegabytes = 0;
  for (let next = from; next < to;) next = await runPart(next);
  return { format, cases: to - from, outcomes, faults, slowest, peakMegabytes };

  /** The seed to go on with. */
  function runPart(first: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, ['--import', 'tsx', `--max-old-space-size=${HEAP_MEGABYTES}`, script, format, String(first), String(to)], { stdio: ['ignore', 'pipe', 'pipe'] });
      // Ticks of the watch since the case began: on a busy machine the clock runs on while neither process does.
      let [seed, next, isDone, isRunning, ticks, complaint] = [first, first, false, false, 0, ''];
      let verdict: string | undefined;
      let isHang = false;
      const end = (why: string): void => {
        verdict ??= why;
        child.kill('SIGKILL');
      };
      const watch = setInterval(() => {
        ticks++;
        isHang ||= isRunning && ticks * WATCH_MS > most * 1000;
        if (isHang) end(`a hang of more than ${most} s`);
        if (residentMegabytes(child.pid as number) > mostMemory) end(`more than ${mostMemory} MB of memory`);
      }, WATCH_MS);
      child.stderr.on('data', (text: Buffer) => { complaint = (complaint + text.toString()).slice(-2000); });
      createInterface({ input: child.stdout }).on('line', (line) => {
        const [what, first_, seconds, megabytes] = JSON.parse(line) as [string, unknown, number, number];
        if (what === 'begin') [seed, next, isRunning, ticks] = [first_ as number, first_ as number, true, 0];
        else if (what === 'done') isDone = true;
        else {
          [isRunning, next] = [false, seed + 1];
          if (what === 'crash') faults.push({ seed, what: String(first_) });
          else outcomes[first_ as Outcome]++;
          if (seconds > slowest.seconds) slowest = { seconds, seed };
          if (megabytes > mostMemory && peakMegabytes <= mostMemory) faults.push({ seed, what: `${megabytes.toFixed(0)} MB of memory` });
          peakMegabytes = Math.max(peakMegabytes, megabytes);
        }
      });
      child.on('error', reject);
      child.on('close', (code, signal) => {
        clearInterval(watch);
        if (isDone) return resolve(to);
        // What the machine or somebody else may have done has to happen again to be a fault of the seed.
        if ((isHang || (verdict === undefined && OUTSIDE.has(signal ?? ''))) && !suspects.has(seed)) {
          suspects.add(seed);
          return resolve(next);
        }
        if (!isRunning && verdict === undefined) return reject(new Error(`the process ended between cases (${code ?? signal}): ${complaint}`));
        faults.push({ seed, what: verdict ?? `the process ended (${code ?? signal}): ${complaint}` });
        resolve(seed + 1);
      });
    });
  }
}

/** One line. */
export function hostileLine({ format, cases, outcomes, faults, slowest, peakMegabytes }: HostileResult): string {
  const valid = outcomes['valid network'] + outcomes['refused later'];
  return `hostile: ${cases} ${format} mutations: ${outcomes['typed error']} typed errors, ${valid} valid networks (${outcomes['refused later']} refused later by typed errors), ${faults.length} crashes; ` +
    `slowest ${slowest.seconds.toFixed(2)} s (seed ${slowest.seed}), peak memory ${peakMegabytes.toFixed(0)} MB`;
}
