// A Node stream (an SSH channel, a socket) as the bytes of NETCONF: what is not asked for is not read, and what the other
// side does not take is waited for, but not for ever.

import type { Duplex } from "node:stream";
import type { ByteStream } from "@merlon/netconf/byte-stream.ts";

/** The other side has closed the connection, or takes nothing any more. */
export class ConnectionGone extends Error {
  override readonly name = "ConnectionGone";
}

/** `stallMs`: a peer that takes nothing of an answer for so long is gone. */
export function duplexBytes(duplex: Duplex, stallMs: number): ByteStream {
  // Errors are seen where something is read or written; without a listener they would end the process.
  duplex.on("error", () => undefined);
  return {
    incoming: incomingOf(duplex),
    write: async (bytes) => {
      if (duplex.destroyed || !duplex.writable) throw new ConnectionGone("the connection is closed");
      if (!duplex.write(bytes)) await drained(duplex, stallMs);
    },
    close: () => {
      if (!duplex.destroyed) duplex.end();
    },
  };
}

async function* incomingOf(duplex: Duplex): AsyncGenerator<Uint8Array, void, void> {
  try {
    // The stream stays open for writing when reading it has ended.
    for await (const bytes of duplex.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) yield bytes;
  } catch (error) {
    // A peer that breaks off has ended, too.
    if (!duplex.destroyed && !duplex.readableEnded) throw error;
  }
}

function drained(duplex: Duplex, stallMs: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const gone = (): void => reject(new ConnectionGone("the connection is closed"));
  const timer = setTimeout(() => {
    duplex.destroy();
    reject(new ConnectionGone(`nothing was read for ${stallMs / 1000} seconds`));
  }, stallMs);
  duplex.once("drain", resolve);
  duplex.once("close", gone);
  return promise.finally(() => {
    clearTimeout(timer);
    duplex.off("drain", resolve);
    duplex.off("close", gone);
  });
}
