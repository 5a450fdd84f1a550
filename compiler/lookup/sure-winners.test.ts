// Whatever is said to be sure must be what the first matching rule is for every packet of the rule's narrow addresses.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rangeAt } from "@merlon/model/ip/range-set.ts";
import { matches } from "../interpret.ts";
import type { PacketHeader } from "../interpret.ts";
import type { Ir } from "../ir.ts";
import { anyRuleSet } from "../testing/arbitrary-rule-set.ts";
import { buildLookup } from "./build-lookup.ts";
import type { ProtocolClasses, ServiceClasses } from "./service-classes.ts";
import { keptLookups } from "./kept-lookups.ts";
import { sharedKinds } from "./shared-addresses.ts";

describe("sure winners", () => {
  test("law: what a narrow cell is sure of is what the reference finds", () => {
    let sure = 0;
    fc.assert(
      fc.property(anyRuleSet(60), ({ ir, headers }) => {
        for (const family of [4, 6] as const) sure += checkSure(ir, family, headers);
      }),
      { numRuns: 150 },
    );
    expect(sure).toBeGreaterThan(100);
  });
});

/** How many packets were decided at once. */
function checkSure(ir: Ir, family: 4 | 6, headers: readonly PacketHeader[]): number {
  const [context] = ir.contexts;
  if (context === undefined) throw new Error("no pair of zones");
  const shared = keptLookups(ir).sharedOf(context, family);
  const lookup = buildLookup(ir, ir.contexts[0]?.rules.slice(0, -1) ?? [], shared, { stages: "per-width" });
  if (lookup === undefined) return 0;
  const nodes = new Map<string, number>();
  for (const cells of lookup.cells) cells.forEach((from, to, node) => nodes.set(`${from} ${to}`, node));
  const decisions = new Map<string, number>();
  lookup.nodes.forEach((node, service, rule) => decisions.set(`${node} ${service}`, rule));
  let count = 0;
  for (const header of headers) {
    if (header.source.family !== family) continue;
    const service = serviceOf(lookup.services, header);
    const first = lookup.rules.findIndex((rule) => matches(ir, rule, header));
    for (const one of sharedKinds) {
      for (const other of sharedKinds) {
        const from = rangeAt(shared.source.level(one).intervals, header.source.value)?.class;
        const to = rangeAt(shared.destination.level(other).intervals, header.destination.value)?.class;
        const rule = decisions.get(`${nodes.get(`${from} ${to}`)} ${service}`);
        const winner = rule === undefined ? 0 : (lookup.sure?.get(rule, service) ?? 0);
        if (winner === 0) continue;
        expect(first).toBe(winner - 1);
        count++;
      }
    }
  }
  return count;
}

function serviceOf({ protocols, others }: ServiceClasses, header: PacketHeader): number {
  const { protocol, sourcePort = 0, destinationPort = 0, icmpType, icmpCode = 0 } = header;
  const apart = protocols.find((it) => it.protocol === protocol);
  if (apart === undefined) return others.find((it) => it.protocol === protocol)?.class ?? 0;
  const classOf = (values: ProtocolClasses["values"], value: number) => rangeAt(values, value)?.class ?? 0;
  const value = classOf(apart.values, icmpType === undefined ? destinationPort : icmpType * 256 + icmpCode);
  if (apart.sources === undefined) return value;
  const source = classOf(apart.sources, sourcePort);
  return apart.combined?.find((it) => it.source === source && it.value === value)?.class ?? 0;
}
