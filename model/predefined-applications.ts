// The built-in applications and application sets (`junos-http`, `junos-dns-udp` …): what they mean on the wire.
// Names that differ only by application-layer gateway, RPC program or UUID share their port here, because no such gateway
// looks inside yet. Where several names share a port, the first of this table names a session in the logs.
// Known to the original but left out, because their meaning is not plainly known; a reference to one is an error:
// gprs-sctp, internet-locator-service, irc, nfs, ns-global, ns-global-pro, nsm, persistent-nat, realaudio, vdo-live,
// wxcontrol, ymsg.

import { anyPort, icmp, icmp6, protocol, tcp, udp } from "./service-term.ts";
import type { ServiceTerm } from "./service-term.ts";

export interface PredefinedApplication {
  readonly terms: readonly ServiceTerm[];
}

const tcpAny = tcp(0, 65_535);
const udpAny = udp(0, 65_535);
const sctpAny: ServiceTerm = { kind: "ports", protocol: 132, source: anyPort, destination: anyPort };

/** Everything that speaks Sun RPC is found through the port mapper. */
const sunRpcPrograms = [
  "any",
  "portmap",
  "mountd",
  "nfs",
  "nlockmgr",
  "rquotad",
  "ruserd",
  "sadmind",
  "sprayd",
  "status",
  "walld",
  "ypbind",
  "ypserv",
] as const;

/** Everything that speaks Microsoft RPC is found through the endpoint mapper. */
const msRpcServices = [
  "epm",
  "tcp",
  "uuid-any-tcp",
  "iis-com-1",
  "iis-com-adminbase",
  "msexchange-directory-nsp",
  "msexchange-directory-rfr",
  "msexchange-info-store",
  "wmic-admin",
  "wmic-admin2",
  "wmic-mgmt",
  "wmic-webm-callresult",
  "wmic-webm-classobject",
  "wmic-webm-level1login",
  "wmic-webm-login-clientid",
  "wmic-webm-login-helper",
  "wmic-webm-objectsink",
  "wmic-webm-refreshing-services",
  "wmic-webm-remote-refresher",
  "wmic-webm-services",
  "wmic-webm-shutdown",
] as const;

const table: Readonly<Record<string, readonly ServiceTerm[]>> = {
  "ftp-data": [tcp(20)],
  ftp: [tcp(21)],
  ssh: [tcp(22)],
  telnet: [tcp(23)],
  smtp: [tcp(25)],
  mail: [tcp(25)],
  whois: [tcp(43)],
  tacacs: [tcp(49)],
  "dns-tcp": [tcp(53)],
  "tacacs-ds": [tcp(65)],
  gopher: [tcp(70)],
  finger: [tcp(79)],
  http: [tcp(80)],
  pop3: [tcp(110)],
  ident: [tcp(113)],
  nntp: [tcp(119)],
  "netbios-session": [tcp(139)],
  smb: [tcp(139), tcp(445)],
  imap: [tcp(143)],
  bgp: [tcp(179)],
  wais: [tcp(210)],
  ldap: [tcp(389)],
  https: [tcp(443)],
  snpp: [tcp(444)],
  "smb-session": [tcp(445)],
  rsh: [tcp(514)],
  printer: [tcp(515)],
  lpr: [tcp(515)],
  uucp: [tcp(540)],
  rtsp: [tcp(554)],
  smtps: [tcp(587), tcp(465)],
  "ldp-tcp": [tcp(646)],
  "snmp-agentx": [tcp(705)],
  imaps: [tcp(993)],
  "ms-sql": [tcp(1433)],
  winframe: [tcp(1494)],
  "sqlnet-v2": [tcp(1521)],
  "sqlnet-v1": [tcp(1525)],
  // Call signalling, registration, data conference, directory, location service and audio control, in this order.
  h323: [tcp(1720), udp(1719), tcp(1503), tcp(389), tcp(522), tcp(1731)],
  pptp: [tcp(1723)],
  msn: [tcp(1863)],
  sccp: [tcp(2000)],
  "nfsd-tcp": [tcp(2049)],
  cvspserver: [tcp(2401)],
  "xnm-ssl": [tcp(3220)],
  "xnm-clear-text": [tcp(3221)],
  rdp: [tcp(3389)],
  "stun-tcp": [tcp(3478, 3479)],
  aol: [tcp(5190, 5193)],
  vnc: [tcp(5800), tcp(5900)],
  "x-windows": [tcp(6000, 6063)],
  "http-ext": [tcp(7001)],
  echo: [udp(7)],
  discard: [udp(9)],
  chargen: [udp(19)],
  "dns-udp": [udp(53)],
  bootps: [udp(67)],
  "dhcp-server": [udp(67)],
  "dhcp-relay": [udp(67)],
  bootpc: [udp(68)],
  "dhcp-client": [udp(68)],
  tftp: [udp(69)],
  ntp: [udp(123)],
  "ms-rpc-udp": [udp(135)],
  "ms-rpc-uuid-any-udp": [udp(135)],
  nbname: [udp(137)],
  nbds: [udp(138)],
  ike: [udp(500)],
  biff: [udp(512)],
  who: [udp(513)],
  syslog: [udp(514)],
  talk: [udp(517)],
  ntalk: [udp(518)],
  rip: [udp(520)],
  "ldp-udp": [udp(646)],
  "sql-monitor": [udp(1434)],
  l2tp: [udp(1701)],
  radius: [udp(1812)],
  radacct: [udp(1813)],
  "nfsd-udp": [udp(2049)],
  "gprs-gtp-c": [udp(2123)],
  gtp: [udp(2123)],
  "gprs-gtp-u": [udp(2152)],
  "mgcp-ua": [udp(2427)],
  "mgcp-ca": [udp(2727)],
  "gprs-gtp-v0": [udp(3386)],
  "stun-udp": [udp(3478, 3479)],
  "ike-nat": [udp(4500)],
  "pc-anywhere": [udp(5632)],
  gnutella: [udp(6346, 6347)],
  r2cp: [udp(28_672)],
  sip: [udp(5060), tcp(5060)],
  "sun-rpc-tcp": [tcp(111)],
  "sun-rpc-udp": [udp(111)],
  ...Object.fromEntries(
    sunRpcPrograms.flatMap((program) => [
      [`sun-rpc-${program}-tcp`, [tcp(111)]],
      [`sun-rpc-${program}-udp`, [udp(111)]],
    ]),
  ),
  ...Object.fromEntries(msRpcServices.map((service) => [`ms-rpc-${service}`, [tcp(135)]])),
  gre: [protocol(47)],
  ospf: [protocol(89)],
  "tcp-any": [tcpAny],
  "udp-any": [udpAny],
  "sctp-any": [sctpAny],
  "icmp-all": [icmp()],
  ping: [icmp()],
  "icmp-ping": [icmp(8)],
  "icmp6-all": [icmp6()],
  pingv6: [icmp6(128)],
  // Types and codes of RFC 4443.
  "icmp6-dst-unreach-route": [icmp6(1, 0)],
  "icmp6-dst-unreach-admin": [icmp6(1, 1)],
  "icmp6-dst-unreach-beyond": [icmp6(1, 2)],
  "icmp6-dst-unreach-addr": [icmp6(1, 3)],
  "icmp6-dst-unreach-port": [icmp6(1, 4)],
  "icmp6-packet-too-big": [icmp6(2)],
  "icmp6-time-exceed-transit": [icmp6(3, 0)],
  "icmp6-time-exceed-reassembly": [icmp6(3, 1)],
  "icmp6-param-prob-header": [icmp6(4, 0)],
  "icmp6-param-prob-nexthdr": [icmp6(4, 1)],
  "icmp6-param-prob-option": [icmp6(4, 2)],
  "icmp6-echo-request": [icmp6(128)],
  "icmp6-echo-reply": [icmp6(129)],
};

/** By full name, `junos-` included. */
export const predefinedApplications: ReadonlyMap<string, PredefinedApplication> = new Map(
  Object.entries(table).map(([word, terms]) => [`junos-${word}`, { terms }]),
);

const sets: Readonly<Record<string, readonly string[]>> = {
  cifs: ["netbios-session", "smb-session"],
  mgcp: ["mgcp-ua", "mgcp-ca"],
  "ms-rpc": ["ms-rpc-tcp", "ms-rpc-udp"],
  "ms-rpc-any": ["ms-rpc-uuid-any-tcp", "ms-rpc-uuid-any-udp"],
  "ms-rpc-iis-com": ["ms-rpc-iis-com-1", "ms-rpc-iis-com-adminbase"],
  "ms-rpc-msexchange": [
    "ms-rpc-msexchange-directory-nsp",
    "ms-rpc-msexchange-directory-rfr",
    "ms-rpc-msexchange-info-store",
  ],
  "ms-rpc-wmic": msRpcServices.filter((service) => service.startsWith("wmic-")).map((service) => `ms-rpc-${service}`),
  "routing-inbound": ["bgp", "rip", "ldp-tcp", "ldp-udp"],
  stun: ["stun-tcp", "stun-udp"],
  "sun-rpc": ["sun-rpc-tcp", "sun-rpc-udp"],
  ...Object.fromEntries(
    sunRpcPrograms.map((program) => [`sun-rpc-${program}`, [`sun-rpc-${program}-tcp`, `sun-rpc-${program}-udp`]]),
  ),
  "sun-rpc-nfs-access": ["portmap", "nfs", "mountd"].flatMap((program) => [
    `sun-rpc-${program}-tcp`,
    `sun-rpc-${program}-udp`,
  ]),
};

/** Built-in application sets with the full names of their members, all of them built-in applications. */
export const predefinedApplicationSets: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(sets).map(([word, members]) => [`junos-${word}`, members.map((member) => `junos-${member}`)]),
);
