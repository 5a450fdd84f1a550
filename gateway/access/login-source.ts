// Where somebody comes from, as far as limits are concerned: whoever has an IPv6 address has the /64 around it.

import { isIPv6 } from "node:net";

export function loginSource(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = "", tail] = address.split("::");
  const groups = head === "" ? [] : head.split(":");
  const behind = tail === undefined || tail === "" ? 0 : tail.split(":").length;
  const filled = tail === undefined ? groups : [...groups, ...Array.from({ length: 8 - groups.length - behind }, () => "0"), ...tail.split(":")]; // prettier-ignore
  return filled.slice(0, 4).join(":");
}
