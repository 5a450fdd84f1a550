// Netlink messages written straight into memory, many of them one behind the other: no object per attribute, no copy.
// The memory is a list of chunks, because the kernel wants a whole batch in one system call and takes it from several
// places; a message never lies across two. Big-endian numbers, as nf_tables has them, in the attributes.

import { tableName } from "@merlon/compiler/nft/table-names.ts";
import { netlinkHeaderSize } from "../netlink-message.ts";

const attributeHeaderSize = 4;
const nestedFlag = 0x8000;
/** A message has at most this much; its lists end before, because the length of an attribute is 16 bits. */
const messageBytesMax = 128 * 1024;
const firstChunkBytes = 256 * 1024;
const chunkBytes = 4 * 1024 * 1024;
/** Ten million elements; more than any kernel takes in one system call would need more chunks than UIO_MAXIOV. */
export const batchBytesMax = 1024 * 1024 * 1024;

export class BatchWriter {
  readonly #full: Uint8Array[] = [];
  #fullBytes = 0;
  #bytes = new Uint8Array(firstChunkBytes);
  #view = new DataView(this.#bytes.buffer);
  #words = new Uint32Array(this.#bytes.buffer);
  #at = 0;
  #messageStart = -1;
  #sequence: number;

  /** The table that all messages are about. */
  readonly table: string;

  /** `firstSequence` is the number of the first message; the others count on from it. */
  constructor(firstSequence: number, table: string = tableName) {
    this.#sequence = firstSequence;
    this.table = table;
  }

  /** What the next message will be numbered. */
  get nextSequence(): number {
    return this.#sequence;
  }

  get lengthBytes(): number {
    return this.#fullBytes + this.#at;
  }

  /** Bytes of the message so far, to end it before it is too long. */
  get messageBytes(): number {
    return this.#at - this.#messageStart;
  }

  /** Begins a message with netfilter's header behind netlink's; `end` finishes it. */
  begin(type: number, flags: number, family: number, resource = 0): this {
    if (this.#bytes.length - this.#at < messageBytesMax) this.#nextChunk();
    const at = this.#at;
    this.#messageStart = at;
    this.#view.setUint16(at + 4, type, true);
    this.#view.setUint16(at + 6, flags, true);
    this.#view.setUint32(at + 8, this.#sequence, true);
    this.#view.setUint8(at + netlinkHeaderSize, family);
    this.#view.setUint16(at + netlinkHeaderSize + 2, resource);
    this.#at = at + netlinkHeaderSize + 4;
    this.#sequence = (this.#sequence + 1) >>> 0;
    return this;
  }

  end(): void {
    this.#view.setUint32(this.#messageStart, this.#at - this.#messageStart, true);
  }

  /** Adds a flag to the message that was ended last. */
  addFlag(flag: number): void {
    const at = this.#messageStart + 6;
    this.#view.setUint16(at, this.#view.getUint16(at, true) | flag, true);
  }

  u8(type: number, value: number): this {
    this.#head(type, 1);
    this.#view.setUint8(this.#at, value);
    this.#at += 4;
    return this;
  }

  u16(type: number, value: number): this {
    this.#head(type, 2);
    this.#view.setUint16(this.#at, value);
    this.#at += 4;
    return this;
  }

  u32(type: number, value: number): this {
    this.#head(type, 4);
    this.#view.setUint32(this.#at, value);
    this.#at += 4;
    return this;
  }

  u64(type: number, value: number): this {
    this.#head(type, 8);
    this.#view.setBigUint64(this.#at, BigInt(value));
    this.#at += 8;
    return this;
  }

  bytes(type: number, value: Uint8Array): this {
    this.#head(type, value.length);
    this.#bytes.set(value, this.#at);
    this.#at += align(value.length);
    return this;
  }

  /** With a zero byte at its end. */
  text(type: number, value: string): this {
    const length = this.#put(value, this.#at + attributeHeaderSize) + 1;
    this.#head(type, length);
    this.#at += align(length);
    return this;
  }

  /** Nearly every text is a short name in ASCII, for which the encoder's call takes longer than the work. */
  #put(value: string, start: number): number {
    let index = 0;
    for (; index < value.length && index < textBytesMax; index++) {
      const code = value.charCodeAt(index);
      if (code > 0x7f) break;
      this.#bytes[start + index] = code;
    }
    if (index === value.length) return index;
    const { read, written } = textEncoder.encodeInto(value, this.#bytes.subarray(start, start + textBytesMax));
    if (read !== value.length) throw new Error(`a name of more than ${textBytesMax} bytes was built`);
    return written;
  }

  /** Opens an attribute of attributes and says where it began, for `close`. */
  open(type: number): number {
    const start = this.#at;
    this.#view.setUint16(start + 2, type | nestedFlag, true);
    this.#at = start + attributeHeaderSize;
    return start;
  }

  close(start: number): this {
    const length = this.#at - start;
    if (length > 0xffff) throw new Error(`a netlink attribute of ${length} bytes was built`);
    this.#view.setUint16(start, length, true);
    return this;
  }

  /** Room for an attribute's value of `length` bytes, all zero: where it begins in `memory`. */
  reserve(type: number, length: number): number {
    this.#head(type, length);
    const start = this.#at;
    this.#at += align(length);
    return start;
  }

  /** The memory that `reserve` speaks of, until the next message begins. */
  get memory(): DataView {
    return this.#view;
  }

  /**
   * Copies whole words to where the message stands, as they shall lie in memory: attributes that were put together
   * elsewhere, because there are millions of their kind.
   */
  copyWords(words: Uint32Array): void {
    this.#words.set(words, this.#at >>> 2);
    this.#at += words.byteLength;
  }

  /** Takes back what the current message has from `start` on, so that it is zero again. */
  rewind(start: number): void {
    this.#bytes.fill(0, start, this.#at);
    this.#at = start;
  }

  get position(): number {
    return this.#at;
  }

  /** All messages, in order. */
  chunks(): readonly Uint8Array[] {
    return [...this.#full, this.#bytes.subarray(0, this.#at)];
  }

  #head(type: number, length: number): void {
    this.#view.setUint16(this.#at, length + attributeHeaderSize, true);
    this.#view.setUint16(this.#at + 2, type, true);
    this.#at += attributeHeaderSize;
  }

  #nextChunk(): void {
    if (this.lengthBytes > batchBytesMax)
      throw new Error(`a netlink batch of more than ${batchBytesMax} bytes was built`);
    this.#full.push(this.#bytes.subarray(0, this.#at));
    this.#fullBytes += this.#at;
    this.#bytes = new Uint8Array(chunkBytes);
    this.#view = new DataView(this.#bytes.buffer);
    this.#words = new Uint32Array(this.#bytes.buffer);
    this.#at = 0;
  }
}

/** NFT_NAME_MAXLEN is 256 with the zero; log prefixes and comments are shorter. */
const textBytesMax = 255;
const textEncoder = new TextEncoder();

function align(length: number): number {
  return (length + 3) & ~3;
}
