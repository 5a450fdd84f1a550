// Shortcuts: which stand in the table, that they lead where the way by the pair leads, and when there are none.

import { describe, expect, test } from "vitest";
import { withDeviceNumbers } from "../device-numbers.ts";
import { compileText, policyLines, zoneLines } from "../testing/compile-text.ts";
import { packetOf } from "../testing/compile-text.ts";
import { runTable } from "../testing/run-table.ts";
import { lowerTable } from "./lower.ts";
import { lowerShortcuts } from "./lower-shortcuts.ts";
import { printElement, printRule } from "./print-statement.ts";
import type { NftElement, NftTable } from "./program.ts";
import { text } from "./statements.ts";

const pair = (from: string, to: string, chain: string): NftElement => ({
  key: [text(from), text(to)],
  data: { kind: "goto", chain },
});

describe("the map", () => {
  const paths = [
    { family: 4, protocol: 6, chain: "tcp4", ports: [{ ports: [80, 443], chain: "web" }] },
    { family: 4, protocol: 47, chain: "gre4", ports: [] },
    { family: 4, chain: "all4", ports: [] },
    { family: 6, chain: "all6", ports: [] },
  ] as const;
  const { sets, rules } = lowerShortcuts([pair("a", "b", "ab"), pair("b", "a", "ba")], new Map([["ab", paths]]), 7);

  test("names the chain of each version and protocol, and for IPv4 that of the pair where it has no others", () => {
    expect(sets.map(({ name, size }) => [name, size])).toEqual([
      ["shortcuts_g7", 10],
      ["port_shortcuts_g7", 2],
    ]);
    expect(sets[0]?.elements.map(printElement)).toEqual([
      '"a" . "b" . 2 . 6 : goto tcp4',
      '"a" . "b" . 2 . 17 : goto all4',
      '"a" . "b" . 2 . 1 : goto all4',
      '"a" . "b" . 2 . 47 : goto gre4',
      '"a" . "b" . 10 . 6 : goto all6',
      '"a" . "b" . 10 . 17 : goto all6',
      '"a" . "b" . 10 . 58 : goto all6',
      '"b" . "a" . 2 . 6 : goto ba',
      '"b" . "a" . 2 . 17 : goto ba',
      '"b" . "a" . 2 . 1 : goto ba',
    ]);
  });

  test("of ports has those that have chains of their own, as words that begin with them", () => {
    expect(sets[1]?.elements.map(printElement)).toEqual([
      `"a" . "b" . 2 . 6 . ${80 * 65_536} : goto web`,
      `"a" . "b" . 2 . 6 . ${443 * 65_536} : goto web`,
    ]);
  });

  test("is left out for ports that are too many, by itself", () => {
    const ports = Array.from({ length: 16_385 }, (_, port) => port);
    const many = new Map([
      ["ab", [{ family: 4, protocol: 6, chain: "tcp4", ports: [{ ports, chain: "web" }] }]],
    ] as const);
    const lowered = lowerShortcuts([pair("a", "b", "ab")], many, 7);
    expect(lowered.sets.map(({ name }) => name)).toEqual(["shortcuts_g7"]);
    expect(lowered.rules).toHaveLength(1);
  });

  test("is asked in a rule behind that of ports", () => {
    expect(rules.map(printRule)).toEqual([
      "[ load iifname dreg 1 ] [ load oifname dreg 5 ] [ load meta nfproto dreg 9 ] [ load meta l4proto dreg 10 ] " +
        "[ load th dport dreg 11 ] [ vmap reg 1 map port_shortcuts_g7 ]",
      "[ load iifname dreg 1 ] [ load oifname dreg 5 ] [ load meta nfproto dreg 9 ] [ load meta l4proto dreg 10 ] " +
        "[ vmap reg 1 map shortcuts_g7 ]",
    ]);
  });

  test.each<[string, readonly NftElement[], boolean]>([
    ["all policies stand in lists", [pair("a", "b", "lists")], false],
    ["devices are many", Array.from({ length: 5_462 }, (_, n) => pair(`a${n}`, "b", "ba")), true],
  ])("does not stand where %s", (_, pairs, withPaths) => {
    expect(lowerShortcuts(pairs, new Map(withPaths ? [["ab", paths]] : []), 7)).toEqual({ sets: [], rules: [] });
  });
});

describe("the map by numbers of devices", () => {
  const numbers = new Map([
    ["a", 3],
    ["b", 7],
  ]);

  test("has the pairs whose devices both have a number", () => {
    const pairs = [pair("a", "b", "ab"), pair("a", "c", "ac")];
    const { sets, rules } = lowerShortcuts(
      pairs,
      new Map([["ab", [{ family: 4, chain: "all4", ports: [] }]]]),
      7,
      numbers,
    );
    expect(sets[0]?.elements.map(printElement)).toEqual(
      [6, 17, 1].map((protocol) => `3 . 7 . 2 . ${protocol} : goto all4`),
    );
    expect(rules.map(printRule)).toEqual([
      "[ load meta iif dreg 1 ] [ load meta oif dreg 2 ] [ load meta nfproto dreg 3 ] [ load meta l4proto dreg 4 ] " +
        "[ vmap reg 1 map shortcuts_g7 ]",
    ]);
  });

  test("is none where no device has a number", () => {
    expect(lowerShortcuts([pair("c", "d", "cd")], new Map(), 7, numbers)).toEqual({ sets: [], rules: [] });
  });
});

describe.each(["without", "with"])(
  "a table %s numbers of devices, with lookups in one pair of zones and a list in the other",
  (numbers) => {
    const compiled = compileText(
      zoneLines("a", "b") +
        Array.from({ length: 9 }, (_, n) =>
          policyLines(["a", "b"], `p${n}`, { application: n % 2 === 0 ? "junos-ssh" : "junos-dns-udp" }),
        ).join("") +
        policyLines(["b", "a"], "back", { application: "junos-ping" }),
    ).ir;
    const devices = ["a", "b"].map((zone, at) => ({ device: `eth-${zone}`, index: 5 + at }));
    const ir = numbers === "with" ? withDeviceNumbers(compiled, devices) : compiled;
    const table = lowerTable(ir, 1);
    /** Without the rule that asks for shortcuts. */
    const without: NftTable = {
      ...table,
      chains: table.chains.map((chain) =>
        chain.name === "live"
          ? { ...chain, rules: chain.rules.filter((it) => !printRule(it).includes("shortcuts")) }
          : chain,
      ),
    };

    test.each([
      ["a", "b", "10.0.0.1 10.0.0.2 tcp 22", "accept"],
      ["a", "b", "10.0.0.1 10.0.0.2 tcp 23", "drop"],
      ["a", "b", "10.0.0.1 10.0.0.2 udp 53", "accept"],
      ["a", "b", "::1 ::2 tcp 22", "accept"],
      ["a", "b", "::1 ::2 icmp6 128", "drop"],
      ["b", "a", "10.0.0.1 10.0.0.2 icmp 8", "accept"],
      ["b", "a", "10.0.0.1 10.0.0.2 tcp 22", "drop"],
      ["b", "c", "10.0.0.1 10.0.0.2 tcp 22", "drop"],
    ])("from %s to %s: %s", (from, to, words, verdict) => {
      const header = packetOf(`${from} ${to} ${words}`);
      const packet = { ...header, iifname: `eth-${from}`, oifname: `eth-${to}`, state: "new", ctMark: 0 } as const;
      const [iif, oif] = [from, to].map((zone) => devices.find(({ device }) => device === `eth-${zone}`)?.index ?? 9);
      const outcome = runTable(table, "forward", {
        ...packet,
        ...(iif === undefined ? {} : { iif }),
        ...(oif === undefined ? {} : { oif }),
      });
      expect(outcome.verdict).toBe(verdict);
      expect(outcome).toEqual(runTable(without, "forward", packet));
      // Devices that were made anew are found by their names.
      expect(outcome).toEqual(runTable(table, "forward", { ...packet, iif: 90, oif: 91 }));
    });

    test("the shortcuts are what the pairs are: three protocols of IPv4, and of IPv6 where it has a lookup", () => {
      const sizeOf = (name: string) => table.sets.find((set) => set.name === name)?.elements.length ?? 0;
      expect(without.chains.find(({ name }) => name === "live")?.rules).toHaveLength(1);
      expect(sizeOf("shortcuts_g1")).toBe(sizeOf("pairs_g1") * 3 + 3);
    });
  },
);

test("ports that would be too many are counted, not made", () => {
  const pairs = Array.from({ length: 2_000 }, (_, i): NftElement => ({
    key: [text(`a${i}`), text("b")],
    data: { kind: "goto", chain: "ab" },
  }));
  const ports = new Proxy([80], {
    get: (_, key) => {
      if (key === "length") return 1_000;
      throw new Error(`${String(key)} of ports is asked for`);
    },
  });
  const paths = [{ family: 4, protocol: 6, chain: "tcp4", ports: [{ ports, chain: "web" }] }] as const;
  const { sets } = lowerShortcuts(pairs, new Map([["ab", paths]]), 7);
  expect(sets.map(({ name }) => name)).toEqual(["shortcuts_g7"]);
});
