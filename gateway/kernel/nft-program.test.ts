// The counters of a set as nft 1.0.6 prints them, and prints that cannot be read.

import { expect, test } from "vitest";
import { KernelFailure } from "./kernel.ts";
import { hitsOf } from "./nft-program.ts";

const metainfo = { metainfo: { version: "1.0.6", release_name: "Lester Gooch #5", json_schema_version: 1 } };
const set = (elem?: readonly unknown[]): unknown => ({
  nftables: [
    metainfo,
    {
      set: {
        family: "inet",
        name: "hits",
        table: "merlon",
        type: "mark",
        handle: 2,
        ...(elem === undefined ? {} : { elem }),
      },
    },
  ],
});

test("elements with counters, and one without", () => {
  const elements = [
    { elem: { val: 16, counter: { packets: 3, bytes: 180 } } },
    { elem: { val: 17, counter: { packets: 0, bytes: 0 } } },
    18,
  ];
  expect([...hitsOf(set(elements))]).toEqual([
    [16, { packets: 3, bytes: 180 }],
    [17, { packets: 0, bytes: 0 }],
    [18, { packets: 0, bytes: 0 }],
  ]);
});

test("an empty set has no element list", () => {
  expect(hitsOf(set()).size).toBe(0);
});

test.each([
  ["no object", 7],
  ["no list", {}],
  ["no set", { nftables: [metainfo] }],
  ["a set of addresses", set([{ elem: { val: "10.0.0.1", counter: { packets: 1, bytes: 1 } } }])],
  ["a counter of words", set([{ elem: { val: 1, counter: { packets: "1", bytes: 1 } } }])],
])("%s", (_, json) => {
  expect(() => hitsOf(json)).toThrow(KernelFailure);
});
