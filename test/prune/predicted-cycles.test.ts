// SPDX-License-Identifier: Apache-2.0
/** Holds the predicted cycles of every constraint to what the compiled program runs, layer by layer; test/rtl and sim hold that to the hardware. */

import { describe, expect, it } from 'vitest';
import { validateConfig } from '../../generator/arch/rules.js';
import { compileNetwork } from '../../generator/compile/compile-network.js';
import { weightedOps } from '../../generator/graph/query.js';
import { syntheticResnet8 } from '../../generator/graph/synthetic.js';
import { lawLayer, networkLaw } from '../../generator/model/law.js';
import { parseConstraint } from '../../generator/prune/constraints/parse.js';
import { constraintCost } from '../../generator/prune/cost.js';
import { pruneNetwork } from '../../generator/prune/prune.js';
import { lawKeeps } from '../../generator/prune/result.js';

const network = syntheticResnet8(1);

/** Constraints of which each layer's cycles follow from its shape, and those of which they follow from its mask. */
const EXACT = ['balanced:3/8', '2:4', 'pattern:4@tile', 'pattern:3/4@tile', 'kernel:1x1', 'kernel:3x2', 'kernel:6', 'pattern:4@tile+balanced:4/8', 'kernel:2x2+2:4', 'kernel:6+pattern:3@tile+balanced:2/8'];
const BY_MASK = ['balanced:4/16', 'unconstrained:2/8', 'unconstrained:0.4', 'pattern:4@kernel', 'pattern:4/6@filter', 'kernel:auto/0.6', 'pattern:4@tile+unconstrained:0.5'];

/** Balanced groups are whole parts of the words of G. */
const fits = (text: string, group: number): boolean => [...text.matchAll(/[/:](\d+)(?=$|\+)/g)].every(([part, size]) => part.startsWith(':') || group % Number(size) === 0);

describe.each([...EXACT, ...BY_MASK])('%s', (text) => {
  it.each([{}, { pes: 12, group: 4, lanes: 2, requant: 2 }])('runs the predicted cycles in every layer at %o', (parameters) => {
    const config = validateConfig(parameters);
    const constraint = parseConstraint(text, config);
    const prune = pruneNetwork(network, { group: config.group, default: constraint, layers: new Map() });
    const law = networkLaw(network, lawKeeps(network, prune), config);
    const { layers } = compileNetwork(network, prune, config);
    let pruned = 0;
    for (const op of weightedOps(network)) {
      const { commandCycles, operandId, tiles } = layers.find(({ name }) => name === op.name)!;
      const { cycles, pixelsPerLane } = law.layers.get(op.name)!;
      // A sum with a second tensor is a step a pixel, and its drain takes 2 D cycles.
      const summed = tiles * pixelsPerLane * 2 * Math.ceil(config.pes / config.requant);
      const whole = operandId === undefined ? cycles : Math.max(cycles + tiles * pixelsPerLane, summed);
      // Bands of rows that do not divide by the lanes are no part of the law.
      if (config.lanes === 1) expect(commandCycles, op.name).toBe(whole);
      else expect(commandCycles, op.name).toBeGreaterThanOrEqual(cycles);
      if (prune.keep.get(op.name) === 'dense') continue;
      pruned++;
      const { law: predicted, exact } = constraintCost(constraint, lawLayer(network, op, 'dense'), config);
      if (EXACT.includes(text) && fits(text, config.group)) expect(exact, op.name).toBe(true);
      if (exact) expect(predicted.cycles, op.name).toBe(cycles);
    }
    expect(pruned).toBeGreaterThanOrEqual(3);
  });
});
