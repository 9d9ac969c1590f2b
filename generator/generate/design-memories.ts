// SPDX-License-Identifier: Apache-2.0
/** Owns the list of a design's memories in the terms of the block RAM prediction. */
import type { DesignMemory } from '../arch/manifest.js';
import { instancesOf, memoriesOf, type Design } from '../elaborate/index.js';

/** What the source of a memory module says beside width and depth. */
const STYLE: Readonly<Record<string, Pick<DesignMemory, 'writeEnableBits' | 'blockOnly'>>> = {
  ram_byte_en: { writeEnableBits: 8 },
  block_fifo: { blockOnly: true },
};

export function designMemories(design: Design): DesignMemory[] {
  const moduleAt = new Map(instancesOf(design).map((use) => [use.path, use.module.name]));
  return memoriesOf(design).map(({ path, widthBits, depth, count }) => {
    const owner = moduleAt.get(path.slice(0, path.lastIndexOf('/'))) ?? '';
    return { path, widthBits, depth, count, ...STYLE[owner] };
  });
}
