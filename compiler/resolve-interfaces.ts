// Zones and the interfaces in them: which kernel device belongs to which zone, and what of the gateway itself may be
// reached there. An interface whose device cannot be told is left out, so that its traffic meets no permitting rule.

import type { Configuration } from "@merlon/model/schema/configuration.ts";
import { origin } from "@merlon/model/schema/node.ts";
import { formatInterfaceUnit } from "@merlon/model/schema/value.ts";
import type { DiagnosticList } from "./diagnostic-list.ts";
import { resolveHostInbound } from "./resolve-host-inbound.ts";
import type { IrInterface, IrZone } from "./ir.ts";

type Security = NonNullable<Configuration["security"]>;
type Zones = NonNullable<Security["zones"]>;
type SecurityZone = Zones["securityZone"][number];
type ZoneInterface = SecurityZone["interfaces"][number];

/** The kernel device of each configured interface name; a name without a usable device is absent. */
export type DeviceTable = ReadonlyMap<string, string>;

/** Words that stand for something else than a zone of interfaces. */
const reservedZones: Readonly<Record<string, string>> = {
  any: "every zone",
  "junos-host": "the gateway itself",
  "junos-global": "the global policies",
  management: "the functional zone management",
};

/** Names of a chassis slot, which no kernel device can have (they hold `/`). */
const slotName = /\//;

export function resolveZones(configuration: Configuration, diagnostics: DiagnosticList): readonly IrZone[] {
  const zones: IrZone[] = [];
  for (const zone of configuration.security?.zones?.securityZone ?? []) {
    const meaning = Object.hasOwn(reservedZones, zone.name) ? reservedZones[zone.name] : undefined;
    if (meaning === undefined) zones.push({ name: zone.name, kind: "security", origin: zone[origin] });
    else {
      const message = `a security zone cannot be called ${zone.name}: the word means ${meaning}`;
      diagnostics.error("zone.reserved-name", zone[origin], message, "choose another name");
    }
  }
  const management = configuration.security?.zones?.functionalZone?.management;
  if (management !== undefined) zones.push({ name: "management", kind: "management", origin: management[origin] });
  return zones;
}

/** An interface range may name hundreds of ports that are not there: this many are named. */
const absentNamedMax = 8;

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
  const warned = new Set<string>();
  const withoutDevice = (
    name: string,
    at: ZoneInterface | NonNullable<Configuration["interfaces"]>["interface"][number],
  ) => {
    if (warned.has(name)) return;
    warned.add(name);
    if (warned.size > absentNamedMax) return;
    diagnostics.warning(
      "interface.no-device",
      at[origin],
      `no kernel device is named for interface ${name}: it is taken as not present`,
      `set interfaces ${name} kernel-name …`,
    );
  };
  const configured = new Set<string>();
  for (const entry of configuration.interfaces?.interface ?? []) {
    configured.add(entry.name);
    if (entry.kernelName !== undefined) claim(entry.name, entry.kernelName, entry);
    else if (slotName.test(entry.name)) withoutDevice(entry.name, entry);
    else claim(entry.name, entry.name, entry);
  }
  for (const { entry } of zoneInterfaces(configuration)) {
    const { interfaceName } = entry.name;
    if (configured.has(interfaceName) || devices.has(interfaceName)) continue;
    if (slotName.test(interfaceName)) withoutDevice(interfaceName, entry);
    else claim(interfaceName, interfaceName, entry);
  }
  const leftOutCount = warned.size - absentNamedMax;
  if (leftOutCount > 0) {
    const message = `${leftOutCount} more interfaces have no kernel device either`;
    diagnostics.warning("interface.no-device", { path: ["interfaces"] }, message, "set interfaces … kernel-name …");
  }
  return devices;
}

export function resolveInterfaces(
  configuration: Configuration,
  zones: readonly IrZone[],
  devices: DeviceTable,
  diagnostics: DiagnosticList,
): readonly IrInterface[] {
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
    if (entry.name.unit !== 0) {
      const message = `interface ${name} is not supported yet: only unit 0 is`;
      diagnostics.error("interface.unit", entry[origin], message, "use unit 0");
      continue;
    }
    const device = devices.get(entry.name.interfaceName);
    if (device === undefined || !zoneNames.has(zone)) continue;
    const unit = unitZero(configuration, entry.name.interfaceName);
    // Without any family configured the addresses come from elsewhere, and IPv6 may be among them.
    const ipv6 = unit?.family === undefined || unit.family.inet6 !== undefined;
    const hostInbound = resolveHostInbound(entry.hostInboundTraffic ?? zoneLevel, ipv6);
    interfaces.push({ name, device, zone, hostInbound, origin: entry[origin] });
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

function unitZero(configuration: Configuration, name: string) {
  return configuration.interfaces?.interface.find((entry) => entry.name === name)?.unit.find((unit) => unit.name === 0);
}

function warnZoneless(
  configuration: Configuration,
  zoneOf: ReadonlyMap<string, string>,
  diagnostics: DiagnosticList,
): void {
  for (const entry of configuration.interfaces?.interface ?? []) {
    for (const unit of entry.unit) {
      const name = formatInterfaceUnit({ interfaceName: entry.name, unit: unit.name });
      if (unit.name !== 0 || zoneOf.has(name) || entry.disable === true) continue;
      diagnostics.warning(
        "interface.no-zone",
        unit[origin],
        `interface ${name} is in no zone: nothing passes it and the gateway does not answer there`,
        `set security zones security-zone ZONE interfaces ${name}`,
      );
    }
  }
}
