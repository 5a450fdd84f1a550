// The kernel's program does with every packet what the reference says: random translations, random packets.

import fc from "fast-check";
import { expect, test } from "vitest";
import { anyHeader } from "../testing/arbitrary-ir.ts";
import { anyNatIr, natDevices } from "../testing/arbitrary-nat.ts";
import type { Outcome } from "../testing/run-table.ts";
import { runTable } from "../testing/run-table.ts";
import { lowerTable } from "../nft/lower.ts";
import type { NftTable } from "../nft/program.ts";
import type { PacketHeader } from "../interpret.ts";
import { translateDestination, translateSource } from "./translate.ts";
import type { Translation } from "./translate.ts";

const device = fc.constantFrom(...natDevices, "elsewhere");
const packets = fc.array(fc.tuple(anyHeader, device, device), { minLength: 20, maxLength: 20 });

function outcomeOf(
  table: NftTable,
  hook: "prerouting" | "postrouting",
  packet: PacketHeader,
  from: string,
  to: string,
) {
  const wire = { ...packet, iifname: from, oifname: to, state: "new", ctMark: 0 } as const;
  const hasChains = table.chains.some((chain) => chain.hook?.type === "nat");
  const untouched: Outcome = { verdict: "accept", ctMark: 0, metaMark: 0, counted: [] };
  return hasChains ? runTable(table, `nat ${hook}`, wire) : untouched;
}

/** What the kernel must make of it, and undefined where it may choose. */
function expectSame(outcome: Outcome, expected: Translation, packet: PacketHeader, word: 0 | 1): void {
  const { verdict, translated, label, natCounted } = outcome;
  switch (expected.kind) {
    case "none":
      return expect({ verdict, translated, label, natCounted }).toEqual({ verdict: "accept" });
    case "off":
      return expect({ verdict, translated, label, natCounted }).toEqual({
        verdict: "accept",
        natCounted: [expected.by.rule.id],
      });
    case "refuse":
      return expect(verdict).toBe("drop");
    case "translate":
      break;
  }
  const { id } = expected.by.rule;
  expect({ verdict, natCounted, label }).toEqual({
    verdict: "accept",
    natCounted: [id],
    label: word === 0 ? [id, 0, 0, 0] : [0, id, 0, 0],
  });
  const { to } = expected;
  if (translated === undefined) return expect.fail("it was not translated");
  const flags = (persistent: boolean, random: boolean) => [
    ...(persistent ? ["persistent"] : []),
    ...(random ? ["random"] : []),
  ];
  if (to.kind === "interface") {
    return expect(translated).toEqual({ side: "interface", ports: to.ports, flags: flags(false, to.random) });
  }
  if (translated.side === "interface") return expect.fail("it has the address of the interface");
  expect(translated.side).toBe(word === 0 ? "destination" : "source");
  const ported = packet.protocol === 6 || packet.protocol === 17;
  if (to.kind === "exact") {
    const { family, value } = to.address;
    expect(translated.addresses).toEqual({ family, first: value, last: value });
    const own = word === 0 ? packet.destinationPort : packet.sourcePort;
    const port = to.port ?? (translated.ports === undefined ? undefined : own);
    return expect(translated.ports).toEqual(port === undefined ? undefined : { first: port, last: port });
  }
  if (to.kind === "binding") return expect.fail("no rule binds anything");
  expect(to.ranges).toContainEqual(translated.addresses);
  expect(translated.flags).toEqual(flags(to.persistent, to.random));
  const kept = ported ? { first: packet.sourcePort, last: packet.sourcePort } : undefined;
  expect(translated.ports).toEqual(to.ports === "keep" ? kept : to.ports);
}

test("destinations: reference and program say the same", () => {
  fc.assert(
    fc.property(anyNatIr, packets, (ir, sent) => {
      const table = lowerTable(ir, 3);
      for (const [packet, from, to] of sent) {
        expectSame(outcomeOf(table, "prerouting", packet, from, to), translateDestination(ir, from, packet), packet, 0);
      }
    }),
    { numRuns: 200 },
  );
});

test("sources: reference and program say the same", () => {
  fc.assert(
    fc.property(anyNatIr, packets, (ir, sent) => {
      const table = lowerTable(ir, 3);
      for (const [packet, from, to] of sent) {
        expectSame(outcomeOf(table, "postrouting", packet, from, to), translateSource(ir, from, to, packet), packet, 1);
      }
    }),
    { numRuns: 200 },
  );
});
