// SPDX-License-Identifier: Apache-2.0
/** A vitest reporter that writes every skipped test with its reason to the file named by GEN_ACCEL_SKIPS. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const hasData = existsSync(process.env.GEN_ACCEL_DATA ?? resolve(root, '../shared/data'));

/** What tests lack that are skipped without a word: by what their file asks for. */
const CAUSES = [
  { asks: /support\/(data|cmsis-cases)\.js|networks\/data-files\.js|accuracy\/subjects\.js/, lacks: !hasData, reason: 'no data: make data fetches it' },
  { asks: /getuid/, lacks: process.getuid?.() === 0, reason: 'root may read and write every file' },
  { asks: /python === undefined/, lacks: true, reason: 'no Python with PyTorch and onnx' },
];

function causeOf(module) {
  const text = readFileSync(resolve(root, module), 'utf8');
  return CAUSES.find(({ asks, lacks }) => lacks && asks.test(text))?.reason ?? 'no reason given';
}

export default class SkipReporter {
  skips = [];

  onTestCaseResult(testCase) {
    const result = testCase.result();
    if (result.state !== 'skipped') return;
    const module = testCase.module.relativeModuleId;
    this.skips.push({ test: `${module}: ${testCase.fullName}`, reason: result.note ?? causeOf(module) });
  }

  onTestRunEnd() {
    writeFileSync(process.env.GEN_ACCEL_SKIPS, JSON.stringify(this.skips));
  }
}
