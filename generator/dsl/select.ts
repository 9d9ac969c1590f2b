// SPDX-License-Identifier: Apache-2.0
/** Owns the selection of ports by name prefix, so that whole buses are passed through in one line. */

/** The entries of `signals` whose names begin with `prefix`, typed by name. */
export type StartingWith<T, N extends string> = {
  readonly [K in keyof T as K extends `${N}${string}` ? K : never]: T[K];
};

/** `connect: { ...startingWith(m.port, 'm_axi_') }`. */
export function startingWith<T extends object, N extends string>(signals: T, prefix: N): StartingWith<T, N> {
  return Object.fromEntries(Object.entries(signals).filter(([name]) => name.startsWith(prefix))) as StartingWith<T, N>;
}
