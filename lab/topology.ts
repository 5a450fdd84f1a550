// The demo network as data: the four segments of the white paper's Figure 1 and the internet around one gateway. Nothing
// here knows the policy. Each zone is one switch with one port of the gateway and one or two hosts on it; every host is
// client and server of everything, so whatever does not pass was stopped by the gateway and not by a missing server.
// The host on the internet lives behind a router address of its own, so that the gateway's default route is used.

/** The namespace that holds the switches; hosts and the gateway have one each, with their own name. */
export const fabricName = "fabric";
export const gatewayName = "gateway";

export const zoneNames = ["finance", "app", "web", "data", "internet"] as const;
export type ZoneName = (typeof zoneNames)[number];

export const families = [4, 6] as const;
export type Family = (typeof families)[number];

/** What every host offers and asks for. `ping` is answered by the kernel. */
export const serviceNames = ["http", "postgresql", "dns", "ping"] as const;
export type ServiceName = (typeof serviceNames)[number];

export interface LabZone {
  readonly name: ZoneName;
  /** As the configuration names the gateway's port. */
  readonly gatewayInterface: string;
  /** As the gateway's kernel names it. */
  readonly gatewayDevice: string;
  readonly gatewayMac: string;
  /** Configured by the gateway from its own file; here for the routes of the hosts. */
  readonly gatewayAddresses: Readonly<Record<Family, string>>;
  readonly prefixLengths: Readonly<Record<Family, number>>;
}

export interface LabHost {
  readonly name: string;
  readonly zone: ZoneName;
  /** What it is, for people. */
  readonly role: string;
  readonly mac: string;
  /** On the link to the gateway. */
  readonly linkAddresses: Readonly<Record<Family, string>>;
  /** Where it is reached and what it sends from; differs from the link address for a host behind a router. */
  readonly addresses: Readonly<Record<Family, string>>;
}

function zone(number: number, name: ZoneName, network4: string, network6: string): LabZone {
  return {
    name,
    gatewayInterface: `ge-0/0/${number - 1}`,
    gatewayDevice: `eth${number}`,
    // Locally administered addresses (the 02 bit); fixed, so that frames can be built without asking the network.
    gatewayMac: `02:00:00:00:0${number}:01`,
    gatewayAddresses: { 4: `${network4}.1`, 6: `${network6}::1` },
    prefixLengths: { 4: 24, 6: 64 },
  };
}

export const zones: readonly LabZone[] = [
  zone(1, "finance", "10.10.1", "2001:db8:10:1"),
  zone(2, "app", "10.10.2", "2001:db8:10:2"),
  zone(3, "web", "10.10.3", "2001:db8:10:3"),
  zone(4, "data", "10.10.4", "2001:db8:10:4"),
  zone(5, "internet", "203.0.113", "2001:db8:113"),
];

function host(name: string, zoneName: ZoneName, role: string, number: number): LabHost {
  const { gatewayAddresses, gatewayMac } = zoneOf(zoneName);
  const linkAddresses = {
    4: gatewayAddresses[4].replace(/\.1$/, `.${number}`),
    6: gatewayAddresses[6].replace(/::1$/, `::${number}`),
  };
  const mac = gatewayMac.replace(/:01$/, `:${String(number).padStart(2, "0")}`);
  return { name, zone: zoneName, role, mac, linkAddresses, addresses: linkAddresses };
}

export const hosts: readonly LabHost[] = [
  host("finance-pc", "finance", "a desk and the ledger of the finance department", 10),
  host("app-server", "app", "the application server, member of the address set app-servers", 10),
  host("app-desk", "app", "a desk in the application segment, member of no address set", 20),
  host("web-server", "web", "the web tier", 10),
  host("data-store", "data", "the data store", 10),
  {
    ...host("internet", "internet", "everybody else, with a resolver and web sites", 2),
    addresses: { 4: "198.51.100.10", 6: "2001:db8:198::10" },
  },
];

export function zoneOf(name: ZoneName): LabZone {
  const found = zones.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`the topology has no zone ${name}`);
  return found;
}

export function hostOf(name: string): LabHost {
  const found = hosts.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`the topology has no host ${name}`);
  return found;
}

export function hostsOfZone(name: ZoneName): readonly LabHost[] {
  return hosts.filter((candidate) => candidate.zone === name);
}

/** The host that has this address, whatever its family. */
export function hostOfAddress(address: string): LabHost | undefined {
  return hosts.find(({ addresses }) => addresses[4] === address || addresses[6] === address);
}

export const servicePorts = {
  http: { protocol: "tcp", port: 80 },
  postgresql: { protocol: "tcp", port: 5432 },
  dns: { protocol: "udp", port: 53 },
} as const satisfies Record<Exclude<ServiceName, "ping">, { protocol: "tcp" | "udp"; port: number }>;
