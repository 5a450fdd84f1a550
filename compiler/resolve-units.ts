// Which device of the kernel a logical interface is: the port itself for untagged frames, a device of its own for each
// VLAN. What cannot be told apart from another unit has none, so that its traffic meets no permitting rule.

import type { Configuration } from "@merlon/model/schema/configuration.ts";
import { origin } from "@merlon/model/schema/node.ts";
import { formatInterfaceUnit } from "@merlon/model/schema/value.ts";
import { hash32 } from "@merlon/model/text-hash.ts";
import type { DiagnosticList } from "./diagnostic-list.ts";
import type { DeviceTable } from "./resolve-interfaces.ts";

type Interface = NonNullable<Configuration["interfaces"]>["interface"][number];
type Unit = Interface["unit"][number];

export interface ResolvedUnit {
  readonly device: string;
  readonly vlan?: Vlan;
}

/** Frames of the parent with this tag (IEEE 802.1Q), 1 to 4094. */
export interface Vlan {
  readonly parent: string;
  readonly id: number;
}

/** By the name with its unit: `ge-0/0/1.100`. */
export type UnitTable = ReadonlyMap<string, ResolvedUnit>;

/** IFNAMSIZ less the final zero. */
const deviceLengthMax = 15;

export function resolveUnits(
  configuration: Configuration,
  devices: DeviceTable,
  diagnostics: DiagnosticList,
): UnitTable {
  const units = new Map<string, ResolvedUnit>();
  const ownerOf = new Map([...devices].map(([name, device]) => [device, name]));
  for (const entry of configuration.interfaces?.interface ?? []) {
    const device = devices.get(entry.name);
    const seen = new Map<number | "untagged", string>();
    for (const unit of entry.unit) {
      const name = formatInterfaceUnit({ interfaceName: entry.name, unit: unit.name });
      const tag = tagOf(entry, unit, name, diagnostics);
      if (tag === undefined) continue;
      const other = seen.get(tag);
      if (other !== undefined) {
        const message = `interfaces ${other} and ${name} both have ${tag === "untagged" ? "no vlan-id" : `vlan-id ${tag}`}`;
        diagnostics.error("interface.same-vlan", unit[origin], message, "give each unit a vlan-id of its own");
        continue;
      }
      seen.set(tag, name);
      if (device === undefined) continue;
      if (tag === "untagged") {
        units.set(name, { device });
        continue;
      }
      const own = vlanDevice(device, tag);
      const owner = ownerOf.get(own);
      if (owner !== undefined) {
        const message = `interfaces ${owner} and ${name} are both the kernel's device ${own}`;
        diagnostics.error("interface.same-device", unit[origin], message, "give one of them another vlan-id");
        continue;
      }
      ownerOf.set(own, name);
      units.set(name, { device: own, vlan: { parent: device, id: tag } });
    }
  }
  return units;
}

/** What is told apart by: the tag, or that there is none. Undefined where the configuration contradicts itself. */
function tagOf(
  entry: Interface,
  unit: Unit,
  name: string,
  diagnostics: DiagnosticList,
): number | "untagged" | undefined {
  const tagged = entry.vlanTagging === true || entry.flexibleVlanTagging === true;
  if (unit.vlanId !== undefined && !tagged) {
    const message = `interface ${name} has a vlan-id, but ${entry.name} takes no tagged frames`;
    diagnostics.error("interface.vlan-tagging", unit[origin], message, `set interfaces ${entry.name} vlan-tagging`);
    return undefined;
  }
  if (unit.vlanId !== undefined) return unit.vlanId;
  if (entry.vlanTagging === true) {
    const message = `interface ${name} has no vlan-id, and ${entry.name} has vlan-tagging`;
    const wayOut = `set interfaces ${entry.name} unit ${unit.name} vlan-id …`;
    diagnostics.error("interface.no-vlan-id", unit[origin], message, wayOut);
    return undefined;
  }
  if (unit.name !== 0 && !tagged) {
    const message = `unit ${unit.name} of interface ${entry.name} cannot be told from unit 0: its frames have no tag`;
    diagnostics.error("interface.unit", unit[origin], message, "use unit 0, or vlan-tagging and a vlan-id");
    return undefined;
  }
  return "untagged";
}

/** `eth1.100`; where that is too long for a name of a device, `v100.` and eight digits of a hash of the parent's name. */
export function vlanDevice(parent: string, id: number): string {
  const plain = `${parent}.${id}`;
  return plain.length <= deviceLengthMax ? plain : `v${id}.${hash32(parent).toString(16).padStart(8, "0")}`;
}
