// Whether one interval stands in a set, asked of the kernel by its ends: a question about a key without a flag finds the
// element that begins at it or closest before it, one with the flag of an end the key behind which an interval ends.
// Source: nft_get_set_elem of net/netfilter/nf_tables_api.c and nft_rbtree_get of net/netfilter/nft_set_rbtree.c, Linux 6.1
// to 6.18.

import type { NftElement } from "@merlon/compiler/nft/program.ts";
import { tableName } from "@merlon/compiler/nft/table-names.ts";
import { AttributeTable, MessageWriter, netlinkFlag, readAttributes } from "../netlink-message.ts";
import { NetlinkRefusal } from "../netlink-socket.ts";
import type { NetlinkSocket } from "../netlink-socket.ts";
import { increment, writeValue } from "./key-layout.ts";
import {
  dataAttribute,
  elementAttribute,
  elementFlag,
  elementListAttribute,
  inetFamily,
  listElement,
  nftMessage,
} from "./nf-tables-number.ts";
import type { SetShape } from "./write-set.ts";

/** Whether an interval begins and ends exactly there. */
export function intervalStands(socket: NetlinkSocket, shape: SetShape, element: NftElement): boolean {
  if (!intervalBeginsAt(socket, shape, element)) return false;
  const behind = keyOf(shape, element, "last");
  // Nothing ends where the interval reaches to the last key there is.
  return !increment(behind, 0, behind.byteLength) || isFound(socket, shape.name, behind, elementFlag.intervalEnd);
}

export function intervalBeginsAt(socket: NetlinkSocket, shape: SetShape, element: NftElement): boolean {
  return isFound(socket, shape.name, keyOf(shape, element, "first"), 0);
}

function keyOf({ key: { fields, lengthBytes }, name }: SetShape, { key }: NftElement, end: "first" | "last"): DataView {
  const [field, value] = [fields[0], key === "rest" ? undefined : key[0]];
  if (field === undefined || value === undefined || fields.length > 1)
    throw new Error(`set ${name} has no plain intervals`);
  const view = new DataView(new ArrayBuffer(lengthBytes));
  writeValue(view, 0, field, value, end);
  return view;
}

const list = new AttributeTable("nf_tables element message", 4);
const attributes = new AttributeTable("nf_tables element message", 11);
const data = new AttributeTable("nf_tables element message", 2);

function isFound(socket: NetlinkSocket, set: string, key: DataView, flags: number): boolean {
  const wanted = new Uint8Array(key.buffer);
  let found = false;
  const sequence = socket.nextSequence();
  try {
    socket.request(questionOf(set, wanted, flags, sequence), sequence, ({ view, start, end }) => {
      list.read(view, start + 4, end);
      const [first, last] = [list.startOf(elementListAttribute.elements), list.endOf(elementListAttribute.elements)];
      if (first < 0) return;
      readAttributes(view, first, last, "nf_tables element message", (_, from, to) => {
        attributes.read(view, from, to);
        const sameEnd = (attributes.u32be(elementAttribute.flags) ?? 0) === flags;
        const bytes = attributes.readNested(elementAttribute.key, data) ? data.bytes(dataAttribute.value) : undefined;
        found ||= sameEnd && bytes !== undefined && Buffer.compare(bytes, wanted) === 0;
      });
    });
  } catch (error) {
    if (!(error instanceof NetlinkRefusal) || error.code !== "ENOENT") throw error;
  }
  return found;
}

function questionOf(set: string, key: Uint8Array, flags: number, sequence: number): Uint8Array {
  const writer = new MessageWriter();
  writer.begin(nftMessage.getElement, netlinkFlag.request | netlinkFlag.acknowledge, sequence);
  writer.netfilterHeader(inetFamily, 0);
  writer.attributeText(elementListAttribute.table, tableName).attributeText(elementListAttribute.set, set);
  writer.nested(elementListAttribute.elements, () => {
    writer.nested(listElement, () => {
      if (flags !== 0) writer.attributeU32be(elementAttribute.flags, flags);
      writer.nested(elementAttribute.key, () => writer.attribute(dataAttribute.value, key));
    });
  });
  return writer.take();
}
