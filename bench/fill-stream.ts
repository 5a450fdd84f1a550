// One TCP connection full of data in packets of 1,500 bytes, sender and receiver on one thread: what is sent travels inside
// the call of send(), and the receiver throws it away. Bytes received are counted, so nothing counts twice.

import { closeFile } from "@merlon/gateway/kernel/libc.ts";
import { inNetwork } from "@merlon/lab/network-namespace.ts";
import { LoadClock } from "./load-clock.ts";
import type { ConnectionEntry, LoadLimit, LoadReport } from "./load-job.ts";
import { acceptTcp, connectTcp, discardTcp, listenTcp, openTcp, sendTcp } from "./tcp-socket.ts";

const pieceSizeBytes = 65_536;
const sourcePort = 40_000;
/** A connection that moves nothing for so many turns is stuck. */
const idleTurnsMax = 1_000_000;

export function fillStream(entry: ConnectionEntry, limit: LoadLimit): LoadReport {
  const listener = listenTcp(entry.family, entry.toHost, entry.port);
  const [pair] = entry.addresses;
  if (pair === undefined) throw new Error("an entry without addresses");
  const client = inNetwork(entry.fromHost, () => {
    const fd = openTcp(entry.family, pair.source, sourcePort);
    connectTcp(entry.family, fd, pair.destination, entry.port);
    return fd;
  });
  const server = acceptTcp(listener);
  try {
    return fill(client, server, limit);
  } finally {
    for (const fd of [server, client, listener]) closeFile(fd);
  }
}

function fill(client: number, server: number, limit: LoadLimit): LoadReport {
  const piece = new Uint8Array(pieceSizeBytes);
  const clock = new LoadClock(limit);
  let count = 0;
  for (let idleTurns = 0; idleTurns < idleTurnsMax; idleTurns++) {
    if (clock.isOver(count)) return clock.report(count);
    const sent = sendTcp(client, piece);
    const received = discardTcp(server, pieceSizeBytes);
    if (sent + received > 0) idleTurns = 0;
    count += received;
  }
  throw new Error("the connection moves no data: the gateway does not let it pass");
}
