// The first value of an element's key, which is the only one in most sets; the catch-all element has none.

import type { NftElement, NftValue } from "./program.ts";

export function firstValue({ key }: NftElement): NftValue | undefined {
  return key === "rest" ? undefined : key[0];
}
