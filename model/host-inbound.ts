// The services and protocols that `host-inbound-traffic` can name, and what each means on the wire. The words are those
// of the Junos grammar (junos-es 24.4R1); ports are IANA's. `all` is every word of its table but `any-service`, which opens the gateway whole.

import { icmp, icmp6, protocol, tcp, udp } from "./service-term.ts";
import type { ServiceTerm } from "./service-term.ts";

export interface HostService {
  readonly help: string;
  readonly terms: readonly ServiceTerm[];
}

function service(help: string, ...terms: ServiceTerm[]): HostService {
  return { help, terms };
}

export const hostServices = {
  all: service("Every system service below"),
  "any-service": service("Every port and protocol of the gateway"),
  appqoe: service("Probes of application quality", udp(36_000)),
  bootp: service("BOOTP and DHCP relay", udp(67, 68)),
  dhcp: service("DHCP", udp(67, 68)),
  dhcpv6: service("DHCPv6", udp(546, 547)),
  dns: service("DNS", udp(53), tcp(53)),
  finger: service("Finger", tcp(79)),
  ftp: service("FTP", tcp(21)),
  "high-availability": service("High-availability link", udp(4500), tcp(4500)),
  http: service("Web management without TLS", tcp(80)),
  https: service("Web management over TLS", tcp(443)),
  "ident-reset": service("Ident, answered with a reset", tcp(113)),
  ike: service("Internet Key Exchange", udp(500), udp(4500)),
  lsping: service("Label-switched path ping", udp(3503)),
  lsselfping: service("Label-switched path self-ping", udp(8503)),
  netconf: service("NETCONF over SSH", tcp(830)),
  ntp: service("Network Time Protocol", udp(123)),
  ping: service("ICMP and ICMPv6 echo", icmp(8), icmp6(128)),
  r2cp: service("Radio-router control protocol", udp(28_672)),
  "reverse-ssh": service("SSH to a serial line", tcp(2901)),
  "reverse-telnet": service("Telnet to a serial line", tcp(2900)),
  rlogin: service("Remote login", tcp(513)),
  rpm: service("Real-time performance monitoring", tcp(7), udp(7)),
  rsh: service("Remote shell", tcp(514)),
  sip: service("Session Initiation Protocol", tcp(5060), udp(5060)),
  snmp: service("SNMP requests", udp(161)),
  "snmp-trap": service("SNMP traps", udp(162)),
  ssh: service("SSH", tcp(22)),
  "tcp-encap": service("IPsec in TCP", tcp(443)),
  telnet: service("Telnet", tcp(23)),
  tftp: service("TFTP", udp(69)),
  traceroute: service("Traceroute over UDP", udp(33_434, 33_523)),
  "webapi-clear-text": service("Web API without TLS", tcp(8080)),
  "webapi-ssl": service("Web API over TLS", tcp(8443)),
  "xnm-clear-text": service("XML management protocol without TLS", tcp(3221)),
  "xnm-ssl": service("XML management protocol over TLS", tcp(3220)),
} as const satisfies Record<string, HostService>;

export type HostServiceName = keyof typeof hostServices;

export const hostProtocols = {
  all: service("Every protocol below"),
  bfd: service("Bidirectional forwarding detection", udp(3784, 3785), udp(4784)),
  bgp: service("BGP", tcp(179)),
  dvmrp: service("DVMRP", protocol(2)),
  igmp: service("IGMP", protocol(2)),
  ldp: service("LDP", tcp(646), udp(646)),
  msdp: service("MSDP", tcp(639)),
  ndp: service("Neighbor discovery", icmp6(133), icmp6(134), icmp6(135), icmp6(136), icmp6(137)),
  nhrp: service("NHRP", protocol(54)),
  ospf: service("OSPF", protocol(89)),
  ospf3: service("OSPFv3", protocol(89)),
  pgm: service("PGM", protocol(113)),
  pim: service("PIM", protocol(103)),
  rip: service("RIP", udp(520)),
  ripng: service("RIPng", udp(521)),
  "router-discovery": service("Router discovery", icmp(9), icmp(10), icmp6(133), icmp6(134)),
  rsvp: service("RSVP", protocol(46)),
  sap: service("Session announcements", udp(9875)),
  vrrp: service("VRRP", protocol(112)),
} as const satisfies Record<string, HostService>;

export type HostProtocolName = keyof typeof hostProtocols;
