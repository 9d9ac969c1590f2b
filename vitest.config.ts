// SPDX-License-Identifier: Apache-2.0
/** Where the tests are and how many run at once; tiers are in scripts/test-tiers.mjs. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  // The examples import the package by its name.
  resolve: { alias: { 'gen-accel': new URL('./generator/index.ts', import.meta.url).pathname } },
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
