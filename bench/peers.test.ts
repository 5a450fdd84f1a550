// The peers' rules must decide as Merlon does: random packets are asked of the IR's interpreter, of the peers' rules as data,
// and of the text for iptables, which is read back here by a small reader of its own.

import { interpret } from "@merlon/compiler/interpret.ts";
import type { Action, FlowPacket } from "@merlon/compiler/ir.ts";
import { parseIpv4, parseIpv6 } from "@merlon/model/ip/address.ts";
import type { Family } from "@merlon/model/ip/address.ts";
import { describe, expect, test } from "vitest";
import { ipv6Base } from "./bench-address.ts";
import { generateRuleSet } from "./generate-rule-set.ts";
import { firewalldPeerFiles, prefixesOf } from "./firewalld-peer-files.ts";
import { iptablesPeerText } from "./iptables-peer-text.ts";
import { nftPeerText, setsMax } from "./nft-peer-text.ts";
import { peerContexts } from "./peer-rule.ts";
import type { PeerContext, PeerSide } from "./peer-rule.ts";
import { preparePolicy } from "./prepare-policy.ts";
import type { AddressSpan, PolicySide, RuleSet } from "./rule-set.ts";
import { servicesOf } from "./rule-set.ts";
import { shapeNamed } from "./rule-set-shape.ts";
import { seededRandom } from "./seeded-random.ts";

const families = [4, 6] as const;
const cases = (["realistic", "adversarial"] as const).flatMap((name) =>
  families.map((family) => {
    const ruleSet = generateRuleSet(120, shapeNamed(name), family);
    const { ir } = preparePolicy(ruleSet);
    return { name, family, ir, contexts: peerContexts(ir, family), packets: packetsNear(ruleSet, 400) };
  }),
);

describe.each(cases)("$name, IPv$family", ({ family, ir, contexts, packets }) => {
  const expected = packets.map((packet) => interpret(ir, inFamily(family, packet)).action);
  test("packets meet rules of every action", () => expect(new Set(expected).size).toBeGreaterThanOrEqual(2));

  test("the peers' rules decide as the IR", () =>
    expect(packets.map((packet) => decide(contexts, packet))).toEqual(expected));

  test.each([false, true])("iptables decides as the IR (with sets: %s)", (withSets) => {
    const reader = new IptablesReader(iptablesPeerText(contexts, withSets));
    expect(packets.map((packet) => reader.decide(packet))).toEqual(expected);
  });
});

/** Packets are made with addresses of 32 bits; over IPv6 these are the end of longer ones. */
function inFamily(family: Family, packet: FlowPacket): FlowPacket {
  if (family === 4) return packet;
  const address = ({ value }: FlowPacket["source"]) => ({ family: 6, value: ipv6Base + BigInt(value) }) as const;
  return { ...packet, source: address(packet.source), destination: address(packet.destination) };
}

/** Packets from and to the edges of what policies match: random ones would meet the default policy alone. */
function packetsNear(ruleSet: RuleSet, count: number): readonly FlowPacket[] {
  const random = seededRandom(count);
  return Array.from({ length: count }, () => {
    const { from, to, policies } = random.pick(ruleSet.pairs);
    const policy = random.pick(policies);
    const near = (side: PolicySide, space: AddressSpan): number => {
      if (side.kind === "any") return space.first + random.below(space.last - space.first);
      const { first, last } = random.pick(side.group.members);
      return random.pick([first, last, first - 1, last + 1, Math.floor((first + last) / 2)]);
    };
    const services = servicesOf(policy);
    const service = services.length === 0 ? undefined : random.pick(services);
    const edges = [service?.firstPort ?? 7, service?.lastPort ?? 7, (service?.lastPort ?? 7) + 1];
    return {
      fromZone: from.name,
      toZone: to.name,
      source: { family: 4, value: near(policy.source, from.space) },
      destination: { family: 4, value: near(policy.destination, to.space) },
      protocol: (service?.protocol ?? "udp") === "udp" ? 17 : 6,
      sourcePort: 40_000,
      destinationPort: random.pick(edges),
    };
  });
}

function valueOf(address: FlowPacket["source"]): number {
  return Number(address.value);
}

function inSide({ ranges, excluded }: PeerSide, address: number): boolean {
  if (ranges === undefined) return true;
  return ranges.some(({ first, last }) => first <= address && address <= last) !== excluded;
}

function decide(contexts: readonly PeerContext[], packet: FlowPacket): Action {
  const context = contexts.find(
    ({ inDevice, outDevice }) => inDevice === `to-${packet.fromZone}` && outDevice === `to-${packet.toZone}`,
  );
  const rule = context?.rules.find(({ source, destination, ports }) => {
    const wanted = ports?.[packet.protocol === 6 ? "tcp" : "udp"];
    const port = packet.destinationPort ?? 0;
    if (ports !== undefined && !wanted?.some(({ first, last }) => first <= port && port <= last)) return false;
    return inSide(source, valueOf(packet.source)) && inSide(destination, valueOf(packet.destination));
  });
  return rule?.action ?? "deny";
}

/** As much of iptables as the text uses: user chains, RETURN by falling back, addresses, ports, sets. */
class IptablesReader {
  readonly #chains = new Map<string, readonly string[][]>();
  readonly #sets = new Map<string, AddressSpan[]>();

  constructor({ rules, sets }: { readonly rules: string; readonly sets: string }) {
    for (const line of rules.split("\n").filter((text) => text.startsWith("-A "))) {
      const [, chain = "", ...words] = line.split(" ");
      this.#chains.set(chain, [...(this.#chains.get(chain) ?? []), words]);
    }
    for (const line of sets.split("\n").filter((text) => text.startsWith("add "))) {
      const [, name = "", span = ""] = line.split(" ");
      this.#sets.set(name, [...(this.#sets.get(name) ?? []), spanOf(span)]);
    }
  }

  decide(packet: FlowPacket): Action {
    return this.#walk("FORWARD", packet) ?? "deny";
  }

  #walk(chain: string, packet: FlowPacket): Action | undefined {
    for (const words of this.#chains.get(chain) ?? []) {
      if (words.includes("--ctstate") || !this.#matches(words, packet)) continue;
      const target = words[words.indexOf("-j") + 1] ?? "";
      if (target === "RETURN") return undefined;
      const verdict = ({ ACCEPT: "permit", DROP: "deny", REJECT: "reject" } as const)[target];
      const found = verdict ?? this.#walk(target, packet);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #matches(words: readonly string[], packet: FlowPacket): boolean {
    const [source, destination] = [valueOf(packet.source), valueOf(packet.destination)];
    const port = packet.destinationPort ?? 0;
    let negated = false;
    for (let at = 0; at < words.length; at++) {
      const [word = "", value = "", side] = words.slice(at);
      if (word === "!") {
        negated = true;
        continue;
      }
      const holds = this.#holds(word, value, side, { source, destination, port, packet });
      if (holds === undefined) continue;
      if (holds === negated) return false;
      negated = false;
    }
    return true;
  }

  #holds(
    word: string,
    value: string,
    side: string | undefined,
    { source, destination, port, packet }: { source: number; destination: number; port: number; packet: FlowPacket },
  ): boolean | undefined {
    switch (word) {
      case "-i":
        return value === `to-${packet.fromZone}`;
      case "-o":
        return value === `to-${packet.toZone}`;
      case "-p":
        return value === (packet.protocol === 6 ? "tcp" : "udp");
      case "-s":
      case "--src-range":
        return isIn(spanOf(value), source);
      case "-d":
      case "--dst-range":
        return isIn(spanOf(value), destination);
      case "--dport":
      case "--dports":
        return value.split(",").some((range) => {
          const [first = 0, last = first] = range.split(":").map(Number);
          return first <= port && port <= last;
        });
      case "--match-set":
        return this.#sets.get(value)?.some((span) => isIn(span, side === "src" ? source : destination)) === true;
      default:
        return undefined;
    }
  }
}

function isIn({ first, last }: AddressSpan, address: number): boolean {
  return first <= address && address <= last;
}

function spanOf(text: string): AddressSpan {
  const [address = "", length] = text.split("/");
  const [first = 0, last = first] = address.split("-").map(numberOf);
  const bits = address.includes(":") ? 128 : 32;
  return length === undefined ? { first, last } : { first, last: first + 2 ** (bits - Number(length)) - 1 };
}

function numberOf(text: string): number {
  const ipv6 = parseIpv6(text);
  return ipv6 === undefined ? (parseIpv4(text) ?? Number.NaN) : Number(ipv6 - ipv6Base);
}

const small: readonly PeerContext[] = [
  {
    family: 4,
    inDevice: "a",
    outDevice: "b",
    rules: [
      {
        source: { ranges: [{ first: 1, last: 1 }], excluded: true },
        destination: {
          ranges: [
            { first: 1, last: 2 },
            { first: 8, last: 9 },
          ],
          excluded: false,
        },
        ports: {
          tcp: [{ first: 80, last: 80 }],
          udp: [
            { first: 53, last: 53 },
            { first: 60, last: 69 },
          ],
        },
        action: "permit",
      },
      { source: anySide(), destination: anySide(), ports: undefined, action: "reject" },
    ],
  },
];

function anySide(): PeerSide {
  return { ranges: undefined, excluded: false };
}

describe("text for nft", () => {
  test("one list per pair of zones behind a map", () =>
    expect(nftPeerText(small, { split: true, first: "ports" })).toBe(`table inet peer {
set group_0 {
type ipv4_addr; flags interval;
elements = { 0.0.0.1-0.0.0.2, 0.0.0.8-0.0.0.9 }
}
chain pair_0 {
tcp dport 80 ip saddr != 0.0.0.1 ip daddr @group_0 accept
udp dport { 53, 60-69 } ip saddr != 0.0.0.1 ip daddr @group_0 accept
reject
drop
}
chain forward {
type filter hook forward priority filter; policy drop;
ct state established,related accept
ct state invalid drop
iifname . oifname vmap { "a" . "b" : goto pair_0 }
}
}
`));
  test("one list of all, with the devices in every rule", () =>
    expect(nftPeerText(small, { split: false, first: "ports" })).toContain(`ct state invalid drop
iifname "a" oifname "b" tcp dport 80 ip saddr != 0.0.0.1 ip daddr @group_0 accept
iifname "a" oifname "b" udp dport { 53, 60-69 } ip saddr != 0.0.0.1 ip daddr @group_0 accept
iifname "a" oifname "b" reject
}`));
});

test("with thousands of groups there are no sets: groups are chains, and each range of ports a rule", () => {
  const source = {
    ranges: [
      { first: 1, last: 2 },
      { first: 8, last: 8 },
    ],
    excluded: true,
  };
  const ports = {
    tcp: [],
    udp: [
      { first: 53, last: 53 },
      { first: 60, last: 69 },
    ],
  };
  const rules = Array.from({ length: setsMax + 1 }, (_, index) => ({
    source,
    destination: {
      ranges: [
        { first: index, last: index },
        { first: 5_000, last: 5_001 },
      ],
      excluded: false,
    },
    ports,
    action: "permit" as const,
  }));
  const lines = nftPeerText([{ family: 4, inDevice: "a", outDevice: "b", rules }], {
    split: true,
    first: "ports",
  }).split("\n");
  expect(lines.some((line) => line.startsWith("set "))).toBe(false);
  expect(lines.slice(1, 10)).toEqual([
    "chain stage_0 {",
    "ip daddr 0.0.0.0 accept",
    "ip daddr 0.0.19.136-0.0.19.137 accept",
    "}",
    "chain stage_1 {",
    "ip saddr 0.0.0.1-0.0.0.2 return",
    "ip saddr 0.0.0.8 return",
    "jump stage_0",
    "}",
  ]);
  const list = lines.indexOf("chain pair_0 {");
  expect(lines.slice(list + 1, list + 3)).toEqual(["udp dport 53 jump stage_1", "udp dport 60-69 jump stage_1"]);
});

test("addresses may stand first", () =>
  expect(nftPeerText(small, { split: true, first: "addresses" })).toContain(
    "\nip saddr != 0.0.0.1 ip daddr @group_0 udp dport { 53, 60-69 } accept\n",
  ));

describe("text for iptables", () => {
  test("groups are chains", () =>
    expect(iptablesPeerText(small, false).rules.split("\n").slice(4, -2)).toEqual([
      ":d_0 - [0:0]",
      ":pair_0 - [0:0]",
      "-A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT",
      "-A FORWARD -m conntrack --ctstate INVALID -j DROP",
      "-A FORWARD -i a -o b -j pair_0",
      "-A d_0 -m iprange --dst-range 0.0.0.1-0.0.0.2 -j ACCEPT",
      "-A d_0 -d 0.0.0.8/31 -j ACCEPT",
      "-A pair_0 ! -s 0.0.0.1/32 -p tcp -m tcp --dport 80 -j d_0",
      "-A pair_0 ! -s 0.0.0.1/32 -p udp -m multiport --dports 53,60:69 -j d_0",
      "-A pair_0 -j REJECT",
    ]));
  test("with sets a policy is one rule for each protocol", () => {
    const { rules, sets } = iptablesPeerText(small, true);
    expect(sets).toBe(
      "create group_0 hash:net hashsize 64\nadd group_0 0.0.0.1-0.0.0.2\nadd group_0 0.0.0.8-0.0.0.9\n",
    );
    expect(rules).toContain(
      "-A pair_0 ! -s 0.0.0.1/32 -m set --match-set group_0 dst -p tcp -m tcp --dport 80 -j ACCEPT\n",
    );
  });
});

test("over IPv6 the words and the addresses are others", () => {
  const over6 = small.map((context) => ({ ...context, family: 6 as const }));
  expect(nftPeerText(over6, { split: true, first: "ports" })).toContain(
    "type ipv6_addr; flags interval;\nelements = { 2001:db8:9::1-2001:db8:9::2, 2001:db8:9::8-2001:db8:9::9 }",
  );
  expect(nftPeerText(over6, { split: true, first: "ports" })).toContain(
    "tcp dport 80 ip6 saddr != 2001:db8:9::1 ip6 daddr @group_0 accept",
  );
  const { rules, sets } = iptablesPeerText(over6, true);
  expect(sets).toContain("create group_0 hash:net family inet6 hashsize 64\nadd group_0 2001:db8:9::1/128\n");
  expect(rules).toContain("! -s 2001:db8:9::1/128 -m set --match-set group_0 dst -p tcp");
  const files = firewalldPeerFiles(over6);
  expect(files.get("ipsets/group-0.xml")).toContain('<option name="family" value="inet6"/>');
  expect(files.get("policies/p3.xml")).toContain(
    '<rule family="ipv6" priority="-32768"><source address="2001:db8:9::1/128"',
  );
});

describe("files for firewalld", () => {
  test("a rich rule for each service, in order by priority", () => {
    const files = firewalldPeerFiles(small);
    const head = '<?xml version="1.0" encoding="utf-8"?>\n';
    expect([...files.keys()]).toEqual([
      "zones/a.xml",
      "zones/b.xml",
      "ipsets/group-0.xml",
      "policies/p3.xml",
      "firewalld.conf",
    ]);
    expect(files.get("zones/a.xml")).toBe(`${head}<zone target="DROP">\n<interface name="a"/>\n</zone>\n`);
    expect(files.get("ipsets/group-0.xml")).toBe(
      `${head}<ipset type="hash:net">\n<entry>0.0.0.1/32</entry>\n<entry>0.0.0.2/32</entry>\n<entry>0.0.0.8/31</entry>\n</ipset>\n`,
    );
    const addresses = '<source address="0.0.0.1/32" invert="yes"/><destination ipset="group-0"/>';
    expect(files.get("policies/p3.xml")?.split("\n").slice(4, 8)).toEqual([
      `<rule family="ipv4" priority="-32768">${addresses}<port port="80" protocol="tcp"/><accept/></rule>`,
      `<rule family="ipv4" priority="-32768">${addresses}<port port="53" protocol="udp"/><accept/></rule>`,
      `<rule family="ipv4" priority="-32768">${addresses}<port port="60-69" protocol="udp"/><accept/></rule>`,
      '<rule family="ipv4" priority="-32767"><reject/></rule>',
    ]);
  });

  test.each([
    [0, 0, ["0.0.0.0/32"]],
    [0, 2 ** 32 - 1, ["0.0.0.0/0"]],
    [1, 6, ["0.0.0.1/32", "0.0.0.2/31", "0.0.0.4/31", "0.0.0.6/32"]],
    [255, 256, ["0.0.0.255/32", "0.0.1.0/32"]],
  ])("%d to %d as prefixes", (first, last, expected) => expect(prefixesOf(4, { first, last })).toEqual(expected));
});
