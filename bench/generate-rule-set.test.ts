// Generated rule sets must be the same in every run, compile without a word, and keep what the measurements rest on: that
// the worst flows meet every policy of their pair and match the last.

import { interpret } from "@merlon/compiler/interpret.ts";
import type { FlowPacket, Ir } from "@merlon/compiler/ir.ts";
import { describe, expect, test } from "vitest";
import { generateRuleSet, policyCountMax } from "./generate-rule-set.ts";
import { preparePolicy } from "./prepare-policy.ts";
import type { ZonePair } from "./rule-set.ts";
import { coverOf, servicesOf } from "./rule-set.ts";
import { ruleSetShapes, shapeNamed } from "./rule-set-shape.ts";

const realistic = shapeNamed("realistic");

function decidedBy(ir: Ir, flow: FlowPacket): string {
  const decision = interpret(ir, flow);
  return decision.kind === "rule" ? decision.rule.policy.name : decision.kind;
}

function packet(
  { from, to }: ZonePair,
  addresses: { source: number; destination: number },
  protocol: number,
  port: number,
): FlowPacket {
  return {
    fromZone: from.name,
    toZone: to.name,
    source: { family: 4, value: addresses.source },
    destination: { family: 4, value: addresses.destination },
    protocol,
    sourcePort: 40_000,
    destinationPort: port,
  };
}

describe.each(ruleSetShapes.flatMap(({ name }) => [10, 300].map((count) => [name, count] as const)))(
  "%s with %d policies",
  (name, count) => {
    const ruleSet = generateRuleSet(count, shapeNamed(name));
    const { ir } = preparePolicy(ruleSet);

    test("has as many policies as asked for, spread evenly over its pairs", () => {
      const counts = ruleSet.pairs.map(({ policies }) => policies.length);
      expect(counts.reduce((sum, each) => sum + each, 0)).toBe(count);
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      expect(ruleSet.pairs).toHaveLength(shapeNamed(name).pairCount);
    });

    test("its worst flows match the last policy of their pair, and its denied port none", () => {
      const decided = ruleSet.pairs.flatMap((pair) =>
        pair.worst.addresses
          .filter((_, index) => index % 16 === 0)
          .flatMap((addresses) => [
            decidedBy(ir, packet(pair, addresses, 17, pair.worst.udpPort)),
            decidedBy(ir, packet(pair, addresses, 6, pair.worst.tcpPort)),
            decidedBy(ir, packet(pair, addresses, 17, pair.worst.deniedPort)),
          ]),
      );
      expect(new Set(decided.filter((_, index) => index % 3 < 2))).toEqual(new Set(["last"]));
      expect(new Set(decided.filter((_, index) => index % 3 === 2))).toEqual(new Set(["default-policy"]));
    });

    test("no two of its worst flows have the same addresses", () => {
      for (const { worst } of ruleSet.pairs) {
        const pairs = worst.addresses.map(({ source, destination }) => `${source} ${destination}`);
        expect(new Set(pairs).size).toBe(256);
      }
    });
  },
);

test("the same number of policies gives the same rule set", () =>
  expect(generateRuleSet(100, realistic)).toEqual(generateRuleSet(100, realistic)));

test("every address is in the space of its zone", () => {
  const outside = generateRuleSet(1_000, realistic).pairs.flatMap(({ from, to, policies }) =>
    policies.flatMap(({ source, destination }) =>
      [
        { side: source, space: from.space },
        { side: destination, space: to.space },
      ].flatMap(({ side, space }) =>
        side.kind === "any"
          ? []
          : side.group.members.filter(({ first, last }) => first < space.first || last > space.last || first > last),
      ),
    ),
  );
  expect(outside).toEqual([]);
});

test("the realistic shape is what its description says", () => {
  const { pairs, services } = generateRuleSet(6_000, realistic);
  const policies = pairs.flatMap((pair) => pair.policies);
  const share = (holds: (policy: (typeof policies)[number]) => boolean) =>
    policies.filter(holds).length / policies.length;
  expect(services).toHaveLength(30);
  expect(services.filter(({ firstPort, lastPort }) => firstPort < lastPort).length).toBe(6);
  expect(share(({ source }) => source.kind === "any")).toBeCloseTo(0.05, 1);
  expect(share(({ destination }) => destination.kind === "group" && destination.excluded)).toBeCloseTo(0.01, 1);
  expect(share((policy) => servicesOf(policy).length === 0)).toBeCloseTo(0.05, 1);
  expect(share(({ action }) => action === "permit")).toBeGreaterThan(0.85);
  for (const { source } of policies) {
    if (source.kind === "group") expect(source.group.members.length).toBeLessThanOrEqual(8);
  }
});

test.each([0, 5, 1.5, policyCountMax + 1])("%d policies are refused", (count) =>
  expect(() => generateRuleSet(count, realistic)).toThrow(`not ${count}`),
);

test("shapes have names", () =>
  expect(() => shapeNamed("round")).toThrow(
    "there is no shape round; the shapes are realistic, one-pair, adversarial",
  ));

describe("what a side covers of some addresses", () => {
  const span = { first: 100, last: 199 };
  const group = (first: number, last: number, excluded: boolean) =>
    ({ kind: "group", group: { name: "g", members: [{ first, last }] }, excluded }) as const;
  test.each([
    [{ kind: "any" } as const, "all"],
    [group(0, 99, false), "none"],
    [group(0, 100, false), "some"],
    [group(100, 199, false), "all"],
    [group(0, 99, true), "all"],
    [group(50, 150, true), "some"],
    [group(0, 500, true), "none"],
  ])("%j: %s", (side, expected) => expect(coverOf(side, span)).toBe(expected));
});

test("a compiled rule set has no diagnostics at all", () => {
  const { ir } = preparePolicy(generateRuleSet(60, realistic));
  expect(ir.contexts.flatMap(({ rules }) => rules).filter(({ policy }) => policy.scope === "zone-pair")).toHaveLength(
    60,
  );
  expect(() => preparePolicy(generateRuleSet(10, realistic), "security { policies { from-zone a }")).toThrow(
    "the generated configuration is wrong",
  );
});
