// An IP prefix: an address and a length. The address keeps its host bits, because an interface address
// (`10.1.1.1/24`) and a match prefix (`10.1.1.0/24`) are the same kind of text; `rangeOfPrefix` masks them off.

import { formatIp, ipv4Max, ipv6Max, parseIp } from "./address.ts";
import type { IpAddress } from "./address.ts";
import type { IpRange } from "./range-set.ts";

export interface IpPrefix {
  readonly address: IpAddress;
  /** 0–32 for IPv4, 0–128 for IPv6. */
  readonly length: number;
}

/** `address` or `address/length`; a bare address gets the full length. Undefined when `text` is neither. */
export function parsePrefix(text: string): IpPrefix | undefined {
  const slash = text.indexOf("/");
  const address = parseIp(slash < 0 ? text : text.slice(0, slash));
  if (address === undefined) return undefined;
  const lengthMax = address.family === 4 ? 32 : 128;
  if (slash < 0) return { address, length: lengthMax };
  const lengthText = text.slice(slash + 1);
  if (!/^(0|[1-9]\d{0,2})$/.test(lengthText)) return undefined;
  const length = Number(lengthText);
  return length > lengthMax ? undefined : { address, length };
}

/** As `parsePrefix`; like the original it completes the zeros of a short IPv4 prefix: `10/8`, `192.168/16`, `0/0`. */
export function parseShortPrefix(text: string): IpPrefix | undefined {
  const short = /^(\d{1,3}(?:\.\d{1,3}){0,2})(\/\d{1,2})$/.exec(text);
  if (short === null) return parsePrefix(text);
  const [, bytes = "", length = ""] = short;
  return parsePrefix(`${bytes}${".0".repeat(4 - bytes.split(".").length)}${length}`);
}

export function formatPrefix(prefix: IpPrefix): string {
  return `${formatIp(prefix.address)}/${prefix.length}`;
}

/** All addresses that the prefix covers; host bits of the address are ignored. */
export function rangeOfPrefix(prefix: IpPrefix): IpRange {
  const { address, length } = prefix;
  if (address.family === 4) {
    const size = 2 ** (32 - length);
    const first = address.value - (address.value % size);
    return { family: 4, first, last: Math.min(first + size - 1, ipv4Max) };
  }
  const hostMask = (1n << BigInt(128 - length)) - 1n;
  return { family: 6, first: address.value & (ipv6Max ^ hostMask), last: address.value | hostMask };
}

/** True when the address has no bits set behind the prefix length. */
export function isNetworkPrefix(prefix: IpPrefix): boolean {
  return rangeOfPrefix(prefix).first === prefix.address.value;
}

/** The prefix that covers exactly this range; undefined when none does. */
export function prefixOfRange(range: IpRange): IpPrefix | undefined {
  const size = BigInt(range.last) - BigInt(range.first) + 1n;
  if ((size & (size - 1n)) !== 0n || BigInt(range.first) % size !== 0n) return undefined;
  const hostBits = size.toString(2).length - 1;
  return range.family === 4
    ? { address: { family: 4, value: range.first }, length: 32 - hostBits }
    : { address: { family: 6, value: range.first }, length: 128 - hostBits };
}
