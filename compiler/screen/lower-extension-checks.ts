// The checks of IPv6 extension headers, their options, and tunnels as rules. The kernel finds a header wherever it stands. Of
// the options in a header the first is looked at, behind padding; a header with more than one may hide one and counts.

import type { NumberRange } from "@merlon/model/schema/value.ts";
import type { NftElement, NftRule, NftStatement } from "../nft/program.ts";
import { inRanges, l4proto, number, rule } from "../nft/statements.ts";
import { bytes, compare, hasExtension, instructions, load, protocolIs } from "./packet-tests.ts";
import type { Bytes, Test } from "./packet-tests.ts";
import type { Piece } from "./piece.ts";
import type { ScreenCheck, TunnelKind } from "./screen.ts";
import type { ZoneObjects } from "./zone-objects.ts";

type CheckOf<K extends ScreenCheck["kind"]> = Extract<ScreenCheck, { kind: K }>;

const fragmentHeader = 44;
/** Headers that others may follow, and ESP, no next header, mobility, HIP and shim6, which end the chain or are skipped. */
const walkedHeaders = [0, 43, 51, 60, 59, 135, 139, 140] as const;
/** Those that are counted; together they fit into one key. */
const countedHeaders = [0, 43, 51, 60, 135] as const;
export const extensionsCountedMax = countedHeaders.length;

export function lowerExtensions({ headers }: CheckOf<"extension">, zone: ZoneObjects): readonly Piece[] {
  const attack = zone.attack("ipv6-extension-header");
  const within = (header: number): boolean => headers.some(({ first, last }) => header >= first && header <= last);
  const rules = walkedHeaders.filter(within).map((header) => rule(instructions(...hasExtension(header)), attack));
  // What follows all of these is the packet's protocol.
  const whole: Piece = { place: "packet", family: 6, rules: [...rules, rule(inRanges(l4proto, headers), attack)] };
  // A whole packet shows no more that it came in fragments.
  return within(fragmentHeader) ? [whole, { place: "fragment", family: 6, rules: [rule(attack)] }] : [whole];
}

export function lowerExtensionLimit({ countMax }: CheckOf<"extension-limit">, zone: ZoneObjects): readonly Piece[] {
  if (countMax >= extensionsCountedMax) return [];
  const elements: NftElement[] = [];
  for (let present = 0; present < 2 ** countedHeaders.length; present++) {
    const bits = countedHeaders.map((_, at) => (present >>> at) & 1);
    if (bits.reduce((sum, bit) => sum + bit, 0) > countMax) elements.push({ key: bits.map(number) });
  }
  const set = zone.addSet(
    "extensions",
    countedHeaders.map(() => "inet_proto" as const),
    elements,
  );
  const loads = countedHeaders.map((header, at) => load({ kind: "has-extension", header }, at + 1));
  const test = instructions(...loads, { op: "lookup", set, from: 1 });
  return [{ place: "packet", family: 6, rules: [rule(test, zone.attack("ipv6-header-limit"))] }];
}

/** Bytes of padding before the option: none, one, or an option of padding with 0 to 5 bytes. */
const paddings = [0, 1, 2, 3, 4, 5, 6, 7] as const;
/** Headers of up to 48 bytes are looked at; in a longer one an option may hide. */
const headerWordsMax = 6;

export function lowerExtensionOption(check: CheckOf<"extension-option">, zone: ZoneObjects): readonly Piece[] {
  const header = check.header === "hop-by-hop" ? 0 : 60;
  const attack = zone.attack(check.header === "hop-by-hop" ? "ipv6-hop-by-hop-option" : "ipv6-destination-option");
  const rules =
    check.options === "any"
      ? [rule(instructions(...hasExtension(header)), attack)]
      : optionRules(header, check.options, attack, zone);
  return [{ place: "packet", family: 6, rules }];
}

function optionRules(
  header: number,
  options: readonly NumberRange[],
  attack: NftStatement,
  zone: ZoneObjects,
): readonly NftRule[] {
  const types = options.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, at) => first + at));
  const wanted = zone.addSet(
    `option_${header}`,
    ["inet_proto"],
    types.map((type) => ({ key: [number(type)] })),
  );
  const at = (offset: number): Bytes => ({ kind: "extension", header, offset, length: 1 });
  const alone = zone.addSet(
    `option_alone_${header}`,
    ["inet_proto", "inet_proto", "inet_proto"],
    aloneElements(header, attack, zone),
    "verdict",
  );
  const chain = zone.addChain(`options_${header}`, [
    tooMuchPadding(at, attack),
    ...paddings.flatMap((padding): readonly NftRule[] => {
      const before = padded(at, padding);
      // Padding alone is looked at behind it, where there is room.
      const isOption = padding === 0 ? compare(at(2), ">", 1) : [];
      const key: Test = [
        load(at(1), 1),
        { op: "immediate", value: padding * 2 ** 24, to: 2, network: true },
        load(at(3 + padding), 3),
      ];
      return [
        rule(instructions(...before, load(at(2 + padding), 1), { op: "lookup", set: wanted, from: 1 }), attack),
        rule(instructions(...before, ...isOption, ...key, { op: "vmap", map: alone, from: 1 })),
      ];
    }),
  ]);
  return [rule(instructions(...hasExtension(header)), { kind: "verdict", verdict: { kind: "jump", chain } })];
}

/** More padding than aligns an option hides one, where there is room for it. */
function tooMuchPadding(at: (offset: number) => Bytes, attack: NftStatement): NftRule {
  return rule(instructions(...compare(at(2), "==", 1), ...compare(at(3), ">", 5), ...compare(at(1), "!=", 0)), attack);
}

function padded(at: (offset: number) => Bytes, padding: number): Test {
  if (padding === 0) return [];
  if (padding === 1) return compare(at(2), "==", 0);
  // Behind that much padding the shortest header has no room for an option.
  const longer = padding >= 5 ? compare(at(1), "!=", 0) : [];
  return [...compare(at(2), "==", 1), ...compare(at(3), "==", padding - 2), ...longer];
}

/**
 * The header's length in eights after the first, the padding before, and the length of one option. Where that leaves two
 * bytes or more, they must be one option of padding. Everything else may hide an option.
 */
function aloneElements(header: number, attack: NftStatement, zone: ZoneObjects): readonly NftElement[] {
  if (attack.kind !== "verdict") throw new Error("an attack is a chain");
  const elements: NftElement[] = [{ key: "rest", data: attack.verdict }];
  for (let words = 0; words < headerWordsMax; words++) {
    const end = (words + 1) * 8;
    for (let behind = 0; behind < 8; behind++) {
      const chain = behind < 2 ? undefined : paddingChain(header, end - behind, behind, attack, zone);
      for (const before of paddings) {
        const length = end - 4 - before - behind;
        if (length < 0) continue;
        const data = chain === undefined ? ({ kind: "continue" } as const) : ({ kind: "jump", chain } as const);
        elements.push({ key: [number(words), number(before), number(length)], data });
      }
    }
  }
  return elements;
}

function paddingChain(header: number, at: number, bytesCount: number, attack: NftStatement, zone: ZoneObjects): string {
  const isPadding = compare({ kind: "extension", header, offset: at, length: 2 }, "==", 0x0100 + bytesCount - 2);
  return zone.addChain(`padding_${header}_${at}`, [
    rule(instructions(...isPadding), { kind: "verdict", verdict: { kind: "return" } }),
    rule(attack),
  ]);
}

const protocol = { ipv4: 4, udp: 17, ipv6: 41, gre: 47 } as const;
const etherType = { ipv4: 0x0800, ipv6: 0x86dd } as const;
/** 192.88.99.0/24, the relays of RFC 3068. */
const relayPrefix = 0xc058_6300;
const teredoPort = 3544;
/** The first half of the interface identifier of ISATAP (RFC 5214), without its bit for global addresses. */
const isatapId = 0x0000_5efe;
const isatapMask = 0xfdff_ffff;

interface Tunnel {
  readonly family: 4 | 6;
  readonly tests: readonly Test[];
}

const gre = (type: number): readonly Test[] => [
  [...protocolIs(protocol.gre), ...compare(bytes("transport", 2, 2), "==", type)],
];
const inIp = (inner: number): readonly Test[] => [protocolIs(inner)];

const tunnels: Readonly<Record<TunnelKind, Tunnel>> = {
  "gre-4in4": { family: 4, tests: gre(etherType.ipv4) },
  "gre-6in4": { family: 4, tests: gre(etherType.ipv6) },
  "gre-4in6": { family: 6, tests: gre(etherType.ipv4) },
  "gre-6in6": { family: 6, tests: gre(etherType.ipv6) },
  "ipip-4in4": { family: 4, tests: inIp(protocol.ipv4) },
  "ipip-6in4": { family: 4, tests: inIp(protocol.ipv6) },
  "ipip-4in6": { family: 6, tests: inIp(protocol.ipv4) },
  "ipip-6in6": { family: 6, tests: inIp(protocol.ipv6) },
  dslite: { family: 6, tests: inIp(protocol.ipv4) },
  "ipip-6to4relay": {
    family: 4,
    tests: [12, 16].map((at) => [
      ...protocolIs(protocol.ipv6),
      ...compare(bytes("network", at, 4), "==", relayPrefix, 0xffff_ff00),
    ]),
  },
  isatap: {
    family: 4,
    // Behind the first half of the inner source and destination.
    tests: [16, 32].map((at) => [
      ...protocolIs(protocol.ipv6),
      ...compare(bytes("transport", at, 4), "==", isatapId, isatapMask),
    ]),
  },
  teredo: {
    family: 4,
    tests: [0, 2].map((at) => [...protocolIs(protocol.udp), ...compare(bytes("transport", at, 2), "==", teredoPort)]),
  },
};

export function lowerTunnels(check: CheckOf<"tunnel">, zone: ZoneObjects): readonly Piece[] {
  const attack = zone.attack("tunnel");
  return check.tunnels.map((kind): Piece => {
    const { family, tests } = tunnels[kind];
    return { place: "packet", family, rules: tests.map((test) => rule(instructions(...test), attack)) };
  });
}
