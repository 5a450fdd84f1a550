// One question and one answer over a connected datagram socket, so that an ICMP error comes back as an error of the
// socket. Used for DNS over UDP and for ICMP echo alike.

import type { Socket } from "node:dgram";

/**
 * The first datagram that comes back. `socket` is bound or fresh and belongs to this call; whoever made it gave it a
 * signal that closes it.
 */
export function askDatagram(socket: Socket, address: string, port: number, question: Uint8Array): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("closed")));
    socket.on("message", resolve);
    // Node hands a failure to connect to the callback and not to the listeners of `error`; its types do not say so.
    const connected = (error?: Error | null): void => {
      if (error) reject(error);
      else socket.send(question, (failure) => failure && reject(failure));
    };
    socket.connect(port, address, connected);
  });
}
