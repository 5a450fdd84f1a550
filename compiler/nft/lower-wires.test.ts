// What crosses a secure wire meets the policies between the zones of its two ports, by the mark of the port that it came in
// by; whatever has no such mark, or comes by another way, is refused.

import { describe, expect, test } from "vitest";
import { parseIp } from "@merlon/model/ip/address.ts";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { compileText } from "../testing/compile-text.ts";
import { runTable } from "../testing/run-table.ts";
import type { WirePacket } from "../testing/run-table.ts";
import { lowerTable } from "./lower.ts";

const text = readFileSync(join(import.meta.dirname, "../golden/wires-and-vlans.conf"), "utf8");
const { ir } = compileText(text);
const table = lowerTable(ir, 1);
const [wire] = ir.network.wires ?? [];
const [inside, outside] = wire?.ports ?? [];

const ip = (word: string) => parseIp(word) ?? expect.fail(word);

function outcomeOf(more: Partial<WirePacket>) {
  const packet: WirePacket = {
    iifname: "wire-uplink",
    oifname: "wire-uplink",
    state: "new",
    ctMark: 0,
    source: ip("10.0.0.1"),
    destination: ip("10.0.0.2"),
    protocol: 6,
    sourcePort: 4000,
    destinationPort: 443,
    ...more,
  };
  const { verdict, counted, ctMark } = runTable(table, "forward", packet);
  const rules = ir.contexts.flatMap((context) => context.rules.map((rule) => ({ ...context, ...rule })));
  const rule = rules.find(({ id }) => id === counted[0]);
  return `${verdict} ${rule === undefined ? `by ${counted[0] ?? "nothing"}` : `${rule.fromZone} ${rule.toZone} ${rule.policy.name}`} ${ctMark > 0 ? "marked" : "unmarked"}`;
}

describe("a wire", () => {
  test.each<[string, Partial<WirePacket>, string]>([
    ["from inside, permitted", { metaMark: inside?.mark ?? 0 }, "accept inside outside web marked"],
    [
      "from inside, not permitted",
      { metaMark: inside?.mark ?? 0, destinationPort: 80 },
      "drop inside outside default-policy unmarked",
    ],
    ["from outside", { metaMark: outside?.mark ?? 0 }, "drop outside inside default-policy unmarked"],
    ["without a mark", {}, "drop by 1 unmarked"],
    ["with another mark", { metaMark: 7 }, "drop by 1 unmarked"],
    ["in by the wire, out by another way", { metaMark: inside?.mark ?? 0, oifname: "eth0.200" }, "drop by 1 unmarked"],
    ["in by a port itself", { iifname: "eth1", oifname: "eth2", metaMark: inside?.mark ?? 0 }, "drop by 1 unmarked"],
    ["by VLANs of the same zones", { iifname: "eth0.100", oifname: "eth0.200" }, "accept inside outside web marked"],
    [
      "IPv6",
      { metaMark: inside?.mark ?? 0, source: ip("2001:db8::1"), destination: ip("2001:db8::2") },
      "accept inside outside web marked",
    ],
    [
      "neighbor discovery, which is untracked",
      { state: "untracked", protocol: 58, source: ip("fe80::1"), destination: ip("ff02::1:ff00:2") },
      "accept by nothing unmarked",
    ],
    ["other untracked packets", { state: "untracked" }, "drop by 5 unmarked"],
    [
      "untracked discovery by another way",
      { iifname: "eth0.100", state: "untracked", protocol: 58 },
      "drop by 5 unmarked",
    ],
  ])("%s", (_, packet, expected) => {
    expect(outcomeOf(packet)).toBe(expected);
  });

  test("nothing of it is for the gateway", () => {
    const packet: WirePacket = {
      iifname: "wire-uplink",
      state: "new",
      ctMark: 0,
      source: ip("10.0.0.1"),
      destination: ip("10.0.0.2"),
      protocol: 6,
      destinationPort: 22,
    };
    expect(runTable(table, "input", packet).verdict).toBe("drop");
  });

  test("its connections have a zone of their own", () => {
    const chain = table.chains.find(({ name }) => name === "wires");
    expect(chain?.hook).toMatchObject({ hook: "prerouting", priority: -310 });
    const zones = table.chains.filter(({ name }) => name.startsWith("wire_zone_"));
    expect(zones.map(({ rules }) => rules[0]?.statements)).toEqual([
      [
        {
          kind: "instructions",
          list: [
            { op: "immediate", value: wire?.connectionZone, to: 1 },
            { op: "store", target: "ct zone", from: 1 },
          ],
        },
      ],
    ]);
  });
});
