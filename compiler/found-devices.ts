// What the kernel says about the devices of a configuration, and the compiler makes use of: one place, so that whoever
// enforces a configuration or measures it knows the same.

import type { IpPrefix } from "@merlon/model/ip/prefix.ts";
import { withDeviceNumbers } from "./device-numbers.ts";
import type { Ir } from "./ir.ts";
import { withBoundAddresses } from "./nat/bound-addresses.ts";
import { withOwnAddresses } from "./own-addresses.ts";

export interface FoundDevice {
  readonly device: string;
  readonly index: number;
  readonly addresses: readonly IpPrefix[];
}

/** `found` are all devices that there are now. The IR stays the same object where nothing is new. */
export function withFoundDevices(ir: Ir, found: readonly FoundDevice[]): Ir {
  return withBoundAddresses(withOwnAddresses(withDeviceNumbers(ir, found), found), found);
}
