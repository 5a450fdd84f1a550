// A flowtable as the attributes of its netlink message, and back.
// Source: linux/netfilter/nf_tables.h (nft_flowtable_attributes), net/netfilter/nf_tables_api.c, Linux 6.1 to 6.18.

import type { NftFlowtable } from "@merlon/compiler/nft/flowtable.ts";
import { AttributeTable, readAttributes } from "../netlink-message.ts";
import type { BatchWriter } from "./batch-writer.ts";

export const flowtableField = { table: 1, name: 2, hook: 3, flags: 7 } as const;
const hookField = { number: 1, priority: 2, devices: 3 } as const;
const deviceName = 1;
/** NF_NETDEV_INGRESS. */
const ingress = 0;
/** NFT_FLOWTABLE_COUNTER. */
const counterFlag = 2;

/** Writes what follows the names of table and flowtable. */
export function writeFlowtable(writer: BatchWriter, { priority, devices, counter, foreign }: NftFlowtable): void {
  if (foreign !== undefined) throw new Error("a flowtable that is not ours cannot be written");
  const hook = writer.open(flowtableField.hook);
  writer.u32(hookField.number, ingress).u32(hookField.priority, priority >>> 0);
  const list = writer.open(hookField.devices);
  for (const device of devices) writer.text(deviceName, device);
  writer.close(list).close(hook);
  writer.u32(flowtableField.flags, counter ? counterFlag : 0);
}

const of = "nf_tables flowtable message";
const attributes = new AttributeTable(of, flowtableField.flags);
const hookAttributes = new AttributeTable(of, hookField.devices);

/** The attributes between `start` and `end`, with the table that they name. */
export function readFlowtable(
  view: DataView,
  start: number,
  end: number,
): { readonly table: string; readonly flowtable: NftFlowtable } {
  attributes.read(view, start, end);
  const flags = attributes.u32be(flowtableField.flags) ?? 0;
  const hook = attributes.readNested(flowtableField.hook, hookAttributes);
  const devices: string[] = [];
  if (hook && hookAttributes.has(hookField.devices)) {
    const [from, to] = [hookAttributes.startOf(hookField.devices), hookAttributes.endOf(hookField.devices)];
    readAttributes(view, from, to, of, (_, first, last) => devices.push(textOf(view, first, last)));
  }
  const atIngress = hook && (hookAttributes.u32be(hookField.number) ?? ingress) === ingress;
  const strange = !atIngress || (flags & ~counterFlag) !== 0;
  return {
    table: attributes.text(flowtableField.table) ?? "",
    flowtable: {
      name: attributes.text(flowtableField.name) ?? "",
      priority: hook ? (hookAttributes.u32be(hookField.priority) ?? 0) | 0 : 0,
      devices,
      counter: (flags & counterFlag) !== 0,
      ...(strange ? { foreign: `flags ${flags}` } : {}),
    },
  };
}

/** A name without the zero at its end. */
function textOf(view: DataView, start: number, end: number): string {
  const bytes = Buffer.from(view.buffer, view.byteOffset + start, end - start);
  const zero = bytes.indexOf(0);
  return bytes.toString("utf8", 0, zero < 0 ? bytes.length : zero);
}
