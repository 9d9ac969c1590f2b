// SPDX-License-Identifier: Apache-2.0
/** A vitest reporter that writes every skipped test with its reason to the file named by GEN_ACCEL_SKIPS. */
import { writeFileSync } from 'node:fs';

export default class SkipReporter {
  skips = [];

  onTestCaseResult(testCase) {
    const result = testCase.result();
    if (result.state !== 'skipped') return;
    this.skips.push({ test: `${testCase.module.relativeModuleId}: ${testCase.fullName}`, reason: result.note ?? 'no reason given' });
  }

  onTestRunEnd() {
    writeFileSync(process.env.GEN_ACCEL_SKIPS, JSON.stringify(this.skips));
  }
}
