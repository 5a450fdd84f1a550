// The types of values in the configuration: how a word is read, what it may be, and how `?` names it. A value type is
// data plus one pure function; the word itself is kept in the tree, so printing never changes what the operator wrote.
// Limits are those of the Junos grammar (Juniper/yang, junos-es 24.4R1) unless a comment says otherwise.

import { parseIp } from "../ip/address.ts";
import type { IpAddress } from "../ip/address.ts";
import { isNetworkPrefix, parsePrefix, parseShortPrefix } from "../ip/prefix.ts";
import type { IpPrefix } from "../ip/prefix.ts";
import { shownWord } from "../shown-word.ts";

export interface ValueType<T> {
  /** What `?` shows in place of a value: `<prefix>`, `<1..65535>`. */
  readonly placeholder: string;
  /** The only words allowed, with help, where the type is a choice of words. */
  readonly words?: Readonly<Record<string, string>>;
  /** Words with a meaning of their own among the allowed ones, with help, for completion. */
  readonly wellKnown?: Readonly<Record<string, string>>;
  /** A number of at most 32 bits may stand here; JSON writes it, in decimal and without leading zeros, without quotes. */
  readonly numeric?: true;
  /** Passwords and keys; the original marks them with `## SECRET-DATA` behind the statement. */
  readonly secret?: true;
  /** Names an interface, or a logical one: in lists the name of an interface range stands for its members. */
  readonly interfaces?: "device" | "unit";
  /** The value, or one sentence that says why the word is none. */
  readonly parse: (word: string) => { readonly value: T } | { readonly error: string };
}

/** The type of the values of a value type. */
export type ValueOf<V> = V extends ValueType<infer T> ? T : never;

function type<T>(placeholder: string, read: (word: string) => T | undefined, expected: string): ValueType<T> {
  return {
    placeholder,
    parse: (word) => {
      const value = read(word);
      return value === undefined ? { error: `${shownWord(word)} is not ${expected}` } : { value };
    },
  };
}

/** Control characters and broken Unicode are refused in every text: they would break logs and terminals. */
// oxlint-disable-next-line no-control-regex
const control = /[\u0000-\u001f\u007f-\u009f\ufffd\ud800-\udfff]/u;

/** A name made of the characters that `pattern` allows, 1 to `lengthMax` long. */
export function name(placeholder: string, pattern: RegExp, lengthMax: number, expected: string): ValueType<string> {
  return type(
    placeholder,
    (word) => (word.length <= lengthMax && pattern.test(word) && !control.test(word) ? word : undefined),
    expected,
  );
}

/** The same type, with words that completion offers. */
export function withWellKnown<T>(base: ValueType<T>, wellKnown: Readonly<Record<string, string>>): ValueType<T> {
  return { ...base, wellKnown };
}

/** Any printable text; an empty one is no value. */
export function text(lengthMax: number): ValueType<string> {
  return name("<text>", /./, lengthMax, `a text of at most ${lengthMax} printable characters`);
}

/** A description: up to 900 characters without `&`, `<` and `>`, as on the original. */
export const description: ValueType<string> = name(
  "<text>",
  /^[^&<>\n]+$/,
  900,
  "a description (1 to 900 characters, none of & < >)",
);

export const zoneName = name(
  "<zone-name>",
  /^[A-Za-z0-9._-]+$/,
  63,
  "a zone name (1 to 63 letters, digits, '.', '_', '-')",
);

function plain(placeholder: string, what: string): ValueType<string> {
  const expected = `${what} (1 to 63 letters, digits, '_', '-', starting with a letter or digit)`;
  return name(placeholder, /^[A-Za-z0-9][A-Za-z0-9_-]*$/, 63, expected);
}

export const policyName = plain("<policy-name>", "a policy name");

/** The names that applications, their sets and terms, and schedulers have. */
export const plainName = plain("<name>", "a name");

export const objectName = name(
  "<name>",
  /^[A-Za-z0-9][A-Za-z0-9:./_-]*$/,
  63,
  "a name (1 to 63 letters, digits and : . / _ -, starting with a letter or digit)",
);

/**
 * An interface: a kernel name of at most 15 bytes (IFNAMSIZ, linux/if.h) or a Junos-style `type-fpc/pic/port`, with `:channel`
 * where one port is several.
 */
export const interfaceName: ValueType<string> = {
  ...name(
    "<interface-name>",
    /^(?:[a-z][a-z0-9]{1,3}-\d{1,3}\/\d{1,3}\/\d{1,3}(?::\d{1,2})?|[A-Za-z0-9_-][A-Za-z0-9_.@-]{0,14})$/,
    15,
    "an interface name (eth1, ens3f0, ge-0/0/1)",
  ),
  interfaces: "device",
};

/** The name of a network device of the kernel (dev_valid_name, net/core/dev.c): 1 to 15 bytes, no `/`, `:` or space. */
export const kernelName = name("<kernel-name>", /^(?!\.{1,2}$)[A-Za-z0-9_.@-]{1,15}$/, 15, "a kernel interface name");

export interface InterfaceUnit {
  readonly interfaceName: string;
  readonly unit: number;
}

/** `ge-0/0/1.0`, or `eth1` which means unit 0. The last dot separates the unit when digits follow it. */
export const interfaceUnit: ValueType<InterfaceUnit> = {
  ...type(
    "<interface.unit>",
    (word) => {
      const match = /^(.+?)(?:\.(\d{1,5}))?$/.exec(word);
      const parsed = interfaceName.parse(match?.[1] ?? "");
      if ("error" in parsed) return undefined;
      const unit = Number(match?.[2] ?? 0);
      return unit > 16_385 ? undefined : { interfaceName: parsed.value, unit };
    },
    "a logical interface (eth1, eth1.0, ge-0/0/1.0)",
  ),
  interfaces: "unit",
};

/** The gateway of a route, or the interface that leads to it. */
export const nextHop: ValueType<IpAddress | InterfaceUnit> = type(
  "<address or interface>",
  (word) => {
    const address = parseIp(word);
    if (address !== undefined) return address;
    // Words of digits and dots alone are mistyped addresses.
    const parsed = /^[\d.:/]*$/.test(word) ? undefined : interfaceUnit.parse(word);
    return parsed !== undefined && "value" in parsed ? parsed.value : undefined;
  },
  "an IPv4 or IPv6 address, or a logical interface (st0.0)",
);

export function formatInterfaceUnit(unit: InterfaceUnit): string {
  return `${unit.interfaceName}.${unit.unit}`;
}

export function integer(first: number, last: number): ValueType<number> {
  const read = (word: string): number | undefined => {
    const value = /^(0|[1-9]\d{0,14})$/.test(word) ? Number(word) : undefined;
    return value !== undefined && value >= first && value <= last ? value : undefined;
  };
  return { ...type(`<${first}..${last}>`, read, `a number from ${first} to ${last}`), numeric: true };
}

/** One of the given words. */
export function oneOf<const W extends string>(words: Readonly<Record<W, string>>): ValueType<W> {
  const known = Object.keys(words);
  // A long list of words buries the message; completion and the reference page show them all.
  const expected = known.length > 8 ? "a word that is known here" : `one of ${known.join(", ")}`;
  return {
    placeholder: known.length > 8 ? "<word>" : `<${known.join("|")}>`,
    words,
    parse: (word) =>
      Object.hasOwn(words, word) ? { value: word as W } : { error: `${shownWord(word)} is not ${expected}` },
  };
}

export const ipAddress: ValueType<IpAddress> = type("<address>", parseIp, "an IPv4 or IPv6 address");

/** A prefix with or without host bits; a bare address is a host prefix. */
export const ipPrefix: ValueType<IpPrefix> = type(
  "<prefix>",
  parseShortPrefix,
  "an IP prefix (10.1.0.0/16, 2001:db8::/32)",
);

/** A prefix whose host bits are zero, for routes; `default` is the route to everywhere. */
export const networkPrefix: ValueType<IpPrefix> = type(
  "<prefix>",
  (word) => {
    const prefix = parseShortPrefix(word === "default" ? "0.0.0.0/0" : word);
    return prefix !== undefined && isNetworkPrefix(prefix) ? prefix : undefined;
  },
  "a network prefix without host bits (10.1.0.0/16, 0.0.0.0/0)",
);

/** A prefix of one family. An interface address is written with its length: `10.1.1.1/24`. */
export function prefixOfFamily(family: 4 | 6): ValueType<IpPrefix> {
  return type(
    family === 4 ? "<address/length>" : "<ipv6-address/length>",
    (word) => {
      const prefix = parsePrefix(word);
      return prefix?.address.family === family && word.includes("/") ? prefix : undefined;
    },
    family === 4 ? "an IPv4 address with its prefix length (10.1.1.1/24)" : "an IPv6 address with its prefix length",
  );
}

/** Both ends inclusive. */
export interface NumberRange {
  readonly first: number;
  readonly last: number;
}

/** Port names that stand in real configurations beside numbers (IANA service names). */
const portNames: Readonly<Record<string, number>> = {
  afs: 1483, bgp: 179, biff: 512, bootpc: 68, bootps: 67, cmd: 514, cvspserver: 2401, dhcp: 67, domain: 53,
  eklogin: 2105, ekshell: 2106, exec: 512, finger: 79, ftp: 21, "ftp-data": 20, http: 80, https: 443, ident: 113,
  imap: 143, "kerberos-sec": 88, klogin: 543, kpasswd: 761, "krb-prop": 754, krbupdate: 760, kshell: 544, ldap: 389,
  ldp: 646, login: 513, "mobileip-agent": 434, "mobilip-mn": 435, msdp: 639, "netbios-dgm": 138, "netbios-ns": 137,
  "netbios-ssn": 139, nfsd: 2049, nntp: 119, ntalk: 518, ntp: 123, pop3: 110, pptp: 1723, printer: 515, radacct: 1813,
  radius: 1812, rip: 520, rkinit: 2108, smtp: 25, snmp: 161, snmptrap: 162, snpp: 444, socks: 1080, ssh: 22,
  sunrpc: 111, syslog: 514, tacacs: 49, "tacacs-ds": 65, talk: 517, telnet: 23, tftp: 69, timed: 525, who: 513,
  xdmcp: 177, "zephyr-clt": 2103, "zephyr-hm": 2104,
}; // prettier-ignore

function portNumber(word: string): number | undefined {
  if (Object.hasOwn(portNames, word)) return portNames[word];
  const value = /^(0|[1-9]\d{0,4})$/.test(word) ? Number(word) : undefined;
  return value !== undefined && value <= 65_535 ? value : undefined;
}

/** A port, a port name, or `first-last`. */
export const portRange: ValueType<NumberRange> = type(
  "<port or first-last>",
  (word) => {
    const single = portNumber(word);
    if (single !== undefined) return { first: single, last: single };
    // Names may contain `-` too, so try each dash as the separator.
    for (let dash = word.indexOf("-"); dash > 0; dash = word.indexOf("-", dash + 1)) {
      const first = portNumber(word.slice(0, dash));
      const last = portNumber(word.slice(dash + 1));
      if (first !== undefined && last !== undefined && first <= last) return { first, last };
    }
    return undefined;
  },
  "a port (0 to 65535), a port name or a range first-last",
);

/** IP protocol names that the original accepts, with their numbers (IANA protocol numbers). */
const protocolNames: Readonly<Record<string, number>> = {
  ah: 51, egp: 8, esp: 50, gre: 47, icmp: 1, icmp6: 58, igmp: 2, ipip: 4, ospf: 89, pim: 103, rsvp: 46, sctp: 132,
  tcp: 6, udp: 17,
}; // prettier-ignore

/** An IP protocol by name or number. */
export const ipProtocol: ValueType<number> = type(
  "<protocol>",
  (word) => {
    if (Object.hasOwn(protocolNames, word)) return protocolNames[word];
    const value = /^(0|[1-9]\d{0,2})$/.test(word) ? Number(word) : undefined;
    return value !== undefined && value <= 255 ? value : undefined;
  },
  `a protocol (${Object.keys(protocolNames).join(", ")} or 0 to 255)`,
);

export function formatProtocol(protocol: number): string {
  return Object.entries(protocolNames).find(([, value]) => value === protocol)?.[0] ?? String(protocol);
}

/** Message types of ICMP (RFC 792, RFC 950, RFC 1256) by the names that the original gives them. */
const icmpTypes: Readonly<Record<string, number>> = {
  "echo-reply": 0, "echo-request": 8, "info-reply": 16, "info-request": 15, "mask-reply": 18, "mask-request": 17,
  "parameter-problem": 12, redirect: 5, "router-advertisement": 9, "router-solicit": 10, "source-quench": 4,
  "time-exceeded": 11, timestamp: 13, "timestamp-reply": 14, unreachable: 3,
}; // prettier-ignore

/** Message types of ICMPv6 (RFC 4443, RFC 4861, RFC 2710, RFC 2894, RFC 4620). */
const icmp6Types: Readonly<Record<string, number>> = {
  "destination-unreachable": 1, "echo-reply": 129, "echo-request": 128, "membership-query": 130,
  "membership-report": 131, "membership-termination": 132, "neighbor-advertisement": 136, "neighbor-solicit": 135,
  "node-information-reply": 140, "node-information-request": 139, "packet-too-big": 2, "parameter-problem": 4,
  redirect: 137, "router-advertisement": 134, "router-renumbering": 138, "router-solicit": 133, "time-exceeded": 3,
}; // prettier-ignore

/** A message type of ICMP by name or number. */
export function icmpType(family: 4 | 6): ValueType<number> {
  const names = family === 4 ? icmpTypes : icmp6Types;
  const number = integer(0, 255);
  const read = (word: string): number | undefined => {
    if (Object.hasOwn(names, word)) return names[word];
    const parsed = number.parse(word);
    return "value" in parsed ? parsed.value : undefined;
  };
  const help = Object.fromEntries(Object.entries(names).map(([word, value]) => [word, `Type ${value}`]));
  return withWellKnown(type("<0..255>", read, "an ICMP message type (0 to 255, or a name such as echo-request)"), help);
}

/** An inactivity timeout in seconds (4 to 86,400) or `never`. */
export const inactivityTimeout: ValueType<number | "never"> = type(
  "<4..86400|never>",
  (word) => {
    if (word === "never") return "never" as const;
    const parsed = integer(4, 86_400).parse(word);
    return "value" in parsed ? parsed.value : undefined;
  },
  "a timeout from 4 to 86400 seconds, or never",
);
