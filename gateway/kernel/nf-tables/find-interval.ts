// Whether one interval stands in a set, asked of the kernel by its ends: a question about a key without a flag finds the
// element that begins at it or closest before it, one with the flag of an end the key behind which an interval ends.
// Source: nft_get_set_elem of net/netfilter/nf_tables_api.c and nft_rbtree_get of net/netfilter/nft_set_rbtree.c, Linux 6.1
// to 6.18.

import type { NftElement } from "@merlon/compiler/nft/program.ts";
import { AttributeTable, readAttributes } from "../netlink-message.ts";
import { NetlinkRefusal } from "../netlink-socket.ts";
import type { NetlinkSocket } from "../netlink-socket.ts";
import { elementQuestion, keyBytes } from "./element-question.ts";
import { increment } from "./key-layout.ts";
import { dataAttribute, elementAttribute, elementFlag, elementListAttribute } from "./nf-tables-number.ts";
import type { SetShape } from "./write-set.ts";

/** Whether an interval begins and ends exactly there. */
export function intervalStands(socket: NetlinkSocket, shape: SetShape, element: NftElement): boolean {
  if (!intervalBeginsAt(socket, shape, element)) return false;
  const behind = keyBytes(shape, element.key, "last");
  // Nothing ends where the interval reaches to the last key there is.
  return !increment(behind, 0, behind.byteLength) || isFound(socket, shape.name, behind, elementFlag.intervalEnd);
}

export function intervalBeginsAt(socket: NetlinkSocket, shape: SetShape, element: NftElement): boolean {
  return isFound(socket, shape.name, keyBytes(shape, element.key, "first"), 0);
}

const list = new AttributeTable("nf_tables element message", 4);
const attributes = new AttributeTable("nf_tables element message", 11);
const data = new AttributeTable("nf_tables element message", 2);

function isFound(socket: NetlinkSocket, set: string, key: DataView, flags: number): boolean {
  const wanted = new Uint8Array(key.buffer);
  let found = false;
  const sequence = socket.nextSequence();
  try {
    socket.request(elementQuestion(set, key, flags, sequence), sequence, ({ view, start, end }) => {
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
