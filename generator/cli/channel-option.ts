// SPDX-License-Identifier: Apache-2.0
/** Owns the options that make a float network smaller, or put its channels in another order, before its weights are pruned. */
import type { Argv } from 'yargs';
import { ChannelShareError } from '../prune/channels/index.js';
import { oneValue, type Args } from './option-values.js';
import { UsageError } from './usage-error.js';

const GROUP = 'Network:';

export interface ChannelChoice {
  /** Share of the channels of every class that stay, or of the cycles; undefined: all stay. */
  readonly share: number | undefined;
  readonly of: 'channels' | 'cycles';
  /** Put channels in an order in which pruning keeps more, or takes fewer steps. */
  readonly permute: boolean;
}

export const addChannelOptions = <T>(argv: Argv<T>): Argv<T> =>
  argv
    .option('channels', { type: 'string', requiresArg: true, group: GROUP, describe: 'keep this share of the channels of every class (0.5), or as many as take this share of the cycles (cycles:0.5); float models [all]' })
    .option('permute', { type: 'boolean', default: false, group: GROUP, describe: 'put channels in the order in which --keep or --prune loses least; float models' }) as unknown as Argv<T>;

/** The options' names, for a command line that repeats them. */
export const CHANNEL_LISTS = ['channels'] as const;

/** Undefined: all channels stay where they are. @throws ChannelShareError */
export function readChannels(args: Args): ChannelChoice | undefined {
  const text = oneValue(args, 'channels');
  const permute = args['permute'] === true;
  if (text === undefined) return permute ? { share: undefined, of: 'channels', permute } : undefined;
  const [, cycles, number] = /^(cycles:)?([0-9.]+)$/.exec(text.trim()) ?? [];
  const share = Number(number);
  if (!(share > 0 && share <= 1)) throw new ChannelShareError(text);
  return { share, of: cycles === undefined ? 'channels' : 'cycles', permute };
}

/** @throws UsageError: such a model has no channels that could be cut or moved any more */
export function refuseChannels({ share }: ChannelChoice, model: string): never {
  const flag = share === undefined ? '--permute' : '--channels';
  throw new UsageError(`${flag} changes float networks, and ${model} is int8 already`, 'Use the float model with --calibration.');
}
