// Sessions after a change of interfaces, addresses and routes: which stand in other zones than their rule speaks of.

import { expect, test } from "vitest";
import { compile } from "@merlon/compiler/compile.ts";
import { noRuleIds } from "@merlon/compiler/rule-ids.ts";
import { codesOf, configurationOf, policyLines } from "@merlon/compiler/testing/compile-text.ts";
import { parseIp } from "@merlon/model/ip/address.ts";
import { parsePrefix } from "@merlon/model/ip/prefix.ts";
import { fakeLink, FakeKernel } from "../kernel/fake-kernel.ts";
import type { KernelNetwork, KernelSession } from "../kernel/kernel.ts";
import { planZoneReview, zoneReview } from "./zone-review.ts";

const ip = (text: string) => parseIp(text) ?? expect.fail(text);
const prefix = (text: string) => parsePrefix(text) ?? expect.fail(text);

/** `a eth0` for each zone and its interface. */
function irOf(zones: readonly string[], more = "") {
  const lines = zones.map((words) => {
    const [zone, device] = words.split(" ");
    return `set security zones security-zone ${zone}${device === undefined ? "" : ` interfaces ${device}`}\n`;
  });
  const policies = policyLines(["a", "b"], "p") + policyLines(["a", "c"], "q", { then: "deny" });
  const compiled = compile(configurationOf(lines.join("") + policies + more), { ruleIds: noRuleIds });
  expect(codesOf(compiled).filter((code) => code.startsWith("error"))).toEqual([]);
  return compiled.ir;
}

/** `eth0 10.1.0.1/24` for each link, `10.9.0.0/16 10.2.0.9` for each route. */
function networkOf(links: readonly string[], routes: readonly string[] = []): KernelNetwork {
  return {
    links: links.map((words, index) => {
      const [device = "", address = "", state] = words.split(" ");
      return fakeLink(index + 2, device, { up: state !== "down", addresses: [prefix(address), prefix("fe80::1/64")] });
    }),
    routes: routes.map((words) => {
      const [destination = "", hop = ""] = words.split(" ");
      return { destination: prefix(destination), nextHops: [ip(hop)], metric: 5 };
    }),
  };
}

const three = ["a eth0", "b eth1", "c eth2"];
const links = ["eth0 10.1.0.1/24", "eth1 10.2.0.1/24", "eth2 10.3.0.1/24"];
const ir = irOf(three);
const ruleId = ir.contexts.find(({ fromZone, toZone }) => fromZone === "a" && toZone === "b")?.rules[0]?.id ?? 0;

function session(source: string, destination: string, change: Partial<KernelSession> = {}): KernelSession {
  const [from, to] = [ip(source), ip(destination)];
  return {
    id: 1,
    original: { source: from, destination: to, protocol: 17, sourcePort: 1, destinationPort: 2 },
    reply: { source: to, destination: from, protocol: 17, sourcePort: 2, destinationPort: 1 },
    mark: 0x5000000 | ruleId,
    ...change,
  };
}

const near = session("10.1.0.2", "10.2.0.2");
const far = session("10.1.0.2", "10.9.0.2");
const translated = session("10.1.0.2", "192.0.2.1", { reply: { ...near.reply, destination: ip("198.51.100.1") } });
const route = ["10.9.0.0/16 10.2.0.9"];

test.each<[string, Partial<Parameters<typeof placeOf>[0]>, KernelSession, string | undefined]>([
  ["nothing changed", {}, near, undefined],
  ["its server's interface moved to another zone", { zones: ["a eth0", "b", "c eth1"] }, near, "zone changed"],
  ["its client's interface moved", { zones: ["a eth2", "b eth1", "c eth0"] }, near, "zone changed"],
  ["an interface stands in no zone now", { zones: ["a eth0", "b", "c eth2"] }, near, "zone changed"],
  ["another interface moved", { zones: ["a eth0", "b eth1", "c"] }, near, undefined],
  ["an interface joined its zone", { links: [...links, "eth3 10.4.0.1/24"], zones: [...three, "b eth3"] }, near, undefined],
  ["its network is behind another interface", { links: ["eth0 10.1.0.1/24", "eth1 10.3.0.1/24", "eth2 10.2.0.1/24"] }, near, "zone changed"],
  ["its route leads into another zone", { routes: ["10.9.0.0/16 10.3.0.9"] }, far, "zone changed"],
  ["its route leads to another router of its zone", { routes: ["10.9.0.0/16 10.2.0.7"] }, far, undefined],
  ["no route leads there", { routes: [] }, far, undefined],
  ["an interface is down, and no other way leads there", { links: ["eth0 10.1.0.1/24", "eth1 10.2.0.1/24 down", "eth2 10.3.0.1/24"] }, near, undefined],
  ["what it is translated to moved", { zones: ["a eth0", "b", "c eth1"] }, translated, "zone changed"],
  ["it never stood in its zones", { zones: ["a eth0", "b", "c eth1"] }, session("10.1.0.2", "172.16.0.1"), undefined],
  ["its rule is not known", { zones: ["a eth0", "b", "c eth1"] }, { ...near, mark: 3 }, undefined],
])("%s", (_, change, one, reason) => {
  const before = placeOf({});
  const verdict = planZoneReview(before, placeOf(change))?.(one);
  expect(verdict).toEqual(reason === undefined ? undefined : { kind: "end", reason });
}); // prettier-ignore

function placeOf(change: {
  readonly zones?: readonly string[];
  readonly links?: readonly string[];
  readonly routes?: readonly string[];
}) {
  const network = networkOf(change.links ?? links, change.routes ?? route);
  return { ir: change.zones === undefined ? ir : irOf(change.zones), network };
}

test("nobody is asked where nothing is elsewhere, and link-local addresses lead nowhere", () => {
  expect(planZoneReview(placeOf({}), placeOf({}))).toBeUndefined();
  const more = networkOf(links, route);
  const container = fakeLink(9, "veth1", { addresses: [prefix("fe80::2/64")] });
  const next = { ir, network: { ...more, links: [...more.links, container] } };
  expect(planZoneReview(placeOf({}), next)).toBeUndefined();
});

test("a change is held against what the kernel had the last time", () => {
  const kernel = new FakeKernel();
  const [before, after] = [networkOf(links, route), networkOf(links, ["10.9.0.0/16 10.3.0.9"])];
  const ask = (network: KernelNetwork) => zoneReview(kernel, { before: ir, next: ir, network })?.(far)?.kind;
  expect([ask(before), ask(before), ask(after), ask(after)]).toEqual([undefined, undefined, "end", undefined]);
});
