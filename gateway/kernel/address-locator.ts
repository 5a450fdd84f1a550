// From an address to the device behind which it is.

import type { IpAddress } from "@merlon/model/ip/address.ts";
import { PrefixMap } from "@merlon/model/ip/prefix-map.ts";
import type { KernelNetwork } from "./kernel.ts";

/** Finds the device of an address as the kernel's routes would: by the longest prefix of a network or a static route. */
export class AddressLocator {
  readonly #devices = new PrefixMap<string>();

  constructor({ links, routes }: KernelNetwork) {
    for (const { device, addresses, up } of links)
      if (up) for (const address of addresses) this.#devices.add(address, device);
    // The next hop of a route is behind a network, never behind another route.
    const reached = routes.flatMap(({ destination, nextHops }) => {
      const hop = typeof nextHops === "string" ? undefined : nextHops[0];
      const device = hop && this.find(hop);
      return device === undefined ? [] : [{ destination, device }];
    });
    for (const { destination, device } of reached) this.#devices.add(destination, device);
  }

  find(address: IpAddress): string | undefined {
    return this.#devices.find(address);
  }
}
