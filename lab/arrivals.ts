// What really arrived at a host, noted by the host's own kernel before any socket sees it. A probe that meets silence
// says only that no answer came back; this says that the question did not get through either, so a leak in one
// direction cannot hide.

import { runNft } from "./run-nft.ts";
import { families, servicePorts } from "./topology.ts";
import type { Family, ServiceName } from "./topology.ts";

export interface Arrival {
  readonly source: string;
  readonly service: ServiceName;
  readonly family: Family;
}

/** Our mark on the table, as on everything that the lab makes. */
const table = "lab_arrivals";
/** Different sources noted per set; the lab has fewer than ten. */
const sourcesMax = 4_096;

const services = Object.entries(servicePorts) as [Exclude<ServiceName, "ping">, { protocol: string; port: number }][];

/** The ruleset: one set of sources per service and family. Counts nothing, drops nothing. */
export function arrivalRules(): string {
  const sets = families.flatMap((family) =>
    [...services.map(([name]) => name), "ping" as const].map(
      (name) => `set ${setName(name, family)} { type ${addressType(family)}; flags dynamic; size ${sourcesMax}; }`,
    ),
  );
  const rules = families.flatMap((family) => {
    const source = family === 4 ? "ip saddr" : "ip6 saddr";
    const echo = family === 4 ? "icmp type echo-request" : "icmpv6 type echo-request";
    return [
      ...services.map(
        ([name, { protocol, port }]) => `${protocol} dport ${port} update @${setName(name, family)} { ${source} }`,
      ),
      `${echo} update @${setName("ping", family)} { ${source} }`,
    ];
  });
  return [
    `table inet ${table}`,
    `delete table inet ${table}`,
    `table inet ${table} {`,
    ...sets.map((line) => `  ${line}`),
    "  chain arrive {",
    "    type filter hook prerouting priority raw; policy accept;",
    ...rules.map((line) => `    iifname "eth0" ${line}`),
    "  }",
    "}",
    "",
  ].join("\n");
}

/** Starts to note, with nothing noted yet. */
export async function noteArrivals(network: string): Promise<void> {
  await runNft(network, ["-f", "-"], arrivalRules());
}

export async function readArrivals(network: string): Promise<readonly Arrival[]> {
  return parseArrivals(await runNft(network, ["-j", "list", "table", "inet", table]));
}

interface ListedSet {
  readonly set?: {
    readonly name: string;
    readonly elem?: readonly (string | { readonly elem: { readonly val: string } })[];
  };
}

/** From the JSON of `nft -j list table` (libnftables-json(5)). */
export function parseArrivals(json: string): readonly Arrival[] {
  const { nftables } = JSON.parse(json) as { readonly nftables: readonly ListedSet[] };
  return nftables.flatMap(({ set }) => {
    const match = /^seen_([a-z]+)_([46])$/.exec(set?.name ?? "");
    if (match === null) return [];
    const service = match[1] as ServiceName;
    const family: Family = match[2] === "4" ? 4 : 6;
    return (set?.elem ?? []).map((element) => {
      const source = typeof element === "string" ? element : element.elem.val;
      return { source, service, family };
    });
  });
}

function setName(service: ServiceName, family: Family): string {
  return `seen_${service}_${family}`;
}

function addressType(family: Family): string {
  return family === 4 ? "ipv4_addr" : "ipv6_addr";
}
