// SPDX-License-Identifier: Apache-2.0
/** Owns an accelerator for tests that is no hardware: the functional interpreter behind the interface of a network run. */
import type { AccelConfig } from '../../generator/arch/config.js';
import { createRandom } from '../../generator/core/random.js';
import { NO_CYCLES, type ArrayExecutor } from '../../sim/run/array-executor.js';
import { interpret } from './interpreter.js';

/** Memory of `bytes` random bytes; `cycles` are those that the law gives the compute commands. */
export function interpretedArray(config: AccelConfig, bytes: number, seed = 1): ArrayExecutor {
  const random = createRandom(seed);
  const memory = Uint8Array.from({ length: bytes }, () => random.integer(0, 255));
  return {
    seesUnknown: false,
    write: (address, data) => Promise.resolve(memory.set(data, address)),
    read: (address, length) => Promise.resolve(memory.slice(address, address + length)),
    run: (address) => {
      const { computeCycles, beatsRead, beatsWritten } = interpret(memory, address, config, { seed });
      return Promise.resolve({ ...NO_CYCLES, cycles: computeCycles, compute: computeCycles, beatsRead, beatsWritten });
    },
    close: () => Promise.resolve(0),
  };
}
