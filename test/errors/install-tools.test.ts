// SPDX-License-Identifier: Apache-2.0
/** Checks scripts/install-tools.sh: it installs only what is missing, only where it may, and otherwise says what to install. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';

const script = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'scripts/install-tools.sh');

/** A search path with these programs alone, each a line of shell. */
let bin = '';
beforeEach(() => { bin = mkdtempSync(join(tmpdir(), 'bin-')); });
afterEach(() => rmSync(bin, { recursive: true, force: true }));
const program = (name: string, line: string): void => {
  writeFileSync(join(bin, name), `#!/bin/sh\n${line}\n`);
  chmodSync(join(bin, name), 0o755);
};
const log = (): string => (existsSync(join(bin, 'log')) ? readFileSync(join(bin, 'log'), 'utf8') : '');
const install = (...tools: string[]) => spawnSync('/bin/sh', [script, ...tools], { env: { PATH: bin, LOG: join(bin, 'log') }, encoding: 'utf8' });

it('does nothing when nothing is missing', () => {
  program('yosys', 'exit 0');
  program('apt-get', 'echo "$@" >> "$LOG"');
  expect(install('yosys')).toMatchObject({ status: 0, stdout: '', stderr: '' });
  expect(log()).toBe('');
});

it('installs what is missing as root, without recommended packages', () => {
  program('yosys', 'exit 0');
  program('id', 'echo 0');
  program('apt-get', 'echo "$@" >> "$LOG"');
  expect(install('iverilog', 'yosys', 'verilator')).toMatchObject({ status: 0, stdout: 'Installing: iverilog verilator\n' });
  expect(log()).toBe('update -qq\ninstall -y -qq --no-install-recommends iverilog verilator\n');
});

it('uses sudo where it asks for no password', () => {
  program('id', 'echo 1000');
  program('sudo', '[ "$1" = -n ] && exit 0; echo "sudo $@" >> "$LOG"');
  program('apt-get', 'exit 1');
  expect(install('ccache').status).toBe(0);
  expect(log()).toBe('sudo apt-get update -qq\nsudo apt-get install -y -qq --no-install-recommends ccache\n');
});

it('says the command where it may not install', () => {
  program('id', 'echo 1000');
  program('apt-get', 'exit 1');
  expect(install('iverilog', 'g++')).toMatchObject({
    status: 2,
    stderr: 'Missing: iverilog g++. Install them, then run make again:\n  sudo apt-get update && sudo apt-get install --no-install-recommends iverilog g++\n',
  });
});

it('names the programs and their versions where there is no apt-get', () => {
  const { status, stderr } = install('yosys');
  expect(status).toBe(2);
  expect(stderr).toContain('Missing: yosys. Install them with the package manager of this system, then run make again:\n');
  expect(stderr).toContain('yosys 0.23 or newer');
});
