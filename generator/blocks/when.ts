// SPDX-License-Identifier: Apache-2.0
/** Owns what only some configurations have: ports, parameters or connections that are there or not. */

/** `parts()` or nothing; typed as if it were always there, so a module that has not got it must not ask for it. */
export const when = <T extends object>(condition: boolean, parts: () => T): T => (condition ? parts() : ({} as T));

/** Whether a beat has several words: the output buffer then gives the store unit all of them in one cycle. */
export const wideBus = (all: { readonly BEAT_WORDS: { readonly default: number } }): boolean => all.BEAT_WORDS.default > 1;
