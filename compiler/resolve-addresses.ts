// What the names in `source-address` and `destination-address` stand for. A name is looked up in the books of the
// packet's zone (the zone's own book, then the named books attached to it) and then in the book `global`; a global policy
// asks `global` alone. What is in none of these may be a dynamic address. Each name is resolved once, its sets flattened
// into their members. Books and entries of an earlier configuration are taken from its resolver as they are.

import type { Origin } from "@merlon/model/diagnostic.ts";
import { parseIpv4 } from "@merlon/model/ip/address.ts";
import { allAddresses, allIpv4, allIpv6, emptyRangeSet, rangeSetOf } from "@merlon/model/ip/range-set.ts";
import type { RangeSet } from "@merlon/model/ip/range-set.ts";
import { rangeOfPrefix } from "@merlon/model/ip/prefix.ts";
import type { Configuration } from "@merlon/model/schema/configuration.ts";
import { origin } from "@merlon/model/schema/node.ts";
import { unionOfMembers } from "./address-members.ts";
import type { AddressMembers, DnsName } from "./address-members.ts";
import type { DiagnosticList } from "./diagnostic-list.ts";
import { dynamicSetName, emptyDynamicAddress } from "./dynamic-addresses.ts";
import { didYouMean } from "@merlon/model/did-you-mean.ts";
import type { AddressSetName } from "./ir.ts";
import { shareEqual } from "./share-equal.ts";

export interface ResolvedAddress {
  readonly setName: AddressSetName;
  readonly members: AddressMembers;
  /** Why the members are not all that the operator meant; a policy that permits with this matches nothing. */
  readonly incomplete?: string;
}

export interface AddressResolver {
  /** `zone` undefined is the view of a global policy. Undefined when the name is in none of the books. */
  readonly resolve: (zone: string | undefined, name: string) => ResolvedAddress | undefined;
  /** As `resolve`, and what is in none of the books may be a dynamic address. */
  readonly resolveForPolicy: AddressResolver["resolve"];
  /** What to do about a name that was not found. */
  readonly hint: (zone: string | undefined, name: string) => string;
  /** For the resolver of the next configuration. */
  readonly books: readonly Book[];
  readonly dynamic: DynamicAddresses;
}

/** Names that mean the same in every book. */
export const builtInAddresses: ReadonlyMap<string, RangeSet> = new Map([
  ["any", allAddresses],
  ["any-ipv4", allIpv4],
  ["any-ipv6", allIpv6],
]);

/** Sets within sets within sets; the original allows fewer. */
export const addressSetNestingMax = 64;

type ZoneList = NonNullable<NonNullable<NonNullable<Configuration["security"]>["zones"]>["securityZone"]>;
type Contents = NonNullable<ZoneList[number]["addressBook"]>;
type DynamicAddress = NonNullable<NonNullable<Configuration["security"]>["dynamicAddress"]>["addressName"][number];
type Address = Contents["address"][number];
type AddressSet = Contents["addressSet"][number];

/** `depth` is how many sets deep it goes: 0 for an address. */
type BookEntry = ResolvedAddress & { readonly depth: number };

/** The declared ones, and what their names stand for. */
interface DynamicAddresses {
  readonly declared: readonly DynamicAddress[];
  readonly resolved: ReadonlyMap<string, ResolvedAddress>;
  readonly hasDiagnostics: boolean;
}

interface Book {
  readonly contents: Contents;
  /** What stands before the colon in set names. */
  readonly label: string;
  /** No set name of the book could be spelled as that of another one. */
  readonly isApart: boolean;
  readonly addresses: ReadonlyMap<string, Address>;
  readonly sets: ReadonlyMap<string, AddressSet>;
  readonly resolved: Map<string, BookEntry>;
  /** Something was said about it, which must be said again. */
  hasDiagnostics: boolean;
}

/** Reports what is wrong inside the books, used or not. */
export function addressResolver(
  configuration: Configuration,
  diagnostics: DiagnosticList,
  before?: AddressResolver,
): AddressResolver {
  const { global, booksOfZone, all } = readBooks(configuration, before);
  const dynamicBefore = before?.dynamic;
  if (before !== undefined && isSame(all, before.books) && dynamicBefore?.hasDiagnostics === false) {
    const declared = configuration.security?.dynamicAddress?.addressName ?? [];
    if (isSame(declared, dynamicBefore.declared)) return before;
  }
  const labelled = new Set<AddressSetName>();
  for (const book of all) {
    if (before?.books.includes(book) !== true) validateBook(book, labelled, diagnostics, before);
  }
  const globalAlone = global === undefined ? [] : [global];
  const views = new Map([...booksOfZone].map(([zone, books]) => [zone, [...books, ...globalAlone]]));
  const booksFor = (zone: string | undefined) => (zone === undefined ? undefined : views.get(zone)) ?? globalAlone;
  const resolve: AddressResolver["resolve"] = (zone, name) => {
    const builtIn = builtInAddresses.get(name);
    if (builtIn !== undefined) return { setName: name, members: builtIn };
    for (const book of booksFor(zone)) {
      const resolved = book.resolved.get(name);
      if (resolved !== undefined) return resolved;
    }
    return undefined;
  };
  const dynamic = resolveDynamic(configuration, diagnostics, dynamicBefore);
  const resolveForPolicy: AddressResolver["resolve"] = (zone, name) =>
    resolve(zone, name) ?? dynamic.resolved.get(name);
  const hint: AddressResolver["hint"] = (zone, name) => {
    const elsewhere = all.find((book) => book.resolved.has(name));
    if (elsewhere !== undefined) {
      const where = zone === undefined ? "global policies know the book global alone" : `zone ${zone} does not know it`;
      return `${name} is in address book ${elsewhere.label}, but ${where}`;
    }
    const known = booksFor(zone).flatMap((book) => [...book.addresses.keys(), ...book.sets.keys()]);
    return (
      didYouMean(name, [...builtInAddresses.keys(), ...known, ...dynamic.resolved.keys()]) ??
      `set security address-book global address ${name} …`
    );
  };
  return { resolve, resolveForPolicy, hint, books: all, dynamic };
}

function isSame<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((one, at) => one === b[at]);
}

function resolveDynamic(
  configuration: Configuration,
  diagnostics: DiagnosticList,
  before: DynamicAddresses | undefined,
): DynamicAddresses {
  const declared = configuration.security?.dynamicAddress?.addressName ?? [];
  const { count } = diagnostics;
  for (const { name, [origin]: at } of declared) checkName(name, at, diagnostics);
  const resolved = new Map(
    declared.map(({ name }): [string, ResolvedAddress] => [
      name,
      before?.resolved.get(name) ?? { setName: dynamicSetName(name), members: emptyDynamicAddress(name) },
    ]),
  );
  return { declared, resolved, hasDiagnostics: diagnostics.count > count };
}

/** Whether no set name of one book can be spelled as that of another. */
function labelsAreApart(names: readonly string[]): boolean {
  return !names.some((name) => name.includes(":"));
}

/** Books that stood there before, and about which nothing was said, are the very same. */
function readBooks(
  configuration: Configuration,
  before: AddressResolver | undefined,
): {
  readonly global: Book | undefined;
  readonly booksOfZone: ReadonlyMap<string, readonly Book[]>;
  readonly all: readonly Book[];
} {
  const all: Book[] = [];
  const booksOfZone = new Map<string, Book[]>();
  let global: Book | undefined;
  const zones = configuration.security?.zones?.securityZone ?? [];
  const named = configuration.security?.addressBook ?? [];
  const ofZones = zones.filter(({ addressBook }) => addressBook !== undefined);
  const areApart = labelsAreApart([...ofZones, ...named].map(({ name }) => name));
  const known = new Map((before?.books ?? []).map((book) => [book.contents, book]));
  const make = (label: string, contents: Contents): Book => {
    const was = known.get(contents);
    if (was?.label === label && was.isApart && areApart && !was.hasDiagnostics) {
      all.push(was);
      return was;
    }
    const book = {
      contents,
      label,
      isApart: areApart,
      hasDiagnostics: false,
      addresses: new Map(contents.address.map((address) => [address.name, address])),
      sets: new Map(contents.addressSet.map((set) => [set.name, set])),
      resolved: new Map(),
    };
    all.push(book);
    return book;
  };
  const attach = (zone: string, book: Book) => {
    const books = booksOfZone.get(zone);
    if (books === undefined) booksOfZone.set(zone, [book]);
    else books.push(book);
  };
  for (const zone of ofZones) {
    // The space keeps a zone's own book apart from a named book: no name holds one.
    if (zone.addressBook !== undefined) attach(zone.name, make(`zone ${zone.name}`, zone.addressBook));
  }
  for (const contents of named) {
    const book = make(contents.name, contents);
    if (contents.name === "global") global = book;
    else for (const { name } of contents.attach?.zone ?? []) attach(name, book);
  }
  return { global, booksOfZone, all };
}

/** Resolves every name of the book, members before the sets that hold them. */
function validateBook(
  book: Book,
  labelled: Set<AddressSetName>,
  diagnostics: DiagnosticList,
  resolver: AddressResolver | undefined,
): void {
  const { count } = diagnostics;
  const version = resolver?.books.find(({ label }) => label === book.label);
  const before = version?.hasDiagnostics === false ? version : undefined;
  for (const address of book.addresses.values()) {
    checkName(address.name, address[origin], diagnostics);
    const setName = uniqueLabel(book, address.name, labelled);
    const was = before?.resolved.get(address.name);
    if (was?.setName === setName && before?.addresses.get(address.name) === address)
      book.resolved.set(address.name, was);
    else {
      const entry: BookEntry = { setName, depth: 0, ...resolveAddress(address, diagnostics) };
      book.resolved.set(address.name, was === undefined ? entry : shareEqual(was, entry));
    }
  }
  for (const set of book.sets.values()) {
    checkName(set.name, set[origin], diagnostics);
    if (book.addresses.has(set.name)) {
      diagnostics.error(
        "address-book.duplicate-name",
        set[origin],
        `${set.name} is both an address and an address set in this book`,
        "rename one of them",
      );
      continue;
    }
    resolveSet(book, set, [], { before, labelled, diagnostics });
  }
  book.hasDiagnostics = diagnostics.count > count;
}

/** What stands around the sets of a book while they are resolved. */
interface SetContext {
  /** The book as it was. */
  readonly before: Book | undefined;
  readonly labelled: Set<AddressSetName>;
  readonly diagnostics: DiagnosticList;
}

function checkName(name: string, at: Origin, diagnostics: DiagnosticList): void {
  if (!builtInAddresses.has(name)) return;
  diagnostics.error(
    "address-book.reserved-name",
    at,
    `${name} always means the built-in address`,
    "choose another name",
  );
}

/** `book:name`; both may hold colons, so a second one of the same spelling gets a mark that no name can hold. */
function uniqueLabel(book: Book, name: string, labelled: Set<AddressSetName>): AddressSetName {
  let label = `${book.label}:${name}`;
  while (labelled.has(label)) label += "#";
  labelled.add(label);
  return label;
}

type Value = Pick<ResolvedAddress, "members" | "incomplete">;

function resolveAddress(address: Address, diagnostics: DiagnosticList): Value {
  if (address.ipPrefix !== undefined) return { members: rangeSetOf([rangeOfPrefix(address.ipPrefix)]) };
  const nothing = (why: string) => ({ members: emptyRangeSet, incomplete: `address ${address.name} ${why}` });
  const [range] = address.rangeAddress;
  if (range !== undefined) return resolveRange(address, range, diagnostics) ?? nothing("has no valid range");
  const [domain] = address.dnsName;
  if (domain !== undefined) {
    const name = resolveDomain(domain);
    return name === undefined ? nothing("stands for every domain name") : { members: unanswered(name) };
  }
  const [wildcard] = address.wildcardAddress;
  if (wildcard !== undefined)
    return resolveWildcard(address, wildcard.name, diagnostics) ?? nothing("has no valid mask");
  diagnostics.error(
    "address-book.empty-address",
    address[origin],
    `address ${address.name} has no prefix and no range`,
    `set … address ${address.name} 10.0.0.0/24`,
  );
  return nothing("has no value");
}

function resolveRange(
  address: Address,
  range: Address["rangeAddress"][number],
  diagnostics: DiagnosticList,
): Value | undefined {
  const low = range.name;
  const high = range.to?.rangeHigh ?? low;
  if (low.family === 4 && high.family === 4 && low.value <= high.value) {
    return { members: rangeSetOf([{ family: 4, first: low.value, last: high.value }]) };
  }
  if (low.family === 6 && high.family === 6 && low.value <= high.value) {
    return { members: rangeSetOf([{ family: 6, first: low.value, last: high.value }]) };
  }
  const why = low.family === high.family ? "ends before it begins" : "mixes IPv4 and IPv6";
  const message = `the range of address ${address.name} ${why}`;
  diagnostics.error("address-book.bad-range", address[origin], message, "set … range-address LOW to HIGH");
  return undefined;
}

/** The default of the original. */
const queryIntervalSecondsDefault = 300;

/** `*` is every name, which no query can answer. */
function resolveDomain(domain: Address["dnsName"][number]): DnsName | undefined {
  if (domain.name === "*") return undefined;
  const { ipv4Only, ipv6Only, dnsQueryInterval = queryIntervalSecondsDefault } = domain;
  return {
    name: domain.name.toLowerCase().replace(/\.$/, ""),
    queryIntervalSeconds: dnsQueryInterval,
    ...(ipv4Only === ipv6Only ? {} : { family: ipv4Only === true ? (4 as const) : (6 as const) }),
  };
}

function unanswered(name: DnsName): AddressMembers {
  return { ...emptyRangeSet, dns: { names: [name], fixed: emptyRangeSet, unresolved: true } };
}

/** A mask whose ones come first is a prefix, and a plain range. */
function resolveWildcard(address: Address, text: string, diagnostics: DiagnosticList): Value | undefined {
  const [value, mask] = text.split("/").map(parseIpv4);
  if (value === undefined || mask === undefined) {
    const message = `the wildcard address ${text} of ${address.name} is not two IPv4 addresses`;
    diagnostics.error(
      "address-book.bad-wildcard",
      address[origin],
      message,
      "set … wildcard-address 10.0.0.11/255.255.0.255",
    );
    return undefined;
  }
  const first = (value & mask) >>> 0;
  const rest = ~mask >>> 0;
  const isPrefix = (rest & (rest + 1)) === 0;
  if (isPrefix) return { members: rangeSetOf([{ family: 4, first, last: first + rest }]) };
  return { members: { ...emptyRangeSet, wildcards: [{ value: first, mask }] } };
}

function resolveSet(book: Book, set: AddressSet, above: readonly string[], context: SetContext): BookEntry {
  const { before, labelled, diagnostics } = context;
  const known = book.resolved.get(set.name);
  if (known !== undefined) return known;
  const members: BookEntry[] = [];
  const gaps: string[] = [];
  const within = [...above, set.name];
  for (const { name } of set.address) {
    const member = book.addresses.has(name) ? book.resolved.get(name) : undefined;
    if (member !== undefined) members.push(member);
    else gaps.push(missingMember(book, set, name, diagnostics));
  }
  for (const { name } of set.addressSet) {
    const inner = book.sets.get(name);
    if (inner === undefined) {
      gaps.push(missingMember(book, set, name, diagnostics));
      continue;
    }
    const member = cycleAt(within, name) ?? resolveInner(book, inner, within, context);
    if (!("code" in member)) members.push(member);
    else {
      diagnostics.error(member.code, set[origin], member.message, `take ${name} out of ${set.name}`);
      gaps.push(`address set ${set.name} is not well-formed`);
    }
  }
  const setName = uniqueLabel(book, set.name, labelled);
  const was = before?.resolved.get(set.name);
  if (was?.setName === setName && before !== undefined && gaps.length === 0 && hasSameMembers(set, book, before)) {
    book.resolved.set(set.name, was);
    return was;
  }
  const incomplete = gaps[0] ?? members.find((member) => member.incomplete !== undefined)?.incomplete;
  const fresh = {
    setName,
    members: unionOfMembers(members.map((member) => member.members)),
    depth: 1 + Math.max(0, ...members.map(({ depth }) => depth)),
    ...(incomplete === undefined ? {} : { incomplete }),
  };
  const resolved = was === undefined ? fresh : shareEqual<BookEntry>(was, fresh);
  book.resolved.set(set.name, resolved);
  return resolved;
}

function hasSameMembers(set: AddressSet, book: Book, before: Book): boolean {
  if (before.sets.get(set.name) !== set) return false;
  return [set.address, set.addressSet].every((list) =>
    list.every(({ name }) => book.resolved.get(name) === before.resolved.get(name)),
  );
}

interface Refusal {
  readonly code: string;
  readonly message: string;
}

/** `within` is the way from the outermost set. */
function cycleAt(within: readonly string[], inner: string): Refusal | undefined {
  const start = within.indexOf(inner);
  if (start < 0) return undefined;
  const cycle = [...within.slice(start), inner].join(" > ");
  return { code: "address-book.cycle", message: `an address set contains itself: ${cycle}` };
}

function resolveInner(
  book: Book,
  inner: AddressSet,
  within: readonly string[],
  context: SetContext,
): BookEntry | Refusal {
  const tooDeep = {
    code: "address-book.too-deep",
    message: `address sets are nested more than ${addressSetNestingMax} deep at ${inner.name}`,
  };
  if (within.length >= addressSetNestingMax) return tooDeep;
  const member = resolveSet(book, inner, within, context);
  return member.depth >= addressSetNestingMax ? tooDeep : member;
}

function missingMember(book: Book, set: AddressSet, name: string, diagnostics: DiagnosticList): string {
  const isSet = book.sets.has(name);
  const kind = isSet
    ? "an address set: use address-set"
    : book.addresses.has(name)
      ? "an address: use address"
      : undefined;
  const known = diagnostics.maySearch ? [...book.addresses.keys(), ...book.sets.keys()] : [];
  diagnostics.error(
    "address-book.unknown-member",
    set[origin],
    `address set ${set.name} names ${name}, which is ${kind === undefined ? "not in its book" : "of the other kind"}`,
    kind === undefined ? didYouMean(name, known) : `${name} is ${kind}`,
  );
  return `address set ${set.name} names the unknown ${name}`;
}
