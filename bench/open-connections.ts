// Opens, accepts and closes TCP connections through the gateway, one after the other, client and server on one thread.
// The handshake travels inside the call of connect(), and what arrives waits in the listener's queue, so neither side ever
// waits for the other, and the time of connect() is that of SYN, SYN-ACK and ACK through the gateway.

import { closeFile } from "@merlon/gateway/kernel/libc.ts";
import { inNetwork } from "@merlon/lab/network-namespace.ts";
import { LoadClock } from "./load-clock.ts";
import type { ConnectionEntry, LoadLimit, LoadReport } from "./load-job.ts";
import { threadTimeNs } from "./thread-time.ts";
import { acceptTcp, connectTcp, listenTcp, openTcp } from "./tcp-socket.ts";

/** Connections in a row between the same two zones: entering a namespace costs, too. */
const connectionsPerTurn = 64;
const firstSourcePort = 1_024;
const sourcePortCount = 65_536 - firstSourcePort;

export function openConnections(entries: readonly ConnectionEntry[], limit: LoadLimit): LoadReport {
  const places = new Map(entries.map((entry) => [placeOf(entry), entry]));
  const listeners = new Map(
    [...places].map(([key, { family, toHost, port }]) => [key, listenTcp(family, toHost, port)]),
  );
  const connectNs: number[] = [];
  const clock = new LoadClock(limit);
  try {
    for (let turn = 0; !clock.isOver(connectNs.length); turn++) {
      const entry = entries[turn % entries.length];
      const listener = entry === undefined ? undefined : listeners.get(placeOf(entry));
      if (entry === undefined || listener === undefined) throw new Error("no entries to connect through");
      const first = Math.floor(turn / entries.length) * connectionsPerTurn;
      inNetwork(entry.fromHost, () => {
        for (let n = 0; n < connectionsPerTurn && !clock.isOver(connectNs.length); n++) {
          connectNs.push(connectOnce(entry, first + n, listener));
        }
      });
    }
    return { ...clock.report(connectNs.length), connectNs };
  } finally {
    for (const fd of listeners.values()) closeFile(fd);
  }
}

function placeOf({ toHost, port }: Pick<ConnectionEntry, "toHost" | "port">): string {
  return `${toHost} ${port}`;
}

/** The server closes first, so that it alone would have to remember the connection. The thread's time in connect(). */
function connectOnce(entry: ConnectionEntry, number: number, listener: number): number {
  const pair = entry.addresses[number % entry.addresses.length];
  if (pair === undefined) throw new Error("an entry without addresses");
  const port = firstSourcePort + (Math.floor(number / entry.addresses.length) % sourcePortCount);
  const fd = openTcp(entry.family, pair.source, port);
  try {
    const fromNs = threadTimeNs();
    connectTcp(entry.family, fd, pair.destination, entry.port);
    const tookNs = threadTimeNs() - fromNs;
    closeFile(acceptTcp(listener));
    return tookNs;
  } finally {
    closeFile(fd);
  }
}
