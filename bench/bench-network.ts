// The network of one subject: a gateway and a host for each zone, every one a network namespace, joined by veth pairs.
// Each subject has a network of its own, loaded once, so that changing from one to the next costs nothing and rounds can
// be run in turn. Neighbours are fixed, and there is IPv6 only where it is measured, without addresses of its own on the links,
// so that nothing but the measured traffic is on them.
//
//   users 10.0/10 ── to-users │ gateway │ to-servers ── 10.64/10 servers     (data 10.128/10 alike)

import { writeFileSync } from "node:fs";
import { writeSysctl } from "@merlon/gateway/kernel/sysctl.ts";
import { readNetwork } from "@merlon/gateway/kernel/network.ts";
import { buildNetwork, removeNetwork } from "@merlon/lab/build-network.ts";
import { inNetwork } from "@merlon/lab/network-namespace.ts";
import { runNft } from "@merlon/lab/run-nft.ts";
import type { NetworkPlan } from "@merlon/lab/network-plan.ts";
import { formatIpv4 } from "@merlon/model/ip/address.ts";
import type { Family } from "@merlon/model/ip/address.ts";
import { benchPrefix } from "./bench-address.ts";
import { benchZones } from "./generate-rule-set.ts";
import type { BenchZone } from "./rule-set.ts";

export interface BenchNetwork extends AsyncDisposable {
  readonly gateway: string;
  /** The namespace of the zone's host. */
  hostOf(zone: BenchZone): string;
}

/** A router tells its links which groups it is in. Where packets are counted that is one too many. */
const quiet = `
table ip6 quiet {
  chain leave {
    type filter hook output priority raw; policy accept;
    icmpv6 type { mld-listener-report, mld2-listener-report } drop
  }
}
`;

export const hostDevice = "eth0";
const hostMac = "02:00:00:00:01:00";

export function gatewayMac(zone: BenchZone): string {
  return `02:00:00:00:00:0${indexOf(zone) + 1}`;
}

function indexOf(zone: BenchZone): number {
  return benchZones.findIndex(({ name }) => name === zone.name);
}

/** `name` tells this network from the others of the run. */
export async function createBenchNetwork(name: string, family: Family = 4): Promise<BenchNetwork> {
  const plan = planBenchNetwork(name, family);
  const gateway = gatewayName(name);
  await buildNetwork(plan);
  try {
    if (family === 6) await runNft(gateway, ["-f", "-"], quiet);
    inNetwork(gateway, setUpGateway);
    for (const zone of benchZones) inNetwork(hostName(name, zone), setUpHost);
  } catch (error) {
    await removeNetwork(plan);
    throw error;
  }
  return {
    gateway,
    hostOf: (zone) => hostName(name, zone),
    [Symbol.asyncDispose]: () => removeNetwork(plan),
  };
}

function gatewayName(name: string): string {
  return `${name}-gateway`;
}

function hostName(name: string, zone: BenchZone): string {
  return `${name}-${zone.name}`;
}

export function planBenchNetwork(name: string, family: Family = 4): NetworkPlan {
  const gateway = gatewayName(name);
  const hosts = benchZones.map((zone) => ({ zone, host: hostName(name, zone) }));
  const namespaces = [gateway, ...hosts.map(({ host }) => host)];
  return {
    namespaces,
    sysctls: namespaces.flatMap((namespace) => [
      { namespace, name: "net.ipv6.conf.default.disable_ipv6", value: family === 6 ? "0" : "1" },
      // No address for the link alone, and so no word about it to the neighbours.
      { namespace, name: "net.ipv6.conf.default.addr_gen_mode", value: "1" },
      { namespace, name: "net.ipv6.ip_nonlocal_bind", value: "1" },
      { namespace, name: "net.ipv4.conf.default.rp_filter", value: "0" },
      { namespace, name: "net.ipv4.conf.all.rp_filter", value: "0" },
    ]),
    cables: [
      ...namespaces.map((namespace) => `netns add ${namespace}`),
      ...hosts.map(
        ({ zone, host }) =>
          // One segment per packet: what the sender makes is what travels, never 64 KB at once.
          `link add ${zone.device} netns ${gateway} address ${gatewayMac(zone)} gso_max_segs 1 type veth ` +
          `peer name ${hostDevice} netns ${host} address ${hostMac} gso_max_segs 1`,
      ),
    ],
    setups: [
      { namespace: gateway, lines: ["link set lo up", ...hosts.flatMap(({ zone }) => gatewayLines(zone, family))] },
      ...hosts.map(({ zone, host }) => ({ namespace: host, lines: hostLines(zone, family) })),
    ],
  };
}

/** Of the gateway's end, or of the host's. Over IPv6 nobody has these: they name a neighbour in a route. */
function linkAddress(zone: BenchZone, end: 1 | 2, family: Family): string {
  return family === 6 ? `fe80::${end}` : formatIpv4(0xc0a8_0000 + indexOf(zone) * 256 + end);
}

function prefixOf({ space }: BenchZone, family: Family): string {
  return benchPrefix(family, space.first, 32 - Math.log2(space.last - space.first + 1));
}

function gatewayLines(zone: BenchZone, family: Family): readonly string[] {
  const [own, host] = [linkAddress(zone, 1, family), linkAddress(zone, 2, family)];
  return [
    ...(family === 4 ? [`address add ${own}/24 dev ${zone.device}`] : []),
    `link set ${zone.device} up`,
    `neigh add ${host} lladdr ${hostMac} dev ${zone.device} nud permanent`,
    `route add ${prefixOf(zone, family)} via ${host} dev ${zone.device}`,
  ];
}

/** The host answers for every address of its zone. */
function hostLines(zone: BenchZone, family: Family): readonly string[] {
  const [gateway, own] = [linkAddress(zone, 1, family), linkAddress(zone, 2, family)];
  return [
    "link set lo up",
    ...(family === 4 ? [`address add ${own}/24 dev ${hostDevice}`] : []),
    `link set ${hostDevice} up`,
    `neigh add ${gateway} lladdr ${gatewayMac(zone)} dev ${hostDevice} nud permanent`,
    `route add local ${prefixOf(zone, family)} dev lo`,
    `route add ${family === 4 ? "0.0.0.0/0" : "::/0"} via ${gateway} dev ${hostDevice}`,
  ];
}

/** As Merlon's gateway sets its own; the same for every subject, so that the rules alone differ. */
function setUpGateway(): void {
  writeSysctl("net.ipv4.ip_forward", "1");
  writeSysctl("net.ipv6.conf.all.forwarding", "1");
  for (const what of ["acct", "timestamp", "events"]) writeSysctl(`net.netfilter.nf_conntrack_${what}`, "1");
  writeSysctl("net.netfilter.nf_conntrack_tcp_loose", "0");
}

/** Closed connections are forgotten at once, and all ports are there for new ones. */
function setUpHost(): void {
  writeFileSync("/proc/sys/net/ipv4/tcp_max_tw_buckets", "0");
  writeFileSync("/proc/sys/net/ipv4/ip_local_port_range", "1024 65535");
}

/** Packets that the host's device has received. */
export function receivedPackets(host: string): number {
  const link = inNetwork(host, readNetwork).links.find(({ device }) => device === hostDevice);
  if (link === undefined) throw new Error(`the host ${host} has no ${hostDevice}`);
  return link.statistics.receivedPackets;
}
