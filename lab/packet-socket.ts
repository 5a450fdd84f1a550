// Raw frames in and out of one device (AF_PACKET, packet(7)). The socket belongs to the namespace in which the thread
// was when it was opened; afterwards the thread may go elsewhere.

import {
  addressFamily,
  bindSocket,
  closeFile,
  interfaceIndex,
  MessageBatch,
  openSocket,
  setSocketOption,
  socketLevel,
  socketOption,
  socketType,
  SystemCallFailure,
} from "@merlon/gateway/kernel/libc.ts";

/** ETH_P_ALL: frames of every type. */
const everyType = 0x0003;
/** PACKET_IGNORE_OUTGOING of linux/if_packet.h: what we send ourselves does not come back. */
const ignoreOutgoing = 23;
/** The headers of the largest frame that a veth of the lab carries, and its 1,500 bytes. */
const frameSizeBytesMax = 1_600;
const batchCount = 256;
const receiveBufferBytes = 16 * 1024 * 1024;

export class PacketSocket implements Disposable {
  readonly #fd: number;
  readonly #outgoing = new MessageBatch(batchCount, frameSizeBytesMax);
  readonly #incoming: MessageBatch | undefined;
  #open = true;

  private constructor(fd: number, receives: boolean) {
    this.#fd = fd;
    this.#incoming = receives ? new MessageBatch(batchCount, frameSizeBytesMax) : undefined;
  }

  /**
   * A socket on the device of the calling thread's namespace. One that does not receive costs the kernel no copies.
   * Throws `SystemCallFailure`, or an error that names the missing device.
   */
  static open(device: string, { receives }: { readonly receives: boolean }): PacketSocket {
    const index = interfaceIndex(device);
    if (index === undefined) throw new Error(`there is no device ${device} in this network namespace`);
    const fd = openSocket(addressFamily.packet, socketType.raw, 0);
    try {
      if (receives) {
        setReceiveBuffer(fd);
        setSocketOption(fd, socketLevel.packet, ignoreOutgoing, 1);
      }
      bindSocket(fd, linkAddress(index, receives ? everyType : 0));
    } catch (error) {
      closeFile(fd);
      throw error;
    }
    return new PacketSocket(fd, receives);
  }

  /** Sends the frames in order; how many the kernel took. Fewer than given when its queue is full. */
  send(frames: readonly Uint8Array[]): number {
    let sent = 0;
    while (sent < frames.length) {
      const batch = frames.slice(sent, sent + batchCount);
      for (const [slot, frame] of batch.entries()) {
        if (frame.length > frameSizeBytesMax) throw new Error(`a frame of ${frame.length} bytes is too long`);
        this.#outgoing.bytes.set(frame, this.#outgoing.offsetOf(slot));
        this.#outgoing.setLength(slot, frame.length);
      }
      const taken = this.#outgoing.send(this.#fd, batch.length);
      sent += taken;
      if (taken < batch.length) break;
    }
    return sent;
  }

  /** The frames that wait, at most 256; none when nothing came. Longer frames are cut to 1,600 bytes. */
  receive(): readonly Uint8Array[] {
    const incoming = this.#incoming;
    if (incoming === undefined) throw new Error("this packet socket was opened for sending only");
    const count = incoming.receive(this.#fd);
    return Array.from({ length: count }, (_, slot) =>
      incoming.bytes.slice(incoming.offsetOf(slot), incoming.offsetOf(slot) + incoming.lengthOf(slot)),
    );
  }

  [Symbol.dispose](): void {
    if (this.#open) closeFile(this.#fd);
    this.#open = false;
  }
}

/** struct sockaddr_ll: family, protocol in network order, interface index, the rest zero. */
function linkAddress(index: number, protocol: number): Uint8Array {
  const bytes = new Uint8Array(20);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, addressFamily.packet, true);
  view.setUint16(2, protocol, false);
  view.setInt32(4, index, true);
  return bytes;
}

/** As much as asked for, or what the kernel allows those without its administrator's rights (net.core.rmem_max). */
function setReceiveBuffer(fd: number): void {
  try {
    setSocketOption(fd, socketLevel.socket, socketOption.receiveBufferForce, receiveBufferBytes);
  } catch (error) {
    if (!(error instanceof SystemCallFailure) || error.code !== "EPERM") throw error;
    setSocketOption(fd, socketLevel.socket, socketOption.receiveBuffer, receiveBufferBytes);
  }
}
