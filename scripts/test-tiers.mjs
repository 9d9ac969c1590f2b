// SPDX-License-Identifier: Apache-2.0
/** Owns which tests belong to which tier and how long a tier may take on two cores. */

/** Folders and files under test/ whose tests simulate or synthesise Verilog, or run whole programs; the rest is the unit tier. */
const RTL = ['test/rtl', 'test/contract', 'test/sim', 'test/synth', 'test/gate', 'test/estimate/rtl'];
const E2E = ['test/e2e', 'test/examples'];

const excluding = (folders) => folders.flatMap((folder) => ['--exclude', `${folder}/**`]);

/** In the order in which they run: the cheapest first. Budgets in seconds. */
export const TIERS = [
  { name: 'types', budget: 90, command: ['npx', 'tsc', '-p', 'tsconfig.json', '--noEmit'] },
  { name: 'lint', budget: 60, command: ['npx', 'eslint', '.'] },
  { name: 'unit', budget: 330, vitest: excluding([...RTL, ...E2E]) },
  { name: 'rtl', budget: 400, vitest: RTL },
  { name: 'e2e', budget: 300, vitest: E2E },
];

/** `make regress` runs the same tests with GEN_ACCEL_REGRESS=1, which widens their sweeps. */
export const REGRESS_FACTOR = 12;
