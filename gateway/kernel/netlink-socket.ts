// One netlink socket and the memory it receives into. Nothing here ever waits: the kernel carries out a request inside
// the send call and has its answer queued when that returns, and a dump is produced piece by piece inside the receive
// calls; multicast is polled by the owner. So a stuck reader cannot exist.
// Formats and flags: netlink(7), linux/netlink.h.

import { KernelFailure } from "./kernel.ts";
import {
  MessageBatch,
  SystemCallFailure,
  addressFamily,
  bindSocket,
  closeFile,
  closeFileAside,
  errnoName,
  getSocketOption,
  openSocket,
  send,
  sendParts,
  sendPartsAside,
  setSocketOption,
  socketAddress,
  socketLevel,
  socketOption,
  socketType,
} from "./libc.ts";
import { netlinkFlag, netlinkType, readErrno, readErrorText, readMessages } from "./netlink-message.ts";
import type { NetlinkMessage } from "./netlink-message.ts";

export const netlinkProtocol = { route: 0, netfilter: 12 } as const;
const netlinkOption = {
  addMembership: 1,
  dropMembership: 2,
  capAcknowledgement: 10,
  extendedAcknowledgement: 11,
  strictCheck: 12,
} as const;

/** 32 KiB is the largest piece that the kernel makes of a dump (netlink_recvmsg, Linux 6.1), so none is ever cut. */
const dumpSizeBytes = 32_768;
/** A dump restarts when the kernel says that a change came between; after so many the last answer is taken as it is. */
export const dumpAttemptsMax = 5;

/** netlink_sendmsg refuses what comes nearer to the limit than this. */
const sendOverheadBytes = 32;
/** Some milliseconds of work for the kernel. */
const asideBytesMin = 256 * 1024;

const notPermitted = "it is not permitted; run Merlon with CAP_NET_ADMIN";

/** A request that the kernel refused. */
export class NetlinkRefusal extends KernelFailure {
  /** The errno's name, such as `EEXIST`. */
  readonly code: string;

  constructor(code: string, words: string) {
    const sentence = words === "" && code === "EPERM" ? notPermitted : words;
    super(sentence === "" ? `the kernel answered ${code}` : `the kernel answered ${code}: ${sentence}`, code);
    this.code = code;
  }
}

export interface NetlinkSocketOptions {
  readonly protocol: number;
  /** Asked for; a process without the right to exceed net.core.rmem_max gets what that allows. */
  readonly receiveBufferBytes?: number;
  /** Datagrams that one system call takes. */
  readonly batch?: number;
  /** The largest datagram that may come; that of a dump when absent. */
  readonly slotSizeBytes?: number;
}

export class NetlinkSocket implements Disposable {
  readonly #fd: number;
  readonly #batch: MessageBatch;
  readonly #view: DataView;
  /** The socket's address on the netlink bus, which the kernel chose. */
  readonly port: number;
  #closed = false;
  /** The kernel lets whoever closes a socket of netfilter wait until all that was deleted is freed: some 20 ms. */
  #changedTables = false;
  #sequence = 0;

  constructor(options: NetlinkSocketOptions) {
    this.#batch = new MessageBatch(options.batch ?? 16, options.slotSizeBytes ?? dumpSizeBytes);
    this.#view = new DataView(this.#batch.bytes.buffer);
    try {
      this.#fd = openSocket(addressFamily.netlink, socketType.raw, options.protocol);
    } catch (cause) {
      throw new KernelFailure("cannot open a netlink socket to the kernel", String(cause), { cause });
    }
    try {
      if (options.receiveBufferBytes !== undefined) this.#enlargeBuffer(options.receiveBufferBytes);
      // struct sockaddr_nl with port 0 lets the kernel choose a port.
      bindSocket(this.#fd, Uint8Array.of(addressFamily.netlink, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
      setSocketOption(this.#fd, socketLevel.netlink, netlinkOption.extendedAcknowledgement, 1);
      setSocketOption(this.#fd, socketLevel.netlink, netlinkOption.capAcknowledgement, 1);
      const address = socketAddress(this.#fd);
      this.port = new DataView(address.buffer, address.byteOffset).getUint32(4, true);
    } catch (cause) {
      closeFile(this.#fd);
      throw new KernelFailure("cannot set up a netlink socket to the kernel", String(cause), { cause });
    }
  }

  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#changedTables) closeFileAside(this.#fd);
    else closeFile(this.#fd);
  }

  /** Bytes that may wait in the socket before the kernel drops; it counts its own overhead for each message. */
  get receiveBufferBytes(): number {
    return getSocketOption(this.#fd, socketLevel.socket, socketOption.receiveBuffer);
  }

  nextSequence(): number {
    this.#sequence = (this.#sequence + 1) >>> 0;
    return this.#sequence;
  }

  /** Makes rtnetlink refuse what it does not understand in a dump request instead of passing over it. */
  beStrict(): void {
    setSocketOption(this.#fd, socketLevel.netlink, netlinkOption.strictCheck, 1);
  }

  joinGroup(group: number): void {
    try {
      setSocketOption(this.#fd, socketLevel.netlink, netlinkOption.addMembership, group);
    } catch (cause) {
      const hint = cause instanceof SystemCallFailure && cause.code === "EPERM" ? `: ${notPermitted}` : "";
      const why = `group ${group}: ${String(cause)}`;
      throw new KernelFailure(`the kernel does not let Merlon listen to its events${hint}`, why, { cause });
    }
  }

  /** What waits in the socket already can still be received. */
  leaveGroup(group: number): void {
    setSocketOption(this.#fd, socketLevel.netlink, netlinkOption.dropMembership, group);
  }

  send(bytes: Uint8Array): void {
    this.#mustBeOpen();
    try {
      send(this.#fd, bytes);
    } catch (cause) {
      throw new KernelFailure("the kernel did not take a netlink request", String(cause), { cause });
    }
  }

  /** Makes room for a request of this size. A process without the right gets what net.core.wmem_max allows. */
  reserveSendBuffer(sizeBytes: number): void {
    // The kernel doubles what was asked for; its own limit is half of 2^31.
    const wanted = Math.min(sizeBytes, 2 ** 30 - 1);
    if (getSocketOption(this.#fd, socketLevel.socket, socketOption.sendBuffer) >= wanted + sendOverheadBytes) return;
    try {
      setSocketOption(this.#fd, socketLevel.socket, socketOption.sendBufferForce, wanted);
    } catch (error) {
      if (!(error instanceof SystemCallFailure) || error.code !== "EPERM") throw error;
      setSocketOption(this.#fd, socketLevel.socket, socketOption.sendBuffer, wanted);
    }
  }

  /**
   * Sends one request that lies in several parts. The kernel has carried it out when the promise is kept; a large one is
   * sent from another thread, so that this one is free meanwhile.
   */
  async sendParts(parts: readonly Uint8Array[], lengthBytes: number): Promise<void> {
    this.#mustBeOpen();
    this.#changedTables = true;
    this.reserveSendBuffer(lengthBytes);
    try {
      if (lengthBytes < asideBytesMin) sendParts(this.#fd, parts);
      else await sendPartsAside(this.#fd, parts);
    } catch (cause) {
      const tooLarge = cause instanceof SystemCallFailure && cause.code === "EMSGSIZE";
      const hint = tooLarge ? `: it has ${lengthBytes} bytes; raise net.core.wmem_max` : "";
      throw new KernelFailure(`the kernel did not take a netlink request${hint}`, String(cause), { cause });
    }
  }

  /**
   * Hands over what is waiting, at most one batch of datagrams. How many datagrams there were; 0 when nothing waits.
   * `"overrun"` means that the kernel dropped messages since the last call because the buffer was full.
   */
  receive(visit: (message: NetlinkMessage) => void): number | "overrun" {
    const count = this.#receiveBatch();
    if (count === "overrun") return count;
    for (let slot = 0; slot < count; slot++) {
      if (this.#batch.isTruncated(slot)) throw new KernelFailure("a netlink message was larger than expected", "");
      const start = this.#batch.offsetOf(slot);
      readMessages(this.#view, start, start + this.#batch.lengthOf(slot), visit);
    }
    return count;
  }

  /** Throws away what is waiting, at most one batch; like `receive`, but without looking. */
  discard(): number | "overrun" {
    return this.#receiveBatch();
  }

  /**
   * Sends requests that were built with consecutive sequence numbers, only the last of which asks for an answer, and
   * gives the refusal of each that was refused. Throws `KernelFailure` when the kernel's answer is missing.
   */
  transact(
    bytes: Uint8Array,
    lastSequence: number,
    refused: (sequence: number, refusal: NetlinkRefusal) => void,
    visit: (answer: NetlinkMessage) => void = () => {},
  ): void {
    this.send(bytes);
    this.#answers(lastSequence, refused, visit);
  }

  #answers(
    lastSequence: number,
    refused: (sequence: number, refusal: NetlinkRefusal) => void,
    visit: (answer: NetlinkMessage) => void,
  ): void {
    let answered = false;
    while (!answered) {
      const count = this.receive((message) => {
        if (message.type !== netlinkType.error) {
          visit(message);
          return;
        }
        const errno = readErrno(message);
        if (errno !== 0) refused(message.sequence, new NetlinkRefusal(errnoName(errno), readErrorText(message)));
        if (message.sequence === lastSequence) answered = true;
      });
      if (!answered && (count === 0 || count === "overrun")) {
        throw new KernelFailure("the kernel did not answer a netlink request", `sequence ${lastSequence}: ${count}`);
      }
    }
  }

  /** One request that asks for an acknowledgement; `visit` gets what else comes with it. Throws `NetlinkRefusal`. */
  request(bytes: Uint8Array, sequence: number, visit?: (answer: NetlinkMessage) => void): void {
    let refusal: NetlinkRefusal | undefined;
    const refused = (_: number, why: NetlinkRefusal): void => {
      refusal = why;
    };
    this.transact(bytes, sequence, refused, visit);
    if (refusal !== undefined) throw refusal;
  }

  /** The same from another thread, for a request that takes the kernel long: this one is free meanwhile. */
  async requestAside(bytes: Uint8Array, sequence: number): Promise<void> {
    this.#mustBeOpen();
    try {
      await sendPartsAside(this.#fd, [bytes]);
    } catch (cause) {
      throw new KernelFailure("the kernel did not take a netlink request", String(cause), { cause });
    }
    this.#answers(
      sequence,
      (_, refusal) => {
        throw refusal;
      },
      () => {},
    );
  }

  /**
   * Sends a dump request and hands over its messages; gives control back after every batch, whose memory is then used
   * again. The last value says whether a change came between the pieces, so that some may be missing or double.
   */
  *dump(bytes: Uint8Array, sequence: number, visit: (message: NetlinkMessage) => void): Generator<void, boolean> {
    this.send(bytes);
    let done = false;
    let interrupted = false;
    while (!done) {
      const count = this.receive((message) => {
        // Anything with another number is left over from a dump that was given up half way.
        if (message.sequence !== sequence) return;
        if ((message.flags & netlinkFlag.dumpInterrupted) !== 0) interrupted = true;
        if (message.type === netlinkType.error || message.type === netlinkType.done) {
          const errno = readErrno(message);
          if (errno !== 0) throw new NetlinkRefusal(errnoName(errno), readErrorText(message));
          done = true;
        } else visit(message);
      });
      if (!done && (count === 0 || count === "overrun")) {
        throw new KernelFailure("the kernel broke off a netlink dump", String(count));
      }
      yield;
    }
    return interrupted;
  }

  #receiveBatch(): number | "overrun" {
    this.#mustBeOpen();
    try {
      return this.#batch.receive(this.#fd);
    } catch (cause) {
      if (cause instanceof SystemCallFailure && cause.code === "ENOBUFS") return "overrun";
      throw new KernelFailure("cannot receive from the kernel", String(cause), { cause });
    }
  }

  /** The kernel gives the number of a closed descriptor to whatever is opened next, so it must never be used again. */
  #mustBeOpen(): void {
    if (this.#closed) throw new KernelFailure("this netlink socket has been closed", "");
  }

  /** SO_RCVBUFFORCE needs CAP_NET_ADMIN in the first user namespace; elsewhere net.core.rmem_max is the limit. */
  #enlargeBuffer(sizeBytes: number): void {
    try {
      setSocketOption(this.#fd, socketLevel.socket, socketOption.receiveBufferForce, sizeBytes);
    } catch (error) {
      if (!(error instanceof SystemCallFailure) || error.code !== "EPERM") throw error;
      setSocketOption(this.#fd, socketLevel.socket, socketOption.receiveBuffer, sizeBytes);
    }
  }
}
