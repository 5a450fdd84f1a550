// A service as rule conditions. One entry is one rule: terms of one protocol with the same source ports share a rule.
// nft leaves out of its listing whatever an expression implies (`tcp dport` implies TCP, `icmp type` IPv4 and ICMP), so
// implied conditions are never written, or a table would not read back equal to what was written.

import type { Family } from "@merlon/model/ip/address.ts";
import type { NumberRange } from "@merlon/model/schema/value.ts";
import { icmpProtocol } from "@merlon/model/service-term.ts";
import type { ServiceTerm } from "@merlon/model/service-term.ts";
import { mergeNumberRanges } from "../number-ranges.ts";
import type { NftStatement } from "./program.ts";
import { inRanges, l4proto, payload } from "./statements.ts";

export interface ServiceCondition {
  readonly statements: readonly NftStatement[];
  /** The only IP version that the statements match by themselves. */
  readonly impliedFamily?: Family;
}

const portProtocols = [
  [6, "tcp"],
  [17, "udp"],
  [132, "sctp"],
] as const;

const icmpFamilies = [
  [4, "icmp"],
  [6, "icmpv6"],
] as const;

type PortsTerm = Extract<ServiceTerm, { kind: "ports" }>;
type IcmpTerm = Extract<ServiceTerm, { kind: "icmp" }>;

export function lowerServices(services: "any" | readonly ServiceTerm[]): readonly ServiceCondition[] {
  if (services === "any") return [{ statements: [] }];
  const whole = wholeProtocols(services);
  const conditions: ServiceCondition[] = [];
  for (const [protocol, word] of portProtocols) {
    if (whole.has(protocol)) continue;
    const terms = services.filter((term): term is PortsTerm => term.kind === "ports" && term.protocol === protocol);
    conditions.push(...lowerPorts(word, terms));
  }
  for (const [family, word] of icmpFamilies) {
    const terms = services.filter((term): term is IcmpTerm => term.kind === "icmp" && term.family === family);
    const all = whole.has(icmpProtocol[family]);
    conditions.push(...lowerIcmp(family, word, all ? [everyType(family)] : terms));
  }
  const plain = [...whole].filter((protocol) => protocol !== 1 && protocol !== 58);
  if (plain.length > 0) {
    const ranges = mergeNumberRanges(plain.map((protocol) => ({ first: protocol, last: protocol })));
    conditions.push({ statements: [inRanges(l4proto, ranges)] });
  }
  return conditions;
}

/** Protocols that match whatever their ports are. */
function wholeProtocols(services: readonly ServiceTerm[]): ReadonlySet<number> {
  const whole = new Set<number>();
  for (const term of services) {
    if (term.kind === "protocol") whole.add(term.protocol);
    else if (term.kind === "ports" && isFull(term.source, 65_535) && isFull(term.destination, 65_535)) {
      whole.add(term.protocol);
    }
  }
  return whole;
}

function isFull({ first, last }: NumberRange, max: number): boolean {
  return first === 0 && last === max;
}

function everyType(family: Family): IcmpTerm {
  const all = { first: 0, last: 255 };
  return { kind: "icmp", family, type: all, code: all };
}

function lowerPorts(word: "tcp" | "udp" | "sctp", terms: readonly PortsTerm[]): readonly ServiceCondition[] {
  return groupBy(
    terms,
    ({ source }) => source,
    ({ destination }) => destination,
  ).map(({ key, values }) => {
    const destinations = mergeNumberRanges(values);
    const anywhere = destinations.length === 1 && destinations.every((range) => isFull(range, 65_535));
    const sourceAny = isFull(key, 65_535);
    return {
      statements: [
        ...(sourceAny ? [] : [inRanges(payload(word, "sport"), [key])]),
        // A condition on the port stands even where every port is meant, because it is what asks for the protocol.
        ...(anywhere && !sourceAny ? [] : [inRanges(payload(word, "dport"), destinations)]),
      ],
    };
  });
}

function lowerIcmp(family: Family, word: "icmp" | "icmpv6", terms: readonly IcmpTerm[]): readonly ServiceCondition[] {
  const anyCode = terms.filter(({ code }) => isFull(code, 255)).map(({ type }) => type);
  const coded = terms.filter(({ code }) => !isFull(code, 255));
  const conditions: ServiceCondition[] = [];
  // `icmp type 0-255` says "every ICMP packet of IPv4", which `meta l4proto icmp` does not.
  if (anyCode.length > 0) {
    conditions.push({
      statements: [inRanges(payload(word, "type"), mergeNumberRanges(anyCode))],
      impliedFamily: family,
    });
  }
  for (const { key, values } of groupBy(
    coded,
    ({ type }) => type,
    ({ code }) => code,
  )) {
    const statements = [
      inRanges(payload(word, "type"), [key]),
      inRanges(payload(word, "code"), mergeNumberRanges(values)),
    ];
    conditions.push({ statements, impliedFamily: family });
  }
  return conditions;
}

/** The values of each distinct key range, keys in order of first appearance. */
function groupBy<T>(
  terms: readonly T[],
  keyOf: (term: T) => NumberRange,
  valueOf: (term: T) => NumberRange,
): readonly { readonly key: NumberRange; readonly values: readonly NumberRange[] }[] {
  const groups = new Map<string, { key: NumberRange; values: NumberRange[] }>();
  for (const term of terms) {
    const key = keyOf(term);
    const group = groups.get(`${key.first}-${key.last}`);
    if (group === undefined) groups.set(`${key.first}-${key.last}`, { key, values: [valueOf(term)] });
    else group.values.push(valueOf(term));
  }
  return [...groups.values()];
}
