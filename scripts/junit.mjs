// SPDX-License-Identifier: Apache-2.0
/** Reads the totals of a JUnit file and writes one for a command that is no test runner. */

const attribute = (tag, name) => Number(new RegExp(`\\b${name}="([0-9]+)"`).exec(tag)?.[1] ?? 0);

/** @returns {{passed: number, failed: number, skipped: number}} sums over the test suites of the file */
export function junitTotals(xml) {
  const totals = { passed: 0, failed: 0, skipped: 0 };
  for (const [tag] of xml.matchAll(/<testsuite\s[^>]*>/g)) {
    const failed = attribute(tag, 'failures') + attribute(tag, 'errors');
    const skipped = attribute(tag, 'skipped');
    totals.failed += failed;
    totals.skipped += skipped;
    totals.passed += attribute(tag, 'tests') - failed - skipped;
  }
  return totals;
}

const escape = (text) => text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]);

/** A suite of one test. */
export function junitOfCommand(name, seconds, failure) {
  const failures = failure === undefined ? 0 : 1;
  const body = failure === undefined ? '' : `<failure message="${escape(failure)}"/>`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites tests="1" failures="${failures}" errors="0" time="${seconds}">`,
    `  <testsuite name="${name}" tests="1" failures="${failures}" errors="0" skipped="0" time="${seconds}">`,
    `    <testcase classname="${name}" name="${name}" time="${seconds}">${body}</testcase>`,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}
