// SPDX-License-Identifier: Apache-2.0
/** Owns `generate` of the public API: the pipeline with the package's own hardware, templates and version. */
import { validateConfig, type PartialConfig } from '../arch/rules.js';
import type { IndexDecoder } from '../blocks/index.js';
import type { TemplateMap } from '../emit/index.js';
import { generate as runPipeline, type Generated } from '../generate/generate.js';
import { buildTop, parts } from './accelerator.js';
import { loadTemplates } from './load-templates.js';
import { packageVersion } from './version.js';

export interface LibraryOptions {
  /** Index decoders beside the built-in ones; `index` names one. */
  readonly indexDecoders?: readonly IndexDecoder[];
  /** Templates beside the built-in ones, by path, for modules that name one. */
  readonly templates?: TemplateMap;
}

/**
 * Generates one accelerator: the texts of its output folder by path, its manifest, its design.
 * @throws ConfigError that lists everything wrong with the input; ElaborationError and TemplateError for a decoder that does not fit
 */
export function generate(input: PartialConfig, options: LibraryOptions = {}): Generated {
  const { indexDecoders = [], templates = new Map<string, string>() } = options;
  const config = validateConfig(input, { indexDecoders: indexDecoders.map((decoder) => decoder.format.name) });
  return runPipeline(config, { buildTop, indexDecoders, templates: new Map([...loadTemplates(), ...templates]), version: packageVersion(), parts });
}
