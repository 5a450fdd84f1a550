// A policy with a term that cannot be enforced: a permit permits nothing, a deny or reject refuses at least as much.

import { describe, expect, test } from "vitest";
import { compile } from "./compile.ts";
import { explainDecision } from "./explain.ts";
import { interpret } from "./interpret.ts";
import { noRuleIds } from "./rule-ids.ts";
import {
  bookLines,
  compileText,
  configurationOf,
  packetOf,
  policyLines,
  verdictsOf,
  zoneLines,
} from "./testing/compile-text.ts";

const zones = zoneLines("a", "b", "c");

describe("what cannot be enforced never weakens the ruleset", () => {
  test.each<[string, Parameters<typeof policyLines>[2]]>([
    ["an unknown address", { source: "nobody" }],
    ["an unknown address among known ones", { source: "[ any-ipv4 nobody ]" }],
    ["an unknown address, excluded", { source: "nobody", more: ["match source-address-excluded"] }],
    ["an unknown destination", { destination: "nobody" }],
    ["any, excluded", { source: "any", more: ["match source-address-excluded"] }],
    ["every domain name", { destination: "everything" }],
    ["a set with every domain name", { destination: "sites" }],
    ["a wildcard mask that is none", { destination: "wild" }],
    ["an unknown application", { application: "nothing" }],
    ["an unknown application among known ones", { application: "[ junos-ssh nothing ]" }],
    ["a built-in application that nobody knows", { application: "junos-wxcontrol" }],
    ["an application that is none", { application: "broken" }],
    ["a dynamic application", { more: ["match dynamic-application junos:HTTP"] }],
    ["a URL category", { more: ["match url-category games"] }],
    ["a user", { more: ["match source-identity alice"] }],
  ])("%s: a permit permits nothing, a deny denies at least as much", (_, terms) => {
    const objects =
      bookLines(
        "global",
        "address everything dns-name *; address wild wildcard-address 10.0.0.1/999.0.0.255; address-set sites address everything; address-set sites address h; address h 10.0.0.2/32",
      ) + "set applications application broken destination-port 1\n";
    const decide = (then: string) => {
      const text =
        zones +
        objects +
        policyLines(["a", "b"], "p", { ...terms, then }) +
        policyLines(["a", "b"], "q", { then: "permit" });
      const packet = packetOf("a b 10.0.0.1 10.0.0.2 tcp 22");
      return explainDecision(interpret(compileText(text).ir, packet), packet);
    };
    expect(decide("permit")).toBe("permitted by policy q from-zone a to-zone b");
    expect(decide("deny")).toBe("denied by policy p from-zone a to-zone b");
    expect(decide("reject")).toBe("rejected by policy p from-zone a to-zone b");
  });

  test("the words for no restriction restrict nothing", () => {
    const more = ["match dynamic-application any", "match source-identity any", "match url-category any"];
    const [sentence] = verdictsOf(zones + policyLines(["a", "b"], "p", { more }), "a b 10.0.0.1 10.0.0.2 tcp 22");
    expect(sentence).toBe("permitted by policy p from-zone a to-zone b");
  });

  test("the reason is kept in the IR, with what the rest of the policy matches", () => {
    const more = ["match url-category games"];
    const { ir } = compileText(zones + policyLines(["a", "b"], "p", { more }));
    const because = "url-category is not identified yet";
    const any = { kind: "any" };
    const otherwise = { kind: "packets", source: any, destination: any, services: "any", applications: ["any"] };
    expect(ir.contexts[1]?.rules[0]?.match).toEqual({ kind: "nothing", because, otherwise });
  });
});

describe("schedulers", () => {
  const night = "set schedulers scheduler night daily start-time 22:00 stop-time 06:00\n";
  const scheduled = (then: string) =>
    zones +
    night +
    policyLines(["a", "b"], "p", { then, more: ["scheduler-name night"] }) +
    policyLines(["a", "b"], "q", { then: "reject" });
  const decided = (then: string, active: readonly string[]) => {
    const options = { ruleIds: noRuleIds, activeSchedulers: new Set(active) };
    const { ir, diagnostics } = compile(configurationOf(scheduled(then)), options);
    expect(diagnostics).toEqual([]);
    const packet = packetOf("a b 10.0.0.1 10.0.0.2 tcp 22");
    return explainDecision(interpret(ir, packet), packet);
  };
  test.each([
    ["permit", ["night"], "permitted by policy p from-zone a to-zone b"],
    ["permit", [], "rejected by policy q from-zone a to-zone b"],
    ["deny", ["night"], "denied by policy p from-zone a to-zone b"],
    ["deny", [], "rejected by policy q from-zone a to-zone b"],
    ["deny", ["day"], "rejected by policy q from-zone a to-zone b"],
  ] as const)("%s while %j is in force", (then, active, sentence) => {
    expect(decided(then, active)).toBe(sentence);
  });

  test("a policy keeps its number out of its time, so that its sessions go on", () => {
    const of = (active: readonly string[]) =>
      compile(configurationOf(scheduled("permit")), { ruleIds: noRuleIds, activeSchedulers: new Set(active) });
    expect(of([]).ruleIds).toEqual(of(["night"]).ruleIds);
    const [rule] = of([]).ir.contexts.find(({ rules }) => rules.length === 3)?.rules ?? [];
    expect(rule).toMatchObject({ action: "permit", scheduler: "night", match: { kind: "nothing" } });
  });

  test("a scheduler that nobody knows is an error that names the nearest", () => {
    const text = zones + night + policyLines(["a", "b"], "p", { more: ["scheduler-name nigth"] });
    expect(compileText(text).diagnostics).toMatchObject([
      { code: "policy.unknown-scheduler", severity: "error", hint: expect.stringContaining("night") as string },
    ]);
  });
});
