// Values by prefix, found by an address: that of the longest prefix that covers it. An answer costs one look-up for each
// length that there is, however many prefixes have it.

import type { IpAddress } from "./address.ts";
import type { IpPrefix } from "./prefix.ts";

/** Prefixes of one length by their first bits. */
interface OfLength<Bits, V> {
  readonly length: number;
  /** What an address is divided by, or shifted by. */
  readonly rest: Bits;
  readonly values: Map<Bits, V>;
}

export class PrefixMap<V> {
  /** The longest first. */
  readonly #lengths4: OfLength<number, V>[] = [];
  readonly #lengths6: OfLength<bigint, V>[] = [];

  /** Of a prefix that is there already, the first value stays. */
  add({ address, length }: IpPrefix, value: V): void {
    if (address.family === 4) {
      const { rest, values } = ofLength(this.#lengths4, length, () => 2 ** (32 - length));
      const bits = Math.floor(address.value / rest);
      if (!values.has(bits)) values.set(bits, value);
    } else {
      const { rest, values } = ofLength(this.#lengths6, length, () => BigInt(128 - length));
      const bits = address.value >> rest;
      if (!values.has(bits)) values.set(bits, value);
    }
  }

  find(address: IpAddress): V | undefined {
    if (address.family === 4) {
      for (const { rest, values } of this.#lengths4) {
        const value = values.get(Math.floor(address.value / rest));
        if (value !== undefined) return value;
      }
      return undefined;
    }
    for (const { rest, values } of this.#lengths6) {
      const value = values.get(address.value >> rest);
      if (value !== undefined) return value;
    }
    return undefined;
  }
}

function ofLength<Bits, V>(all: OfLength<Bits, V>[], length: number, restOf: () => Bits): OfLength<Bits, V> {
  const at = all.findIndex((one) => one.length <= length);
  const found = at < 0 ? undefined : all[at];
  if (found?.length === length) return found;
  const made = { length, rest: restOf(), values: new Map<Bits, V>() };
  all.splice(at < 0 ? all.length : at, 0, made);
  return made;
}
