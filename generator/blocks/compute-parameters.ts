// SPDX-License-Identifier: Apache-2.0
/** Owns the Verilog parameters that the blocks of the compute side share, with this configuration's values. */
import type { AccelConfig } from '../arch/config.js';
import { derive } from '../arch/derive.js';
import { indexBits } from '../core/integers.js';
import { parameter } from '../dsl/index.js';
import { when } from './when.js';

const width = (doc: string, value: number) => parameter({ doc, unit: 'bits', range: [1, 16], default: value });

/**
 * @param indexBitsPerPe bits of one PE in a word of the index plane
 * @param indexDepth words of the index plane
 * @param patternBits bits of a word of the pattern table; 0: there is none, and its parameters are absent
 */
export function computeParameters(config: AccelConfig, indexBitsPerPe: number, indexDepth: number, patternBits = 0) {
  const d = derive(config);
  return {
    PES: parameter({ doc: 'P: output channels in parallel', unit: 'elements', range: [1, 256], default: config.pes }),
    GROUP: parameter({ doc: 'G: activations fetched together', unit: 'channels', range: [2, 32], default: config.group }),
    LANES: parameter({ doc: 'L: output pixels in parallel', unit: 'lanes', range: [1, 16], default: config.lanes }),
    REQUANT: parameter({ doc: 'n: requantizers a lane', unit: 'elements', range: [1, 256], default: config.requant }),
    DRAIN: parameter({ doc: 'D = P / n: cycles that drain a pixel', unit: 'cycles', range: [1, 256], default: d.drain }),
    SELECT_W: parameter({ doc: 'position in a group', unit: 'bits', range: [1, 5], default: indexBits(config.group) }),
    INDEX_W: parameter({ doc: 'index field of one PE', unit: 'bits', range: [1, 64], default: indexBitsPerPe }),
    ...when(patternBits > 0, () => ({
      PATTERN_W: parameter({ doc: 'position set: one bit a position of the group', unit: 'bits', range: [1, 64], default: patternBits }),
      PATTERNS: parameter({ doc: 'position sets in the table, 2**INDEX_W', unit: 'words', range: [2, 256], default: 2 ** indexBitsPerPe }),
    })),
    WEIGHT_W: parameter({ doc: "weight, two's complement", unit: 'bits', range: [2, 8], default: config.weightBits }),
    ACC_W: parameter({ doc: 'accumulator', unit: 'bits', range: [26, 32], default: d.accumulatorBits }),
    BEAT_WORDS: parameter({ doc: 'R: activation words in a bus beat', unit: 'words', range: [1, 32], default: d.beatWords }),
    SUB_BANKS: parameter({ doc: 'sub-banks of an activation bank', unit: 'words', range: [1, 128], default: d.actSubBanks }),
    CLUSTERS: parameter({ doc: 'C: clusters of GROUP PEs with a word of their own', unit: 'clusters', range: [1, 128], default: d.clusters }),
    OUT_BANKS: parameter({ doc: 'G-byte words written by a drain cycle', unit: 'words', range: [1, 128], default: d.drainWords }),
    ...when(d.beatWords > 1, () => ({ OUT_SUB_BANKS: parameter({ doc: 'sub-banks of an output bank', unit: 'words', range: [2, 128], default: d.outSubBanks }) })),
    LANE_W: width('lane number', indexBits(config.lanes)),
    STEP_W: width('drain step', indexBits(d.drain)),
    BYTE_W: width('byte in a word of GROUP', indexBits(config.group)),
    ACT_ADDR_W: width('word address in an activation bank', d.actAddrBits),
    ACT_BANK_W: width('sub-bank number in an activation bank', indexBits(d.actSubBanks)),
    ACT_ROW_W: width('row address in an activation sub-bank', indexBits(config.actDepth / d.actSubBanks)),
    WEIGHT_ADDR_W: width('weight step address', d.weightAddrBits),
    INDEX_ADDR_W: width('index word address', indexBits(indexDepth)),
    SCHED_ADDR_W: width('schedule entry address', d.schedAddrBits),
    PARAM_ADDR_W: width('parameter word address', d.paramAddrBits),
    PARTIAL_ADDR_W: width('partial-sum word address', d.partialAddrBits),
    OUT_ADDR_W: width('word address in an output half', d.outAddrBits),
    ...when(d.beatWords === 1, () => ({ OUT_BANK_W: width('bank number in an output half', indexBits(d.outSubBanks)) })),
    OUT_ROW_W: width('row address in an output bank', indexBits(config.outDepth / d.drainWords)),
    ...when(d.beatWords > 1, () => ({ OUT_SUB_ROW_W: width('row address in an output sub-bank, the half on top', indexBits((2 * config.outDepth) / d.outSubBanks)) })),
    WEIGHT_DEPTH: parameter({ doc: 'weight steps', unit: 'words', range: [16, 65536], default: config.weightDepth }),
    INDEX_DEPTH: parameter({ doc: 'index words', unit: 'words', range: [16, 65536], default: indexDepth }),
    ACT_DEPTH: parameter({ doc: 'activation bank of a lane', unit: 'words', range: [16, 65536], default: config.actDepth }),
    SCHED_DEPTH: parameter({ doc: 'schedule entries', unit: 'words', range: [16, 65536], default: config.schedDepth }),
    PARAM_DEPTH: parameter({ doc: 'parameter words', unit: 'words', range: [16, 65536], default: d.paramDepth }),
    PARTIAL_DEPTH: parameter({ doc: 'partial-sum words', unit: 'words', range: [16, 65536], default: config.partialDepth }),
    OUT_DEPTH: parameter({ doc: 'one half of an output bank', unit: 'words', range: [16, 65536], default: config.outDepth }),
  };
}

export type ComputeParameters = ReturnType<typeof computeParameters>;

/** Whether a pattern table stands between index plane and decoders. */
export const hasPatterns = (all: Partial<Pick<ComputeParameters, 'PATTERN_W'>>): boolean => all.PATTERN_W !== undefined;

/** The named ones, for a module that needs no others. */
export function pick<T extends object, K extends keyof T>(all: T, ...names: readonly K[]): Pick<T, K> {
  return Object.fromEntries(names.map((name) => [name, all[name]])) as Pick<T, K>;
}
