// Secure wires: pairs of ports that frames cross without routes. Each is a bridge of its own with just these two ports, so
// whatever enters by one can only leave by the other, and the policies between their zones decide what may.

import type { Configuration } from "@merlon/model/schema/configuration.ts";
import { origin } from "@merlon/model/schema/node.ts";
import { formatInterfaceUnit } from "@merlon/model/schema/value.ts";
import { hash32 } from "@merlon/model/text-hash.ts";
import type { DiagnosticList } from "./diagnostic-list.ts";
import type { IrWire, IrWirePort } from "./ir.ts";
import type { UnitTable } from "./resolve-units.ts";

type SecureWire = NonNullable<
  NonNullable<NonNullable<Configuration["security"]>["forwardingOptions"]>["secureWire"]
>[number];

/** IFNAMSIZ less the final zero, and less `wire-`. */
const plainNameMax = 10;
/** The highest byte of a packet mark says that the rest is a port of a wire. */
const wireMark = 0x4d00_0000;
const portBits = 0xff_ffff;
/** Zones of connection tracking have 16 bits; 0 is everybody's. */
const zoneCount = 0xffff;

export function resolveWires(
  configuration: Configuration,
  units: UnitTable,
  diagnostics: DiagnosticList,
): readonly IrWire[] {
  const wires: IrWire[] = [];
  const wireOf = new Map<string, string>();
  const numbers = new Map<number, string>();
  for (const wire of configuration.security?.forwardingOptions?.secureWire ?? []) {
    const ports = wire.interface.flatMap((name) => {
      const port = resolvePort(configuration, formatInterfaceUnit(name), wire, { units, wireOf, diagnostics });
      return port === undefined ? [] : [port];
    });
    if (wire.interface.length !== 2) {
      const message = `secure wire ${wire.name} has ${wire.interface.length === 1 ? "one interface" : "no interfaces"}`;
      const wayOut = `set security forwarding-options secure-wire ${wire.name} interface …`;
      diagnostics.error("wire.two-interfaces", wire[origin], message, wayOut);
      continue;
    }
    const [first, second] = ports;
    if (first === undefined || second === undefined) continue;
    const resolved: IrWire = {
      name: wire.name,
      device: bridgeDevice(wire.name),
      ports: [first, second],
      connectionZone: (hash32(wire.name) % zoneCount) + 1,
      origin: wire[origin],
    };
    if (clashes(resolved, numbers, diagnostics)) continue;
    wires.push(resolved);
  }
  return wires;
}

function resolvePort(
  configuration: Configuration,
  name: string,
  wire: SecureWire,
  { units, wireOf, diagnostics }: { units: UnitTable; wireOf: Map<string, string>; diagnostics: DiagnosticList },
): IrWirePort | undefined {
  const other = wireOf.get(name);
  if (other !== undefined) {
    const message = `interface ${name} is in secure wire ${other} and in secure wire ${wire.name}`;
    diagnostics.error("wire.interface-twice", wire[origin], message, "take it out of one of them");
    return undefined;
  }
  wireOf.set(name, wire.name);
  const unit = units.get(name);
  const entry = configuration.interfaces?.interface.find((it) => name.startsWith(`${it.name}.`));
  if (entry === undefined) {
    const message = `interface ${name} of secure wire ${wire.name} is not configured`;
    const wayOut = `set interfaces ${name.replace(/\.(\d+)$/, " unit $1")} family ethernet-switching`;
    diagnostics.error("wire.no-interface", wire[origin], message, wayOut);
    return undefined;
  }
  if (unit?.vlan !== undefined) {
    const message = `interface ${name} of secure wire ${wire.name} is a VLAN; a wire takes whole ports, with their tags`;
    diagnostics.error("wire.vlan", wire[origin], message, "use a port without vlan-tagging");
    return undefined;
  }
  const addressed = entry.unit.find(
    ({ family }) => (family?.inet?.address ?? []).length + (family?.inet6?.address ?? []).length > 0,
  );
  if (addressed !== undefined) {
    const message = `interface ${name} is a port of secure wire ${wire.name} and cannot have addresses`;
    diagnostics.error("wire.addresses", addressed[origin], message, "delete its addresses");
    return undefined;
  }
  if (unit === undefined) return undefined;
  return { interface: name, device: unit.device, mark: wireMark | (hash32(unit.device) & portBits) };
}

/** Numbers come out of names, so that they stay what they are whatever else is configured; two names may share one. */
function clashes(wire: IrWire, numbers: Map<number, string>, diagnostics: DiagnosticList): boolean {
  const own = [
    [wire.connectionZone, `secure wire ${wire.name}`],
    ...wire.ports.map(({ mark, interface: name }) => [mark, `interface ${name}`] as const),
  ] as const;
  for (const [number, what] of own) {
    const other = numbers.get(number);
    if (other !== undefined) {
      const message = `${what} and ${other} have the same number for the kernel, which is made from their names`;
      diagnostics.error("wire.same-number", wire.origin, message, "give one of the two another name");
      return true;
    }
    numbers.set(number, what);
  }
  return false;
}

/** `wire-dmz`; `wire-` and eight digits of a hash for names that a device cannot have. */
export function bridgeDevice(name: string): string {
  const plain = name.length <= plainNameMax && /^[A-Za-z0-9_-]+$/.test(name);
  return plain ? `wire-${name}` : `wire-${hash32(name).toString(16).padStart(8, "0")}`;
}
