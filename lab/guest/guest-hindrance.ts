// What stands in the way of a guest on this machine, in words for whoever wanted one.

import { emulator } from "./guest.ts";
import type { GuestKernel } from "./guest-kernel.ts";
import { programPath } from "./program-path.ts";

/** Undefined when nothing does. `kernel` is what `findGuestKernel` has found. */
export function guestHindrance(kernel: GuestKernel | undefined, platform: string = process.arch): string | undefined {
  if (platform !== "x64") return `there is no guest for ${platform}`;
  if (programPath(emulator) === undefined) {
    return "there is no qemu-system-x86_64: apt-get install qemu-system-x86";
  }
  return kernel === undefined ? "its kernel was not fetched: npm test does that" : undefined;
}
