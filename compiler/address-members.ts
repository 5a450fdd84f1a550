// What an address set holds: ranges, wildcard masks, and domain names whose addresses come and go. Names are resolved by
// the gateway, and `withAnswers` puts the present answers into an IR: the rules stay as they are, only members change.

import type { Family, IpAddress } from "@merlon/model/ip/address.ts";
import { emptyRangeSet, rangeSetContains, unionOf } from "@merlon/model/ip/range-set.ts";
import type { RangeSet } from "@merlon/model/ip/range-set.ts";
import type { AddressMatch, AddressSetName, Ir } from "./ir.ts";

/** The ranges are the members now, those of answered names among them. */
export interface AddressMembers extends RangeSet {
  readonly wildcards?: readonly WildcardAddress[];
  readonly dns?: {
    readonly names: readonly DnsName[];
    /** The ranges without those of the names. */
    readonly fixed: RangeSet;
    /** At least one name was never answered. */
    readonly unresolved: boolean;
  };
  /** Dynamic addresses among them, whose members come and go at run time (`dynamic-addresses.ts`). */
  readonly dynamic?: readonly string[];
}

/** IPv4 addresses whose bits under `mask` are those of `value`; the mask is no prefix, or it would be a range. */
export interface WildcardAddress {
  readonly value: number;
  readonly mask: number;
}

export interface DnsName {
  /** In lower case, without a final dot. */
  readonly name: string;
  /** `ipv4-only` or `ipv6-only`; both where absent. */
  readonly family?: Family;
  readonly queryIntervalSeconds: number;
}

/** The addresses of each name that was answered, by `DnsName.name`. */
export type DnsAnswers = ReadonlyMap<string, RangeSet>;

export const noAnswers: DnsAnswers = new Map();

export function unionOfMembers(parts: readonly AddressMembers[]): AddressMembers {
  const only = parts.length === 1 ? parts[0] : undefined;
  if (only !== undefined) return only;
  if (parts.every((part) => part.wildcards === undefined && !changes(part))) return unionOf(parts);
  const wildcards = new Map<string, WildcardAddress>();
  for (const part of parts) for (const it of part.wildcards ?? []) wildcards.set(`${it.value}/${it.mask}`, it);
  const names = new Map<string, DnsName>();
  for (const { dns } of parts) for (const it of dns?.names ?? []) names.set(`${it.name} ${it.family ?? ""}`, it);
  const dynamic = new Set(parts.flatMap((part) => part.dynamic ?? []));
  return {
    ...unionOf(parts),
    ...(dynamic.size === 0 ? {} : { dynamic: [...dynamic] }),
    ...(wildcards.size === 0 ? {} : { wildcards: [...wildcards.values()] }),
    ...(names.size === 0
      ? {}
      : {
          dns: {
            names: [...names.values()],
            fixed: unionOf(parts.map((part) => part.dns?.fixed ?? part)),
            unresolved: parts.some(({ dns }) => dns?.unresolved === true),
          },
        }),
  };
}

/** Whether the addresses may be others later, without a commit. */
export function changes({ dns, dynamic }: AddressMembers): boolean {
  return dns !== undefined || dynamic !== undefined;
}

/** Everything in any of the sets of a match. */
export function membersOf(ir: Pick<Ir, "addressSets">, names: readonly AddressSetName[]): AddressMembers {
  return unionOfMembers(names.map((name) => ir.addressSets.get(name) ?? emptyRangeSet));
}

export function membersContain(members: AddressMembers, address: IpAddress): boolean {
  if (rangeSetContains(members, address)) return true;
  return address.family === 4 && (members.wildcards ?? []).some((it) => inWildcard(it, address.value));
}

export function inWildcard({ value, mask }: WildcardAddress, address: number): boolean {
  return (address & mask) >>> 0 === value;
}

/**
 * True when a permitting rule must match nothing: it would permit all but some addresses, and one of the names that it
 * leaves out was never answered.
 */
export function excludesUnresolved(ir: Pick<Ir, "addressSets">, match: AddressMatch): boolean {
  if (match.kind === "any" || !match.excluded) return false;
  return match.names.some((name) => ir.addressSets.get(name)?.dns?.unresolved === true);
}

/** Every name that the IR needs, once. */
export function dnsNamesOf(ir: Pick<Ir, "addressSets">): readonly DnsName[] {
  const names = new Map<string, DnsName>();
  for (const { dns } of ir.addressSets.values()) {
    for (const wanted of dns?.names ?? []) {
      const known = names.get(wanted.name);
      names.set(wanted.name, known === undefined ? wanted : joined(known, wanted));
    }
  }
  return [...names.values()];
}

/** One query serves all who ask for a name: for every version that one of them wants, as often as the most eager. */
function joined(a: DnsName, b: DnsName): DnsName {
  const { name } = a;
  const queryIntervalSeconds = Math.min(a.queryIntervalSeconds, b.queryIntervalSeconds);
  return a.family === undefined || a.family !== b.family
    ? { name, queryIntervalSeconds }
    : { name, queryIntervalSeconds, family: a.family };
}

/** The same IR with the members that the names have now. The same sets with the same answers are the same objects. */
export function withAnswers(ir: Ir, answers: DnsAnswers): Ir {
  const known = setsBefore.get(ir.addressSets);
  if (known?.answers === answers) return known.sets === ir.addressSets ? ir : { ...ir, addressSets: known.sets };
  const isFixed = known?.sets === ir.addressSets || ir.addressSets.values().every(({ dns }) => dns === undefined);
  const sets = isFixed
    ? ir.addressSets
    : new Map([...ir.addressSets].map(([name, members]) => [name, answered(members, answers)]));
  setsBefore.set(ir.addressSets, { answers, sets });
  return isFixed ? ir : { ...ir, addressSets: sets };
}

const setsBefore = new WeakMap<Ir["addressSets"], { readonly answers: DnsAnswers; readonly sets: Ir["addressSets"] }>();
const answeredBefore = new WeakMap<AddressMembers, { readonly answers: DnsAnswers; readonly now: AddressMembers }>();

function answered(members: AddressMembers, answers: DnsAnswers): AddressMembers {
  if (members.dns === undefined) return members;
  const known = answeredBefore.get(members);
  if (known?.answers === answers) return known.now;
  const now = answeredAnew(members, answers);
  answeredBefore.set(members, { answers, now });
  return now;
}

function answeredAnew(members: AddressMembers, answers: DnsAnswers): AddressMembers {
  const { dns } = members;
  if (dns === undefined) return members;
  const found = dns.names.map(({ name, family }) => ofFamily(answers.get(name) ?? emptyRangeSet, family));
  const unresolved = dns.names.some(({ name }) => !answers.has(name));
  return { ...members, ...unionOf([dns.fixed, ...found]), dns: { ...dns, unresolved } };
}

function ofFamily(ranges: RangeSet, family: Family | undefined): RangeSet {
  if (family === undefined) return ranges;
  return family === 4 ? { ipv4: ranges.ipv4, ipv6: [] } : { ipv4: [], ipv6: ranges.ipv6 };
}
