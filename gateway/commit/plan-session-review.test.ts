// Living sessions after a change, as tables: what `policy-rematch` asks again, what ends, what carries another mark.

import { describe, expect, test } from "vitest";
import { compile } from "@merlon/compiler/compile.ts";
import { interpret, interpretHostInbound } from "@merlon/compiler/interpret.ts";
import { noRuleIds } from "@merlon/compiler/rule-ids.ts";
import {
  bookLines,
  codesOf,
  configurationOf,
  packetOf,
  policyLines,
  zoneLines,
} from "@merlon/compiler/testing/compile-text.ts";
import type { KernelSession, KernelTuple } from "../kernel/kernel.ts";
import { planSessionReview } from "./plan-session-review.ts";

const zones = zoneLines("a", "b");
const rematch = "set security policies policy-rematch\n";
const extensive = "set security policies policy-rematch extensive\n";
const web = "a b 10.0.0.1 10.0.0.2 tcp 80";

/** What happens, after the change, to a session that began under the first configuration. */
function after(first: string, second: string, words = web, active: readonly [string[], string[]] = [[], []]): string {
  const options = (index: 0 | 1) => ({ activeSchedulers: new Set(active[index]) });
  const before = compile(configurationOf(zones + first), { ruleIds: noRuleIds, ...options(0) });
  const next = compile(configurationOf(zones + second), { ruleIds: before.ruleIds, ...options(1) });
  expect([...codesOf(before), ...codesOf(next)].filter((code) => code.startsWith("error"))).toEqual([]);
  const { fromZone, toZone, ...header } = packetOf(words);
  const toHost = toZone === "junos-host" && before.ir.contexts.every((context) => context.toZone !== toZone);
  const decision = interpret(before.ir, { ...header, fromZone, toZone });
  if (decision.kind !== "rule" && !toHost) throw new Error("the session meets no rule");
  const mark = toHost
    ? interpretHostInbound(before.ir, `eth-${fromZone}`, header).ruleId
    : decision.kind === "rule"
      ? decision.rule.id
      : 0;
  // Other features use the upper bits.
  const session: KernelSession = { id: 1, original: header, reply: replyTo(header), mark: 0x5000000 | mark };
  const verdict = planSessionReview(before.ir, next.ir)?.(session);
  if (verdict?.kind !== "remark") return verdict?.kind ?? "goes on";
  const rule = next.ir.contexts.flatMap(({ rules }) => rules).find(({ id }) => id === verdict.ruleId);
  return `${rule?.policy.name}`;
}

function replyTo({ source, destination, sourcePort, destinationPort, ...rest }: KernelTuple): KernelTuple {
  const ports =
    sourcePort === undefined || destinationPort === undefined
      ? {}
      : { sourcePort: destinationPort, destinationPort: sourcePort };
  return { ...rest, source: destination, destination: source, ...ports };
}

const p = (terms: Parameters<typeof policyLines>[2] = {}) => policyLines(["a", "b"], "p", terms);
const q = (terms: Parameters<typeof policyLines>[2] = {}) => policyLines(["a", "b"], "q", terms);
const other = policyLines(["b", "a"], "p", { then: "deny" });
const host = (address: string) => bookLines("global", `address h ${address}`);
const service = (port: number) => `set applications application x protocol tcp destination-port ${port}\n`;

describe("policies", () => {
  test.each<[string, string, string, string]>([
    ["without the statement nothing is asked", p(), p({ application: "junos-ssh" }), "goes on"],
    ["nothing changed", p() + rematch, p() + rematch, "goes on"],
    ["the statement alone changes nothing", p(), p() + rematch, "goes on"],
    ["the match no longer covers it", p() + rematch, p({ application: "junos-ssh" }) + rematch, "end"],
    ["the statement comes with the change", p(), p({ application: "junos-ssh" }) + rematch, "end"],
    ["the statement goes with the change", p() + rematch, p({ application: "junos-ssh" }), "goes on"],
    ["the match still covers it", p() + rematch, p({ application: "junos-http" }) + rematch, "goes on"],
    ["another policy permits it now", p() + q() + rematch, p({ application: "junos-ssh" }) + q() + rematch, "q"],
    [
      "another policy denies it now",
      p() + q({ then: "deny" }) + rematch,
      p({ application: "junos-ssh" }) + q({ then: "deny" }) + rematch,
      "end",
    ],
    ["a denying policy is put before", p() + rematch, q({ then: "deny" }) + p() + rematch, "end"],
    ["a permitting policy is put before", p() + rematch, q() + p() + rematch, "q"],
    ["the order is turned round", p() + q() + rematch, q() + p() + rematch, "q"],
    ["a policy behind it changes", p() + q() + rematch, p() + q({ then: "reject" }) + rematch, "goes on"],
    ["another pair changes", p() + rematch, p() + other + rematch, "goes on"],
    ["only logging changes", p() + rematch, p({ then: "permit, log session-close" }) + rematch, "goes on"],
    [
      "an address changes: not with the plain statement",
      p({ source: "h" }) + host("10.0.0.1/32") + rematch,
      p({ source: "h" }) + host("10.0.0.9/32") + rematch,
      "goes on",
    ],
    [
      "an address changes: with extensive",
      p({ source: "h" }) + host("10.0.0.1/32") + extensive,
      p({ source: "h" }) + host("10.0.0.9/32") + extensive,
      "end",
    ],
    [
      "an address changes and still holds it",
      p({ source: "h" }) + host("10.0.0.1/32") + extensive,
      p({ source: "h" }) + host("10.0.0.0/24") + extensive,
      "goes on",
    ],
    [
      "an application changes: not with the plain statement",
      p({ application: "x" }) + service(80) + rematch,
      p({ application: "x" }) + service(81) + rematch,
      "goes on",
    ],
    [
      "an application changes: with extensive",
      p({ application: "x" }) + service(80) + extensive,
      p({ application: "x" }) + service(81) + extensive,
      "end",
    ],
    [
      "a wildcard mask changes: with extensive",
      p({ source: "h" }) + host("wildcard-address 10.0.0.1/255.0.0.255") + extensive,
      p({ source: "h" }) + host("wildcard-address 10.0.0.2/255.0.0.255") + extensive,
      "end",
    ],
    [
      "a global policy takes over",
      p() + policyLines("global", "g") + rematch,
      p({ application: "junos-ssh" }) + policyLines("global", "g") + rematch,
      "g",
    ],
    [
      "the default policy opens",
      p() + rematch,
      p({ application: "junos-ssh" }) + rematch + "set security policies default-policy permit-all\n",
      "default-policy",
    ],
  ])("%s", (_, first, second, outcome) => {
    expect(after(first, second)).toBe(outcome);
  });

  const night = "set schedulers scheduler night daily all-day\n";
  test.each<[string, string, string]>([
    ["its time is over, and nobody asks", "", "goes on"],
    ["its time is over, and it is asked", rematch, "end"],
  ])("%s", (_, statement, outcome) => {
    const text = night + p({ more: ["scheduler-name night"] }) + statement;
    expect(after(text, text, web, [["night"], []])).toBe(outcome);
    expect(after(text, text, web, [["night"], ["night"]])).toBe("goes on");
  });
});

describe("the gateway itself", () => {
  const ssh = "a junos-host 10.0.0.1 10.0.0.254 tcp 22";
  const allow = (zone: string, ...services: string[]) =>
    services
      .map((name) => `set security zones security-zone ${zone} host-inbound-traffic system-services ${name}\n`)
      .join("");
  const self = (terms: Parameters<typeof policyLines>[2] = {}) => policyLines(["a", "junos-host"], "p", terms);
  test.each<[string, string, string, string]>([
    ["a service is taken away", allow("a", "ssh", "ping"), allow("a", "ping"), "end"],
    ["another service is taken away", allow("a", "ssh", "ping"), allow("a", "ssh"), "goes on"],
    ["a service of another zone is taken away", allow("a", "ssh") + allow("b", "ssh"), allow("a", "ssh"), "goes on"],
    ["everything but this", allow("a", "any-service"), allow("a", "any-service", "ssh except"), "end"],
    ["a policy let it in, and the service is taken away", allow("a", "ssh") + self(), self(), "end"],
    [
      "the policy changes and nobody asks",
      allow("a", "ssh") + self(),
      allow("a", "ssh") + self({ application: "junos-http" }),
      "goes on",
    ],
    [
      "the policy denies it now",
      allow("a", "ssh") + self() + rematch,
      allow("a", "ssh") +
        self({ source: "any-ipv6" }) +
        self({ then: "deny" }).replaceAll("policy p", "policy z") +
        rematch,
      "end",
    ],
    [
      "a first policy is written, and it denies",
      allow("a", "ssh") + rematch,
      allow("a", "ssh") + self({ then: "deny" }) + rematch,
      "end",
    ],
  ])("%s", (_, first, second, outcome) => {
    expect(after(first, second, ssh)).toBe(outcome);
  });
});

describe("translation", () => {
  const source = (rest: string) => `
    set security nat source pool p address 198.51.100.1/32
    set security nat source rule-set s from zone a
    set security nat source rule-set s to zone b
    set security nat source rule-set s rule r ${rest}
    set security nat source rule-set s rule r match source-address 10.0.0.0/8\n`;
  const [own, pool] = [source("then source-nat interface"), source("then source-nat pool p")];
  const inward = `
    set security nat destination pool w address 10.0.0.2/32
    set security nat destination rule-set d from zone a
    set security nat destination rule-set d rule r match destination-address 198.51.100.9/32
    set security nat destination rule-set d rule r then destination-nat pool w\n`;

  /** What happens to a session that the first rule of the first configuration translated. */
  function translated(first: string, second: string, side: "source" | "destination"): string {
    const before = compile(configurationOf(zones + p() + first), { ruleIds: noRuleIds });
    const next = compile(configurationOf(zones + p() + second), { ruleIds: before.ruleIds });
    const id = before.ir.nat?.[side][0]?.rules[0]?.id;
    if (id === undefined) throw new Error("there is no rule");
    const { fromZone: _, toZone: __, ...header } = packetOf(web);
    const session: KernelSession = {
      id: 1,
      original: header,
      reply: replyTo(header),
      mark: 0,
      natRules: { [side]: id },
    };
    return planSessionReview(before.ir, next.ir)?.(session)?.kind ?? "goes on";
  }

  test.each<[string, string, string, "source" | "destination", string]>([
    ["nothing changed", own, own, "source", "goes on"],
    ["something else changed", own, own + inward, "source", "goes on"],
    ["the action changed", own, pool, "source", "end"],
    ["the pool changed", pool, pool + "set security nat source pool p address 198.51.100.2/32\n", "source", "end"],
    ["another pool came", pool, pool + "set security nat source pool q address 198.51.100.2/32\n", "source", "goes on"],
    ["the match changed", own, own + source("match destination-address 10.1.0.0/16"), "source", "end"],
    ["the rule went", own, "", "source", "end"],
    ["a description came", own, own + source("description x"), "source", "goes on"],
    [
      "the destination's pool changed",
      inward,
      inward + "set security nat destination pool w address port 80\n",
      "destination",
      "end",
    ],
  ])("%s", (_, first, second, side, outcome) => {
    expect(translated(first, second, side)).toBe(outcome);
  });

  test("a policy is asked about the destination that it saw", () => {
    const policy = (address: string) => bookLines("global", `address h ${address}`) + p({ destination: "h" }) + rematch;
    const before = compile(configurationOf(zones + inward + p() + rematch), { ruleIds: noRuleIds });
    const { fromZone: _, toZone: __, ...header } = packetOf("a b 10.0.0.1 198.51.100.9 tcp 80");
    const mark = before.ir.contexts.flatMap(({ rules }) => rules).find((rule) => rule.policy.name === "p")?.id ?? 0;
    const [inner, outer] = [packetOf(web).destination, header.destination];
    const reply = replyTo({ ...header, destination: inner });
    const outcomes = [inner, outer].map((address) => {
      const text = address === inner ? "10.0.0.2/32" : "198.51.100.9/32";
      const next = compile(configurationOf(zones + inward + policy(text)), { ruleIds: before.ruleIds });
      return planSessionReview(before.ir, next.ir)?.({ id: 1, original: header, reply, mark })?.kind ?? "goes on";
    });
    expect(outcomes).toEqual(["goes on", "end"]);
  });
});
