// A set with all that stands in it, as the kernel lists it.
// Source: nft_rhash_walk of net/netfilter/nft_set_hash.c, Linux 6.1 to 6.18.

import { setTimeout as sleep } from "node:timers/promises";
import { RowIndex, rowsOf } from "@merlon/compiler/nft/packed-set.ts";
import type { NftSet } from "@merlon/compiler/nft/program.ts";
import type { NetlinkSocket } from "../netlink-socket.ts";
import { dump } from "./dump.ts";
import { elementListAttribute, nftMessage } from "./nf-tables-number.ts";
import { ElementReader, RowReader } from "./read-elements.ts";

const listingsMax = 3;
/** A hash that was filled at once has grown some milliseconds later. */
const growingMs = 20;

/** `set` without its elements. */
export async function listElements(socket: NetlinkSocket, set: NftSet): Promise<NftSet> {
  const request = listingOf(set.name);
  const rows = RowReader.fits(set) ? await listWhole(() => dump(socket, request, () => new RowReader(set))) : undefined;
  return rows ?? { ...set, ...(await dump(socket, request, () => new ElementReader(set))) };
}

/**
 * A listing is many messages, each of which goes on behind as many elements as came before. A hash without a size that
 * grows meanwhile has them in another order: it shows some twice, and leaves out as many others.
 */
export async function listWhole(list: () => Promise<NftSet | undefined>): Promise<NftSet | undefined> {
  for (let listing = 1; ; listing++) {
    const found = await list();
    const rows = found === undefined || found.size !== undefined ? undefined : rowsOf(found);
    if (rows === undefined || listing === listingsMax || new RowIndex(rows).count === rows.count) return found;
    await sleep(growingMs);
  }
}

/** The request for all that stands in a set. */
export function listingOf(name: string) {
  const within = { attribute: elementListAttribute.set, name };
  return { message: nftMessage.getElement, table: elementListAttribute.table, within };
}
