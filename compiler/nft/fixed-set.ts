// A set or map that is made with a generation and never changes: it says how many elements it has, and the kernel has a
// faster hash for such sets (nft_hash_fast_ops, nft_hash_ops).

import type { NftElement, NftSet, NftType } from "./program.ts";

export function fixedSet(
  name: string,
  key: readonly NftType[],
  data: "verdict" | readonly NftType[] | undefined,
  elements: readonly NftElement[],
): NftSet {
  const head = { name, key, ...(data === undefined ? {} : { data }) };
  return { ...head, interval: false, counter: false, size: Math.max(1, elements.length), elements };
}
