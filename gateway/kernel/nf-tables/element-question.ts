// The message that asks the kernel for one element of a set by its key. Small, because thousands are asked one by one.
// Source: nf_tables_getsetelem of net/netfilter/nf_tables_api.c, Linux 6.1 to 6.18.

import type { NftElement } from "@merlon/compiler/nft/program.ts";
import { tableName } from "@merlon/compiler/nft/table-names.ts";
import { MessageWriter, netlinkFlag } from "../netlink-message.ts";
import { writeValue } from "./key-layout.ts";
import {
  dataAttribute,
  elementAttribute,
  elementListAttribute,
  inetFamily,
  listElement,
  nftMessage,
} from "./nf-tables-number.ts";
import type { SetShape } from "./write-set.ts";

/** The bytes of a key; `last` is the last key of an interval. */
export function keyBytes(
  { key: { fields, lengthBytes }, name }: SetShape,
  values: NftElement["key"],
  end: "first" | "last",
): DataView {
  if (values === "rest" || values.length !== fields.length) throw new Error(`set ${name} has other keys`);
  const view = new DataView(new ArrayBuffer(lengthBytes));
  for (const [index, field] of fields.entries()) {
    const value = values[index];
    if (value !== undefined) writeValue(view, 0, field, value, end);
  }
  return view;
}

/** Without a key it is about the element of all other keys, which `flags` must say. */
export function elementQuestion(set: string, key: DataView | undefined, flags: number, sequence: number): Uint8Array {
  const writer = new MessageWriter();
  writer.begin(nftMessage.getElement, netlinkFlag.request | netlinkFlag.acknowledge, sequence);
  writer.netfilterHeader(inetFamily, 0);
  writer.attributeText(elementListAttribute.table, tableName).attributeText(elementListAttribute.set, set);
  writer.nested(elementListAttribute.elements, () => {
    writer.nested(listElement, () => {
      if (flags !== 0) writer.attributeU32be(elementAttribute.flags, flags);
      if (key === undefined) return;
      writer.nested(elementAttribute.key, () => writer.attribute(dataAttribute.value, new Uint8Array(key.buffer)));
    });
  });
  return writer.take();
}
