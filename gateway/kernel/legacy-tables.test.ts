// The kernel's two answers about a table of the old iptables, built by hand as x_tables.h lays them out.

import { describe, expect, test } from "vitest";
import { judgeLegacyTable } from "./legacy-tables.ts";

const hookNumbers = { INPUT: 1, FORWARD: 2, OUTPUT: 3 } as const;
type Verdict = "ACCEPT" | "DROP";

/** A table `filter`: rules before each policy, as entries of the family's size. */
function tableOf(family: "ip" | "ip6", chains: Readonly<Record<keyof typeof hookNumbers, readonly Verdict[]>>) {
  // struct ipt_entry and ip6t_entry, each followed by a standard target of 40 bytes.
  const [entryBytes, targetAt] = family === "ip" ? [112, 88] : [168, 140];
  const size = entryBytes + 40;
  const verdicts = Object.values(chains).flat();
  const entries = new DataView(new ArrayBuffer((verdicts.length + 1) * size));
  const info = new DataView(new ArrayBuffer(84));
  let at = 0;
  for (const [hook, list] of Object.entries(chains)) {
    for (const verdict of list) {
      entries.setUint16(at + targetAt, entryBytes, true);
      entries.setUint16(at + targetAt + 2, size, true);
      entries.setInt32(at + entryBytes + 32, verdict === "DROP" ? -1 : -2, true);
      at += size;
    }
    const number = hookNumbers[hook as keyof typeof hookNumbers];
    info.setUint32(32 + (6 + number) * 4, at - size, true);
  }
  info.setUint32(32, 0b1110, true);
  info.setUint32(32 + 11 * 4, verdicts.length + 1, true);
  info.setUint32(32 + 12 * 4, entries.byteLength, true);
  return [new Uint8Array(info.buffer), new Uint8Array(entries.buffer)] as const;
}

describe.each(["ip", "ip6"] as const)("family %s", (family) => {
  test.each<[what: string, chains: Parameters<typeof tableOf>[1], ruleCount: number, dropping: readonly string[]]>([
    ["nothing but policies", { INPUT: ["ACCEPT"], FORWARD: ["ACCEPT"], OUTPUT: ["ACCEPT"] }, 0, []],
    ["a policy that drops", { INPUT: ["ACCEPT"], FORWARD: ["DROP"], OUTPUT: ["ACCEPT"] }, 0, ["FORWARD"]],
    ["rules that drop", { INPUT: ["DROP", "ACCEPT"], FORWARD: ["DROP", "ACCEPT"], OUTPUT: ["ACCEPT"] }, 2, []],
    [
      "all that drops",
      { INPUT: ["DROP"], FORWARD: ["ACCEPT", "DROP"], OUTPUT: ["DROP"] },
      1,
      ["INPUT", "FORWARD", "OUTPUT"],
    ],
  ])("%s", (_, chains, ruleCount, droppingHooks) => {
    const [info, entries] = tableOf(family, chains);
    expect(judgeLegacyTable(family, "filter", info, entries)).toEqual({
      family,
      table: "filter",
      ruleCount,
      droppingHooks,
    });
  });

  test("an answer that is cut off says nothing, and reads nothing beyond its end", () => {
    const [info, entries] = tableOf(family, { INPUT: ["DROP"], FORWARD: ["DROP"], OUTPUT: ["DROP"] });
    for (let length = 0; length < entries.length; length += 13) {
      const judged = judgeLegacyTable(family, "filter", info, entries.subarray(0, length));
      expect(judged.droppingHooks.length).toBeLessThanOrEqual(3);
    }
    expect(judgeLegacyTable(family, "filter", info, new Uint8Array(0)).droppingHooks).toEqual([]);
  });
});
