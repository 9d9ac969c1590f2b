// SPDX-License-Identifier: Apache-2.0
/** Owns the labels of channels: numbers that are joined where channels must stay or go together, and pinned where they must stay. */

/** Channels of a tensor: the labels of the positions along one dimension. A label may stand at several positions, as after flattening. */
export interface TensorChannels {
  readonly axis: number;
  readonly labels: Int32Array;
}

/** A disjoint-set forest; the lowest number of a set stands for it. */
export class ChannelLabels {
  private readonly parents: number[] = [];
  private readonly reasons = new Map<number, string>();

  /** New labels, one after the other. */
  fresh(count: number): Int32Array {
    const first = this.parents.length;
    for (let i = 0; i < count; i++) this.parents.push(first + i);
    return Int32Array.from({ length: count }, (_, i) => first + i);
  }

  /** The label that stands for this one's set. */
  find(label: number): number {
    let root = label;
    while (this.parents[root] !== root) root = this.parents[root] as number;
    for (let at = label; at !== root; ) {
      const next = this.parents[at] as number;
      this.parents[at] = root;
      at = next;
    }
    return root;
  }

  /** Position by position, both become one. A pinned set pins the other, with the reason that was there first. */
  join(a: Int32Array, b: Int32Array): void {
    for (let i = 0; i < a.length; i++) {
      const [x, y] = [this.find(a[i] as number), this.find(b[i] as number)];
      if (x === y) continue;
      const [low, high] = [Math.min(x, y), Math.max(x, y)];
      this.parents[high] = low;
      const reason = this.reasons.get(low) ?? this.reasons.get(high);
      if (reason !== undefined) this.reasons.set(low, reason);
    }
  }

  /** These stay, all of them, and in their places. */
  pin(labels: Int32Array, reason: string): void {
    for (const label of labels) {
      const root = this.find(label);
      if (!this.reasons.has(root)) this.reasons.set(root, reason);
    }
  }

  /** Why a label is pinned; undefined: it is not. */
  reason(label: number): string | undefined {
    return this.reasons.get(this.find(label));
  }
}
