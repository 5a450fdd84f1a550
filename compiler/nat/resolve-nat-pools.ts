// Pools of source and destination NAT: their addresses as ranges, and what becomes of ports.

import { didYouMean } from "@merlon/model/did-you-mean.ts";
import { ipv4Max, ipv6Max } from "@merlon/model/ip/address.ts";
import type { IpAddress } from "@merlon/model/ip/address.ts";
import { rangeOfPrefix } from "@merlon/model/ip/prefix.ts";
import type { IpPrefix } from "@merlon/model/ip/prefix.ts";
import { rangesOf } from "@merlon/model/ip/range-set.ts";
import type { IpRange } from "@merlon/model/ip/range-set.ts";
import { keptWords, origin } from "@merlon/model/schema/node.ts";
import type { HasOrigin } from "@merlon/model/schema/node.ts";
import type { DiagnosticList } from "../diagnostic-list.ts";
import { usualPorts } from "./ir-nat.ts";
import type { DestinationPool, SourcePool } from "./ir-nat.ts";
import { sizeOf } from "./range-size.ts";
import type { NatConfiguration, NatContext } from "./nat-context.ts";

type Source = NonNullable<NatConfiguration["source"]>;
type Destination = NonNullable<NatConfiguration["destination"]>;
type SourceWords = Source["pool"][number];
type DestinationWords = Destination["pool"][number];

/** In the configured order; a pool without an address has no range. */
export function resolveSourcePools(source: Source | undefined, context: NatContext): readonly SourcePool[] {
  const pools = source?.pool ?? [];
  return pools.map((pool): SourcePool => {
    const ranges = pool.address.flatMap(({ name, to }) => rangeBetween(pool, name, to?.ipaddr, context));
    const named = namedRange(pool, pool.addressName?.poolAddressName, context);
    const all = [...ranges, ...named];
    if (all.length === 0) noAddress("source", pool, context);
    warnInstance("source", pool, context);
    const overflow = overflowOf(pool, pools, context);
    const base = shiftOf(pool, all, context);
    return {
      name: pool.name,
      ranges: all,
      ports: portsOf(pool, context),
      persistent: source?.addressPersistent === true || pool.addressPooling?.paired === true,
      ...(base === undefined ? {} : { base }),
      ...(overflow === undefined ? {} : { overflow }),
      origin: pool[origin],
    };
  });
}

export function resolveDestinationPools(
  destination: Destination | undefined,
  context: NatContext,
): readonly DestinationPool[] {
  return (destination?.pool ?? []).flatMap((pool): readonly DestinationPool[] => {
    const { address, addressName } = pool;
    const ranges =
      address?.ipaddr === undefined
        ? namedRange(pool, addressName?.poolAddressName, context)
        : rangeBetween(pool, address.ipaddr, address.to?.ipaddr, context);
    const [range] = ranges;
    warnInstance("destination", pool, context);
    if (range === undefined) {
      noAddress("destination", pool, context);
      return [];
    }
    if (sizeOf(range) > poolAddressesMax) {
      const message = `destination NAT pool ${pool.name} has more than ${poolAddressesMax} addresses`;
      context.diagnostics.error("limit.nat-pool", pool[origin], message, "use static NAT for whole networks");
      return [];
    }
    const port = address?.port ?? addressName?.port;
    return [{ name: pool.name, range, ...(port === undefined ? {} : { port }), origin: pool[origin] }];
  });
}

type Pool = SourceWords | DestinationWords;

function rangeBetween(
  pool: Pool,
  low: IpPrefix,
  high: IpPrefix | undefined,
  { diagnostics }: NatContext,
): readonly IpRange[] {
  const first = rangeOfPrefix(low);
  if (high === undefined) return [first];
  const last = rangeOfPrefix(high);
  if (first.family === 4 && last.family === 4 && first.first <= last.last) return [{ ...first, last: last.last }];
  if (first.family === 6 && last.family === 6 && first.first <= last.last) return [{ ...first, last: last.last }];
  const why = first.family === last.family ? "ends before it begins" : "mixes IPv4 and IPv6";
  diagnostics.error(
    "nat.bad-range",
    pool[origin],
    `an address range of NAT pool ${pool.name} ${why}`,
    "set … address LOW to HIGH",
  );
  return [];
}

function namedRange(pool: Pool, name: string | undefined, context: NatContext): readonly IpRange[] {
  if (name === undefined) return [];
  const { addresses, diagnostics } = context;
  const resolved = addresses.resolve(undefined, name);
  const ranges = resolved === undefined ? [] : [...rangesOf(resolved.members)];
  if (
    resolved === undefined ||
    resolved.members.dns !== undefined ||
    resolved.incomplete !== undefined ||
    ranges.length === 0
  ) {
    const message = `NAT pool ${pool.name} names ${name}, which is no fixed address of the global address book`;
    diagnostics.error("nat.unknown-address", pool[origin], message, addresses.hint(undefined, name));
    return [];
  }
  return ranges;
}

function noAddress(kind: "source" | "destination", pool: Pool, { diagnostics }: NatContext): void {
  diagnostics.error(
    "nat.empty-pool",
    pool[origin],
    `${kind} NAT pool ${pool.name} has no address`,
    `set security nat ${kind} pool ${pool.name} address …`,
  );
}

/** There is one table of routes: an address in another instance is looked for there. */
function warnInstance(kind: "source" | "destination", pool: Pool & HasOrigin, { diagnostics }: NatContext): void {
  const kept = kind === "source" ? pool[keptWords] : destinationInstance(pool as DestinationWords);
  if (kept?.includes("routing-instance") !== true) return;
  const message = `${kind} NAT pool ${pool.name} is in a routing instance, and there is one table of routes alone`;
  diagnostics.warning("nat.no-instance", pool[origin], message, "take routing-instance out of the pool");
}

function destinationInstance(pool: DestinationWords): readonly string[] {
  const instance = pool.routingInstance;
  return instance !== undefined && instance.default !== true ? ["routing-instance"] : [];
}

function portsOf(pool: SourceWords, { diagnostics }: NatContext): SourcePool["ports"] {
  const { port } = pool;
  // Shifted addresses are one to one, so their ports may stay.
  if (port?.noTranslation === true || pool.hostAddressBase !== undefined) return "keep";
  const low = port?.range?.low ?? usualPorts.first;
  const high = port?.range?.to?.high ?? (port?.range?.low === undefined ? usualPorts.last : low);
  if (low <= high) return { first: low, last: high };
  const message = `the port range of NAT pool ${pool.name} ends before it begins`;
  diagnostics.error("nat.bad-port-range", pool[origin], message, "name the lower port first");
  return usualPorts;
}

function shiftOf(pool: SourceWords, ranges: readonly IpRange[], { diagnostics }: NatContext): IpAddress | undefined {
  const base = pool.hostAddressBase?.ipaddr?.address;
  if (base === undefined) return undefined;
  const [range] = ranges;
  if (
    ranges.length === 1 &&
    range !== undefined &&
    range.family === base.family &&
    sizeOf(range) <= poolAddressesMax &&
    hasRoom(base, range)
  )
    return base;
  if (ranges.length > 0) {
    const message = `NAT pool ${pool.name} shifts addresses, and is not one range of at most ${poolAddressesMax} addresses of the same IP version`;
    diagnostics.error("nat.bad-shift", pool[origin], message, "give the pool one range of addresses");
  }
  return undefined;
}

/** Addresses that are mapped one by one are elements of a map. */
const poolAddressesMax = 65_536;

/** Whether as many addresses stand behind this one. */
function hasRoom(base: IpAddress, range: IpRange): boolean {
  const max = base.family === 4 ? BigInt(ipv4Max) : ipv6Max;
  return BigInt(base.value) + BigInt(sizeOf(range)) - 1n <= max;
}

/** Which address a source has is a matter of its hash: there is always one, however many sessions it has. */
function warnUnused(pool: SourceWords, diagnostics: DiagnosticList): void {
  if (pool.hostAddressBase !== undefined) return;
  const message = `overflow-pool of NAT pool ${pool.name} is not used: every source has an address of the pool`;
  diagnostics.warning("nat.overflow-unused", pool[origin], message, "take it out, or give the pool more addresses");
}

function overflowOf(
  pool: SourceWords,
  pools: readonly SourceWords[],
  { diagnostics }: NatContext,
): SourcePool["overflow"] {
  const words = pool.overflowPool;
  if (words === undefined) return undefined;
  if (words.interface === true) {
    warnUnused(pool, diagnostics);
    return "interface";
  }
  const name = words.poolName;
  const at = pools.findIndex((other) => other.name === name);
  const other = pools[at];
  if (
    other !== undefined &&
    other !== pool &&
    other.hostAddressBase === undefined &&
    other.overflowPool === undefined
  ) {
    warnUnused(pool, diagnostics);
    return at;
  }
  const why = other === undefined ? "does not exist" : "cannot serve as one";
  const hint =
    didYouMean(
      name ?? "",
      pools.map((it) => it.name),
    ) ?? "name a pool with port translation, or interface";
  diagnostics.error(
    "nat.bad-overflow",
    pool[origin],
    `overflow-pool ${name ?? ""} of NAT pool ${pool.name} ${why}`,
    hint,
  );
  return undefined;
}
