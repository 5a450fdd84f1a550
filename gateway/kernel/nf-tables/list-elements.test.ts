// A hash that grows while it is listed is listed again, for as long as is sensible; any other set is taken as it comes.

import { expect, test } from "vitest";
import { PackedSet } from "@merlon/compiler/nft/packed-set.ts";
import { listWhole } from "./list-elements.ts";

function listed(keys: readonly number[], size?: number): PackedSet {
  const words = Uint32Array.from(keys);
  const head = { name: "hosts", key: ["ipv4_addr"] as const, ...(size === undefined ? {} : { size }) };
  return new PackedSet(head, { count: keys.length, keyWords: 1, dataWords: 0, words });
}

const [whole, grown] = [listed([1, 2, 3]), listed([1, 2, 2])];
const fixed = listed([1, 2, 2], 3);

test.each([
  ["a whole one", [whole], whole],
  ["one that grew", [grown, whole], whole],
  ["one that grew twice", [grown, grown, whole], whole],
  ["one that does not come to rest is shown as it is, and is found to differ", [grown, grown, grown], grown],
  ["one of a fixed size never grows", [fixed], fixed],
  ["one that is not of rows", [undefined], undefined],
  ["nobody", [listed([])], listed([])],
])("%s", async (_, listings, expected) => {
  let at = 0;
  expect(await listWhole(async () => listings[at++])).toEqual(expected);
  expect(at).toBe(listings.length);
});
