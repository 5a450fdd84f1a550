// Who may use bindings from the inner side, as what leaves by which device, and under which addresses.

import { expect, test } from "vitest";
import { formatIp } from "@merlon/model/ip/address.ts";
import { parsePrefix } from "@merlon/model/ip/prefix.ts";
import type { Ir } from "../ir.ts";
import { lowerTable } from "../nft/lower.ts";
import { compileText, zoneLines } from "../testing/compile-text.ts";
import { boundAddresses, withBoundAddresses } from "./bound-addresses.ts";
import { hairpinsOf } from "./hairpins.ts";
import { persistentRules } from "./persistent-nat.ts";

function compiled(...lines: readonly string[]): Ir {
  const { ir, diagnostics } = compileText(
    zoneLines("in", "dmz", "out", "up") + lines.map((line) => `set ${line}\n`).join(""),
  );
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  return ir;
}
const set = (name: string, from: string, to: string, ...then: readonly string[]) => [
  `security nat source rule-set ${name} from zone ${from}`,
  `security nat source rule-set ${name} to zone ${to}`,
  `security nat source rule-set ${name} rule r match source-address 0.0.0.0/0`,
  ...then.map((words) => `security nat source rule-set ${name} rule r then source-nat ${words}`),
];
const bound = "interface persistent-nat permit any-remote-host";
const pooled = ["security nat source pool p address 198.51.100.0/28"];

test.each<[string, Ir, readonly string[]]>([
  ["the inner side of the rule", compiled(...set("s", "in", "out", bound)), ["eth-in to eth-out by s"]],
  [
    "another inner side, whose traffic is translated there too",
    compiled(...pooled, ...set("s", "in", "out", bound), ...set("t", "dmz", "out", "pool p")),
    ["eth-in to eth-out by s", "eth-dmz to eth-out by s"],
  ],
  [
    "not one that is translated elsewhere",
    compiled(...pooled, ...set("s", "in", "out", bound), ...set("t", "dmz", "up", "pool p")),
    ["eth-in to eth-out by s"],
  ],
  [
    "not the outer side, though it is the inner one of another rule",
    compiled(...pooled, ...set("s", "in", "[ out up ]", bound), ...set("t", "up", "out", "pool p")),
    ["eth-in to eth-out by s", "eth-in to eth-up by s"],
  ],
  [
    "a pool is behind all outer devices: as what leaves by the first",
    compiled(...pooled, ...set("s", "in", "[ out up ]", "pool p persistent-nat permit target-host")),
    ["eth-in to eth-out by s"],
  ],
  [
    "nobody where nobody may begin a session",
    compiled(...set("s", "in", "out", bound, "interface persistent-nat block-ext-session")),
    [],
  ],
  ["nobody where nothing is bound", compiled(...pooled, ...set("s", "in", "out", "pool p")), []],
])("%s", (_, ir, expected) => {
  const all = hairpinsOf(ir, persistentRules(ir));
  expect(all.map(({ entering, leaving, rule }) => `${entering} to ${leaving} by ${rule.set.name}`)).toEqual(expected);
});

const link = (device: string, ...addresses: readonly string[]) => ({
  device,
  addresses: addresses.map((text) => parsePrefix(text) ?? expect.fail(text)),
});

test("a bound device has its configured addresses and those that were found, each once and none of its link", () => {
  const ir = compiled(...set("s", "in", "out", bound), "interfaces eth-out unit 0 family inet address 203.0.113.1/24");
  const found = withBoundAddresses(ir, [
    link("eth-out", "203.0.113.1/24", "203.0.113.7/24", "fe80::1/64", "2001:db8::1/64"),
    link("eth-in", "10.0.0.1/8"),
  ]);
  expect(boundAddresses(ir, "eth-out", 4).map(formatIp)).toEqual(["203.0.113.1"]);
  expect(boundAddresses(found, "eth-out", 4).map(formatIp)).toEqual(["203.0.113.1", "203.0.113.7"]);
  expect(boundAddresses(found, "eth-out", 6).map(formatIp)).toEqual(["2001:db8::1"]);
  expect(found.boundAddresses?.has("eth-in")).toBe(false);
  expect(withBoundAddresses(found, [link("eth-out", "203.0.113.1/24", "203.0.113.7/24", "2001:db8::1/64")])).toBe(
    found,
  );
  expect(withBoundAddresses(found, [])).not.toHaveProperty("boundAddresses");
  expect(withBoundAddresses(ir, [])).toBe(ir);
});

test("what nobody binds has no list of addresses", () => {
  const ir = compiled(...pooled, ...set("s", "in", "out", "pool p persistent-nat permit any-remote-host"));
  expect(withBoundAddresses(ir, [link("eth-out", "203.0.113.1/24")])).toBe(ir);
});

test("rule sets that need no outer device are not written twice for what stays inside", () => {
  const fixed = (count: number) =>
    Array.from({ length: count }, (_, index) => [
      `security nat static rule-set f rule r${index} match destination-address 192.0.2.${index}/32`,
      `security nat static rule-set f rule r${index} then static-nat prefix 10.7.0.${index}/32`,
    ]).flat();
  const elementsOf = (count: number): number => {
    const lines = ["security nat static rule-set f from zone out", ...fixed(count)];
    const ir = compiled(...pooled, ...lines, ...set("s", "in", "out", "pool p persistent-nat permit target-host"));
    const names = (it: { readonly name: string }) => /^nat_(sources|destinations)/.test(it.name);
    return lowerTable(ir, 1)
      .sets.filter(names)
      .reduce((sum, { elements }) => sum + elements.length, 0);
  };
  expect(elementsOf(50) - elementsOf(10)).toBe(2 * 40);
});
