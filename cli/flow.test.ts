// Flows from words: what is taken, what is filled in, and the sentence for each thing that is wrong.

import { formatIp } from "@merlon/model/ip/address.ts";
import { describe, expect, test } from "vitest";
import { flowFields, flowOf } from "./flow.ts";

const base = { fromZone: "web", toZone: "db", source: "10.0.1.5", destination: "10.0.2.9" };

function read(words: Readonly<Record<string, string | undefined>>): unknown {
  const given = Object.entries({ ...base, ...words }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  const result = flowOf(Object.fromEntries(given), ({ name }) => name);
  if ("error" in result) return result.error;
  const { source, destination, ...rest } = result.flow;
  return { ...rest, source: formatIp(source), destination: formatIp(destination) };
}

describe("what is taken", () => {
  test.each<[what: string, words: Readonly<Record<string, string>>, flow: object]>([
    ["tcp", { protocol: "tcp", destinationPort: "22" }, { protocol: 6, sourcePort: 1024, destinationPort: 22 }],
    [
      "a source port",
      { protocol: "17", sourcePort: "53", destinationPort: "0" },
      { protocol: 17, sourcePort: 53, destinationPort: 0 },
    ],
    ["sctp", { protocol: "sctp", destinationPort: "65535" }, { protocol: 132, destinationPort: 65_535 }],
    ["ping", { protocol: "icmp" }, { protocol: 1, icmpType: 8, icmpCode: 0 }],
    [
      "another ICMP type",
      { protocol: "icmp", icmpType: "3", icmpCode: "1" },
      { protocol: 1, icmpType: 3, icmpCode: 1 },
    ],
    [
      "ping of IPv6",
      { protocol: "icmp6", source: "2001:db8::1", destination: "2001:db8::2" },
      { protocol: 58, icmpType: 128, icmpCode: 0, source: "2001:db8::1" },
    ],
    ["a protocol without ports", { protocol: "ospf" }, { protocol: 89 }],
    ["a protocol by number", { protocol: "200" }, { protocol: 200 }],
    ["the gateway itself", { protocol: "ospf", toZone: "junos-host" }, { toZone: "junos-host" }],
  ])("%s", (_, words, flow) => {
    expect(read(words)).toMatchObject(flow);
  });

  test("nothing is filled in that has no meaning", () => {
    expect(read({ protocol: "ospf" })).toEqual({ ...base, protocol: 89 });
  });
});

describe("what is refused", () => {
  test.each<[what: string, words: Readonly<Record<string, string | undefined>>, error: string | RegExp]>([
    ["no zone", { fromZone: undefined }, "fromZone is missing"],
    ["no destination", { destination: undefined }, "destination is missing"],
    ["no protocol", {}, "protocol is missing"],
    ["a zone that is none", { toZone: "a b" }, /^toZone: "a b" is not a zone name/],
    ["an address that is none", { source: "10.0.0" }, 'source: "10.0.0" is not an IPv4 or IPv6 address'],
    ["a prefix", { source: "10.0.0.0/8" }, 'source: "10.0.0.0/8" is not an IPv4 or IPv6 address'],
    ["two families", { source: "::1", protocol: "tcp" }, /^source and destination are not of one family/],
    ["a protocol that is none", { protocol: "tpc" }, /^protocol: "tpc" is not/],
    [
      "a port beyond the last",
      { protocol: "tcp", destinationPort: "65536" },
      /^destinationPort: "65536" is not a number from 0/,
    ],
    ["no port", { protocol: "tcp" }, "tcp needs destinationPort"],
    ["a source port alone", { protocol: "udp", sourcePort: "53" }, "udp needs destinationPort"],
    ["a port of ICMP", { protocol: "icmp", destinationPort: "1" }, "destinationPort has no meaning for icmp"],
    [
      "an ICMP type of TCP",
      { protocol: "tcp", destinationPort: "1", icmpType: "8" },
      "icmpType has no meaning for tcp",
    ],
    ["a port of OSPF", { protocol: "ospf", sourcePort: "1" }, "sourcePort has no meaning for ospf"],
    ["an ICMP type beyond the last", { protocol: "icmp", icmpType: "256" }, /^icmpType: "256" is not a number/],
    ["a terminal's escape", { fromZone: "\u001b[2J" }, /^fromZone: "\\u001b\[2J" is not/],
  ])("%s", (_, words, error) => {
    expect(read(words)).toEqual(typeof error === "string" ? error : expect.stringMatching(error));
  });
});

test("options and members are the same words", () => {
  for (const { name, option } of flowFields)
    expect(option.replaceAll("-", "").toLowerCase(), option).toBe(name.toLowerCase());
});
