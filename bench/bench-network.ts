// The network of one subject: a gateway and a host for each zone, every one a network namespace, joined by veth pairs.
// Each subject has a network of its own, loaded once, so that changing from one to the next costs nothing and rounds can
// be run in turn. Neighbours are fixed and IPv6 is off, so that nothing but the measured traffic is on the links.
//
//   users 10.0/10 ── to-users │ gateway │ to-servers ── 10.64/10 servers     (data 10.128/10 alike)

import { writeFileSync } from "node:fs";
import { writeSysctl } from "@merlon/gateway/kernel/sysctl.ts";
import { readNetwork } from "@merlon/gateway/kernel/network.ts";
import { buildNetwork, removeNetwork } from "@merlon/lab/build-network.ts";
import { inNetwork } from "@merlon/lab/network-namespace.ts";
import type { NetworkPlan } from "@merlon/lab/network-plan.ts";
import { formatIpv4 } from "@merlon/model/ip/address.ts";
import { benchZones } from "./generate-rule-set.ts";
import type { BenchZone } from "./rule-set.ts";

export interface BenchNetwork extends AsyncDisposable {
  readonly gateway: string;
  /** The namespace of the zone's host. */
  hostOf(zone: BenchZone): string;
}

export const hostDevice = "eth0";
const hostMac = "02:00:00:00:01:00";

export function gatewayMac(zone: BenchZone): string {
  return `02:00:00:00:00:0${indexOf(zone) + 1}`;
}

function indexOf(zone: BenchZone): number {
  return benchZones.findIndex(({ name }) => name === zone.name);
}

/** `name` tells this network from the others of the run. */
export async function createBenchNetwork(name: string): Promise<BenchNetwork> {
  const plan = planBenchNetwork(name);
  const gateway = gatewayName(name);
  await buildNetwork(plan);
  try {
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

export function planBenchNetwork(name: string): NetworkPlan {
  const gateway = gatewayName(name);
  const hosts = benchZones.map((zone) => ({ zone, host: hostName(name, zone) }));
  const namespaces = [gateway, ...hosts.map(({ host }) => host)];
  return {
    namespaces,
    sysctls: namespaces.flatMap((namespace) => [
      { namespace, name: "net.ipv6.conf.default.disable_ipv6", value: "1" },
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
      { namespace: gateway, lines: ["link set lo up", ...hosts.flatMap(({ zone }) => gatewayLines(zone))] },
      ...hosts.map(({ zone, host }) => ({ namespace: host, lines: hostLines(zone) })),
    ],
  };
}

function linkAddress(zone: BenchZone, end: number): string {
  return formatIpv4(0xc0a8_0000 + indexOf(zone) * 256 + end);
}

function prefixOf({ space }: BenchZone): string {
  return `${formatIpv4(space.first)}/${32 - Math.log2(space.last - space.first + 1)}`;
}

function gatewayLines(zone: BenchZone): readonly string[] {
  return [
    `address add ${linkAddress(zone, 1)}/24 dev ${zone.device}`,
    `link set ${zone.device} up`,
    `neigh add ${linkAddress(zone, 2)} lladdr ${hostMac} dev ${zone.device} nud permanent`,
    `route add ${prefixOf(zone)} via ${linkAddress(zone, 2)}`,
  ];
}

/** The host answers for every address of its zone. */
function hostLines(zone: BenchZone): readonly string[] {
  return [
    "link set lo up",
    `address add ${linkAddress(zone, 2)}/24 dev ${hostDevice}`,
    `link set ${hostDevice} up`,
    `neigh add ${linkAddress(zone, 1)} lladdr ${gatewayMac(zone)} dev ${hostDevice} nud permanent`,
    `route add local ${prefixOf(zone)} dev lo`,
    `route add default via ${linkAddress(zone, 1)}`,
  ];
}

/** As Merlon's gateway sets its own; the same for every subject, so that the rules alone differ. */
function setUpGateway(): void {
  writeSysctl("net.ipv4.ip_forward", "1");
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
