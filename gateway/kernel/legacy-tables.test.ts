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

type Extension = readonly [name: string, data: Uint8Array];

/** A rule: matches and a target, each with a header of 32 bytes. */
function entryOf(family: "ip" | "ip6", matches: readonly Extension[], target: Extension): Uint8Array {
  const [entryBytes, targetAt] = family === "ip" ? [112, 88] : [168, 140];
  const extensions = [...matches, target].map(([name, data]) => {
    const bytes = Buffer.alloc(32 + data.length);
    bytes.writeUInt16LE(bytes.length, 0);
    bytes.write(name, 2);
    bytes.set(data, 32);
    return bytes;
  });
  const before = extensions.slice(0, -1).reduce((sum, { length }) => sum + length, entryBytes);
  const head = Buffer.alloc(entryBytes);
  head.writeUInt16LE(before, targetAt);
  head.writeUInt16LE(
    extensions.reduce((sum, { length }) => sum + length, entryBytes),
    targetAt + 2,
  );
  return Buffer.concat([head, ...extensions]);
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
      acts: [],
      devices: [],
    });
  });

  test("targets and matches that do something, in whichever chain", () => {
    const [info, entries] = tableOf(family, { INPUT: ["ACCEPT"], FORWARD: ["ACCEPT"], OUTPUT: ["ACCEPT"] });
    const rules = Buffer.concat([
      entryOf(family, [["connlabel", Uint8Array.of(3, 0, 2, 0, 0, 0, 0, 0)]], ["LOG", new Uint8Array(40)]),
      entryOf(family, [["udp", new Uint8Array(16)]], ["TEE", new Uint8Array(40)]),
      entryOf(family, [], ["CT", Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0)]),
      entries,
    ]);
    rules.write("docker0", family === "ip" ? 16 : 64);
    rules.write("eth1", family === "ip" ? 32 : 80);
    const { acts, devices } = judgeLegacyTable(family, "raw", info, rules);
    expect(devices).toEqual(["docker0", "eth1"]);
    expect(acts).toEqual(["copies", "relabels", "untracks"]);
    for (let length = 0; length < rules.length; length++) {
      expect(acts).toEqual(
        expect.arrayContaining([...judgeLegacyTable(family, "raw", info, rules.subarray(0, length)).acts]),
      );
    }
    expect(judgeLegacyTable(family, "raw", info, rules.fill(0xff)).acts).toEqual([]);
    expect(judgeLegacyTable(family, "raw", info, rules.fill(0)).acts).toEqual([]);
  });

  test("an answer that is cut off says nothing, and reads nothing beyond its end", () => {
    const [info, entries] = tableOf(family, { INPUT: ["DROP"], FORWARD: ["DROP"], OUTPUT: ["DROP"] });
    for (let length = 0; length < entries.length; length += 13) {
      const judged = judgeLegacyTable(family, "filter", info, entries.subarray(0, length));
      expect(judged.droppingHooks.length).toBeLessThanOrEqual(3);
      expect(judged.acts).toEqual([]);
    }
    expect(judgeLegacyTable(family, "filter", info, new Uint8Array(0)).droppingHooks).toEqual([]);
  });
});
