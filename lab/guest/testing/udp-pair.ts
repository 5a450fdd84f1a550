// A client and a server that speak UDP through the gateway with one system call for each packet: no program is started
// for them, because that takes a second in the guest.

import { setTimeout as wait } from "node:timers/promises";
import { addressFamily, bindSocket, closeFile, openSocket, receive, socketType } from "@merlon/gateway/kernel/libc.ts";
import type { Place, StoryNetwork } from "@merlon/gateway/kernel/story-network.ts";
import { sendUdp, socketAddressOf } from "@merlon/gateway/kernel/story-traffic.ts";

const clientPort = 40_000;
const payload = Buffer.from("x".repeat(100));
const pollMs = 2;
/** A packet that has not arrived by then does not arrive. */
const silenceMs = 400;
const headerSizeBytes = { 4: 20 + 8, 6: 40 + 8 } as const;

export interface UdpEnds {
  readonly client: string;
  readonly server: string;
  /** The server's; the client's is fixed. */
  readonly port: number;
}

export class UdpPair implements Disposable {
  readonly #ends: UdpEnds;
  readonly #sockets: Readonly<Record<"client" | "server", number>>;

  private constructor(ends: UdpEnds, sockets: Readonly<Record<"client" | "server", number>>) {
    this.#ends = ends;
    this.#sockets = sockets;
  }

  static open(network: StoryNetwork, ends: UdpEnds): UdpPair {
    const at = (place: Place, address: string, port: number) =>
      network.at(place, () => {
        const family = address.includes(":") ? addressFamily.inet6 : addressFamily.inet;
        const fd = openSocket(family, socketType.datagram, 0);
        bindSocket(fd, socketAddressOf(address, port));
        return fd;
      });
    const client = at("client", ends.client, clientPort);
    return new UdpPair(ends, { client, server: at("server", ends.server, ends.port) });
  }

  /** What the kernel counts for a packet. */
  get packetSizeBytes(): number {
    return payload.length + headerSizeBytes[this.#ends.client.includes(":") ? 6 : 4];
  }

  /** One packet each way, the server's whether or not it got one. How many arrived: at the server, at the client. */
  async exchange(): Promise<readonly [server: number, client: number]> {
    const { client, server, port } = this.#ends;
    sendUdp(this.#sockets.client, server, port, payload);
    const atServer = await arrived(this.#sockets.server);
    sendUdp(this.#sockets.server, client, clientPort, payload);
    return [atServer, await arrived(this.#sockets.client)];
  }

  /** Throws away what has arrived at the server. */
  drain(): void {
    const into = new Uint8Array(2_048);
    while (receive(this.#sockets.server, into) !== undefined);
  }

  [Symbol.dispose](): void {
    closeFile(this.#sockets.client);
    closeFile(this.#sockets.server);
  }
}

async function arrived(fd: number): Promise<number> {
  const into = new Uint8Array(2_048);
  for (let waitedMs = 0; waitedMs < silenceMs; waitedMs += pollMs) {
    let count = 0;
    while (receive(fd, into) !== undefined) count++;
    if (count > 0) return count;
    await wait(pollMs);
  }
  return 0;
}
