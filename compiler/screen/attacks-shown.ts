// The reference of the checks that look at one packet: which attacks a whole IP packet shows, read with loops as the formats
// say. The kernel's rules have no loops; that they find the same is what the tests hold them to.
// Formats: RFC 791, RFC 8200, RFC 9293, RFC 792, RFC 4443, RFC 2784.

import { flagAttackOf } from "./lower-header-checks.ts";
import { ipOption } from "./lower-ip-options.ts";
import type { AttackName } from "./attacks.ts";
import type { HeaderAttack, IrScreen, ScreenCheck, TunnelKind } from "./screen.ts";

interface Header {
  readonly number: number;
  readonly at: number;
  readonly end: number;
}

interface Packet {
  readonly bytes: Uint8Array;
  readonly family: 4 | 6;
  /** The extension headers of IPv6, in order. */
  readonly headers: readonly Header[];
  readonly protocol: number;
  /** What follows the headers. */
  readonly body: Uint8Array;
}

/** Attacks that the packet shows by itself; what needs routes, rates, sessions or fragments is left out. */
export function attacksShown({ checks }: Pick<IrScreen, "checks">, bytes: Uint8Array): ReadonlySet<AttackName> {
  const packet = read(bytes);
  const names = new Set(checks.flatMap((check) => (check.kind === "header" ? [check.attack] : [])));
  const shown = checks.flatMap((check): readonly AttackName[] => {
    if (check.kind === "header") return shows(check.attack, packet) ? [check.attack] : [];
    return showsOther(check, packet);
  });
  const hiding = hidingAttacks.find((attack) => names.has(attack));
  if (hiding !== undefined && hidesOption(packet)) shown.push(hiding);
  return new Set(shown);
}

/** A whole packet may have a header of fragments (RFC 6946), whose second byte says nothing. */
const fragmentHeader = 44;
const authenticationHeader = 51;
const extensionNumbers: ReadonlySet<number> = new Set([0, 43, fragmentHeader, authenticationHeader, 60]);

function read(bytes: Uint8Array): Packet {
  if ((bytes[0] ?? 0) >>> 4 === 4) {
    const at = ((bytes[0] ?? 0) & 15) * 4;
    return { bytes, family: 4, headers: [], protocol: bytes[9] ?? 0, body: bytes.subarray(at) };
  }
  const headers: Header[] = [];
  let [number, at] = [bytes[6] ?? 59, 40];
  while (extensionNumbers.has(number)) {
    const length = number === fragmentHeader ? 0 : (bytes[at + 1] ?? 0);
    const end = at + (number === authenticationHeader ? (length + 2) * 4 : (length + 1) * 8);
    headers.push({ number, at, end });
    number = bytes[at] ?? 59;
    at = end;
  }
  return { bytes, family: 6, headers, protocol: number, body: bytes.subarray(at) };
}

function shows(attack: HeaderAttack, packet: Packet): boolean {
  const { bytes, family, protocol, body } = packet;
  const isTcp = protocol === 6;
  const isIcmp = protocol === (family === 4 ? 1 : 58);
  switch (attack) {
    case "no-flag":
    case "syn-fin":
    case "fin-no-ack":
      return isTcp && flagAttackOf(body[13] ?? 0x10).includes(attack);
    case "winnuke":
      return isTcp && u16(body, 2) === 139 && ((body[13] ?? 0) & 0x20) !== 0;
    case "land": {
      const [from, length] = family === 4 ? [12, 4] : [8, 16];
      return isTcp && bytes.subarray(from, from + length).every((byte, at) => byte === bytes[from + length + at]);
    }
    case "icmp-large":
      return isIcmp && bytes.length > 1_024;
    case "icmpv6-malformed":
      return family === 6 && isIcmp && isMalformed(body);
    case "unknown-protocol":
      return protocol > (family === 4 ? 137 : 139);
    case "ipv6-malformed-header":
      return isMisplaced(packet);
    case "record-route":
      return optionsOf(packet).some(({ type }) => type === ipOption.recordRoute);
    case "loose-source-route":
      return optionsOf(packet).some(({ type }) => type === ipOption.looseSourceRoute);
    case "strict-source-route":
      return optionsOf(packet).some(({ type }) => type === ipOption.strictSourceRoute);
    case "source-route":
      return shows("loose-source-route", packet) || shows("strict-source-route", packet);
    case "timestamp":
    case "security":
    case "stream":
      return firstOption(packet)?.type === ipOption[attack];
    case "bad-option": {
      const first = firstOption(packet);
      return first !== undefined && !Object.values<number>(ipOption).includes(first.type);
    }
    case "icmp-fragment":
    case "ping-death":
    case "spoofing":
    case "syn-fragment":
    case "tear-drop":
      return false;
  }
}

const hidingAttacks = ["bad-option", "timestamp", "security", "stream"] as const;

interface Option {
  readonly type: number;
  readonly at: number;
  readonly length: number;
}

/** Without padding; none where they do not add up. */
function optionsOf({ bytes, family }: Packet): readonly Option[] {
  if (family === 6) return [];
  const end = ((bytes[0] ?? 0) & 15) * 4;
  const found: Option[] = [];
  for (let at = 20; at < end;) {
    const type = bytes[at] ?? 0;
    if (type === ipOption.end) break;
    if (type === ipOption.padding) {
      at++;
      continue;
    }
    const length = bytes[at + 1] ?? 0;
    if (length < 2 || at + length > end) return [];
    found.push({ type, at, length });
    at += length;
  }
  return found;
}

/** The first thing behind at most three bytes of padding, whether it adds up or not. */
function firstOption({ bytes, family }: Packet): Option | undefined {
  if (family === 6) return undefined;
  const end = ((bytes[0] ?? 0) & 15) * 4;
  let at = 20;
  while (at < end && at < 23 && bytes[at] === ipOption.padding) at++;
  const type = bytes[at] ?? 0;
  if (at >= end || type === ipOption.end || type === ipOption.padding) return undefined;
  return { type, at, length: bytes[at + 1] ?? 0 };
}

/** Whether something stands where only the first option is looked at. */
function hidesOption(packet: Packet): boolean {
  const { bytes, family } = packet;
  if (family === 6) return false;
  const end = ((bytes[0] ?? 0) & 15) * 4;
  if (end > 24 && bytes.subarray(20, 24).every((byte) => byte === ipOption.padding)) return true;
  const first = firstOption(packet);
  if (first === undefined) return false;
  const behind = end - first.at - first.length;
  return first.length < 2 || behind < 0 || behind > 2;
}

/**
 * Hop-by-hop options stand directly behind the IPv6 header alone (RFC 8200 section 4.1). Behind them, others could hide
 * behind the second of two headers of one kind, and behind authentication.
 */
function isMisplaced({ headers, bytes }: Packet): boolean {
  const numbers = headers.map(({ number }) => number);
  if (numbers.includes(0, 1)) return true;
  return bytes[6] === 0 && (numbers.includes(authenticationHeader) || new Set(numbers).size < numbers.length);
}

function isMalformed(message: Uint8Array): boolean {
  const [type = 0, code = 0] = message;
  return message.length < 8 || [0, 127, 255].includes(type) || ((type === 128 || type === 129) && code !== 0);
}

function showsOther(check: ScreenCheck, packet: Packet): readonly AttackName[] {
  const { headers, protocol } = packet;
  const numbers = new Set([...headers.map(({ number }) => number), protocol]);
  switch (check.kind) {
    case "extension": {
      const within = (number: number) => check.headers.some(({ first, last }) => number >= first && number <= last);
      return packet.family === 6 && [...numbers].some(within) ? ["ipv6-extension-header"] : [];
    }
    case "extension-option": {
      const wanted = check.header === "hop-by-hop" ? 0 : 60;
      const attack = check.header === "hop-by-hop" ? "ipv6-hop-by-hop-option" : "ipv6-destination-option";
      const header = headers.find(({ number }) => number === wanted);
      if (header === undefined) return [];
      return check.options === "any" || showsExtensionOption(packet, header, check.options) ? [attack] : [];
    }
    case "extension-limit": {
      const counted = [0, 43, 51, 60, 135].filter((number) => numbers.has(number));
      return packet.family === 6 && counted.length > check.countMax ? ["ipv6-header-limit"] : [];
    }
    case "tunnel":
      return check.tunnels.some((kind) => isTunnel(kind, packet)) ? ["tunnel"] : [];
    case "header":
    case "block-fragment":
    case "flood":
    case "syn-flood":
    case "sweep":
    case "limit":
      return [];
  }
}

/** The first option behind padding is one of these, or the header may hide one. */
function showsExtensionOption(
  { bytes }: Packet,
  { at, end }: Header,
  wanted: readonly { readonly first: number; readonly last: number }[],
): boolean {
  const first = bytes[at + 2] ?? 0;
  const padding = first === 0 ? 1 : first === 1 ? 2 + (bytes[at + 3] ?? 0) : 0;
  const option = at + 2 + padding;
  // Nobody needs more than seven bytes to align an option (RFC 4942 section 2.1.9.5).
  if (padding > 7) return end - at > 8;
  if (end - option < 2) return false;
  const [type = 0, length = 0] = [bytes[option], bytes[option + 1]];
  if (wanted.some((range) => type >= range.first && type <= range.last)) return true;
  const behind = end - option - 2 - length;
  if (end - at > 48 || behind < 0 || behind > 7) return true;
  return behind >= 2 && !(bytes[end - behind] === 1 && bytes[end - behind + 1] === behind - 2);
}

function isTunnel(kind: TunnelKind, { bytes, family, protocol, body }: Packet): boolean {
  const inIp = (outer: 4 | 6, inner: number): boolean => family === outer && protocol === inner;
  switch (kind) {
    case "gre-4in4":
      return inIp(4, 47) && u16(body, 2) === 0x0800;
    case "gre-6in4":
      return inIp(4, 47) && u16(body, 2) === 0x86dd;
    case "gre-4in6":
      return inIp(6, 47) && u16(body, 2) === 0x0800;
    case "gre-6in6":
      return inIp(6, 47) && u16(body, 2) === 0x86dd;
    case "ipip-4in4":
      return inIp(4, 4);
    case "ipip-6in4":
      return inIp(4, 41);
    case "ipip-4in6":
    case "dslite":
      return inIp(6, 4);
    case "ipip-6in6":
      return inIp(6, 41);
    case "ipip-6to4relay":
      return inIp(4, 41) && [12, 16].some((at) => u16(bytes, at) === 0xc058 && bytes[at + 2] === 99);
    case "isatap":
      return (
        inIp(4, 41) && [16, 32].some((at) => ((u16(body, at) ?? 1) & 0xfdff) === 0 && u16(body, at + 2) === 0x5efe)
      );
    case "teredo":
      return inIp(4, 17) && (u16(body, 0) === 3_544 || u16(body, 2) === 3_544);
  }
}

function u16(bytes: Uint8Array, at: number): number | undefined {
  const [high, low] = [bytes[at], bytes[at + 1]];
  return high === undefined || low === undefined ? undefined : high * 256 + low;
}
