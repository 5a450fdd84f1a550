// One question to the name servers: the addresses of a name, of one IP version or both, and the shortest time for which
// they hold. Speaks UDP and TCP through the resolver library of Node (c-ares), which also follows CNAME records.

import { Resolver } from "node:dns/promises";
import type { DnsName } from "@merlon/compiler/address-members.ts";
import { parseIp } from "@merlon/model/ip/address.ts";
import { rangeOfPrefix } from "@merlon/model/ip/prefix.ts";
import { rangeSetOf } from "@merlon/model/ip/range-set.ts";
import type { RangeSet } from "@merlon/model/ip/range-set.ts";

export type NameReply =
  | { readonly kind: "addresses"; readonly ranges: RangeSet; readonly ttlSeconds: number }
  /** There is no such name, or it has no address of the version. */
  | { readonly kind: "none" }
  | { readonly kind: "failure"; readonly why: string };

export type AskName = (wanted: DnsName) => Promise<NameReply>;

/** Addresses of one name that are taken; servers with more answer in turns. */
const addressesMax = 256;

/** `servers` as `192.0.2.53`, `2001:db8::53` or with `:port` (`[…]:port`); an empty list means /etc/resolv.conf. */
export function askServers(servers: readonly string[]): AskName {
  const resolver = new Resolver({ timeout: 2_000, tries: 2 });
  if (servers.length > 0) resolver.setServers(servers);
  return async ({ name, family }) => {
    const queries = [
      ...(family === 6 ? [] : [resolver.resolve4(name, { ttl: true })]),
      ...(family === 4 ? [] : [resolver.resolve6(name, { ttl: true })]),
    ];
    const results = await Promise.allSettled(queries);
    const records = results.flatMap((result) => (result.status === "fulfilled" ? result.value : []));
    const failure = results.map(failureOf).find((why) => why !== undefined);
    // Half an answer is none: an address of the other version might be what a policy refuses.
    if (failure !== undefined) return { kind: "failure", why: failure };
    if (records.length === 0) return { kind: "none" };
    const ranges = records.slice(0, addressesMax).flatMap(({ address: text }) => {
      const address = parseIp(text);
      return address === undefined ? [] : [rangeOfPrefix({ address, length: address.family === 4 ? 32 : 128 })];
    });
    return { kind: "addresses", ranges: rangeSetOf(ranges), ttlSeconds: Math.min(...records.map(({ ttl }) => ttl)) };
  };
}

function failureOf(result: PromiseSettledResult<unknown>): string | undefined {
  if (result.status === "fulfilled") return undefined;
  const { code } = result.reason as { readonly code?: string };
  return code === "ENODATA" || code === "ENOTFOUND" ? undefined : (code ?? String(result.reason));
}
