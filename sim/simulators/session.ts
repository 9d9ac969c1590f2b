// SPDX-License-Identifier: Apache-2.0
/** Owns the conversation with a running testbench over its standard input and output (docs/testbench.md). */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { ToolFailedError } from '../tools/index.js';
import type { MemorySettings, SessionOptions, SimSession, SimStats, Verdict } from './simulator.js';

export interface Launch {
  /** For messages. */
  readonly tool: string;
  readonly command: readonly string[];
  readonly options: SessionOptions;
}

/** A reply is a capital letter and a space, or the verdict. */
const REPLY = /^(?:[A-Z?] |PASS |FAIL )/;

interface Pending {
  readonly command: string;
  readonly resolve: (reply: string) => void;
  readonly reject: (error: Error) => void;
}

/** Sends commands, matches replies in order; raises when the process dies with a question open. */
class Conversation {
  readonly log: string[] = [];
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #pending: Pending[] = [];
  readonly #tool: string;
  #ended: Error | undefined;
  readonly ended: Promise<void>;

  constructor(launch: Launch, args: readonly string[]) {
    const [file, ...rest] = launch.command;
    this.#tool = launch.tool;
    this.#process = spawn(file as string, [...rest, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
    createInterface({ input: this.#process.stdout }).on('line', (line) => this.#take(line, launch.options.onLog));
    createInterface({ input: this.#process.stderr }).on('line', (line) => this.#note(line, launch.options.onLog));
    this.#process.stdin.on('error', () => undefined); // the process is gone: 'close' tells
    this.ended = new Promise((done) => {
      this.#process.on('error', (error) => this.#end(error.message, done));
      this.#process.on('close', (code, signal) => this.#end(signal === null ? `exit status ${code}` : `killed by ${signal}`, done));
    });
  }

  ask(command: string): Promise<string> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => {
      this.#pending.push({ command, resolve, reject });
      this.#process.stdin.write(`${command}\n`);
    });
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }

  #take(line: string, onLog: SessionOptions['onLog']): void {
    if (!REPLY.test(line)) return this.#note(line, onLog);
    const next = this.#pending.shift();
    if (next === undefined) this.#note(line, onLog);
    else next.resolve(line);
  }

  #note(line: string, onLog: SessionOptions['onLog']): void {
    if (/^- .*: Verilog \$finish$/.test(line)) return;
    this.log.push(line);
    onLog?.(line);
  }

  #end(found: string, done: () => void): void {
    const last = this.#pending[0]?.command ?? 'no command open';
    this.#ended ??= new ToolFailedError(this.#tool, `simulation, at command "${last}"`, found, this.log.slice(-12).join('\n'));
    for (const { reject } of this.#pending.splice(0)) reject(this.#ended);
    done();
  }
}

const hex = (value: number): string => value.toString(16);

export async function startSession(launch: Launch): Promise<SimSession> {
  const { options } = launch;
  const folder = await mkdtemp(join(tmpdir(), 'gen-accel-sim-'));
  const args = [`+seed=${options.seed ?? 1}`];
  if (options.trace !== undefined) {
    args.push(`+trace=${resolve(options.trace.file)}`);
    if (options.trace.start !== undefined) args.push(`+trace_start=${options.trace.start}`);
    if (options.trace.stop !== undefined) args.push(`+trace_stop=${options.trace.stop}`);
  }
  const talk = new Conversation(launch, args);
  let files = 0;
  const newFile = (): string => join(folder, `${files++}.bin`);

  /** Asks and demands that the reply is not an error. */
  const ask = async (command: string): Promise<string[]> => {
    const reply = await talk.ask(command);
    const words = reply.split(' ');
    if (words[1] === 'ERROR' || words[2] === 'ERROR' || (words[1] === 'TIMEOUT' && words[0] !== 'I') || words[0] === '?') {
      throw new ToolFailedError(launch.tool, `testbench command "${command}"`, reply, talk.log.join('\n'));
    }
    return words;
  };
  const number = (words: readonly string[], i: number): number => Number(words[i]);

  /** Files are written before the command is queued; the chain keeps the order of the calls. */
  let chain: Promise<unknown> = Promise.resolve();
  const inOrder = <T>(action: () => Promise<T>): Promise<T> => {
    const result = chain.then(action);
    chain = result.catch(() => undefined);
    return result;
  };
  const withFile = async <T>(bytes: Uint8Array | undefined, use: (file: string) => Promise<T>): Promise<T> => {
    const file = newFile();
    try {
      if (bytes !== undefined) await writeFile(file, bytes);
      return await use(file);
    } finally {
      await rm(file, { force: true });
    }
  };

  const session: SimSession = {
    log: talk.log,
    writeReg: (offset, value) =>
      inOrder(async () => {
        const words = await ask(`w ${hex(offset)} ${hex(value >>> 0)}`);
        if (words[2] !== '0') throw new ToolFailedError(launch.tool, `write of register 0x${hex(offset)}`, `response ${words[2]}`, '');
        return number(words, 3);
      }),
    readReg: (offset) =>
      inOrder(async () => {
        const words = await ask(`r ${hex(offset)}`);
        const value = words[2] ?? '';
        if (!/^[0-9a-f]{8}$/.test(value)) {
          throw new ToolFailedError(launch.tool, `read of register 0x${hex(offset)}`, `the unknown value ${value}`, talk.log.join('\n'));
        }
        return Number.parseInt(value, 16);
      }),
    waitIrq: (timeoutCycles) =>
      inOrder(async () => {
        const words = await ask(`i ${timeoutCycles}`);
        return words[1] === 'TIMEOUT' ? undefined : { waited: number(words, 1), cycle: number(words, 2) };
      }),
    wait: (cycles) => inOrder(async () => number(await ask(`n ${cycles}`), 1)),
    loadMemory: (bytes, address) =>
      inOrder(() => withFile(bytes, async (file) => void (await ask(`l ${file} ${hex(address)} ${bytes.length}`)))),
    dumpMemory: (address, length) =>
      inOrder(() =>
        withFile(undefined, async (file) => {
          await ask(`d ${file} ${hex(address)} ${length}`);
          const dumped = await readFile(file);
          // the dump starts at the bus word of the address; its length tells the word only up to alignment
          const skip = leadingBytes(address, length, dumped.length);
          return Uint8Array.from(dumped.subarray(skip, skip + length));
        }),
      ),
    compareMemory: (bytes, address) =>
      inOrder(() =>
        withFile(bytes, async (file) => {
          const words = await ask(`c ${file} ${hex(address)} ${bytes.length}`);
          if (words[1] === 'PASS') return undefined;
          return { address: Number.parseInt(words[2] ?? '', 16), found: words[4] ?? '', expected: words[6] ?? '' };
        }),
      ),
    poke: (address, word) => inOrder(async () => void (await ask(`p ${hex(address)} ${hex(word >>> 0)}`))),
    peek: (address) => inOrder(async () => (await ask(`k ${hex(address)}`))[2] ?? ''),
    configure: (settings) => inOrder(() => applySettings(settings, ask)),
    setTrace: (on) => inOrder(async () => void (await ask(on ? 't' : 'T'))),
    reset: () => inOrder(async () => void (await ask('x'))),
    stats: () =>
      inOrder(async (): Promise<SimStats> => {
        const [violations, openReads, openWrites, readBeats, writeBeats, cycle] = (await ask('v')).slice(1).map(Number) as
          [number, number, number, number, number, number];
        return { violations, openReads, openWrites, readBeats, writeBeats, cycle };
      }),
    close: () =>
      inOrder(async (): Promise<Verdict> => {
        try {
          const line = await talk.ask('q');
          await talk.ended;
          return {
            passed: line.startsWith('PASS'),
            violations: Number(/(\d+) violations/.exec(line)?.[1] ?? 0),
            cycle: Number(/cycle (\d+)/.exec(line)?.[1] ?? 0),
            line,
          };
        } finally {
          talk.kill();
          await rm(folder, { recursive: true, force: true });
        }
      }),
  };
  if (options.settings !== undefined) await session.configure(options.settings);
  return session;
}

async function applySettings(settings: MemorySettings, ask: (command: string) => Promise<string[]>): Promise<void> {
  for (const [key, value] of Object.entries(settings)) await ask(`s ${key} ${value}`);
}

/** Bytes before `address` in a dump of whole bus words: the smallest word that explains the dump's length. */
function leadingBytes(address: number, length: number, dumped: number): number {
  for (let word = 4; word <= 64; word *= 2) {
    const first = Math.floor(address / word) * word;
    const end = Math.ceil((address + length) / word) * word;
    if (end - first === dumped) return address - first;
  }
  return 0;
}
