// What the kernel says of devices is in force a moment after it has changed, whoever changed it: addresses that the gateway
// has been given are its own, and a device that was made anew has the short way again. Addresses of IPv6 that come and go
// are elements of a set of the generation in force; for anything else the same configuration is put into force anew.

import { withFoundDevices } from "@merlon/compiler/found-devices.ts";
import type { FoundDevice } from "@merlon/compiler/found-devices.ts";
import { planOwnAddressChange } from "@merlon/compiler/screen/own-sources.ts";
import type { Gateway } from "./gateway.ts";
import { KernelFailure } from "./kernel/kernel.ts";

/** How the kernel was brought to it. */
export type Followed = "no change" | "elements" | "anew";

/**
 * `links` are all devices that there are now. To be called while nothing else changes what is enforced. Throws what an
 * enforcement throws; then what was in force is, and the next change of a device is another chance.
 */
export async function followDevices(
  gateway: Pick<Gateway, "kernel" | "running" | "checked" | "adopt" | "repair">,
  links: readonly FoundDevice[],
): Promise<Followed> {
  const { running, kernel, checked } = gateway;
  if (running === undefined) return "no change";
  const { prepared, generation } = running;
  const next = withFoundDevices(prepared.ir, links);
  if (next === prepared.ir) return "no change";
  const change = planOwnAddressChange(prepared.ir, next, generation);
  if (change !== undefined) {
    try {
      checked.stepped(await kernel.changeElements([change]));
      gateway.adopt(next);
      return "elements";
    } catch (error) {
      // Somebody has changed the table, or it would have taken the elements.
      if (!(error instanceof KernelFailure)) throw error;
    }
  }
  await gateway.repair({ ...prepared, ir: next });
  return "anew";
}
