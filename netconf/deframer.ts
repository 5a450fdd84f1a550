// Bytes → messages (RFC 6242): ended by `]]>]]>` until both sides have said hello, in chunks afterwards when both can.
// What is read is bounded before it is kept: the message, the number of its chunks, and what all connections of a process
// hold together. After a framing error nothing can be trusted, and the connection ends (RFC 6242, 4.2).

import { Buffer } from "node:buffer";

export type Framing = "end-of-message" | "chunked";

/** A configuration of 67,108,864 characters in its message. */
export const messageBytesMax = 72 * 1024 * 1024;
export const chunkCountMax = 200_000;

export class FramingError extends Error {
  override readonly name = "FramingError";
}

/** The message is longer than anybody may send, or than can be kept beside those of others. */
export class MessageTooBig extends Error {
  override readonly name = "MessageTooBig";
}

/** How much all unfinished messages may hold together. */
export class ByteBudget {
  #left: number;

  constructor(bytesMax: number) {
    this.#left = bytesMax;
  }

  /** False when there is not so much left. */
  take(bytes: number): boolean {
    if (bytes > this.#left) return false;
    this.#left -= bytes;
    return true;
  }

  giveBack(bytes: number): void {
    this.#left += bytes;
  }
}

export interface DeframerLimits {
  readonly messageBytesMax?: number;
  readonly budget?: ByteBudget;
}

const endMark = Buffer.from("]]>]]>");
const lineFeed = 0x0a;
const hash = 0x23;
/** 4,294,967,295 is the largest chunk (RFC 6242, 4.2). */
const sizeDigitsMax = 10;
/** A buffer that was once large is let go when it is empty. */
const bufferBytesKept = 64 * 1024;

export class Deframer {
  #framing: Framing = "end-of-message";
  /** Until the first chunk: some peers end the message before it with a line end behind its mark. */
  #mayBeBlank = false;
  readonly #bytesMax: number;
  readonly #budget: ByteBudget | undefined;
  #buffer: Buffer = Buffer.alloc(0);
  #length = 0;
  #taken = 0;
  /** Of the message in chunks: bytes that the current chunk still lacks, and its header as far as it was read. */
  #chunkLeft = 0;
  #header = "";
  #chunkCount = 0;
  #ended = false;

  constructor({ messageBytesMax: bytesMax = messageBytesMax, budget }: DeframerLimits = {}) {
    this.#bytesMax = bytesMax;
    this.#budget = budget;
  }

  get framing(): Framing {
    return this.#framing;
  }

  /** Counts from the next message on. */
  set framing(framing: Framing) {
    this.#framing = framing;
    this.#mayBeBlank = framing === "chunked";
  }

  /** A message has begun and is not complete. */
  get isInside(): boolean {
    return this.#length > 0 || this.#header !== "" || this.#chunkCount > 0;
  }

  /**
   * The messages that these bytes complete, one at a time: the framing may change between two of them. Throws
   * `FramingError` and `MessageTooBig`, after which the deframer is of no use.
   */
  *push(bytes: Uint8Array): Generator<Buffer, void, void> {
    let rest = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    while (rest.length > 0 && !this.#ended) {
      const [used, message] = this.framing === "chunked" ? this.#readChunked(rest) : this.#readToMark(rest);
      rest = rest.subarray(used);
      if (message !== undefined) yield message;
    }
  }

  /** Gives back what it holds of the common budget; nothing more is kept. */
  end(): void {
    this.#release();
    this.#ended = true;
  }

  #release(): void {
    this.#budget?.giveBack(this.#taken);
    this.#taken = 0;
    this.#length = 0;
    this.#buffer = Buffer.alloc(0);
  }

  /** How many bytes were used, and the message when they complete it. */
  #readToMark(bytes: Buffer): readonly [number, Buffer?] {
    // The mark may have begun in what was read before.
    const overlap = Math.min(this.#length, endMark.length - 1);
    const before = this.#buffer.subarray(this.#length - overlap, this.#length);
    const head = Buffer.concat([before, bytes.subarray(0, endMark.length - 1)]);
    const across = head.indexOf(endMark);
    if (across >= 0) {
      const used = across + endMark.length - overlap;
      this.#length -= Math.max(0, overlap - across);
      return [used, this.#finish(bytes.subarray(0, Math.max(0, across - overlap)))];
    }
    const at = bytes.indexOf(endMark);
    if (at >= 0) return [at + endMark.length, this.#finish(bytes.subarray(0, at))];
    this.#append(bytes);
    return [bytes.length];
  }

  #readChunked(bytes: Buffer): readonly [number, Buffer?] {
    if (this.#chunkLeft > 0) {
      const part = bytes.subarray(0, this.#chunkLeft);
      this.#append(part);
      this.#chunkLeft -= part.length;
      return [part.length];
    }
    for (const [at, byte] of bytes.entries()) {
      if (this.#mayBeBlank && this.#header === "\n" && byte === lineFeed) continue;
      this.#header += String.fromCharCode(byte);
      const kind = headerKind(this.#header);
      if (kind === "open") continue;
      if (kind === "wrong" || (kind === "end" && this.#chunkCount === 0))
        throw new FramingError(`${JSON.stringify(this.#header)} is no beginning of a chunk, and no end of chunks`);
      const size = Number(this.#header.slice(2, -1));
      this.#header = "";
      if (kind === "end") return [at + 1, this.#finish(nothing)];
      this.#beginChunk(size);
      return [at + 1];
    }
    return [bytes.length];
  }

  #beginChunk(size: number): void {
    this.#mayBeBlank = false;
    this.#chunkCount += 1;
    if (this.#chunkCount > chunkCountMax) throw new MessageTooBig(`a message has at most ${chunkCountMax} chunks`);
    if (this.#length + size > this.#bytesMax) throw this.#tooBig();
    this.#chunkLeft = size;
  }

  #append(bytes: Buffer): void {
    const length = this.#length + bytes.length;
    if (length > this.#bytesMax) throw this.#tooBig();
    if (length > this.#buffer.length) this.#grow(length);
    bytes.copy(this.#buffer, this.#length);
    this.#length = length;
  }

  #grow(length: number): void {
    const size = Math.min(this.#bytesMax, Math.max(4096, length, this.#buffer.length * 2));
    const more = size - this.#buffer.length;
    if (this.#budget?.take(more) === false)
      throw new MessageTooBig("the messages of all sessions together are too long; try again later");
    this.#taken += this.#budget === undefined ? 0 : more;
    const grown = Buffer.alloc(size);
    this.#buffer.copy(grown, 0, 0, this.#length);
    this.#buffer = grown;
  }

  /** The message that ends with `last`; what it stood in is used again. */
  #finish(last: Buffer): Buffer {
    if (this.#length + last.length > this.#bytesMax) throw this.#tooBig();
    const message = Buffer.concat([this.#buffer.subarray(0, this.#length), last]);
    this.#chunkCount = 0;
    if (this.#buffer.length > bufferBytesKept) this.#release();
    this.#length = 0;
    return message;
  }

  #tooBig(): MessageTooBig {
    return new MessageTooBig(`a message has at most ${this.#bytesMax} bytes`);
  }
}

const nothing = Buffer.alloc(0);

/** What the bytes of a header are so far: `\n#17\n` begins a chunk, `\n##\n` ends the message. */
function headerKind(header: string): "open" | "chunk" | "end" | "wrong" {
  const last = header.charCodeAt(header.length - 1);
  if (header.length === 1) return last === lineFeed ? "open" : "wrong";
  if (header.length === 2) return last === hash ? "open" : "wrong";
  if (header === "\n##") return "open";
  if (header.startsWith("\n##")) return last === lineFeed ? "end" : "wrong";
  if (last === lineFeed) return header.length > 3 && Number(header.slice(2, -1)) <= 0xffff_ffff ? "chunk" : "wrong";
  const isDigit = last >= (header.length === 3 ? 0x31 : 0x30) && last <= 0x39;
  return isDigit && header.length <= 2 + sizeDigitsMax ? "open" : "wrong";
}
