// Where somebody comes from, as far as limits are concerned: whoever has an IPv6 address has the /64 around it.

import { formatIpv6, parseIpv6 } from "@merlon/model/ip/address.ts";

/** The device behind a `%` says nothing more: addresses of one link are one source. */
export function loginSource(address: string): string {
  const value = parseIpv6(address.replace(/%.*$/, ""));
  return value === undefined ? address : formatIpv6((value >> 64n) << 64n);
}
