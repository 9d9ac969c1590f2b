// SPDX-License-Identifier: Apache-2.0
/** What the reader sees when an outside tool is missing or fails. */
import { expect, it } from 'vitest';
import { findTool, runTool, ToolFailedError, ToolMissingError, toolVersion } from '../../sim/tools/index.js';

const withPath = async <T>(path: string, use: () => Promise<T>): Promise<T> => {
  const before = process.env.PATH;
  process.env.PATH = path;
  try {
    return await use();
  } finally {
    process.env.PATH = before;
  }
};

it('names the Debian package of a missing tool, exit status 2', async () => {
  const error = await withPath('/nonexistent', () => runTool('vvp', [], 'run').catch((caught: unknown) => caught));
  expect(error).toBeInstanceOf(ToolMissingError);
  expect(error).toMatchObject({ code: 'E_TOOL_MISSING', exitCode: 2 });
  expect((error as Error).message).toBe(
    'vvp: not in the search path; expected an executable called vvp. On Debian: apt-get install --no-install-recommends iverilog',
  );
});

it('finds no tool in an empty search path', async () => {
  expect(await withPath('', () => findTool('make'))).toBeUndefined();
});

const hasMake = (await findTool('make')) !== undefined;

it.skipIf(!hasMake)('shows the first lines of a tool that failed, exit status 2', async () => {
  const error = await runTool('make', ['no-such-target'], 'a test').catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(ToolFailedError);
  expect(error).toMatchObject({ code: 'E_TOOL_FAILED', exitCode: 2 });
  expect((error as Error).message).toMatch(/^make \(a test\): exit status 2; expected it to succeed\. It printed:\n {2}make: \*\*\* No rule/);
});

it.skipIf(!hasMake)('asks a tool for its version', async () => {
  expect(await toolVersion('make')).toMatch(/^GNU Make \d/);
});
