// Everything of one kind in our table, message by message. A dump that a change came between is begun again. Between the
// pieces of a dump the event loop goes round, so that a table of a million elements stops nobody.

import { setImmediate } from "node:timers/promises";
import { tableName } from "@merlon/compiler/nft/table-names.ts";
import { MessageWriter, netlinkFlag } from "../netlink-message.ts";
import type { NetlinkMessage } from "../netlink-message.ts";
import { NetlinkRefusal, dumpAttemptsMax } from "../netlink-socket.ts";
import type { NetlinkSocket } from "../netlink-socket.ts";
import { inetFamily } from "./nf-tables-number.ts";

export interface DumpRequest {
  readonly message: number;
  /** The attribute that holds the table's name, in the request. */
  readonly table: number;
  /** Only of this set or chain. */
  readonly within?: { readonly attribute: number; readonly name: string };
}

/**
 * Reads until no change comes between, five times at most. `begin` makes the visitor of one attempt; what it has gathered
 * counts only when the dump ends well. The kernel answers ENOENT where table or set are not there: then nothing is visited.
 */
export async function dump<T>(
  socket: NetlinkSocket,
  request: DumpRequest,
  begin: () => { readonly visit: (message: NetlinkMessage) => void; readonly result: () => T },
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const { visit, result } = begin();
    const interrupted = await dumpOnce(socket, request, visit);
    // Other people's tables change the same number; an answer that is torn only by those is as good as any.
    if (!interrupted || attempt === dumpAttemptsMax) return result();
  }
}

async function dumpOnce(
  socket: NetlinkSocket,
  { message, table, within }: DumpRequest,
  visit: (message: NetlinkMessage) => void,
): Promise<boolean> {
  const writer = new MessageWriter();
  const sequence = socket.nextSequence();
  writer.begin(message, netlinkFlag.request | netlinkFlag.dump, sequence).netfilterHeader(inetFamily, 0);
  writer.attributeText(table, tableName);
  if (within !== undefined) writer.attributeText(within.attribute, within.name);
  const pieces = socket.dump(writer.take(), sequence, visit);
  try {
    for (;;) {
      const piece = pieces.next();
      if (piece.done === true) return piece.value;
      await setImmediate();
    }
  } catch (error) {
    if (error instanceof NetlinkRefusal && error.code === "ENOENT") return false;
    throw error;
  }
}
