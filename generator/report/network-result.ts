// SPDX-License-Identifier: Apache-2.0
/** Owns the result of a network simulation as data: what `gen-accel sim --json` prints; docs/sim.md explains it. */
import { z } from 'zod';

/** The method of a pruning whose every zero is the model's own. */
export const FROM_MODEL = 'as in the model';

const count = z.number().int().nonnegative();

/** Cycles without a step, by what the array waited for; their sum and the compute cycles are the cycles. */
const stalls = z.strictObject({ drain: count, load: count, store: count, dispatch: count });

/** K of every group, `dense`, or a constraint in words. */
const keep = z.union([z.number().int().positive(), z.string()]);

/** An operator that begins a pass of the array; `pool`: maximum of activation words. */
const arrayLayer = z.strictObject({
  name: z.string(),
  op: z.string(),
  shape: z.string(),
  place: z.enum(['array', 'pool']),
  keep,
  cycles: count.nullable(),
  lawCycles: count.nullable(),
  utilization: z.number().nonnegative().nullable(),
  stalls: stalls.nullable(),
  bitExact: z.boolean().nullable(),
});

/** `drain`: fused into the pass before, whose row has the cycles; `memory`: by its place alone; `host`: not on the core. */
const otherLayer = z.strictObject({
  name: z.string(),
  op: z.string(),
  shape: z.string(),
  place: z.enum(['drain', 'memory', 'host']),
  keep: z.null(),
  cycles: z.null(),
  lawCycles: z.null(),
  utilization: z.null(),
  stalls: z.null(),
  bitExact: z.boolean().nullable(),
});

export const layerResultSchema = z.discriminatedUnion('place', [arrayLayer, otherLayer]);

const totals = z.strictObject({
  cycles: count.nullable(),
  lawCycles: count,
  denseCycles: count.nullable(),
  denseLawCycles: count,
  layerCycles: count.nullable(),
  usefulWork: count,
  utilization: z.number().nonnegative().nullable(),
  stalls: stalls.nullable(),
  beatsRead: count.nullable(),
  beatsWritten: count.nullable(),
});

const mismatch = z.strictObject({
  run: z.enum(['layers', 'network', 'dense', 'unconstrained']),
  image: count,
  layer: z.string(),
  channel: count,
  y: count,
  x: count,
  rtl: z.number().int(),
  golden: z.number().int(),
  pe: count,
  lane: count,
  wrong: count,
  all: count,
});

export const networkResultSchema = z.strictObject({
  network: z.string(),
  synthetic: z.boolean(),
  config: z.record(z.string(), z.union([z.string(), z.number()])),
  configHash: z.string(),
  simulator: z.string(),
  memory: z.strictObject({ latency: count, stall: count, seed: count }),
  pruning: z.strictObject({ constraint: z.string(), method: z.string(), density: z.number() }).nullable(),
  bitExact: z.boolean(),
  images: count,
  correct: count.nullable(),
  protocolViolations: count,
  layers: z.array(layerResultSchema),
  totals,
  speedupOverDense: z.number().positive().nullable(),
  unconstrained: z.strictObject({ cycles: count, utilization: z.number(), slowdown: z.number() }).nullable(),
  mismatch: mismatch.nullable(),
  /** What chose K, where a target was given: docs/sensitivity.md. */
  target: z.record(z.string(), z.unknown()).optional(),
});

export type NetworkResult = z.infer<typeof networkResultSchema>;
export type LayerResult = z.infer<typeof layerResultSchema>;
export type ArrayLayerResult = z.infer<typeof arrayLayer>;
export type StallCycles = z.infer<typeof stalls>;
export type MismatchResult = z.infer<typeof mismatch>;
