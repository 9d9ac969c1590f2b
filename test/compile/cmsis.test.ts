// SPDX-License-Identifier: Apache-2.0
/** CMSIS-NN cases through the compiler: passes of the array by their plain meaning, and compiled programs on the interpreter. */
import { describe, expect, it } from 'vitest';
import { validateConfig } from '../../generator/arch/rules.js';
import { compileNetwork } from '../../generator/compile/compile-network.js';
import { cmsisNames, hasCmsisCases } from '../support/cmsis-cases.js';
import { cmsisNetwork } from '../support/cmsis-networks.js';
import { ADVERSARIAL, runCompiled } from '../support/run-compiled.js';
import { checkPasses } from '../support/run-passes.js';

const CONFIGS = [{ pes: 16, group: 8 }, { pes: 5, group: 4, lanes: 2 }] as const;
const config = validateConfig({ pes: 16, group: 8 });

describe.skipIf(!hasCmsisCases)('CMSIS-NN cases on the compiler', () => {
  it.each(cmsisNames)('%s: passes of the array give the golden model\'s bits', (name) => {
    const { network, images } = cmsisNetwork(name);
    for (const image of images) expect(checkPasses(network, undefined, config, image)).toEqual([]);
  });

  it.each(cmsisNames)('%s: the compiled program gives the recorded output, whatever the order of its units', (name) => {
    const { network, images, expected } = cmsisNetwork(name);
    for (const shape of CONFIGS) {
      const compiled = compileNetwork(network, undefined, validateConfig(shape));
      const [first] = network.outputs as [number];
      for (const interleaving of ADVERSARIAL) {
        expect(images.map((image) => runCompiled(compiled, image, { interleaving }).tensor(first)), JSON.stringify({ shape, interleaving })).toEqual(expected);
      }
    }
  });
});
