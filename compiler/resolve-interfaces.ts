// Zones and the interfaces in them: which kernel device belongs to which zone, and what of the gateway itself may be
// reached there. An interface whose device cannot be told is left out, so that its traffic meets no permitting rule.

import type { Configuration } from "@merlon/model/schema/configuration.ts";
import { origin } from "@merlon/model/schema/node.ts";
import { formatInterfaceUnit } from "@merlon/model/schema/value.ts";
import type { DiagnosticList } from "./diagnostic-list.ts";
import { resolveHostInbound } from "./resolve-host-inbound.ts";
import type { IrInterface, IrWire, IrZone } from "./ir.ts";
import type { UnitTable } from "./resolve-units.ts";

type Security = NonNullable<Configuration["security"]>;
type Zones = NonNullable<Security["zones"]>;
type SecurityZone = Zones["securityZone"][number];
type ZoneInterface = SecurityZone["interfaces"][number];

/** The kernel device of each configured interface name; a name whose device another one has is absent. */
export type DeviceTable = ReadonlyMap<string, string>;

/** Words that stand for something else than a zone of interfaces. */
const reservedZones: Readonly<Record<string, string>> = {
  any: "every zone",
  "junos-host": "the gateway itself",
  "junos-global": "the global policies",
  management: "the functional zone management",
};

/**
 * The device that an interface is where no `kernel-name` says so: the same name, with `-` for what no device can have in its
 * name (`ge-0/0/1` is `ge-0-0-1`); the loopback has its name in the kernel.
 */
function defaultDevice(name: string): string {
  return name === "lo0" ? "lo" : name.replaceAll(/[/:]/g, "-");
}

export function resolveZones(configuration: Configuration, diagnostics: DiagnosticList): readonly IrZone[] {
  const zones: IrZone[] = [];
  for (const zone of configuration.security?.zones?.securityZone ?? []) {
    const meaning = Object.hasOwn(reservedZones, zone.name) ? reservedZones[zone.name] : undefined;
    const reset = zone.tcpRst === true ? { tcpReset: true as const } : {};
    if (meaning === undefined) zones.push({ name: zone.name, kind: "security", ...reset, origin: zone[origin] });
    else {
      const message = `a security zone cannot be called ${zone.name}: the word means ${meaning}`;
      diagnostics.error("zone.reserved-name", zone[origin], message, "choose another name");
    }
  }
  const management = configuration.security?.zones?.functionalZone?.management;
  if (management !== undefined) zones.push({ name: "management", kind: "management", origin: management[origin] });
  return zones;
}

export function resolveDevices(configuration: Configuration, diagnostics: DiagnosticList): DeviceTable {
  const devices = new Map<string, string>();
  const ownerOf = new Map<string, string>();
  const claim = (
    name: string,
    device: string,
    at: ZoneInterface | NonNullable<Configuration["interfaces"]>["interface"][number],
  ) => {
    const owner = ownerOf.get(device);
    if (owner !== undefined && owner !== name) {
      diagnostics.error(
        "interface.same-device",
        at[origin],
        `interfaces ${owner} and ${name} are both the kernel's device ${device}`,
        `give one of them another kernel-name`,
      );
      return;
    }
    ownerOf.set(device, name);
    devices.set(name, device);
  };
  const configured = new Set<string>();
  for (const entry of configuration.interfaces?.interface ?? []) {
    configured.add(entry.name);
    claim(entry.name, entry.kernelName ?? defaultDevice(entry.name), entry);
  }
  for (const { entry } of zoneInterfaces(configuration)) {
    const { interfaceName } = entry.name;
    if (configured.has(interfaceName) || devices.has(interfaceName)) continue;
    claim(interfaceName, defaultDevice(interfaceName), entry);
  }
  return devices;
}

export function resolveInterfaces(
  configuration: Configuration,
  zones: readonly IrZone[],
  { devices, units, wires }: { devices: DeviceTable; units: UnitTable; wires: readonly IrWire[] },
  diagnostics: DiagnosticList,
): readonly IrInterface[] {
  const wireOf = new Map(wires.flatMap((wire) => wire.ports.map((port) => [port.interface, wire.name] as const)));
  const zoneNames = new Set(zones.map(({ name }) => name));
  const zoneOf = new Map<string, string>();
  const interfaces: IrInterface[] = [];
  for (const { zone, entry, zoneLevel } of zoneInterfaces(configuration)) {
    const name = formatInterfaceUnit(entry.name);
    const other = zoneOf.get(name);
    if (other !== undefined) {
      const message = `interface ${name} is in zone ${other} and in zone ${zone}`;
      diagnostics.error("zone.interface-twice", entry[origin], message, "take it out of one of them");
      continue;
    }
    zoneOf.set(name, zone);
    // What the configuration does not name below `interfaces` is a port whose frames have no tag.
    const unit = unitOf(configuration, entry.name);
    const device = unit === undefined ? devices.get(entry.name.interfaceName) : units.get(name)?.device;
    if (unit === undefined && entry.name.unit !== 0) {
      const message = `interface ${name} is not configured`;
      const wayOut = `set interfaces ${entry.name.interfaceName} unit ${entry.name.unit} vlan-id …`;
      diagnostics.error("interface.unit", entry[origin], message, wayOut);
      continue;
    }
    if (device === undefined || !zoneNames.has(zone)) continue;
    // Without any family configured the addresses come from elsewhere, and IPv6 may be among them.
    const ipv6 = unit?.family === undefined || unit.family.inet6 !== undefined;
    const hostInbound = resolveHostInbound(entry.hostInboundTraffic ?? zoneLevel, ipv6);
    const wire = wireOf.get(name);
    interfaces.push({ name, device, zone, ...(wire !== undefined && { wire }), hostInbound, origin: entry[origin] });
  }
  warnZoneless(configuration, zoneOf, diagnostics);
  return interfaces;
}

function* zoneInterfaces(configuration: Configuration): Generator<{
  readonly zone: string;
  readonly entry: ZoneInterface;
  readonly zoneLevel: SecurityZone["hostInboundTraffic"];
}> {
  const zones = configuration.security?.zones;
  for (const zone of zones?.securityZone ?? []) {
    for (const entry of zone.interfaces) yield { zone: zone.name, entry, zoneLevel: zone.hostInboundTraffic };
  }
  const management = zones?.functionalZone?.management;
  for (const entry of management?.interfaces ?? []) {
    yield { zone: "management", entry, zoneLevel: management?.hostInboundTraffic };
  }
}

function unitOf(configuration: Configuration, { interfaceName, unit }: ZoneInterface["name"]) {
  const entry = configuration.interfaces?.interface.find(({ name }) => name === interfaceName);
  return entry?.unit.find(({ name }) => name === unit);
}

function warnZoneless(
  configuration: Configuration,
  zoneOf: ReadonlyMap<string, string>,
  diagnostics: DiagnosticList,
): void {
  for (const entry of configuration.interfaces?.interface ?? []) {
    for (const unit of entry.unit) {
      const name = formatInterfaceUnit({ interfaceName: entry.name, unit: unit.name });
      if (zoneOf.has(name) || entry.disable === true) continue;
      diagnostics.warning(
        "interface.no-zone",
        unit[origin],
        `interface ${name} is in no zone: nothing passes it and the gateway does not answer there`,
        `set security zones security-zone ZONE interfaces ${name}`,
      );
    }
  }
}
