// Statements of the original that stand in real configurations and are not in the imported facts: whole hierarchies
// (`poe`, `event-options`) and words of known ones (`forwarding-options sampling`). Such a word is known, what stands below
// it is kept as it is written. So a configuration with them loads, and a mistyped word beside them is still an error.

import { withChildren } from "./lazy-children.ts";
import { container } from "./node.ts";
import type { Children, Container, SchemaNode } from "./node.ts";

const routingProtocols = [
  "bgp", "esis", "igmp", "igmp-snooping", "iccp", "isis", "lacp", "layer2-control", "ldp", "mld", "mld-snooping", "mpls",
  "msdp", "mstp", "neighbor-discovery", "oam", "ospf", "ospf3", "pim", "rip", "ripng", "router-advertisement",
  "router-discovery", "rstp", "rsvp", "sflow", "stp", "vrrp", "vstp", "bfd", "dot1x", "evpn", "l2circuit", "l2vpn",
  "connections", "dvmrp", "uplink-failure-detection", "static-arp", "ppp", "pppoe", "source-packet-routing", "vpls",
  "amt", "dcbx", "gvrp", "link-management", "lldp-med", "mvpn", "mvrp", "pgm", "protection-group", "ptp", "sap",
]; // prettier-ignore

const routingOptions = [
  "bmp", "dynamic-tunnels", "fate-sharing", "flow", "multicast", "options", "ppm", "resolution", "route-record",
  "source-packet-routing", "source-routing", "srlg", "topologies", "validation",
]; // prettier-ignore

const deviceOptions = [
  "atm-options", "cellular-options", "ds0-options", "dsl-options", "e1-options", "e3-options", "isdn-options",
  "modem-options", "optics-options", "otn-options", "ppp-options", "serial-options", "shdsl-options", "sonet-options",
  "t1-options", "t3-options", "vdsl-options", "wlan-options",
]; // prettier-ignore

/** By the words of the level, without keys; an entry without keyword, as of `interfaces`, is the level of its list. */
const openWords: Readonly<Record<string, readonly string[]>> = {
  "": [
    "event-options", "dynamic-profiles", "diameter", "ethernet-switching-options", "fabric", "jsrc", "multi-chassis",
    "poe", "unified-edge", "virtual-chassis", "wlan",
  ], // prettier-ignore
  chassis: [
    "auto-image-upgrade", "craft-lockout", "disk-partition", "fabric", "forwarding-options", "fpc", "maximum-ecmp",
    "network-slices",
  ], // prettier-ignore
  firewall: ["load-balance-group"],
  "firewall family": ["ccc", "mpls", "vpls"],
  "forwarding-options": [
    "access-security", "accounting", "analyzer", "dhcp-relay", "enhanced-hash-key", "hash-key", "helpers",
    "load-balance", "monitoring", "multicast-replication", "port-mirroring", "rpf-loose-mode-discard", "sampling",
    "vxlan-routing",
  ], // prettier-ignore
  interfaces: ["dialer-options", ...deviceOptions],
  "interfaces unit": ["dial-options", "dialer-options", "ppp-options"],
  "interfaces unit family inet": ["dhcp-client"],
  protocols: routingProtocols,
  "routing-instances": [
    "access", "bridge-domains", "forwarding-options", "multicast-snooping-options", "protocols", "services",
    "switch-options", "system", "vlans",
  ], // prettier-ignore
  "routing-instances protocols": routingProtocols,
  "routing-instances routing-options": routingOptions,
  "routing-options": routingOptions,
  "security utm feature-profile anti-virus": ["type"],
  "security utm feature-profile web-filtering": ["type"],
  snmp: ["health-monitor", "proxy", "rmon", "stats-cache-lifetime"],
  system: ["phone-home"],
  "system services dhcp-local-server": ["dual-stack-group", "overrides"],
  "system services dhcp-local-server group": ["overrides"],
};

const levels = Object.keys(openWords);

/** The statements with the open words of their level, and so on below them. */
export function withOpenHierarchies(statements: Children): Children {
  return opened(statements, "");
}

function opened(children: Children, path: string): Children {
  const made: Record<string, SchemaNode> = {};
  const entries = Object.values(children).some((node) => node.kind === "list" && !node.keyword);
  const words = entries ? [] : (openWords[path] ?? []);
  const missing = words.filter((word) => !Object.hasOwn(children, word));
  const open = missing.map((word) => [word, openHierarchy(word, `${path} ${word}`.trimStart())] as const);
  for (const [word, node] of Object.entries(children)) {
    const inner = node.kind === "list" && !node.keyword ? path : `${path} ${word}`.trimStart();
    const leads = levels.some((level) => level === inner || level.startsWith(`${inner} `));
    made[word] =
      leads && (node.kind === "container" || node.kind === "list")
        ? withChildren(node, () => opened(node.children, inner))
        : node;
  }
  // The original prints `lldp`, which is known, behind `bgp` and `ospf`.
  return words === routingProtocols
    ? { ...Object.fromEntries(open), ...made }
    : { ...made, ...Object.fromEntries(open) };
}

/** Where the words of the level below are listed, those alone are known: `routing-instances protocols`. */
function openHierarchy(word: string, path: string): Container<Children> {
  const help = `Statements of ${word}, kept as they are written`;
  if (levels.includes(path)) return container(help, opened({}, path), { kept: true });
  return container(help, {}, { kept: true, open: true });
}
