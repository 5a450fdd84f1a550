// The checks that look at one packet or fragment alone, as rules. The options of IPv4 and the extension headers of IPv6 have
// files of their own.

import type { NftElement, NftRule } from "../nft/program.ts";
import { number, rule } from "../nft/statements.ts";
import { fragmentCopies } from "./attack-rules.ts";
import { lowerIpOptions, optionAttacks } from "./lower-ip-options.ts";
import {
  addressOutside,
  bytes,
  compare,
  hasExtension,
  instructions,
  load,
  longerThan,
  protocolAbove,
  protocolNumber,
  tcpFlags,
} from "./packet-tests.ts";
import type { Test } from "./packet-tests.ts";
import type { Piece } from "./piece.ts";
import type { HeaderAttack, ScreenCheck } from "./screen.ts";
import { families } from "./zone-objects.ts";
import type { Family, ZoneObjects } from "./zone-objects.ts";

/** More than 1,024 bytes of ICMP are large. */
const largeBytes = 1_024;
/** The highest protocol that is known. */
const protocolMax = { 4: 137, 6: 139 } as const;
/** Fragments whose end is looked at: behind this many bytes only packets from links with more than 9,000 bytes end. */
const pingDeathFromBytes = 56_320;
const packetBytesMax = 65_535;
const fragmentHeader = 44;
const hopByHop = 0;
const authentication = 51;
/** Headers that others may follow, without the one that nft 1.0.6 cannot list: as JSON it ends with an assertion. */
const linkingHeaders = [hopByHop, 43, fragmentHeader, 60] as const;

export function lowerHeaderChecks(attacks: ReadonlySet<HeaderAttack>, zone: ZoneObjects): readonly Piece[] {
  const pieces: Piece[] = [];
  for (const attack of attacks) {
    for (const family of families) pieces.push(...lowerHeader(attack, family, zone));
  }
  const options = optionAttacks.filter((attack) => attacks.has(attack));
  if (options.length > 0) pieces.push({ place: "packet", family: 4, rules: lowerIpOptions(options, zone) });
  const flags = flagAttacks.filter((attack) => attacks.has(attack));
  if (flags.length > 0) {
    const rules = lowerFlags(flags, zone);
    for (const family of families)
      pieces.push({ place: "packet", family, protocol: protocolNumber[family].tcp, rules });
  }
  return pieces;
}

function lowerHeader(attack: HeaderAttack, family: Family, zone: ZoneObjects): readonly Piece[] {
  const { icmp, tcp } = protocolNumber[family];
  const when = (...test: Test): readonly NftRule[] => [rule(...statementsOf(test), zone.attack(attack))];
  switch (attack) {
    case "ping-death":
      return [{ place: "fragment", family, protocol: icmp, rules: when(...endsTooFar(family, zone)) }];
    case "icmp-fragment":
      return [{ place: "fragment", family, protocol: icmp, rules: when() }];
    case "syn-fragment":
      return [{ place: "fragment", family, protocol: tcp, rules: when(...compare(tcpFlags, "==", 0x02, 0x12)) }];
    case "tear-drop": {
      // Fragments that overlap never leave the kernel's reassembly (ip_frag_queue, nf_ct_frag6_queue); no rule can tell them.
      const id = zone.screen.ids.get(attack);
      return id === undefined ? [] : [{ place: "fragment", family, rules: fragmentCopies(id) }];
    }
    case "spoofing":
      if (zone.entrances.devices.length === 0) return [];
      return [{ place: "packet", family, rules: when(...isSpoofed(family, zone)) }];
    case "ipv6-malformed-header":
      return family === 4 ? [] : [{ place: "packet", family, rules: misplacedHeaders(zone) }];
    case "unknown-protocol":
      return [{ place: "packet", family, rules: when(...protocolAbove(protocolMax[family])) }];
    case "land":
      return [{ place: "packet", family, protocol: tcp, rules: when(...sameEnds(family, zone)) }];
    case "winnuke": {
      const urgent = [...compare(bytes("transport", 2, 2), "==", 139), ...compare(tcpFlags, "!=", 0, 0x20)];
      return [{ place: "packet", family, protocol: tcp, rules: when(...urgent) }];
    }
    case "icmp-large":
      return [{ place: "packet", family, protocol: icmp, rules: when(...longerThan(largeBytes)) }];
    case "icmpv6-malformed":
      return family === 4 ? [] : [{ place: "packet", family, protocol: icmp, rules: malformedIcmp6(zone) }];
    case "bad-option":
    case "record-route":
    case "timestamp":
    case "security":
    case "stream":
    case "source-route":
    case "loose-source-route":
    case "strict-source-route":
    case "syn-fin":
    case "fin-no-ack":
    case "no-flag":
      return [];
  }
}

function statementsOf(test: Test) {
  return test.length === 0 ? [] : [instructions(...test)];
}

/** Any fragment that is not from or to an address of the white list. */
export function lowerBlockFragment(
  { except }: Extract<ScreenCheck, { kind: "block-fragment" }>,
  zone: ZoneObjects,
): readonly Piece[] {
  return families.map((family) => {
    const test = addressOutside(family, zone.addPrefixes("block_fragment_except", family, except));
    return { place: "fragment", family, rules: [rule(...statementsOf(test), zone.attack("block-fragment"))] };
  });
}

/** Whether a packet is a fragment at all; what stands behind it is for fragments alone. */
export function isNoFragment(family: Family): Test {
  if (family === 4) return compare(bytes("network", 6, 2), "==", 0, 0x3fff);
  return [
    load({ kind: "has-extension", header: fragmentHeader }, 1),
    { op: "compare", from: 1, operator: "==", value: 0 },
  ];
}

/**
 * The way back to the source leads out by no device of the zone. Neighbours speak before they have addresses, and what came
 * in by a secure wire has no way back.
 */
function isSpoofed(family: Family, zone: ZoneObjects): Test {
  const cameByDevice: Test = [load({ kind: "meta", key: "iifname" }, 1), { op: "lookup", set: zone.devices, from: 1 }];
  const routed: Test = [
    ...(zone.entrances.ports.length > 0 ? cameByDevice : []),
    load({ kind: "route-back" }, 1),
    { op: "lookup", set: zone.devices, from: 1, negated: true },
  ];
  if (family === 4) return routed;
  const unspecified = compare(bytes("network", 8, 4), "!=", 0);
  const linkLocal = compare(bytes("network", 8, 2), "!=", 0xfe80, 0xffc0);
  return [...unspecified, ...linkLocal, ...routed];
}

/**
 * Byte by byte, the last ones first, which differ soonest: each pair must be one of 256. Instructions that compare two
 * registers need Linux 6.13, and nft 1.0.6 ends with an assertion when it lists one.
 */
function sameEnds(family: Family, zone: ZoneObjects): Test {
  const pairs = Array.from({ length: 256 }, (_, value): NftElement => ({ key: [number(value), number(value)] }));
  const set = zone.addSet(`same_bytes_v${family}`, ["inet_proto", "inet_proto"], pairs);
  const [source, destination, length] = family === 4 ? [12, 16, 4] : [8, 24, 16];
  return Array.from({ length }, (_, at) => length - 1 - at).flatMap((at): Test => [
    load(bytes("network", source + at, 1), 1),
    load(bytes("network", destination + at, 1), 2),
    { op: "lookup", set, from: 1 },
  ]);
}

/**
 * The fragment's offset and the length of what it carries make more than a packet may have. One row for each offset at
 * which that can be.
 */
function endsTooFar(family: Family, zone: ZoneObjects): Test {
  const elements: NftElement[] = [];
  for (let offset = pingDeathFromBytes; offset <= packetBytesMax; offset += 8) {
    // The offset is counted in eights in IPv4. The length has the header in it: in IPv4 the packet's, in IPv6 the fragment's.
    const first = packetBytesMax + 1 - offset + (family === 4 ? 0 : 8);
    if (first > packetBytesMax) continue;
    const at = number(family === 4 ? offset / 8 : offset);
    elements.push({ key: [at, { kind: "numbers", first, last: packetBytesMax }] });
  }
  const name = zone.nameOf(`ping_death_v${family}`);
  zone.sets.push({
    name,
    key: ["inet_service", "inet_service"],
    interval: "whole-key",
    counter: false,
    elements,
  });
  const offset =
    family === 4
      ? load(bytes("network", 6, 2), 1)
      : load({ kind: "extension", header: fragmentHeader, offset: 2, length: 2 }, 1);
  const mask = family === 4 ? 0x1fff_0000 : 0xfff8_0000;
  return [
    offset,
    { op: "mask", from: 1, to: 1, mask, network: true },
    load(bytes("network", family === 4 ? 2 : 4, 2), 2),
    { op: "lookup", set: name, from: 1 },
  ];
}

const flagAttacks = ["no-flag", "syn-fin", "fin-no-ack"] as const satisfies readonly HeaderAttack[];

/** One look-up for all combinations of flags that mean something bad. */
function lowerFlags(attacks: readonly (typeof flagAttacks)[number][], zone: ZoneObjects): readonly NftRule[] {
  const elements: NftElement[] = [];
  for (let flags = 0; flags < 64; flags++) {
    const shown = flagAttackOf(flags);
    const found = shown.find((attack) => attacks.includes(attack));
    const target = found === undefined ? undefined : zone.attack(found);
    if (target?.kind !== "verdict") continue;
    elements.push({ key: [number(flags)], data: target.verdict });
  }
  const map = zone.addSet("flags", ["inet_proto"], elements, "verdict");
  const look = instructions(
    load(tcpFlags, 1),
    { op: "mask", from: 1, to: 1, mask: 0x3f00_0000, network: true },
    { op: "vmap", map, from: 1 },
  );
  return [rule(look)];
}

/** What a combination of FIN 1, SYN 2, RST 4, PSH 8, ACK 16 and URG 32 shows. */
export function flagAttackOf(flags: number): readonly (typeof flagAttacks)[number][] {
  const [fin, syn, ack] = [(flags & 1) !== 0, (flags & 2) !== 0, (flags & 16) !== 0];
  return [
    ...((flags & 0x3f) === 0 ? (["no-flag"] as const) : []),
    ...(syn && fin ? (["syn-fin"] as const) : []),
    ...(fin && !ack ? (["fin-no-ack"] as const) : []),
  ];
}

/**
 * Hop-by-hop options stand directly behind the IPv6 header alone (RFC 8200 section 4.1). The kernel finds the first header
 * of a kind. Where that of hop-by-hop options is in its place, others are found by the headers in front of them. They could
 * hide behind the second header of a kind, which two headers name, and behind authentication: both count.
 */
function misplacedHeaders(zone: ZoneObjects): readonly NftRule[] {
  const attack = zone.attack("ipv6-malformed-header");
  const firstHeader = bytes("network", 6, 1);
  const next = (header: number, to: number) => load({ kind: "extension", header, offset: 0, length: 1 }, to);
  const misplaced = zone.addSet(
    "ipv6_misplaced",
    ["inet_proto"],
    [hopByHop, authentication].map((header) => ({ key: [number(header)] })),
  );
  const twice = zone.addSet(
    "ipv6_named_twice",
    ["inet_proto", "inet_proto"],
    linkingHeaders.filter((header) => header !== hopByHop).map((header) => ({ key: [number(header), number(header)] })),
  );
  const chain = zone.addChain("ipv6_hop_by_hop", [
    ...linkingHeaders.map((header) =>
      rule(instructions(next(header, 1), { op: "lookup", set: misplaced, from: 1 }), attack),
    ),
    ...linkingHeaders.flatMap((one, at) =>
      linkingHeaders
        .slice(at + 1)
        .map((other) =>
          rule(instructions(next(one, 1), next(other, 2), { op: "lookup", set: twice, from: 1 }), attack),
        ),
    ),
  ]);
  return [
    rule(instructions(...compare(firstHeader, "==", hopByHop)), { kind: "verdict", verdict: { kind: "jump", chain } }),
    rule(instructions(...compare(firstHeader, "!=", hopByHop), ...hasExtension(hopByHop)), attack),
  ];
}

/** Types that RFC 4443 reserves, echoes with a code, and messages without their first eight bytes. */
function malformedIcmp6(zone: ZoneObjects): readonly NftRule[] {
  const attack = zone.attack("icmpv6-malformed");
  const types = zone.addSet(
    "icmpv6_reserved",
    ["inet_proto"],
    [0, 127, 255].map((value) => ({ key: [number(value)] })),
  );
  const echoes = zone.addSet(
    "icmpv6_echo",
    ["inet_proto"],
    [128, 129].map((value) => ({ key: [number(value)] })),
  );
  const type = load(bytes("transport", 0, 1), 1);
  // A load of bytes that are not there ends its rule: only complete messages come back from here.
  const complete = zone.addChain("icmpv6_short", [
    rule(instructions(load(bytes("transport", 4, 4), 1)), { kind: "verdict", verdict: { kind: "return" } }),
    rule(attack),
  ]);
  return [
    rule({ kind: "verdict", verdict: { kind: "jump", chain: complete } }),
    rule(instructions(type, { op: "lookup", set: types, from: 1 }), attack),
    rule(
      instructions(type, { op: "lookup", set: echoes, from: 1 }, ...compare(bytes("transport", 1, 1), "!=", 0)),
      attack,
    ),
  ];
}
