// Which devices of a configuration may use the kernel's fast path: those that carry routed traffic between zones, as
// far as the kernel takes packets from them. A secure wire forwards frames, which the fast path does not see.

import type { Ir } from "../ir.ts";

/** `found` are the devices that the kernel can take packets from now; none where it has no fast path. */
export function withFastDevices(ir: Ir, found: ReadonlySet<string>): Ir {
  const { fastDevices: _, ...rest } = ir;
  const routed = ir.interfaces.filter(({ wire }) => wire === undefined).map(({ device }) => device);
  const devices = [...new Set(routed)].filter((device) => found.has(device)).toSorted();
  // One device alone forwards nothing to another.
  return devices.length < 2 ? rest : { ...rest, fastDevices: devices };
}
