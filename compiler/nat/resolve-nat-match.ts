// What a NAT rule applies to, as address sets and service terms. What is unknown is an error; what cannot be followed is a
// gap, and the rule refuses what the rest of its match says.

import { keptWords, origin } from "@merlon/model/schema/node.ts";
import type { HasOrigin } from "@merlon/model/schema/node.ts";
import { formatPrefix, rangeOfPrefix } from "@merlon/model/ip/prefix.ts";
import type { IpPrefix } from "@merlon/model/ip/prefix.ts";
import { rangeSetOf } from "@merlon/model/ip/range-set.ts";
import type { NumberRange } from "@merlon/model/schema/value.ts";
import { anyPort } from "@merlon/model/service-term.ts";
import type { ServiceTerm } from "@merlon/model/service-term.ts";
import type { AddressMatch, AddressSetName } from "../ir.ts";
import type { NatKind, NatMatch, NatSide } from "./ir-nat.ts";
import type { NatContext } from "./nat-context.ts";

interface Port {
  readonly name: number;
  readonly to?: { readonly high?: number };
}

/** The terms of the three kinds of rules; each kind has some of them. */
export interface NatTerms extends HasOrigin {
  readonly sourceAddress: readonly IpPrefix[];
  readonly sourceAddressName: readonly string[];
  readonly destinationAddress?:
    | readonly IpPrefix[]
    | (HasOrigin & { readonly dstAddr?: IpPrefix; readonly anyUnicast?: true });
  readonly destinationAddressName?: readonly string[] | (HasOrigin & { readonly dstAddrName?: string });
  readonly sourcePort?: readonly Port[];
  readonly destinationPort?:
    | readonly Port[]
    | (HasOrigin & { readonly low?: number; readonly to?: { readonly high?: number } });
  readonly protocol?: readonly number[];
  readonly application?: readonly string[];
}

interface RuleWords extends HasOrigin {
  readonly name: string;
  readonly match?: NatTerms | undefined;
}

interface Sides {
  readonly from: NatSide;
  readonly to: NatSide | undefined;
}

/** Protocols whose ports a rule means that names ports and no protocol. */
const portProtocols = [6, 17] as const;

export function resolveNatMatch(
  kind: NatKind,
  set: string,
  rule: RuleWords,
  { from, to }: Sides,
  context: NatContext,
): NatMatch & { readonly gap?: string } {
  const terms = rule.match;
  const report = (code: string, message: string, hint?: string) =>
    context.diagnostics.error(
      code,
      terms?.[origin] ?? rule[origin],
      `${kind} NAT rule ${rule.name} of rule set ${set} ${message}`,
      hint,
    );
  const { prefixes, names } = destinationOf(terms);
  const isTold = prefixes.length + names.length > 0 || anyUnicastOf(terms);
  if (kind !== "source" && !isTold) {
    report("nat.no-destination", "names no destination-address", "set … match destination-address …");
  }
  const source = addressMatch(
    context,
    terms?.sourceAddress ?? [],
    terms?.sourceAddressName ?? [],
    zoneOf(from),
    report,
  );
  // A name of a destination is one of where the packet is seen: before translation that is the side it comes from.
  const destination = addressMatch(context, prefixes, names, zoneOf(to ?? from), report);
  const services = servicesOf(terms, context, report);
  const kept = terms?.[keptWords]?.[0];
  const gap = kept === undefined ? services.gap : `${kept} is not followed yet`;
  return {
    source,
    destination,
    services: services.terms,
    applications: terms?.application ?? [],
    ...(gap === undefined ? {} : { gap }),
  };
}

type Report = (code: string, message: string, hint?: string) => void;

/** A zone's own names are known where the side is that zone alone. */
function zoneOf(side: NatSide): string | undefined {
  return side.kind === "zone" && side.names.length === 1 ? side.names[0] : undefined;
}

function destinationOf(terms: NatTerms | undefined): {
  readonly prefixes: readonly IpPrefix[];
  readonly names: readonly string[];
} {
  const { destinationAddress: address, destinationAddressName: name } = terms ?? {};
  const prefixes = address === undefined ? [] : isList(address) ? address : one(address.dstAddr);
  const names = name === undefined ? [] : isList(name) ? name : one(name.dstAddrName);
  return { prefixes, names };
}

function isList<T>(value: readonly T[] | object): value is readonly T[] {
  return Array.isArray(value);
}

function one<T>(value: T | undefined): readonly T[] {
  return value === undefined ? [] : [value];
}

function anyUnicastOf(terms: NatTerms | undefined): boolean {
  const address = terms?.destinationAddress;
  return address !== undefined && !isList(address) && address.anyUnicast === true;
}

function addressMatch(
  { addresses, addressSets, diagnostics }: NatContext,
  prefixes: readonly IpPrefix[],
  names: readonly string[],
  zone: string | undefined,
  report: Report,
): AddressMatch {
  if (prefixes.length + names.length === 0) return { kind: "any" };
  const sets: AddressSetName[] = prefixes.map((prefix) => {
    // The space keeps it apart from names of address books.
    const name = `nat ${formatPrefix(prefix)}`;
    addressSets.set(name, rangeSetOf([rangeOfPrefix(prefix)]));
    return name;
  });
  for (const name of names) {
    const resolved = addresses.resolve(zone, name);
    if (resolved === undefined) {
      const hint = diagnostics.maySearch ? addresses.hint(zone, name) : undefined;
      report("nat.unknown-address", `names the unknown address ${name}`, hint);
      continue;
    }
    if (resolved.incomplete !== undefined) report("nat.unknown-address", `names ${name}: ${resolved.incomplete}`);
    addressSets.set(resolved.setName, resolved.members);
    sets.push(resolved.setName);
  }
  return { kind: "sets", names: [...new Set(sets)], excluded: false };
}

function servicesOf(
  terms: NatTerms | undefined,
  context: NatContext,
  report: Report,
): { readonly terms: "any" | readonly ServiceTerm[]; readonly gap?: string } {
  const sources = portsOf(terms?.sourcePort, report);
  const destinations = portsOf(terms?.destinationPort, report);
  const protocols = terms?.protocol ?? [];
  const applications = (terms?.application ?? []).filter((name) => name !== "any");
  const ported = sources !== undefined || destinations !== undefined;
  if (applications.length > 0) {
    if (ported || protocols.length > 0) {
      report("nat.application-and-ports", "names applications and ports or protocols too", "put all into applications");
    }
    return applicationTerms(applications, context, report);
  }
  if (!ported) {
    return { terms: protocols.length === 0 ? "any" : protocols.map((protocol) => ({ kind: "protocol", protocol })) };
  }
  const withPorts = (protocols.length === 0 ? portProtocols : protocols).filter(hasPorts);
  if (withPorts.length === 0) report("nat.ports-without-protocol", "names ports of a protocol that has none");
  return {
    terms: withPorts.flatMap((protocol) =>
      (sources ?? [anyPort]).flatMap((source) =>
        (destinations ?? [anyPort]).map((destination): ServiceTerm => ({
          kind: "ports",
          protocol,
          source,
          destination,
        })),
      ),
    ),
  };
}

function hasPorts(protocol: number): protocol is 6 | 17 | 132 {
  return protocol === 6 || protocol === 17 || protocol === 132;
}

function applicationTerms(names: readonly string[], { applications, diagnostics }: NatContext, report: Report) {
  const parts: ServiceTerm[] = [];
  let gap: string | undefined;
  for (const name of names) {
    const resolved = applications.resolve(name);
    if (resolved === undefined) {
      const hint = diagnostics.maySearch ? applications.hint(name) : undefined;
      report("nat.unknown-application", `names the unknown application ${name}`, hint);
    } else if (resolved.terms === "any") return { terms: "any" as const };
    else {
      gap ??= resolved.incomplete;
      parts.push(...resolved.terms);
    }
  }
  // An idle time belongs to the policy.
  const terms = parts.map((part): ServiceTerm => {
    const { inactivityTimeout: _, ...term } = part;
    return term;
  });
  return gap === undefined ? { terms } : { terms: "any" as const, gap };
}

/** Undefined where no port is named. */
export function portsOf(ports: NatTerms["destinationPort"], report: Report): readonly NumberRange[] | undefined {
  if (ports === undefined) return undefined;
  const ranges: readonly NumberRange[] = isList(ports)
    ? ports.map(({ name, to }) => ({ first: name, last: to?.high ?? name }))
    : ports.low === undefined
      ? []
      : [{ first: ports.low, last: ports.to?.high ?? ports.low }];
  const backwards = ranges.find(({ first, last }) => first > last);
  if (backwards !== undefined) {
    report("nat.bad-port-range", `names ports ${backwards.first} to ${backwards.last}`, "name the lower port first");
  }
  return ranges.length === 0 ? undefined : ranges.filter(({ first, last }) => first <= last);
}
