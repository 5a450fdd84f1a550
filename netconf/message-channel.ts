// Messages over a connection, in both directions: what server and client have in common. One message is read at a time,
// so that a peer who sends many waits for the answers to be taken.

import { TextDecoder } from "node:util";
import type { ByteStream } from "./byte-stream.ts";
import { Deframer } from "./deframer.ts";
import type { DeframerLimits, Framing } from "./deframer.ts";
import { frame } from "./frame.ts";
import { MalformedXml } from "./parse-xml.ts";
import { toAscii } from "./print-element.ts";

export class MessageChannel {
  readonly #stream: ByteStream;
  readonly #deframer: Deframer;
  readonly #messages: AsyncGenerator<Uint8Array, void, void>;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });

  constructor(stream: ByteStream, limits: DeframerLimits = {}) {
    this.#stream = stream;
    this.#deframer = new Deframer(limits);
    this.#messages = this.#read();
  }

  /** For both directions, from the next message on. */
  setFraming(framing: Framing): void {
    this.#deframer.framing = framing;
  }

  /** A message has begun that is not complete. */
  get isReceiving(): boolean {
    return this.#deframer.isInside;
  }

  /**
   * The next message; undefined when the peer has ended. Throws `FramingError` and `MessageTooBig`, after which nothing more
   * can be read, and `MalformedXml` for bytes that are no UTF-8, after which the next message can.
   */
  async receive(): Promise<string | undefined> {
    for (;;) {
      const next = await this.#messages.next();
      if (next.done === true) return undefined;
      const text = this.#decode(next.value).trim();
      // Nothing between two marks is no message.
      if (text !== "") return text;
    }
  }

  /** Resolves when all of it was taken by the connection. */
  async send(message: string): Promise<void> {
    for (const piece of frame(toAscii(message), this.#deframer.framing)) await this.#stream.write(piece);
  }

  close(): void {
    this.#deframer.end();
    this.#stream.close();
  }

  async *#read(): AsyncGenerator<Uint8Array, void, void> {
    for await (const bytes of this.#stream.incoming) yield* this.#deframer.push(bytes);
  }

  #decode(bytes: Uint8Array): string {
    try {
      return this.#decoder.decode(bytes);
    } catch (error) {
      throw new MalformedXml("the message is not encoded in UTF-8", { cause: error });
    }
  }
}
