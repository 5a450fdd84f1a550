// What must be built so that the topology stands: namespaces, switches, cables, host addresses and host routes, as lines
// for `ip -batch`. Pure, so that the plan can be printed and tested. The gateway's addresses and routes are absent on
// purpose: the gateway sets them from its own configuration.

import { fabricName, families, gatewayName } from "./topology.ts";
import type { Family, LabHost, LabZone } from "./topology.ts";

export interface NetworkPlan {
  /** In the order of making. */
  readonly namespaces: readonly string[];
  /** Values below /proc/sys, written in a namespace before it has links, because new links copy the defaults. */
  readonly sysctls: readonly { readonly namespace: string; readonly name: string; readonly value: string }[];
  /** Lines for `ip -batch` in the namespace that we start in. */
  readonly cables: readonly string[];
  /** Lines for `ip -n NAMESPACE -batch`. */
  readonly setups: readonly { readonly namespace: string; readonly lines: readonly string[] }[];
}

/** Device names have at most 15 bytes (IFNAMSIZ); the fabric's ports are named after what is plugged in. */
const deviceNameLengthMax = 15;
const firstFarIndex = 1_000;
const hostDevice = "eth0";

export function planNetwork(zones: readonly LabZone[], hosts: readonly LabHost[]): NetworkPlan {
  const namespaces = [fabricName, gatewayName, ...hosts.map(({ name }) => name)];
  return {
    namespaces,
    sysctls: namespaces.flatMap(sysctlsOf),
    cables: [
      ...namespaces.map((name) => `netns add ${name}`),
      ...zones.map((zone) => cable(gatewayName, zone.gatewayDevice, zone.gatewayMac, gatewayPort(zone))),
      ...hosts.map((host) => cable(host.name, hostDevice, host.mac, hostPort(host))),
    ],
    setups: [
      { namespace: fabricName, lines: zones.flatMap((zone) => switchLines(zone, hosts)) },
      ...hosts.map((host) => ({ namespace: host.name, lines: hostLines(host, zones) })),
      // Loopback only: an interface of the gateway that its configuration does not name must stay down.
      { namespace: gatewayName, lines: ["link set lo up"] },
    ],
  };
}

function sysctlsOf(namespace: string): NetworkPlan["sysctls"] {
  const values: Readonly<Record<string, string>> = {
    // Nobody else is on these links: duplicate address detection would only delay the gateway's IPv6 by a second.
    "net.ipv6.conf.default.accept_dad": "0",
    "net.ipv6.conf.default.accept_ra": "0",
    ...(namespace === fabricName
      ? // A switch is no filter. Where br_netfilter is built in, it is on in every new namespace.
        { "net.bridge.bridge-nf-call-iptables": "0", "net.bridge.bridge-nf-call-ip6tables": "0" }
      : {}),
    ...(namespace === fabricName || namespace === gatewayName
      ? {}
      : // The group of the lab may open ICMP echo sockets without raw ones. Group 0 is the only one in a user namespace.
        { "net.ipv4.ping_group_range": "0 0" }),
  };
  return Object.entries(values).map(([name, value]) => ({ namespace, name, value }));
}

/**
 * The far end gets an index that no port of the fabric has. The kernel tells IPv6 of a carrier at once only on devices
 * whose index differs from that of their peer (linkwatch_urgent_event, net/core/link_watch.c, which compares indexes of
 * two namespaces); by chance equal ones, as 2 and 2, wait up to a second.
 */
function cable(namespace: string, device: string, mac: string, port: string): string {
  const end = `name ${device} index ${firstFarIndex + (Number(/\d+$/.exec(device)?.[0]) || 0)} netns ${namespace}`;
  return `link add ${end} address ${mac} type veth peer name ${port} netns ${fabricName}`;
}

function switchLines(zone: LabZone, hosts: readonly LabHost[]): string[] {
  const ports = [gatewayPort(zone), ...hosts.filter((host) => host.zone === zone.name).map(hostPort)];
  return [
    `link add name ${zone.name} type bridge stp_state 0 forward_delay 0`,
    ...ports.flatMap((port) => [`link set ${port} master ${zone.name}`, `link set ${port} up`]),
    `link set ${zone.name} up`,
  ];
}

function hostLines(host: LabHost, zones: readonly LabZone[]): string[] {
  const zone = zones.find(({ name }) => name === host.zone);
  if (zone === undefined)
    throw new Error(`host ${host.name} is in the zone ${host.zone}, which the topology does not have`);
  const lines = ["link set lo up"];
  for (const family of families) {
    // Without `nodad` an IPv6 address stays tentative until the other end of its cable is up, and no route may use it.
    const flags = family === 4 ? "" : " nodad";
    lines.push(`address add ${host.linkAddresses[family]}/${zone.prefixLengths[family]} dev ${hostDevice}${flags}`);
    if (host.addresses[family] !== host.linkAddresses[family]) {
      lines.push(`address add ${host.addresses[family]}/${family === 4 ? 32 : 128} dev lo${flags}`);
    }
  }
  lines.push(`link set ${hostDevice} up`);
  for (const family of families) lines.push(defaultRoute(host, zone, family));
  return lines;
}

function defaultRoute(host: LabHost, zone: LabZone, family: Family): string {
  const all = family === 4 ? "0.0.0.0/0" : "::/0";
  return `route add ${all} via ${zone.gatewayAddresses[family]} src ${host.addresses[family]}`;
}

function gatewayPort(zone: LabZone): string {
  return portName("gw", zone.name);
}

function hostPort(host: LabHost): string {
  return portName("to", host.name);
}

function portName(prefix: string, name: string): string {
  const port = `${prefix}-${name}`;
  if (port.length > deviceNameLengthMax) {
    throw new Error(`the port ${port} is longer than ${deviceNameLengthMax} bytes: give ${name} a shorter name`);
  }
  return port;
}
