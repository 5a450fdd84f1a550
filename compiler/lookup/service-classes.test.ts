// Classes must tell apart exactly what the lists of services tell apart.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Family } from "@merlon/model/ip/address.ts";
import { icmp, protocol, tcp, udp } from "@merlon/model/service-term.ts";
import type { ServiceTerm } from "@merlon/model/service-term.ts";
import { servicesMatch } from "../interpret.ts";
import type { PacketHeader } from "../interpret.ts";
import { anyHeader, anyTerm } from "../testing/arbitrary-ir.ts";
import { classifyServices } from "./service-classes.ts";
import type { ServiceClasses, ServiceList } from "./service-classes.ts";

/** What the kernel's tables give for a packet. */
function classOf({ protocols, others }: ServiceClasses, packet: PacketHeader): number {
  const apart = protocols.find((it) => it.protocol === packet.protocol);
  if (apart === undefined) return others.find((it) => it.protocol === packet.protocol)?.class ?? 0;
  const isIcmp = packet.protocol === 1 || packet.protocol === 58;
  const value = isIcmp ? (packet.icmpType ?? 0) * 256 + (packet.icmpCode ?? 0) : (packet.destinationPort ?? 0);
  const found = apart.values.find(({ first, last }) => first <= value && value <= last)?.class ?? 0;
  if (apart.sources === undefined) return found;
  const port = packet.sourcePort ?? 0;
  const from = apart.sources.find(({ first, last }) => first <= port && port <= last)?.class ?? 0;
  return apart.combined?.find((it) => it.source === from && it.value === found)?.class ?? 0;
}

test("an example: ports that two lists share are a class of their own", () => {
  const lists: readonly ServiceList[] = [[tcp(80), udp(53)], [tcp(80, 90)], "any", [protocol(47)], []];
  const made = classifyServices(lists, 4);
  expect(made.protocols).toEqual([
    {
      protocol: 6,
      values: [
        { first: 80, last: 80, class: 1 },
        { first: 81, last: 90, class: 2 },
      ],
    },
    { protocol: 17, values: [{ first: 53, last: 53, class: 3 }] },
  ]);
  expect(made.others).toEqual([{ protocol: 47, class: 4 }]);
  expect(made.classesOf).toEqual([[1, 3], [1, 2], [0, 1, 2, 3, 4], [4], []]);
  expect(made.count).toBe(5);
});

test("type and code of ICMP are one number", () => {
  const made = classifyServices([[icmp(8)], [icmp(3, 1)]], 4);
  expect(made.protocols).toEqual([
    {
      protocol: 1,
      values: [
        { first: 0x301, last: 0x301, class: 1 },
        { first: 0x800, last: 0x8ff, class: 2 },
      ],
    },
  ]);
  expect(classifyServices([[icmp(8)]], 6).protocols).toEqual([]);
});

test("source ports are asked for only where a list names them", () => {
  const fixed: ServiceTerm = {
    kind: "ports",
    protocol: 17,
    source: { first: 67, last: 68 },
    destination: { first: 67, last: 67 },
  };
  const [dhcp] = classifyServices([[fixed], [udp(53)]], 4).protocols;
  expect(dhcp?.sources).toEqual([
    { first: 0, last: 66, class: 1 },
    { first: 67, last: 68, class: 2 },
    { first: 69, last: 65_535, class: 1 },
  ]);
  expect(classifyServices([[udp(67)]], 4).protocols[0]?.sources).toBeUndefined();
});

describe("laws", () => {
  const list = fc.oneof(
    { weight: 1, arbitrary: fc.constant("any" as const) },
    {
      weight: 5,
      arbitrary: fc.array(anyTerm, { maxLength: 4 }),
    },
  );

  test("a list matches a packet exactly when it has the packet's class", () => {
    fc.assert(
      fc.property(fc.array(list, { maxLength: 6 }), fc.array(anyHeader, { maxLength: 30 }), (lists, packets) => {
        const families = new Map<Family, ServiceClasses>([
          [4, classifyServices(lists, 4)],
          [6, classifyServices(lists, 6)],
        ]);
        for (const packet of packets) {
          const classes = families.get(packet.source.family);
          if (classes === undefined) continue;
          const found = classOf(classes, packet);
          expect(found).toBeLessThan(classes.count);
          for (const [index, own] of lists.entries()) {
            expect(classes.classesOf[index]?.includes(found)).toBe(servicesMatch(own, packet));
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});
