// What a large set without intervals holds of which a few elements were changed by our own transactions: those are asked for
// one by one, the others are what they were.
// Source: nft_get_set_elem of net/netfilter/nf_tables_api.c, Linux 6.1 to 6.18: an element that is not there is ENOENT.

import { changeRows } from "@merlon/compiler/nft/changed-rows.ts";
import { elementId } from "@merlon/compiler/nft/element-id.ts";
import type { ElementId } from "@merlon/compiler/nft/element-id.ts";
import { printElement } from "@merlon/compiler/nft/print-statement.ts";
import type { NftElement, NftSet } from "@merlon/compiler/nft/program.ts";
import { NetlinkRefusal } from "../netlink-socket.ts";
import type { NetlinkSocket } from "../netlink-socket.ts";
import { elementQuestion, keyBytes } from "./element-question.ts";
import type { ChangedSet } from "./known-table.ts";
import { ElementReader } from "./read-elements.ts";
import { elementFlag } from "./nf-tables-number.ts";
import { shapeOf } from "./write-set.ts";

/** The set as it is now; undefined where the kernel has it otherwise. */
export function askChanged(socket: NetlinkSocket, { set, changes }: ChangedSet): NftSet | undefined {
  const wanted = new Map<ElementId, { readonly element: NftElement; readonly stands: boolean }>();
  for (const { how, elements } of changes) {
    for (const element of elements) wanted.set(elementId(element), { element, stands: how === "add" });
  }
  const added: NftElement[] = [];
  for (const { element, stands } of wanted.values()) {
    const found = findElement(socket, set, element);
    if (stands !== (found !== undefined)) return undefined;
    if (found === undefined) continue;
    if (found === "strange" || printElement(found) !== printElement(element)) return undefined;
    added.push(element);
  }
  const changed = changeRows(set, changes);
  if (changed !== undefined) return changed;
  return { ...set, elements: [...set.elements.filter((element) => !wanted.has(elementId(element))), ...added] };
}

/** What stands under the key of `element`; undefined for nothing. */
export function findElement(
  socket: NetlinkSocket,
  set: NftSet,
  element: NftElement,
): NftElement | "strange" | undefined {
  const sequence = socket.nextSequence();
  const question =
    element.key === "rest"
      ? elementQuestion(set.name, undefined, elementFlag.catchAll, sequence)
      : elementQuestion(set.name, keyBytes(shapeOf(set), element.key, "first"), 0, sequence);
  const reader = new ElementReader(set);
  try {
    socket.request(question, sequence, reader.visit);
  } catch (error) {
    if (error instanceof NetlinkRefusal && error.code === "ENOENT") return undefined;
    throw error;
  }
  const { elements, foreign } = reader.result();
  return foreign === undefined && elements.length === 1 ? elements[0] : "strange";
}
