// Syslog over UDP (RFC 5426), TCP with a length before each message (RFC 6587, 3.4.1) and TLS (RFC 5425). A certificate
// that does not come from the trusted ones, or is of another host, ends the attempt before a line is sent.

import { createSocket } from "node:dgram";
import { once } from "node:events";
import { isIPv6, connect as connectTcp } from "node:net";
import type { Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Collector, Transport } from "./transport.ts";

/** RFC 5426, 3.2: a receiver should take 2,048 bytes; UDP itself ends at 65,507. A longer line is cut. */
const datagramBytesMax = 8_192;
/** Datagrams that are on their way to the kernel at once. */
const datagramsAtOnce = 64;
const connectTimeoutMs = 10_000;
/** A collector that takes nothing for so long is as good as dead. */
const silenceTimeoutMs = 60_000;

export async function openTransport(collector: Collector, signal: AbortSignal): Promise<Transport> {
  return collector.protocol === "udp" ? openDatagrams(collector, signal) : openConnection(collector, signal);
}

async function openDatagrams({ host, port, sourceAddress }: Collector, signal: AbortSignal): Promise<Transport> {
  const source = sourceAddress ?? host;
  const socket = createSocket({ type: isIPv6(source) ? "udp6" : "udp4" });
  // An ICMP error belongs to a datagram that is gone already; the next send tells it.
  let refusal: Error | undefined;
  socket.on("error", (error) => (refusal = error));
  try {
    if (sourceAddress !== undefined) {
      socket.bind({ address: sourceAddress, port: 0 });
      await once(socket, "listening", { signal });
    }
    socket.connect(port, host);
    await once(socket, "connect", { signal: AbortSignal.any([signal, AbortSignal.timeout(connectTimeoutMs)]) });
  } catch (error) {
    socket.close();
    throw error;
  }
  const sendOne = (line: string) =>
    new Promise<void>((resolve, reject) => {
      const bytes = Buffer.from(line);
      const cut = bytes.length > datagramBytesMax ? bytes.subarray(0, datagramBytesMax) : bytes;
      socket.send(cut, (error) => (error === null || error === undefined ? resolve() : reject(error)));
    });
  return {
    send: async (lines) => {
      for (let at = 0; at < lines.length; at += datagramsAtOnce) {
        if (refusal !== undefined) throw refusal;
        await Promise.all(lines.slice(at, at + datagramsAtOnce).map(sendOne));
      }
    },
    close: () => socket.close(),
  };
}

async function openConnection(collector: Collector, signal: AbortSignal): Promise<Transport> {
  const socket = connect(collector);
  let ended: Error | undefined;
  socket.on("error", (error) => (ended = error));
  socket.on("close", () => (ended ??= new Error("the collector closed the connection")));
  // Whatever it says is of no interest, but must not fill memory; and its end is only seen by reading.
  socket.resume();
  try {
    const ready = collector.protocol === "tls" ? "secureConnect" : "connect";
    await once(socket, ready, { signal: AbortSignal.any([signal, AbortSignal.timeout(connectTimeoutMs)]) });
  } catch (error) {
    socket.destroy();
    throw error;
  }
  socket.setKeepAlive(true, silenceTimeoutMs);
  return {
    send: async (lines) => {
      if (ended !== undefined) throw ended;
      await write(socket, lines.map(framed).join(""));
    },
    close: () => socket.destroy(),
  };
}

function connect({ host, port, protocol, sourceAddress, trusted }: Collector): Socket {
  const where = { host, port, ...(sourceAddress === undefined ? {} : { localAddress: sourceAddress }) };
  if (protocol === "tcp") return connectTcp(where);
  // Without certificates of its own a profile trusts nobody: an empty list is not the list of the system.
  return connectTls({ ...where, ca: trusted ?? [], rejectUnauthorized: true, minVersion: "TLSv1.2" });
}

function framed(line: string): string {
  return `${Buffer.byteLength(line)} ${line}`;
}

/** Resolves when the kernel has taken all of it. */
function write(socket: Socket, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => socket.destroy(new Error("the collector takes no more lines")), silenceTimeoutMs);
    socket.write(text, (error) => {
      clearTimeout(timer);
      if (error === null || error === undefined) resolve();
      else reject(error);
    });
  });
}
