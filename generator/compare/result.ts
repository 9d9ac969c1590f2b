// SPDX-License-Identifier: Apache-2.0
/** Owns the schema of a comparison: compare.json, and the rows that are kept between runs. */
import { z } from 'zod';
import { FAMILIES } from './row-spec.js';

const count = z.int().nonnegative();
const cells = z.strictObject({ lut: count, lutRam: count, ff: count });

/** What is known of a row by itself; the loss is against the dense row of the table. */
const measured = z.strictObject({
  /** What --rows takes. */
  row: z.string().min(1),
  family: z.enum(FAMILIES),
  trained: z.enum(['one-shot', 'retrained']),
  /** Of a retrained row. */
  modelFile: z.string().nullable(),
  /** `model`: hardware that is not built, its cycles are predicted from the masks. */
  hardware: z.enum(['rtl', 'model']),
  method: z.string(),
  weightBits: z.int().min(2).max(8),
  seed: count,
  /** SHA-256 over names and masks of all weighted layers, the first 12 hex digits. */
  maskHash: z.string().regex(/^[0-9a-f]{12}$/),
  /** '1' right, '0' wrong, an image after the other. */
  answers: z.string().regex(/^[01]+$/),
  /** Weighted layers, those that are pruned, weights that stay, and those of the network as it came. */
  layers: count,
  prunedLayers: count,
  keptWeights: count,
  allWeights: count,
  storage: z.strictObject({ weightBits: count, indexBits: z.record(z.string(), count), format: z.string(), bits: count }),
  /** Bytes over the bus for one image, programs included; null: the hardware is not built, or was not simulated. */
  dram: z.strictObject({ predicted: count.nullable(), rtl: z.number().nonnegative().nullable() }),
  /** Of one image. `law`: layers with weights alone; `predicted`: START to interrupt; `rtl`: the core's counter. */
  cycles: z.strictObject({ law: z.number().nonnegative(), predicted: z.number().nonnegative(), rtl: z.number().nonnegative().nullable() }),
  /** null: not simulated. */
  bitExact: z.boolean().nullable(),
  /** Of a row with FIFOs, estimated; depth null: unlimited. */
  fifo: z.strictObject({ depth: count.nullable(), bytes: count.nullable(), luts: count.nullable(), ff: count.nullable() }).nullable(),
  /** The index format that the array reads; null: it needs none. */
  index: z.string().nullable(),
});

const row = measured.extend({
  right: count,
  /** Per cent. */
  accuracy: z.number().min(0).max(100),
  /** Points below the dense row, and the standard error of this paired difference. */
  loss: z.number(),
  lossStandardError: z.number().nonnegative(),
  /** Dense cycles / cycles: simulated ones where both were simulated, predicted ones else. */
  speedup: z.number().nonnegative(),
  /** 2 x multiplications of the dense network / (multipliers x cycles). */
  operationsPerMultiplierCycle: z.number().nonnegative(),
  /** Of the array's index decoders for the format that it reads; null: not synthesized or not built. */
  decoderLuts: count.nullable(),
  command: z.string(),
});

const choice = z.strictObject({
  family: z.enum(FAMILIES), trained: z.enum(['one-shot', 'retrained']), by: z.enum(['cycles', 'bits']),
  /** null: no row of the family is within the bar. */
  row: z.string().nullable(), hardware: z.enum(['rtl', 'model']),
  value: z.number().nullable(), loss: z.number().nullable(), lossStandardError: z.number().nullable(), verdict: z.enum(['within', 'undecided']).nullable(),
});

const table = z.strictObject({
  weightBits: z.int(),
  rows: z.array(row),
  /** Rows that cannot be measured, and why. */
  leftOut: z.array(z.strictObject({ row: z.string(), reason: z.string() })),
  equalAccuracy: z.array(choice),
  /** Sentences that follow from the rows. */
  verdict: z.array(z.string()),
});

export const comparisonSchema = z.strictObject({
  network: z.string(),
  model: z.strictObject({ file: z.string(), sha256: z.string(), kind: z.enum(['float32', 'int8']) }),
  config: z.record(z.string(), z.unknown()),
  configHash: z.string(),
  method: z.string(),
  seed: count,
  /** Points of loss that count as equal accuracy. */
  within: z.number().nonnegative(),
  calibration: z.strictObject({ file: z.string(), count }).nullable(),
  scored: z.strictObject({ file: z.string(), first: count, n: count.min(1) }),
  /** Images that ran on the generated Verilog, with what; null: none. */
  rtl: z.strictObject({ images: count, simulator: z.string(), latency: count }).nullable(),
  /** The float network on the scored images; null: the model is int8. */
  float: z.strictObject({ right: count, accuracy: z.number() }).nullable(),
  /** Multiplications of the dense network for one image. */
  denseMacs: count,
  /** Of all PEs, by format; null: not synthesized. */
  decoders: z.strictObject({ tool: z.string(), target: z.string(), formats: z.record(z.string(), cells) }).nullable(),
  tables: z.array(table).min(1),
});

export const measuredRowSchema = measured;
export type MeasuredRow = z.infer<typeof measured>;
export type ComparisonRow = z.infer<typeof row>;
export type EqualAccuracyChoice = z.infer<typeof choice>;
export type ComparisonTable = z.infer<typeof table>;
export type Comparison = z.infer<typeof comparisonSchema>;
