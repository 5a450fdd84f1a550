// The order in which policies are asked: those of the pair of zones, global ones, the default.

import { describe, expect, test } from "vitest";
import { compileText, policyLines, verdictsOf, zoneLines } from "./testing/compile-text.ts";

const zones = zoneLines("a", "b", "c");

describe("the order of lookup", () => {
  const ssh = "a b 10.0.0.1 10.0.0.2 tcp 22";
  test.each<[string, string, string]>([
    ["no policy at all", "", "denied by default-policy: no policy from-zone a to-zone b matched tcp/22"],
    ["a policy of the pair", policyLines(["a", "b"], "p"), "permitted by policy p from-zone a to-zone b"],
    [
      "the first of two",
      policyLines(["a", "b"], "p", { then: "reject" }) + policyLines(["a", "b"], "q"),
      "rejected by policy p from-zone a to-zone b",
    ],
    [
      "a policy that does not match is passed over",
      policyLines(["a", "b"], "p", { application: "junos-http" }) + policyLines(["a", "b"], "q", { then: "deny" }),
      "denied by policy q from-zone a to-zone b",
    ],
    [
      "the other direction has its own policies",
      policyLines(["b", "a"], "p"),
      "denied by default-policy: no policy from-zone a to-zone b matched tcp/22",
    ],
    ["a global policy", policyLines("global", "g"), "permitted by global policy g from-zone a to-zone b"],
    [
      "the pair before the global policies, whichever is written first",
      policyLines("global", "g", { then: "deny" }) + policyLines(["a", "b"], "p"),
      "permitted by policy p from-zone a to-zone b",
    ],
    [
      "a global policy for other zones",
      policyLines("global", "g", { more: ["match from-zone b", "match to-zone any"] }),
      "denied by default-policy: no policy from-zone a to-zone b matched tcp/22",
    ],
    [
      "a global policy for lists of zones",
      policyLines("global", "g", { more: ["match from-zone [ c a ]", "match to-zone [ b c ]"] }),
      "permitted by global policy g from-zone a to-zone b",
    ],
    [
      "permit-all",
      "set security policies default-policy permit-all\n",
      "permitted by default-policy: no policy from-zone a to-zone b matched tcp/22",
    ],
    [
      "deny-all",
      "set security policies default-policy deny-all\n",
      "denied by default-policy: no policy from-zone a to-zone b matched tcp/22",
    ],
    [
      "an inactive policy is absent",
      `${policyLines(["a", "b"], "p")}deactivate security policies from-zone a to-zone b policy p\n`,
      "denied by default-policy: no policy from-zone a to-zone b matched tcp/22",
    ],
  ])("%s", (_, policies, sentence) => {
    expect(verdictsOf(zones + policies, ssh)).toEqual([sentence]);
  });

  test("traffic inside a zone needs a policy too", () => {
    const inside = "a a 10.0.0.1 10.0.0.2 tcp 22";
    expect(verdictsOf(zones, inside)[0]).toMatch(/^denied by default-policy/);
    expect(verdictsOf(zones + policyLines(["a", "a"], "p"), inside)[0]).toBe(
      "permitted by policy p from-zone a to-zone a",
    );
  });

  test("what comes from or goes to a zone that is none is denied, even with permit-all", () => {
    const management = "set security zones functional-zone management interfaces eth-m\n";
    const open = `${zones}${management}set security policies default-policy permit-all\n`;
    const [to, from, unknown] = verdictsOf(
      open,
      "a management 10.0.0.1 10.0.0.2 tcp 22",
      "management a 10.0.0.1 10.0.0.2 tcp 22",
      "a nowhere 10.0.0.1 10.0.0.2 tcp 22",
    );
    for (const sentence of [to, from, unknown]) expect(sentence).toMatch(/^denied: no traffic passes from-zone/);
  });

  test("a default that denies is logged, one that permits is not; what policies log is what they say", () => {
    const logOf = (text: string) => compileText(zoneLines("a") + text).ir.contexts[0]?.rules.map(({ log }) => log);
    expect(logOf("")).toEqual([{ sessionInit: true, sessionClose: false }]);
    expect(logOf("set security policies default-policy permit-all\n")).toEqual([
      { sessionInit: false, sessionClose: false },
    ]);
    const logging = policyLines(["a", "a"], "p", { then: "permit, log session-close, count" });
    expect(logOf(logging)?.[0]).toEqual({ sessionInit: false, sessionClose: true });
  });
});

describe("the gateway itself", () => {
  const allow = "set security zones security-zone a host-inbound-traffic system-services ssh\n";
  const inbound = "a junos-host 10.0.0.1 10.0.0.2 tcp 22";
  const outbound = "junos-host a 10.0.0.2 10.0.0.1 tcp 22";
  const deny = { then: "deny", source: "any-ipv6" };
  test.each<[string, string, string, string]>([
    [
      "no policy to it",
      "",
      inbound,
      "permitted by host-inbound-traffic where it allows tcp/22: no policy from-zone a to-zone junos-host is configured",
    ],
    [
      "no policy from it",
      "",
      outbound,
      "permitted: no policy from-zone junos-host to-zone a is configured, so what the gateway sends passes",
    ],
    [
      "a policy to it",
      policyLines(["a", "junos-host"], "p"),
      inbound,
      "permitted by policy p from-zone a to-zone junos-host",
    ],
    [
      "a policy to it that does not match",
      policyLines(["a", "junos-host"], "p", deny),
      inbound,
      "permitted by host-inbound-traffic where it allows tcp/22: no policy from-zone a to-zone junos-host matched",
    ],
    [
      "a policy from it that does not match: the default policy",
      policyLines(["junos-host", "a"], "p", deny),
      outbound,
      "denied by default-policy: no policy from-zone junos-host to-zone a matched tcp/22",
    ],
    [
      "another zone's policy from it",
      policyLines(["junos-host", "b"], "p", deny),
      outbound,
      "permitted: no policy from-zone junos-host to-zone a is configured, so what the gateway sends passes",
    ],
    [
      "a global policy that names it",
      policyLines("global", "g", { then: "reject", more: ["match to-zone junos-host"] }),
      inbound,
      "rejected by global policy g from-zone a to-zone junos-host",
    ],
    [
      "a global policy for every zone means those that traffic passes",
      policyLines("global", "g", { then: "reject" }),
      inbound,
      "permitted by host-inbound-traffic where it allows tcp/22: no policy from-zone a to-zone junos-host is configured",
    ],
  ])("%s", (_, text, packet, sentence) => {
    expect(verdictsOf(zones + allow + text, packet)).toEqual([sentence]);
  });

  test("one name in many places is one policy in each", () => {
    const text = [
      ["a", "b"],
      ["b", "a"],
      ["a", "junos-host"],
      ["junos-host", "a"],
    ].map(([from = "", to = ""]) => policyLines([from, to], "p"));
    const { ir, ruleIds } = compileText(zones + text.join("") + policyLines("global", "p"));
    const named = ir.contexts.flatMap(({ rules }) =>
      rules.filter(({ policy }) => policy.name === "p").map(({ id }) => id),
    );
    expect(new Set(named).size).toBe(named.length);
    expect(Object.keys(ruleIds.ids).filter((key) => key.endsWith(" p"))).toHaveLength(4 + 9);
  });
});
