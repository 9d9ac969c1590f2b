// SPDX-License-Identifier: Apache-2.0
/** Owns counting a thing in words. */

/** "1 lane", "2 lanes". */
export const plural = (count: number, one: string): string => `${count} ${count === 1 ? one : `${one}s`}`;
