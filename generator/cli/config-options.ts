// SPDX-License-Identifier: Apache-2.0
/** Owns the options that describe an accelerator, shared by every command; they come from the parameter table. */
import type { Argv, Options } from 'yargs';
import { PARAMETERS } from '../arch/parameters.js';
import { validateConfig, type PartialConfig } from '../arch/rules.js';
import type { AccelConfig } from '../arch/config.js';
import type { IndexDecoder } from '../blocks/index.js';
import { parameterRange } from '../report/parameter-table.js';
import type { ConstraintKind } from '../prune/constraints/parse.js';
import { loadConfigFile } from './load-config.js';
import { oneValue, pathValue } from './option-values.js';

/** A whole number as a number, anything else as it is: validation names it as the user wrote it. */
const numberOrText = (text: string): number | string => (/^-?[0-9]+(\.[0-9]+)?$/.test(text) ? Number(text) : text);

export function addConfigOptions<T>(argv: Argv<T>): Argv<T & { config?: string }> {
  const options = Object.fromEntries(
    PARAMETERS.map((spec): [string, Options] => [
      spec.flag,
      { type: 'string', requiresArg: true, group: 'Accelerator:', describe: `${spec.doc} (${parameterRange(spec)}) [${spec.defaultDoc}]` },
    ]),
  );
  return argv
    .options({ ...options, config: { type: 'string', requiresArg: true, group: 'Accelerator:', describe: 'TypeScript file that describes it; options go before the file' } })
    .parserConfiguration({ 'camel-case-expansion': false }) as unknown as Argv<T & { config?: string }>;
}

/** A validated configuration, with the index decoders and constraints that its file adds. */
export interface AcceleratorChoice {
  readonly config: AccelConfig;
  readonly indexDecoders: readonly IndexDecoder[];
  readonly constraints: readonly ConstraintKind[];
}

/**
 * The accelerator of a command line: the file, then the options over it.
 * @throws ConfigError, ConfigFileError, UsageError
 */
export async function readAccelerator(args: Readonly<Record<string, unknown>>, cwd: string): Promise<AcceleratorChoice> {
  const path = pathValue(args, 'config');
  const file = path === undefined ? { input: {}, indexDecoders: [], constraints: [] } : await loadConfigFile(path, cwd);
  const input: Record<string, unknown> = { ...file.input };
  for (const spec of PARAMETERS) {
    const value = oneValue(args, spec.flag);
    if (value !== undefined) input[spec.key] = spec.kind === 'integer' ? numberOrText(value) : value;
  }
  const names = file.indexDecoders.map((decoder) => decoder.format.name);
  return { config: validateConfig(input as PartialConfig, { indexDecoders: names }), indexDecoders: file.indexDecoders, constraints: file.constraints };
}
