// From an address to the device behind which it is.

import type { IpAddress } from "@merlon/model/ip/address.ts";
import type { IpPrefix } from "@merlon/model/ip/prefix.ts";
import { rangeOfPrefix } from "@merlon/model/ip/prefix.ts";
import type { KernelNetwork } from "./kernel.ts";

interface Network {
  readonly first: bigint;
  readonly last: bigint;
  readonly length: number;
  readonly device: string;
}

/** Finds the device of an address as the kernel's routes would: by the longest prefix of a network or a static route. */
export class AddressLocator {
  readonly #networks: Readonly<Record<4 | 6, readonly Network[]>>;
  readonly #known = new Map<string, string | undefined>();

  constructor({ links, routes }: KernelNetwork) {
    const found: Record<4 | 6, Network[]> = { 4: [], 6: [] };
    const add = (prefix: IpPrefix, device: string): void => {
      const { family, first, last } = rangeOfPrefix(prefix);
      found[family].push({ first: BigInt(first), last: BigInt(last), length: prefix.length, device });
    };
    for (const { device, addresses, up } of links) if (up) for (const address of addresses) add(address, device);
    const byLength = (): void => {
      for (const family of [4, 6] as const) found[family].sort((a, b) => b.length - a.length);
    };
    byLength();
    this.#networks = found;
    const reached = routes.flatMap(({ destination, nextHops }) => {
      const hop = typeof nextHops === "string" ? undefined : nextHops[0];
      const device = hop && this.find(hop);
      return device === undefined ? [] : [{ destination, device }];
    });
    for (const { destination, device } of reached) add(destination, device);
    byLength();
    this.#known.clear();
  }

  /** Answers are remembered: a session table names the same addresses again and again. */
  find(address: IpAddress): string | undefined {
    const key = `${address.family} ${address.value}`;
    if (this.#known.has(key)) return this.#known.get(key);
    const value = BigInt(address.value);
    const network = this.#networks[address.family].find(({ first, last }) => value >= first && value <= last);
    if (this.#known.size >= knownMax) this.#known.clear();
    this.#known.set(key, network?.device);
    return network?.device;
  }
}

const knownMax = 20_000;
