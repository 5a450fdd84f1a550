// The devices that the kernel's fast path takes packets from, as they were found last. A set that says the same stays the same
// object, so that what was prepared with it still holds.

import type { Kernel } from "../kernel/kernel.ts";

export class FastPath {
  #devices: ReadonlySet<string> = new Set();

  get devices(): ReadonlySet<string> {
    return this.#devices;
  }

  /** True when they are others than before. */
  async refresh(kernel: Kernel): Promise<boolean> {
    const found = await kernel.readFastDevices();
    if (found.symmetricDifference(this.#devices).size === 0) return false;
    this.#devices = found;
    return true;
  }
}
