// SPDX-License-Identifier: Apache-2.0
/** Runs the test tiers in order, prints budgets, skips and one line of totals; exits non-zero on any failure or when nothing ran. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { junitOfCommand, junitTotals } from './junit.mjs';
import { REGRESS_FACTOR, TIERS } from './test-tiers.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const results = join(root, 'test-results');
const regress = process.argv.includes('--regress');
const only = process.argv.slice(2).filter((word) => !word.startsWith('--'));

const vitestArguments = (tier) => [
  'npx', 'vitest', 'run', '--passWithNoTests', ...tier.vitest,
  '--reporter=default', '--reporter=junit', `--outputFile.junit=${join(results, `${tier.name}.xml`)}`,
  `--reporter=${join(root, 'scripts', 'skip-reporter.mjs')}`,
];

/** Runs a command in its own process group, which is ended when it takes twice its budget. */
function run(command, limitSeconds, environment) {
  return new Promise((resolve) => {
    const child = spawn(command[0], command.slice(1), { cwd: root, stdio: 'inherit', detached: true, env: { ...process.env, ...environment } });
    const end = () => { try { process.kill(-child.pid, 'SIGKILL'); } catch { /* it has ended */ } };
    const timer = setTimeout(() => { end(); resolve(`took more than ${limitSeconds} s and was ended`); }, limitSeconds * 1000);
    const interrupt = () => { end(); process.exit(130); };
    process.once('SIGINT', interrupt);
    process.once('SIGTERM', interrupt);
    child.on('error', (error) => { clearTimeout(timer); resolve(error.message); });
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      process.off('SIGINT', interrupt);
      process.off('SIGTERM', interrupt);
      resolve(code === 0 ? undefined : `exit ${code ?? signal}`);
    });
  });
}

const sum = { passed: 0, failed: 0, skipped: 0 };
const add = (totals) => { for (const key of Object.keys(sum)) sum[key] += totals[key]; };
const skips = [];
const report = [];

rmSync(results, { recursive: true, force: true });
mkdirSync(results, { recursive: true });

for (const tier of TIERS.filter(({ name }) => only.length === 0 || only.includes(name))) {
  const budget = tier.budget * (regress ? REGRESS_FACTOR : 1);
  console.log(`\n== ${tier.name}: budget ${budget} s`);
  const started = Date.now();
  const junit = join(results, `${tier.name}.xml`);
  const skipFile = join(results, `${tier.name}.skips.json`);
  const environment = { GEN_ACCEL_SKIPS: skipFile, NO_UPDATE_NOTIFIER: '1', ...(regress ? { GEN_ACCEL_REGRESS: '1' } : {}) };
  const failure = await run(tier.vitest === undefined ? tier.command : vitestArguments(tier), 2 * budget, environment);
  const seconds = (Date.now() - started) / 1000;

  if (tier.vitest === undefined) writeFileSync(junit, junitOfCommand(tier.name, seconds, failure));
  const totals = existsSync(junit) ? junitTotals(readFileSync(junit, 'utf8')) : { passed: 0, failed: 0, skipped: 0 };
  // A runner that fails without a failed test (a crash, an unhandled error, a time-out) is one failure.
  if (failure !== undefined && totals.failed === 0) totals.failed = 1;
  add(totals);
  if (existsSync(skipFile)) skips.push(...JSON.parse(readFileSync(skipFile, 'utf8')));
  const late = seconds > budget ? ', OVER BUDGET' : '';
  report.push(`${tier.name.padEnd(6)} ${seconds.toFixed(0).padStart(5)} s of ${String(budget).padStart(5)} s${late}  ${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped${failure === undefined ? '' : ` (${failure})`}`);
}

const requireData = process.env.GEN_ACCEL_REQUIRE_DATA === '1';
const forbidden = requireData ? skips.filter(({ reason }) => /\bdata\b/i.test(reason)) : [];
sum.skipped -= forbidden.length;
sum.failed += forbidden.length;

console.log(`\nJUnit files: ${readdirSync(results).filter((name) => name.endsWith('.xml')).map((name) => relative(root, join(results, name))).join(' ')}`);
if (skips.length > 0) console.log('Skipped:');
for (const { test, reason } of skips) console.log(`  ${test}: ${reason}`);
if (forbidden.length > 0) console.log(`GEN_ACCEL_REQUIRE_DATA=1: ${forbidden.length} checks without data count as failed`);
for (const line of report) console.log(line);
console.log(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`);
process.exitCode = sum.failed > 0 || sum.passed === 0 ? 1 : 0;
