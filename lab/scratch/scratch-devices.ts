// The network devices that a configuration names, as `ip -batch` lines: one end of a cable each, whose other end is up in a
// namespace of its own, so that the gateway finds every interface present and connected.

import type { Ir } from "@merlon/compiler/ir.ts";

/** Where the other ends are. */
export const farNetwork = "far";

/** More are not made: a configuration with so many is not tried out for its interfaces. */
export const devicesMax = 256;

export function scratchDevices(ir: Pick<Ir, "network" | "interfaces">): readonly string[] {
  const { links, wires = [] } = ir.network;
  // VLANs and bridges are made by the gateway itself, on ports that must be there.
  const made = new Set([...links.filter(({ vlan }) => vlan !== undefined), ...wires].map(({ device }) => device));
  const ports = links.map(({ device, vlan }) => vlan?.parent ?? device);
  const named = [...ports, ...ir.interfaces.map(({ device }) => device)];
  return [...new Set(named)].filter((device) => device !== "lo" && !made.has(device)).slice(0, devicesMax);
}

/** To be carried out after `ip netns add far`. */
export function deviceBatch(devices: readonly string[]): string {
  return devices.map((device) => `link add ${device} type veth peer name ${device} netns ${farNetwork}\n`).join("");
}

/** The same inside the namespace of the far ends. */
export function farBatch(devices: readonly string[]): string {
  return devices.map((device) => `link set ${device} up\n`).join("");
}
