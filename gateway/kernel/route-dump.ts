// One dump over rtnetlink, from the request to what its messages say. Whether one that a change came between is begun again,
// and what happens when it always is, depends on what is read.

import { MessageWriter } from "./netlink-message.ts";
import type { NetlinkMessage } from "./netlink-message.ts";
import { NetlinkSocket, netlinkProtocol } from "./netlink-socket.ts";

const requestBatch = 4;

export function openRouteSocket(): NetlinkSocket {
  const socket = new NetlinkSocket({ protocol: netlinkProtocol.route, batch: requestBatch });
  socket.beStrict();
  return socket;
}

export interface RouteDump<T> {
  readonly found: T[];
  /** A change came between two pieces: what was read may be a mixture. */
  readonly interrupted: boolean;
}

/** Messages of `type` as `decode` reads them, without those that it makes nothing of. */
export function dumpRoute<T>(
  socket: NetlinkSocket,
  type: number,
  encode: (writer: MessageWriter, sequence: number) => void,
  decode: (message: NetlinkMessage) => T | undefined,
): RouteDump<T> {
  const found: T[] = [];
  const writer = new MessageWriter();
  const sequence = socket.nextSequence();
  encode(writer, sequence);
  const pieces = socket.dump(writer.take(), sequence, (message) => {
    const item = message.type === type ? decode(message) : undefined;
    if (item !== undefined) found.push(item);
  });
  for (;;) {
    const piece = pieces.next();
    if (piece.done === true) return { found, interrupted: piece.value };
  }
}
