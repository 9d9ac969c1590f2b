// SPDX-License-Identifier: Apache-2.0
/** CMSIS-NN cases through the compiler: passes of the array by their plain meaning. */
import { describe, expect, it } from 'vitest';
import { validateConfig } from '../../generator/arch/rules.js';
import { cmsisNames, hasCmsisCases } from '../support/cmsis-cases.js';
import { cmsisNetwork } from '../support/cmsis-networks.js';
import { checkPasses } from '../support/run-passes.js';

const config = validateConfig({ pes: 16, group: 8 });

describe.skipIf(!hasCmsisCases)('CMSIS-NN cases on the compiler', () => {
  it.each(cmsisNames)('%s: passes of the array give the golden model\'s bits', (name) => {
    const { network, images } = cmsisNetwork(name);
    for (const image of images) expect(checkPasses(network, undefined, config, image)).toEqual([]);
  });
});
