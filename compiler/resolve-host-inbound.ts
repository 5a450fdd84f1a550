// `host-inbound-traffic` as layer-4 terms. An `except` is taken away on the wire, not by name: two services may share a
// port, and an excepted one must stay closed whatever else is allowed.

import { hostProtocols, hostServices } from "@merlon/model/host-inbound.ts";
import type { HostService } from "@merlon/model/host-inbound.ts";
import type { Configuration } from "@merlon/model/schema/configuration.ts";
import type { NumberRange } from "@merlon/model/schema/value.ts";
import { anyByte, anyPort, icmp6 } from "@merlon/model/service-term.ts";
import type { ServiceTerm } from "@merlon/model/service-term.ts";
import type { IrInterface } from "./ir.ts";
import { mergeNumberRanges, subtractNumberRanges } from "./number-ranges.ts";

type Zones = NonNullable<NonNullable<Configuration["security"]>["zones"]>;
type HostInboundTraffic = NonNullable<Zones["securityZone"][number]["hostInboundTraffic"]>;
type Named = { readonly name: string; readonly except?: true };

/** Neighbor solicitation and advertisement (RFC 4861): without them an IPv6 interface cannot speak at all. */
const neighborDiscovery: readonly ServiceTerm[] = [icmp6(135), icmp6(136)];

export function resolveHostInbound(traffic: HostInboundTraffic | undefined, ipv6: boolean): IrInterface["hostInbound"] {
  const services = traffic?.systemServices ?? [];
  const protocols = traffic?.protocols ?? [];
  const named: readonly Named[] = [...services, ...protocols];
  const names = named.map(({ name, except }) => (except === true ? `${name} except` : name));
  const excepted = [...termsOf(services, hostServices, true), ...termsOf(protocols, hostProtocols, true)];
  const open = services.some(({ name, except }) => name === "any-service" && except !== true);
  const needed = ipv6 ? neighborDiscovery : [];
  if (open && excepted.length === 0) return { services: names, terms: "any" };
  const allowed = open
    ? everything
    : [...termsOf(services, hostServices, false), ...termsOf(protocols, hostProtocols, false)];
  return { services: names, terms: normalTerms([...subtractTerms(allowed, excepted), ...needed]) };
}

function termsOf(
  entries: readonly Named[],
  table: Readonly<Record<string, HostService>>,
  excepted: boolean,
): readonly ServiceTerm[] {
  return entries
    .filter(({ except }) => (except === true) === excepted)
    .flatMap(({ name }) => {
      if (name === "any-service") return excepted ? everything : [];
      if (name === "all") return Object.values(table).flatMap(({ terms }) => terms);
      return Object.hasOwn(table, name) ? (table[name]?.terms ?? []) : [];
    });
}

const portProtocols = [6, 17, 132] as const;
const icmpFamilies = [4, 6] as const;
const protocolsWithParts: readonly number[] = [...portProtocols, 1, 58];

const everything: readonly ServiceTerm[] = [
  ...portProtocols.map((protocol) => ({ kind: "ports" as const, protocol, source: anyPort, destination: anyPort })),
  ...icmpFamilies.map((family) => ({ kind: "icmp" as const, family, type: anyByte, code: anyByte })),
  ...Array.from({ length: 256 }, (_, protocol) => protocol)
    .filter((protocol) => !protocolsWithParts.includes(protocol))
    .map((protocol) => ({ kind: "protocol" as const, protocol })),
];

/** Host services never name source ports or ICMP codes, so destination ports, ICMP types and protocols say it all. */
function subtractTerms(allowed: readonly ServiceTerm[], excepted: readonly ServiceTerm[]): readonly ServiceTerm[] {
  const ports = portProtocols.flatMap((protocol) =>
    subtractNumberRanges(portsOf(allowed, protocol), portsOf(excepted, protocol)).map((destination): ServiceTerm => ({
      kind: "ports",
      protocol,
      source: anyPort,
      destination,
    })),
  );
  const types = icmpFamilies.flatMap((family) =>
    subtractNumberRanges(typesOf(allowed, family), typesOf(excepted, family)).map((type): ServiceTerm => ({
      kind: "icmp",
      family,
      type,
      code: anyByte,
    })),
  );
  const gone = new Set(excepted.flatMap((term) => (term.kind === "protocol" ? [term.protocol] : [])));
  const whole = allowed.filter((term) => term.kind === "protocol" && !gone.has(term.protocol));
  return [...ports, ...types, ...whole];
}

function portsOf(terms: readonly ServiceTerm[], protocol: number): readonly NumberRange[] {
  return terms.flatMap((term) => (term.kind === "ports" && term.protocol === protocol ? [term.destination] : []));
}

function typesOf(terms: readonly ServiceTerm[], family: number): readonly NumberRange[] {
  return terms.flatMap((term) => (term.kind === "icmp" && term.family === family ? [term.type] : []));
}

/** The same terms, each port, type and protocol once, in a fixed order. */
function normalTerms(terms: readonly ServiceTerm[]): readonly ServiceTerm[] {
  const whole = terms.flatMap((term) =>
    term.kind === "protocol" ? [{ first: term.protocol, last: term.protocol }] : [],
  );
  return [
    ...subtractTerms(terms, []).filter((term) => term.kind !== "protocol"),
    ...mergeNumberRanges(whole).flatMap(({ first, last }) =>
      Array.from({ length: last - first + 1 }, (_, index): ServiceTerm => ({
        kind: "protocol",
        protocol: first + index,
      })),
    ),
  ];
}
