// Where a client of a listener comes from, and whether that lies within a network of the configuration.

import { parseIp } from "@merlon/model/ip/address.ts";
import { rangeOfPrefix } from "@merlon/model/ip/prefix.ts";
import type { IpPrefix } from "@merlon/model/ip/prefix.ts";

/** An IPv4 client of a listener for both versions comes as `::ffff:10.0.0.1`; a socket that is closed has no address. */
export function plainAddress(address: string | undefined): string {
  return (address ?? "").replace(/^::ffff:(?=\d+\.)/, "");
}

/** False for what is no address. */
export function isWithin(prefix: IpPrefix, text: string): boolean {
  const address = parseIp(text);
  if (address === undefined) return false;
  const range = rangeOfPrefix(prefix);
  return range.family === address.family && range.first <= address.value && address.value <= range.last;
}
