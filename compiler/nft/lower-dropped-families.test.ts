// A family that is not forwarded, from its statement to packets: by routes and by wires, of sessions that stand and of none.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { defaultFlowOptions } from "../flow-options/flow-options.ts";
import { explainDecision } from "../explain.ts";
import { interpret, interpretHostInbound } from "../interpret.ts";
import { systemRuleIds } from "../ir.ts";
import type { FlowPacket, Ir } from "../ir.ts";
import { anyHeader, anyIr } from "../testing/arbitrary-ir.ts";
import { codesOf, compileText, packetOf, policyLines, zoneLines } from "../testing/compile-text.ts";
import { expectDecision } from "../testing/expect-decision.ts";
import { runTable } from "../testing/run-table.ts";
import type { WirePacket } from "../testing/run-table.ts";
import { lowerTable } from "./lower.ts";

const zones =
  zoneLines("a", "b") +
  "set security zones security-zone a host-inbound-traffic system-services all\n" +
  policyLines(["a", "b"], "p") +
  policyLines(["junos-host", "b"], "own");
const mode = (family: string, word: string) => `set security forwarding-options family ${family} mode ${word}\n`;
const packets = { 4: packetOf("a b 10.0.0.1 10.0.0.2 tcp 22"), 6: packetOf("a b fd00::1 fd00::2 tcp 22") } as const;

function sentenceOf(ir: Ir, packet: FlowPacket): string {
  return explainDecision(interpret(ir, packet), packet);
}

describe.each<[family: "inet" | "inet6", dropped: 4 | 6, other: 4 | 6]>([
  ["inet6", 6, 4],
  ["inet", 4, 6],
])("family %s mode drop", (family, dropped, other) => {
  const { ir, diagnostics } = compileText(zones + mode(family, "drop"));
  const table = lowerTable(ir, 1);

  test("what begins a session is denied in its name, and the other family passes", () => {
    expect(diagnostics).toEqual([]);
    expect(sentenceOf(ir, packets[dropped])).toBe(
      `denied by security forwarding-options family ${family} mode drop, whatever the policies from-zone a to-zone b say`,
    );
    expect(sentenceOf(ir, packets[other])).toBe("permitted by policy p from-zone a to-zone b");
    for (const packet of Object.values(packets)) expectDecision(ir, table, packet);
  });

  test.each<[what: string, change: Partial<WirePacket>]>([
    ["a session that stands", { state: "established", ctMark: 17 }],
    ["an error message of it", { state: "related", ctMark: 17 }],
    ["an untracked packet", { state: "untracked" }],
    ["a packet of no zone", { iifname: "eth-x" }],
  ])("%s is dropped, too", (_, change) => {
    const packet: WirePacket = {
      ...packets[dropped],
      iifname: "eth-a",
      oifname: "eth-b",
      state: "new",
      ctMark: 0,
      ...change,
    };
    const outcome = runTable(table, "forward", packet);
    expect(outcome.verdict).toBe("drop");
    expect(outcome.counted).toEqual(packet.state === "new" ? [systemRuleIds.modeDrop] : []);
  });

  test("what the gateway says and hears passes", () => {
    const packet = packets[dropped];
    const host = { ...packet, toZone: "junos-host" };
    expect(sentenceOf(ir, host)).toContain("permitted by host-inbound-traffic");
    expect(interpretHostInbound(ir, "eth-a", packet).action).toBe("permit");
    expect(sentenceOf(ir, { ...packet, fromZone: "junos-host" })).toContain("permitted by policy own");
    const heard = { ...packet, iifname: "eth-a", state: "new", ctMark: 0 } as const;
    expect(runTable(table, "input", heard).verdict).toBe("accept");
  });
});

test("a wire carries nothing of the family, and the bridges of others do", () => {
  const wire =
    "set security forwarding-options secure-wire w interface [ eth-a.0 eth-b.0 ]\n" +
    ["a", "b"].map((zone) => `set interfaces eth-${zone} unit 0 family ethernet-switching\n`).join("");
  const { ir } = compileText(wire + zoneLines("a", "b") + policyLines(["a", "b"], "p") + mode("inet6", "drop"));
  const [port] = ir.network.wires?.[0]?.ports ?? [];
  const crossing = { iifname: "wire-w", oifname: "wire-w", metaMark: port?.mark ?? 0, ctMark: 0 };
  const table = lowerTable(ir, 1);
  expect(runTable(table, "forward", { ...packets[4], ...crossing, state: "new" }).verdict).toBe("accept");
  expect(runTable(table, "forward", { ...packets[6], ...crossing, state: "new" }).verdict).toBe("drop");
  const discovery = { ...packetOf("a b fd00::1 fd00::2 icmp6 135"), ...crossing, state: "untracked" } as const;
  expect(runTable(table, "forward", discovery).verdict).toBe("drop");
  const others = { iifname: "br0", oifname: "br0", state: "new", ctMark: 0 } as const;
  const known = {
    ...table,
    sets: table.sets.map((set) =>
      set.name === "bridges"
        ? {
            ...set,
            elements: [{ key: [{ kind: "text", value: "br0" } as const, { kind: "text", value: "br0" } as const] }],
          }
        : set,
    ),
  };
  expect(runTable(known, "forward", { ...packets[6], ...others }).verdict).toBe("accept");
});

test("packet-based is said to meet the policies", () => {
  const compiled = compileText(zones + mode("inet6", "packet-based"));
  expect(codesOf(compiled)).toEqual(["warning flow.packet-based"]);
  expect(sentenceOf(compiled.ir, packets[6])).toBe("permitted by policy p from-zone a to-zone b");
});

test("whatever the policies are, the table decides as the reference does", () => {
  const families = fc.constantFrom<readonly (4 | 6)[]>([4], [6], [4, 6]);
  fc.assert(
    fc.property(
      anyIr,
      families,
      fc.array(anyHeader, { minLength: 10, maxLength: 10 }),
      (any, droppedFamilies, headers) => {
        const ir: Ir = { ...any, flow: { ...defaultFlowOptions, droppedFamilies } };
        const table = lowerTable(ir, 1);
        const [fromZone = "", toZone = fromZone] = ir.zones.map(({ name }) => name);
        for (const header of headers) {
          if (droppedFamilies.includes(header.source.family))
            expectDecision(ir, table, { ...header, fromZone, toZone });
        }
      },
    ),
    { numRuns: 40 },
  );
});

test("a table without such a family knows nothing of it", () => {
  const table = lowerTable(compileText(zones + mode("inet6", "flow-based")).ir, 1);
  expect(table.chains.map(({ name }) => name).filter((name) => name.startsWith("dropped"))).toEqual([]);
  const hits = table.sets.find(({ name }) => name === "hits");
  expect(hits?.elements).not.toContainEqual({ key: [{ kind: "number", value: systemRuleIds.modeDrop }] });
});
