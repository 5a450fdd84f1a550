// A TCP socket that is bound to an address of this network namespace and listens only when another process, which may be in
// another namespace, is given it: a socket belongs to the namespace that it was made in, whoever holds it.

import {
  addressFamily,
  bindSocket,
  closeFile,
  openSocket,
  setSocketOption,
  socketAddress,
  socketLevel,
} from "@merlon/gateway/kernel/libc.ts";

/** SOCK_STREAM | SOCK_CLOEXEC: the child that is to have it gets it by name. */
const stream = 1 | 0o2000000;
const reuseAddress = 2;

export class BoundSocket implements Disposable {
  readonly descriptor: number;
  readonly port: number;
  #open = true;

  private constructor(descriptor: number, port: number) {
    this.descriptor = descriptor;
    this.port = port;
  }

  /** On 127.0.0.1; port 0 means any. Throws when the port is taken. */
  static bind(port: number): BoundSocket {
    const descriptor = openSocket(addressFamily.inet, stream, 0);
    try {
      setSocketOption(descriptor, socketLevel.socket, reuseAddress, 1);
      bindSocket(descriptor, loopback(port));
      const bound = socketAddress(descriptor);
      return new BoundSocket(descriptor, ((bound[2] ?? 0) << 8) | (bound[3] ?? 0));
    } catch (cause) {
      closeFile(descriptor);
      throw new Error(`port ${port} of 127.0.0.1 cannot be had: ${(cause as Error).message}`, { cause });
    }
  }

  /** This process needs it no more; who was given it keeps it. */
  [Symbol.dispose](): void {
    if (this.#open) closeFile(this.descriptor);
    this.#open = false;
  }
}

/** struct sockaddr_in, ip(7): the family in host order, the rest in network order. */
function loopback(port: number): Uint8Array {
  const address = new Uint8Array(16);
  address.set([addressFamily.inet, 0, port >> 8, port & 0xff, 127, 0, 0, 1]);
  return address;
}
