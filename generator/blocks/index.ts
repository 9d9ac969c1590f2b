// SPDX-License-Identifier: Apache-2.0
/** The accelerator's hardware, in one place: the top of a configuration and the index decoders that it knows. */
import { configHash } from '../arch/config-hash.js';
import type { AccelConfig } from '../arch/config.js';
import { DefectError } from '../core/errors.js';
import { coreModule } from './core.js';
import { builtInDecoders, type IndexDecoder } from './index-decoder.js';

export { type IndexDecoder, bitmapDecoder, directDecoder, indexDecoderParameters, indexDecoderPorts } from './index-decoder.js';

/** The decoder that the configuration names: a built-in one or one of `decoders`. */
export function findDecoder(config: AccelConfig, decoders: readonly IndexDecoder[] = []): IndexDecoder {
  const found = [...builtInDecoders(config), ...decoders].find((decoder) => decoder.format.name === config.index);
  if (found === undefined) throw new DefectError('blocks', `no index decoder named ${config.index} behind a validated configuration`);
  return found;
}

/**
 * The whole accelerator of a configuration.
 * @param decoders index decoders beside the built-in ones
 */
export const buildCore = (config: AccelConfig, decoders: readonly IndexDecoder[] = []) =>
  coreModule(config, findDecoder(config, decoders), configHash(config));
