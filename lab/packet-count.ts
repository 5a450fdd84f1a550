// Counts the UDP packets that arrive at a host, exactly and per destination port: the receiver's kernel counts before any
// queue that could lose one, and drops them there, so that no ICMP error goes back.

import { runNft } from "./run-nft.ts";

const table = "lab_count";
const portsMax = 64;

export function countRules(ports: readonly number[]): string {
  if (ports.length === 0 || ports.length > portsMax) throw new Error(`1 to ${portsMax} ports can be counted`);
  return [
    `table inet ${table}`,
    `delete table inet ${table}`,
    `table inet ${table} {`,
    ...ports.map((port) => `  counter port_${port} { }`),
    "  chain arrive {",
    "    type filter hook prerouting priority raw; policy accept;",
    ...ports.map((port) => `    udp dport ${port} counter name "port_${port}" drop`),
    "  }",
    "}",
    "",
  ].join("\n");
}

/** Starts to count, from zero. */
export async function countPackets(network: string, ports: readonly number[]): Promise<void> {
  await runNft(network, ["-f", "-"], countRules(ports));
}

/** Packets by destination port. */
export async function readPacketCounts(network: string): Promise<ReadonlyMap<number, number>> {
  return parseCounts(await runNft(network, ["-j", "list", "counters", "table", "inet", table]));
}

/** From the JSON of `nft -j list counters` (libnftables-json(5)). */
export function parseCounts(json: string): ReadonlyMap<number, number> {
  const { nftables } = JSON.parse(json) as {
    readonly nftables: readonly { readonly counter?: { readonly name: string; readonly packets: number } }[];
  };
  const counts = new Map<number, number>();
  for (const { counter } of nftables) {
    const port = /^port_(\d+)$/.exec(counter?.name ?? "")?.[1];
    if (port !== undefined && counter !== undefined) counts.set(Number(port), counter.packets);
  }
  return counts;
}
