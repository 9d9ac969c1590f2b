// SPDX-License-Identifier: Apache-2.0
/** Owns sums over lists; knows no domain. */

export const sumOf = <T>(items: readonly T[], value: (item: T) => number): number => items.reduce((sum, item) => sum + value(item), 0);
