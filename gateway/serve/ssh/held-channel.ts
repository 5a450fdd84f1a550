// A channel of an SSH connection as a plain stream that holds back its writer. The library writes into the socket whatever
// the window of the channel allows, and the client says how large that is: one that opens a huge window and reads nothing
// would fill our memory. So a write is done only when the socket has room again.

import { Duplex } from "node:stream";
import type { Socket } from "node:net";

/** Of what is read and of what is written, before somebody has to wait. */
const waitingSizeBytesMax = 64 * 1024;

export class HeldChannel extends Duplex {
  readonly #channel: Duplex;
  readonly #socket: Socket;

  constructor(channel: Duplex, socket: Socket) {
    // Both directions may be over and the exit status not yet sent: only who made it destroys it.
    super({ highWaterMark: waitingSizeBytesMax, allowHalfOpen: true, autoDestroy: false });
    this.#channel = channel;
    this.#socket = socket;
    channel.on("data", (bytes: Buffer) => {
      if (!this.push(bytes)) channel.pause();
    });
    channel.on("end", () => this.push(null));
    channel.on("close", () => this.destroy());
    channel.on("error", (error) => this.destroy(error));
  }

  override _read(): void {
    this.#channel.resume();
  }

  override _write(bytes: Buffer, _: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#channel.destroyed) return done(new Error("the client has closed the channel"));
    this.#channel.write(bytes, (error) => {
      if (error !== null && error !== undefined) done(error);
      else this.#whenSocketHasRoom(done);
    });
  }

  override _final(done: (error?: Error | null) => void): void {
    // The end of the channel is sent with its exit status, which comes later.
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#channel.destroy();
    done(error);
  }

  #whenSocketHasRoom(done: () => void): void {
    const socket = this.#socket;
    if (!socket.writableNeedDrain || socket.destroyed) return done();
    const go = (): void => {
      socket.off("drain", go);
      socket.off("close", go);
      done();
    };
    socket.on("drain", go);
    socket.on("close", go);
  }
}
