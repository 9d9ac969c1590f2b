// SPDX-License-Identifier: Apache-2.0
/** Holds the token protocol to its purpose: no order is lost, no queue overflows, and the proof can fail. */
import { describe, expect, it } from 'vitest';
import { validateConfig } from '../../generator/arch/rules.js';
import { compileNetwork } from '../../generator/compile/compile-network.js';
import { encodeProgram, noTokens, type Instruction } from '../../generator/compile/instruction.js';
import { checkTokens } from '../../generator/compile/legality.js';
import { assignTokens, TOKEN_QUEUES, unitOf } from '../../generator/compile/tokens.js';
import { createRandom } from '../../generator/core/random.js';
import { NO_PADDING, type Network } from '../../generator/graph/network.js';
import { RandomNetworkBuilder } from '../../generator/graph/random-layers.js';
import { validateNetwork } from '../../generator/graph/validate.js';
import { randomConvNetwork, randomInput } from '../../generator/graph/synthetic.js';
import { runGolden } from '../../generator/model/golden.js';
import { ADVERSARIAL, differences, runCompiled } from '../support/run-compiled.js';

const load = (): Instruction => ({ kind: 'loadStream', tokens: noTokens(), destination: 'weight', fields: { address: 0, base: 0, words: 1, beats: 1 } });
const store = (): Instruction => ({ kind: 'store', tokens: noTokens() }) as unknown as Instruction;
const compute = (): Instruction => ({ kind: 'compute', tokens: noTokens() }) as unknown as Instruction;
const end = (): Instruction => ({ kind: 'end', tokens: noTokens() });
const after = (instruction: Instruction, ...positions: number[]) => ({ instruction, after: new Set(positions) });
const flags = (instruction: Instruction): string => Object.entries(instruction.tokens).filter(([, set]) => set).map(([name]) => name).join(' ');

describe('assignTokens', () => {
  it('spends one token on several loads, and none on an order that others imply', () => {
    const program = [after(load()), after(load()), after(compute(), 0, 1), after(store(), 2), after(load(), 2, 3), after(compute(), 3, 4), after(end())];
    assignTokens(program);
    expect(program.map(({ instruction }) => flags(instruction))).toEqual(['', 'pushA', 'popA pushB', 'popA pushB', 'popB pushA', 'popA', '']);
    checkTokens(program.map(({ instruction }) => instruction));
  });

  it('keeps a loader that never waits from overflowing load->compute', () => {
    const program = Array.from({ length: 40 }, (_, i) => [after(load()), after(compute(), 2 * i)]).flat();
    program.push(after(end()));
    assignTokens(program);
    const instructions = program.map(({ instruction }) => instruction);
    checkTokens(instructions);
    // With the loader as early as its tokens allow, no more than 15 pushes are ahead of the pops.
    const waits = instructions.flatMap((each, at) => (unitOf(each) === 'load' && each.tokens.popA ? [at / 2] : []));
    expect(waits[0]).toBe(15);
    expect(waits).toHaveLength(25);
  });

  it('refuses a dependency on a later instruction', () => {
    expect(() => assignTokens([after(load(), 1), after(compute())])).toThrow(/instruction 0 depends on 1/);
  });
});

describe('checkTokens', () => {
  it('names the queue that is popped empty', () => {
    const program = [compute(), end()];
    program[0]!.tokens.popA = true;
    expect(() => checkTokens(program)).toThrow('instruction 0: pops the empty queue load->compute; expected every pop after its push');
  });

  it('names the queue that overflows in program order', () => {
    const program = [...Array.from({ length: 16 }, load), end()];
    for (const instruction of program.slice(0, 16)) instruction.tokens.pushA = true;
    expect(() => checkTokens(program)).toThrow('instruction 15: fills the queue load->compute beyond 15');
  });

  it('names tokens that are never popped, and a missing END', () => {
    const program = [load(), end()];
    program[0]!.tokens.pushA = true;
    expect(() => checkTokens(program)).toThrow('1 tokens are left in load->compute');
    expect(() => checkTokens([load()])).toThrow('does not finish with END');
  });
});

describe('a program with one order removed', () => {
  /** Turns off the last token of a queue: one push and its pop. */
  const withoutOne = (instructions: readonly Instruction[], name: string): Instruction[] => {
    const queue = TOKEN_QUEUES.find((candidate) => candidate.name === name)!;
    const copy = instructions.map((instruction) => ({ ...instruction, tokens: { ...instruction.tokens } }) as Instruction);
    const push = copy.findLast((instruction) => unitOf(instruction) === queue.producer && instruction.tokens[queue.push])!;
    const pop = copy.findLast((instruction) => unitOf(instruction) === queue.consumer && instruction.tokens[queue.pop])!;
    push.tokens[queue.push] = false;
    pop.tokens[queue.pop] = false;
    return copy;
  };

  const twoLayers = (): Network => {
    const builder = new RandomNetworkBuilder(createRandom(1));
    const input = builder.input([1, 4, 4, 4], { scale: 0.03, zeroPoint: 5 });
    const conv = (from: number): number => builder.conv2d({
      input: from, outChannels: 8, activation: 'none', kernelHeight: 1, kernelWidth: 1, padding: NO_PADDING,
      strideHeight: 1, strideWidth: 1, dilationHeight: 1, dilationWidth: 1,
    });
    return validateNetwork(builder.finish('two', input, conv(conv(input))));
  };

  it.each(TOKEN_QUEUES.map(({ name }) => name))('computes other bits in some interleaving: %s', (name) => {
    const network = name === 'store->load' ? twoLayers() : randomConvNetwork({ inputShape: [12, 12, 16], outChannels: 16, seed: 7, activation: 'none' });
    const config = validateConfig({ pes: 8, group: 4, actDepth: 256, weightDepth: 1024, outDepth: 256 });
    const compiled = compileNetwork(network, undefined, config);
    const segment = compiled.segments[0]!;
    const image = compiled.image.slice();
    image.set(encodeProgram(withoutOne(segment.instructions, name)), segment.programAddress);
    const input = randomInput(network, 1);
    const golden = runGolden(network, input);
    const faults = ADVERSARIAL.map((interleaving) => {
      try {
        return differences(compiled, runCompiled({ ...compiled, image }, input, { interleaving }), golden).length > 0;
      } catch {
        return true;
      }
    });
    expect(faults).toContain(true);
    expect(differences(compiled, runCompiled(compiled, input), golden)).toEqual([]);
  });
});
