// Addresses in the messages of rtnetlink: 4 or 16 bytes in network byte order, told apart by the family in the header.

import type { IpAddress } from "@merlon/model/ip/address.ts";
import { addressFamily } from "./libc.ts";
import type { AttributeTable } from "./netlink-message.ts";

/** Undefined where the attribute is missing or the family is another. */
export function addressIn(attributes: AttributeTable, type: number, family: number): IpAddress | undefined {
  if (family === addressFamily.inet) {
    const value = attributes.u32be(type);
    return value === undefined ? undefined : { family: 4, value };
  }
  if (family !== addressFamily.inet6) return undefined;
  const value = attributes.u128be(type);
  return value === undefined ? undefined : { family: 6, value };
}

export function addressBytes(address: IpAddress): Uint8Array {
  const view = new DataView(new ArrayBuffer(address.family === 4 ? 4 : 16));
  if (address.family === 4) view.setUint32(0, address.value);
  else {
    view.setBigUint64(0, address.value >> 64n);
    view.setBigUint64(8, address.value & 0xffff_ffff_ffff_ffffn);
  }
  return new Uint8Array(view.buffer);
}

export function familyNumber(family: 4 | 6): number {
  return family === 4 ? addressFamily.inet : addressFamily.inet6;
}

/** `02:00:00:00:00:01`; empty where there is none. */
export function formatMac(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? "" : Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(":");
}
