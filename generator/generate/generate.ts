// SPDX-License-Identifier: Apache-2.0
/** Owns the way from a configuration to the texts of its output folder, as numbered phases; touches no file. */
import { configHash } from '../arch/config-hash.js';
import type { AccelConfig } from '../arch/config.js';
import { MANIFEST_FILE, sealManifest } from '../arch/manifest-record.js';
import { buildManifest, type Manifest } from '../arch/manifest.js';
import type { IndexDecoder } from '../blocks/index.js';
import type { Module } from '../dsl/module.js';
import { elaborate, type Design } from '../elaborate/index.js';
import { emit, type TemplateMap } from '../emit/index.js';
import { instructionSetMarkdown } from '../report/instruction-set.js';
import { registerMapMarkdown } from '../report/register-map.js';
import { designMemories } from './design-memories.js';
import { coreFilePath, renderCoreFile } from './fusesoc.js';
import { renderScripts } from './scripts.js';

/** What a part of the output folder may look at. */
export interface GenerateContext {
  readonly config: AccelConfig;
  readonly templates: TemplateMap;
  readonly version: string;
  readonly configHash: string;
  readonly indexDecoders: readonly IndexDecoder[];
  /** Verilog files of the core, dependencies first. */
  readonly verilog: readonly string[];
}

/** Texts by path inside the folder. */
export type Files = ReadonlyMap<string, string>;

export interface GenerateOptions {
  /** Describes the hardware of a configuration. */
  readonly buildTop: (config: AccelConfig, decoders: readonly IndexDecoder[]) => Module;
  /** Index decoders beside the built-in ones. */
  readonly indexDecoders?: readonly IndexDecoder[];
  /** Template texts by path inside templates/. */
  readonly templates: TemplateMap;
  /** Version of gen-accel, printed in every file. */
  readonly version: string;
  /** Further parts of the folder: the testbench and its vectors. */
  readonly parts?: readonly ((context: GenerateContext) => Files)[];
}

export interface Generated {
  readonly manifest: Manifest;
  readonly design: Design;
  /** Everything that belongs into the output folder, accel.json included. */
  readonly files: Files;
}

/**
 * Generates one accelerator. The same configuration gives the same bytes.
 * @throws ElaborationError, TemplateError
 */
export function generate(config: AccelConfig, options: GenerateOptions): Generated {
  const { templates, version } = options;
  const hash = configHash(config);

  // 1. Describe and check the hardware.
  const design = elaborate(options.buildTop(config, options.indexDecoders ?? []), { prefix: config.prefix });

  // 2. Verilog.
  const { files: rtl, order: verilog } = emit(design, { templates, version, configHash: hash.slice(0, 12) });
  const context: GenerateContext = { config, templates, version, configHash: hash, indexDecoders: options.indexDecoders ?? [], verilog };

  // 3. The manifest.
  const top = `${config.prefix}_${design.top.module.name}`;
  const manifest = buildManifest({ config, version, top, verilog, memories: designMemories(design) });

  // 4. Documents and scripts.
  const files = new Map(rtl);
  files.set('docs/registers.md', registerMapMarkdown(config.name));
  files.set('docs/instructions.md', instructionSetMarkdown(config.name, config));
  for (const [path, text] of renderScripts(context, manifest)) files.set(path, text);

  // 5. The testbench, its vectors, and whatever else belongs to the folder.
  for (const part of options.parts ?? []) for (const [path, text] of part(context)) files.set(path, text);

  // 6. The FuseSoC core file, which lists the others.
  files.set(coreFilePath(config.prefix), renderCoreFile(context, manifest, files));

  // 7. Seal: the hash of every file goes into the manifest.
  files.set(MANIFEST_FILE, sealManifest(manifest, files));
  return { manifest, design, files };
}
