// What each element of a counting set with marks as keys has counted. Only numbers are taken from the dump, no elements
// are made.

import { tableName } from "@merlon/compiler/nft/table-names.ts";
import type { HitCount } from "../kernel.ts";
import { KernelFailure } from "../kernel.ts";
import { AttributeTable, readAttributes } from "../netlink-message.ts";
import type { NetlinkMessage } from "../netlink-message.ts";
import { NetlinkSocket, netlinkProtocol } from "../netlink-socket.ts";
import { dump } from "./dump.ts";
import { listingOf } from "./list-elements.ts";
import { dataAttribute, elementAttribute, elementListAttribute, expressionAttribute } from "./nf-tables-number.ts";
import { readSetByName } from "./read-set.ts";

const of = "nf_tables element message";
const list = new AttributeTable(of, 4);
const element = new AttributeTable(of, 11);
const key = new AttributeTable(of, 2);
const expression = new AttributeTable(of, 2);
const counter = new AttributeTable(of, 2);
const counterAttribute = { bytes: 1, packets: 2 } as const;

/** Keyed by mark. Throws `KernelFailure` when there is no such set. */
export async function readHits(set: string): Promise<ReadonlyMap<number, HitCount>> {
  using socket = new NetlinkSocket({ protocol: netlinkProtocol.netfilter });
  const found = readSetByName(socket, set);
  if (found === undefined) {
    throw new KernelFailure(`there is no set ${set.slice(0, 128)} in table inet ${tableName}`, "");
  }
  if (found.set.key.length !== 1 || found.set.key[0] !== "mark" || found.set.interval !== false) {
    throw new KernelFailure(`set ${set} in table inet ${tableName} is not one that counts by mark`, "");
  }
  return await dump(socket, listingOf(set), () => {
    const hits = new Map<number, HitCount>();
    return { visit: (message) => addHits(message, hits), result: () => hits };
  });
}

function addHits({ view, start, end }: NetlinkMessage, hits: Map<number, HitCount>): void {
  list.read(view, start + 4, end);
  const [first, last] = [list.startOf(elementListAttribute.elements), list.endOf(elementListAttribute.elements)];
  if (first < 0) return;
  readAttributes(view, first, last, of, (_, from, to) => {
    element.read(view, from, to);
    if (!element.readNested(elementAttribute.key, key)) return;
    const at = key.startOf(dataAttribute.value);
    if (at < 0 || key.endOf(dataAttribute.value) - at !== 4) return;
    // A mark is in the byte order of the machine.
    hits.set(view.getUint32(at, true), readCounter());
  });
}

function readCounter(): HitCount {
  const counts = { packets: 0, bytes: 0 };
  if (!element.readNested(elementAttribute.expression, expression)) return counts;
  if (!expression.readNested(expressionAttribute.data, counter)) return counts;
  return {
    packets: counter.u64be(counterAttribute.packets) ?? 0,
    bytes: counter.u64be(counterAttribute.bytes) ?? 0,
  };
}
