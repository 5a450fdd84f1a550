// Which boxes rules become. That boxes never meet, and that a packet's box names the first rule of the reference, is shown
// in ../nft/lower-lookup.test.ts.

import { describe, expect, test } from "vitest";
import { bookLines, compileText, policyLines, zoneLines } from "../testing/compile-text.ts";
import type { BoxLimits } from "./boxes.ts";
import { boxCount, boxLookup, boxesMax, limitsOfEach } from "./boxes.ts";
import { buildBoxes, matchingRules } from "./build-lookup.ts";

const book = bookLines(
  "global",
  "address host 10.0.0.1/32; address near 10.0.0.0/30; address net 10.0.0.0/8; address six 2001:db8::/64",
);

const applications = `applications {
  application web { term one protocol tcp destination-port 80; term two protocol tcp destination-port 443; }
  application high { term one protocol tcp destination-port 1024-65535; }
  application from-dns { protocol tcp; source-port 53; destination-port 1000; }
}
`;

function rulesOf(...policies: readonly string[]) {
  const { ir } = compileText(zoneLines("a", "b") + book + applications + policies.join(""));
  const rules = ir.contexts.find(({ fromZone, toZone }) => fromZone === "a" && toZone === "b")?.rules ?? [];
  return { ir, rules: rules.slice(0, -1) };
}

function tablesOf(family: 4 | 6, ...policies: readonly string[]) {
  const { ir, rules } = rulesOf(...policies);
  return boxLookup(ir, matchingRules(ir, rules, family), family, { classMin: 1 })?.tables.map(
    ({ protocol, sourcePorts, classes, boxes }) => ({
      protocol,
      sourcePorts,
      ports: classes.map((it) => [it.ports, it.boxes.map(({ rule }) => rule)]),
      rules: boxes.map(({ rule }) => rule),
    }),
  );
}

const policy = (name: string, source: string, application: string) =>
  policyLines(["a", "b"], name, { source, application });

describe("tables", () => {
  test.each([
    [
      "one port",
      [policy("p", "host", "junos-ssh")],
      [
        [6, [[[22], [0]]], []],
        [undefined, [], []],
      ],
    ],
    [
      "an ICMP type",
      [policy("p", "host", "junos-ping")],
      [
        [1, [], [0]],
        [undefined, [], []],
      ],
    ],
    ["a protocol", [policy("p", "host", "junos-gre")], [[undefined, [], [0]]]],
    [
      "any service stands in all",
      [policy("p", "host", "junos-ssh"), policy("q", "net", "any")],
      [
        [6, [[[22], [0, 1, 1]]], [1]],
        [undefined, [], [1]],
      ],
    ],
    [
      "the same again is nothing",
      [policy("p", "host", "junos-ssh"), policy("q", "host", "junos-ssh")],
      [
        [6, [[[22], [0]]], []],
        [undefined, [], []],
      ],
    ],
    [
      "ports of the same rules share their boxes, and a wide range stays in the table",
      [policy("p", "host", "web"), policy("q", "net", "high")],
      [
        [6, [[[80, 443], [0]]], [1]],
        [undefined, [], []],
      ],
    ],
    [
      "where a source port matters, all stay in the table",
      [policy("p", "host", "junos-ssh"), policy("q", "net", "from-dns")],
      [
        [6, [], [0, 1]],
        [undefined, [], []],
      ],
    ],
    [
      "inside an earlier one is nothing",
      [policy("p", "net", "junos-ssh"), policy("q", "host", "junos-ssh")],
      [
        [6, [[[22], [0]]], []],
        [undefined, [], []],
      ],
    ],
    [
      "around an earlier one, on both sides of it",
      [policy("p", "host", "junos-ssh"), policy("q", "near", "junos-ssh")],
      [
        [6, [[[22], [0, 1, 1]]], []],
        [undefined, [], []],
      ],
    ],
  ] as const)("%s", (_, policies, expected) => {
    expect(tablesOf(4, ...policies)?.map(({ protocol, ports, rules }) => [protocol, ports, rules])).toEqual(expected);
  });

  test("rules of the other IP version are not in it", () => {
    const policies = [policy("p", "host", "junos-ssh"), policy("q", "six", "junos-ssh")];
    expect(tablesOf(6, ...policies)).toEqual([
      { protocol: 6, sourcePorts: false, ports: [[[22], [0]]], rules: [] },
      { protocol: undefined, sourcePorts: false, ports: [], rules: [] },
    ]);
  });
});

test("ports of few boxes stand together, and apart where they have enough", () => {
  const { ir, rules } = rulesOf(policy("p", "host", "web"), policy("q", "net", "high"));
  const whole = boxLookup(ir, rules, 4);
  expect(whole?.tables[0]).toMatchObject({ protocol: 6, classes: [] });
  expect(whole?.tables[0]?.boxes).toHaveLength(3);
  expect(boxCount(whole!)).toBe(3);
  const apart = boxLookup(ir, rules, 4, { classMin: 1 });
  expect(apart?.tables[0]?.classes.map(({ ports }) => ports)).toEqual([[80, 443]]);
  expect(boxCount(apart!)).toBe(2);
});

test.each([
  [1, 4, 6_144, 512, 2],
  [6, 4, 6_144, 64, 2],
  [6, 6, 6_144, 16, 2],
  [16, 4, 4_096, 32, 2],
  [17, 4, 2_048, 16, 2],
  [33, 4, 1_024, 8, 3],
  [200, 6, 256, 0, 3],
  [1_000, 4, 64, 0, 3],
] as const)(
  "of %i lookups of IPv%i each may have %i boxes and %i classes of ports, from %i named sides on",
  (count, family, countMax, classesMax, namedMin) => {
    expect(limitsOfEach(count, family)).toMatchObject({ countMax, classesMax, namedMin });
  },
);

test("a lookup has no more boxes than it may have", () => {
  const { ir, rules } = rulesOf(policy("p", "host", "web"), policy("q", "net", "high"));
  expect(boxLookup(ir, rules, 4, { countMax: 2 })).toBeUndefined();
  expect(boxLookup(ir, rules, 4, { countMax: 1, classMin: 1 })).toBeUndefined();
});

test("too many boxes are none", () => {
  const hosts = Array.from({ length: 50 }, (_, i) => `address h${i} 10.1.${i}.1/32;address-set all address h${i}`);
  const { ir } = compileText(
    zoneLines("a", "b") +
      bookLines("global", hosts.join(";")) +
      policyLines(["a", "b"], "p", { source: "all", destination: "all", application: "junos-ssh" }),
  );
  const rules = ir.contexts.find(({ fromZone, toZone }) => fromZone === "a" && toZone === "b")?.rules.slice(0, -1);
  expect(50 * 50).toBeGreaterThan(boxesMax);
  expect(buildBoxes(ir, rules ?? [], 4, { stages: "boxes" })).toBeUndefined();
});

test("a class of few boxes is not worth a set of its own, and there are as many sets as there is room for", () => {
  const { ir, rules } = rulesOf(
    policy("p", "host", "web"),
    policy("q", "near", "junos-ssh"),
    policy("r", "net", "any"),
  );
  const portsOf = (limits: BoxLimits) => boxLookup(ir, rules, 4, limits)?.tables[0]?.classes.map(({ ports }) => ports);
  expect(portsOf({ classMin: 1 })).toEqual([[22], [80, 443]]);
  expect(portsOf({ classMin: 4 })).toEqual([]);
  expect(portsOf({ classMin: 1, classesMax: 1 })).toHaveLength(1);
  expect(portsOf({ classMin: 1, classesMax: 0 })).toEqual([]);
});

test("cutting that would take too long is given up, however few boxes come of it", () => {
  const { ir, rules } = rulesOf(policy("p", "host", "web"), policy("q", "net", "any"));
  const many = Array.from({ length: 100 }, () => rules).flat();
  expect(boxLookup(ir, many, 4)?.tables[0]?.boxes).toHaveLength(3 + 4);
  expect(boxLookup(ir, many, 4, { stepsMax: 100 })).toBeUndefined();
});
