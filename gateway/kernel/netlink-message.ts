// Netlink messages as bytes: a writer for requests, and readers that check every length before they read. A message
// that does not add up is a `KernelFailure` that says where, never a read beyond its end. No system call is made here.
// Formats: linux/netlink.h (nlmsghdr, nlattr, nlmsgerr) and linux/netfilter/nfnetlink.h (nfgenmsg) of Linux 6.1.
// Netlink speaks the byte order of the host, which is little-endian on every platform that Merlon runs on; netfilter's
// attributes are big-endian inside, which the accessor names say (`u32be`).

import { KernelFailure } from "./kernel.ts";

export const netlinkHeaderSize = 16;
const attributeHeaderSize = 4;
/** NLA_F_NESTED; the two top bits of an attribute's type are flags. */
const nestedFlag = 0x8000;
const typeMask = 0x3fff;

export const netlinkType = { noop: 1, error: 2, done: 3, overrun: 4 } as const;
export const netlinkFlag = {
  request: 0x1,
  multi: 0x2,
  acknowledge: 0x4,
  dumpInterrupted: 0x10,
  replace: 0x100,
  exclusive: 0x200,
  create: 0x400,
  /** NLM_F_ROOT | NLM_F_MATCH. */
  dump: 0x300,
} as const;

/** One message inside a received datagram. `start` and `end` bound what follows the header, padding excluded. */
export interface NetlinkMessage {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly view: DataView;
  readonly start: number;
  readonly end: number;
}

/** Calls `visit` for every message of the datagram between `start` and `end`. */
export function readMessages(
  view: DataView,
  start: number,
  end: number,
  visit: (message: NetlinkMessage) => void,
): void {
  let at = start;
  while (at < end) {
    if (end - at < netlinkHeaderSize) throw malformed("netlink message", "its header is cut off", view, at, end);
    const length = view.getUint32(at, true);
    if (length < netlinkHeaderSize || length > end - at) {
      throw malformed("netlink message", `it claims ${length} bytes where ${end - at} are left`, view, at, end);
    }
    visit({
      type: view.getUint16(at + 4, true),
      flags: view.getUint16(at + 6, true),
      sequence: view.getUint32(at + 8, true),
      view,
      start: at + netlinkHeaderSize,
      end: at + length,
    });
    at += align(length);
  }
}

/** What an NLMSG_ERROR or NLMSG_DONE says: 0 for success, else an errno as a positive number. */
export function readErrno(message: NetlinkMessage): number {
  const { view, start, end } = message;
  // A dump's NLMSG_DONE may come without a body in old kernels; that means success.
  if (message.type === netlinkType.done && end - start < 4) return 0;
  if (end - start < 4) throw malformed("netlink error message", "it carries no error number", view, start, end);
  return Math.abs(view.getInt32(start, true));
}

/** The sentence that the kernel adds to an error (NLMSGERR_ATTR_MSG, with NETLINK_EXT_ACK), or an empty text. */
export function readErrorText(message: NetlinkMessage): string {
  return readErrorAttributes(message)?.text(1) ?? "";
}

/** Where in the refused message the attribute stands that the kernel did not take (NLMSGERR_ATTR_OFFS), if it says so. */
export function readErrorOffset(message: NetlinkMessage): number | undefined {
  return readErrorAttributes(message)?.u32(2);
}

function readErrorAttributes(message: NetlinkMessage): AttributeTable | undefined {
  const { view, start, end } = message;
  // struct nlmsgerr: error, then the header of the request; its body is left out under NETLINK_CAP_ACK. The end of a
  // dump that failed carries the attributes right behind the error number (netlink_dump_done, af_netlink.c).
  const attributesStart = start + 4 + (message.type === netlinkType.done ? 0 : netlinkHeaderSize);
  const extendedAcknowledgement = 0x200;
  if ((message.flags & extendedAcknowledgement) === 0 || attributesStart > end) return undefined;
  const attributes = new AttributeTable("netlink error message", 6);
  attributes.read(view, attributesStart, end);
  return attributes;
}

/**
 * The attributes of one level of one message, by number; filled anew for every message so that reading makes no
 * garbage. Accessors answer undefined for an attribute that is absent and throw `KernelFailure` for one of a wrong
 * size.
 */
export class AttributeTable {
  readonly #of: string;
  readonly #typeMax: number;
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;
  #view: DataView = new DataView(new ArrayBuffer(0));

  /** `of` names the message in errors; attributes above `typeMax` are passed over, as the kernel's own parser does. */
  constructor(of: string, typeMax: number) {
    this.#of = of;
    this.#typeMax = typeMax;
    this.#starts = new Int32Array(typeMax + 1);
    this.#ends = new Int32Array(typeMax + 1);
  }

  read(view: DataView, start: number, end: number): void {
    this.#view = view;
    this.#starts.fill(-1);
    if (start > end) throw malformed(this.#of, "it is too short", view, end, end);
    let at = start;
    while (at < end) {
      if (end - at < attributeHeaderSize) throw malformed(this.#of, "an attribute's header is cut off", view, at, end);
      const length = view.getUint16(at, true);
      if (length < attributeHeaderSize || length > end - at) {
        throw malformed(this.#of, `an attribute claims ${length} bytes where ${end - at} are left`, view, at, end);
      }
      const type = view.getUint16(at + 2, true) & typeMask;
      if (type <= this.#typeMax) {
        this.#starts[type] = at + attributeHeaderSize;
        this.#ends[type] = at + length;
      }
      at += align(length);
    }
  }

  /** Fills `into` with the attributes nested in this one; false when it is absent. */
  readNested(type: number, into: AttributeTable): boolean {
    if (!this.has(type)) return false;
    into.read(this.#view, this.startOf(type), this.endOf(type));
    return true;
  }

  has(type: number): boolean {
    return this.startOf(type) >= 0;
  }

  /** Where the attribute's payload begins in the view; -1 when it is absent. */
  startOf(type: number): number {
    return this.#starts[type] ?? -1;
  }

  endOf(type: number): number {
    return this.#ends[type] ?? -1;
  }

  u8(type: number): number | undefined {
    const at = this.#sized(type, 1);
    return at < 0 ? undefined : this.#view.getUint8(at);
  }

  u16be(type: number): number | undefined {
    const at = this.#sized(type, 2);
    return at < 0 ? undefined : this.#view.getUint16(at);
  }

  u32be(type: number): number | undefined {
    const at = this.#sized(type, 4);
    return at < 0 ? undefined : this.#view.getUint32(at);
  }

  /** In the host's byte order, as rtnetlink has it. */
  u32(type: number): number | undefined {
    const at = this.#sized(type, 4);
    return at < 0 ? undefined : this.#view.getUint32(at, true);
  }

  /** Exact up to 2^53, which is 9 petabytes. */
  u64be(type: number): number | undefined {
    const at = this.#sized(type, 8);
    return at < 0 ? undefined : this.#view.getUint32(at) * 4_294_967_296 + this.#view.getUint32(at + 4);
  }

  bigU64be(type: number): bigint | undefined {
    const at = this.#sized(type, 8);
    return at < 0 ? undefined : this.#view.getBigUint64(at);
  }

  /** An IPv6 address as a number. */
  u128be(type: number): bigint | undefined {
    const at = this.#sized(type, 16);
    return at < 0 ? undefined : (this.#view.getBigUint64(at) << 64n) | this.#view.getBigUint64(at + 8);
  }

  /** UTF-8 up to the first zero byte. */
  text(type: number): string | undefined {
    const short = this.#shortText(type);
    if (short !== undefined) return short;
    const bytes = this.bytes(type);
    if (bytes === undefined) return undefined;
    const zero = bytes.indexOf(0);
    return textDecoder.decode(zero < 0 ? bytes : bytes.subarray(0, zero));
  }

  /** Nearly every text is a short name in ASCII, for which the decoder's call takes longer than the work. */
  #shortText(type: number): string | undefined {
    const [start, end] = [this.startOf(type), this.endOf(type)];
    if (start < 0 || end - start > shortTextBytesMax) return undefined;
    let text = "";
    for (let at = start; at < end; at++) {
      const byte = this.#view.getUint8(at);
      if (byte === 0) break;
      if (byte > 0x7f) return undefined;
      text += String.fromCharCode(byte);
    }
    return text;
  }

  /** A window on the message's own memory, valid until the next receive. */
  bytes(type: number): Uint8Array | undefined {
    if (!this.has(type)) return undefined;
    const start = this.startOf(type);
    return new Uint8Array(this.#view.buffer, this.#view.byteOffset + start, this.endOf(type) - start);
  }

  #sized(type: number, size: number): number {
    const start = this.startOf(type);
    if (start < 0) return -1;
    const found = this.endOf(type) - start;
    if (found < size) {
      throw malformed(
        this.#of,
        `attribute ${type} has ${found} bytes where ${size} are needed`,
        this.#view,
        start,
        start + found,
      );
    }
    return start;
  }
}

/** Calls `visit` for every attribute between `start` and `end`; for lists, whose attributes are all of one type. */
export function readAttributes(
  view: DataView,
  start: number,
  end: number,
  of: string,
  visit: (type: number, start: number, end: number) => void,
): void {
  let at = start;
  while (at < end) {
    if (end - at < attributeHeaderSize) throw malformed(of, "an attribute's header is cut off", view, at, end);
    const length = view.getUint16(at, true);
    if (length < attributeHeaderSize || length > end - at) {
      throw malformed(of, `an attribute claims ${length} bytes where ${end - at} are left`, view, at, end);
    }
    visit(view.getUint16(at + 2, true) & typeMask, at + attributeHeaderSize, at + length);
    at += align(length);
  }
}

/** Builds requests, several in one buffer if wanted; grows as needed up to `sizeBytesMax`. */
export class MessageWriter {
  #view = new DataView(new ArrayBuffer(512));
  #length = 0;
  #messageStart = -1;

  /** Begins a message; the one before it is finished. */
  begin(type: number, flags: number, sequence: number): this {
    this.#messageStart = this.#reserve(netlinkHeaderSize);
    this.#view.setUint16(this.#messageStart + 4, type, true);
    this.#view.setUint16(this.#messageStart + 6, flags, true);
    this.#view.setUint32(this.#messageStart + 8, sequence, true);
    return this.#extend();
  }

  /** The header that netfilter's messages carry after netlink's: struct nfgenmsg. */
  netfilterHeader(family: number, resource: number): this {
    const at = this.#reserve(4);
    this.#view.setUint8(at, family);
    this.#view.setUint8(at + 1, 0);
    this.#view.setUint16(at + 2, resource);
    return this.#extend();
  }

  raw(bytes: Uint8Array): this {
    const at = this.#reserve(align(bytes.length));
    new Uint8Array(this.#view.buffer, at, bytes.length).set(bytes);
    return this.#extend();
  }

  attribute(type: number, bytes: Uint8Array): this {
    const length = attributeHeaderSize + bytes.length;
    const at = this.#reserve(align(length));
    this.#view.setUint16(at, length, true);
    this.#view.setUint16(at + 2, type, true);
    new Uint8Array(this.#view.buffer, at + attributeHeaderSize, bytes.length).set(bytes);
    return this.#extend();
  }

  attributeU8(type: number, value: number): this {
    return this.attribute(type, Uint8Array.of(value));
  }

  attributeU16be(type: number, value: number): this {
    return this.attribute(type, Uint8Array.of(value >>> 8, value));
  }

  attributeU32be(type: number, value: number): this {
    return this.attribute(type, Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value));
  }

  attributeU32(type: number, value: number): this {
    return this.attribute(type, Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24));
  }

  /** With the zero byte that the kernel expects at its end. */
  attributeText(type: number, value: string): this {
    return this.attribute(type, textEncoder.encode(`${value}\0`));
  }

  /** An attribute whose payload is the attributes that `write` adds. */
  nested(type: number, write: () => void): this {
    const at = this.#reserve(attributeHeaderSize);
    this.#view.setUint16(at + 2, type | nestedFlag, true);
    write();
    this.#view.setUint16(at, this.#length - at, true);
    return this.#extend();
  }

  get lengthBytes(): number {
    return this.#length;
  }

  /** The messages so far; the writer is empty afterwards and the bytes are valid until the next `begin`. */
  take(): Uint8Array {
    const bytes = new Uint8Array(this.#view.buffer, 0, this.#length);
    this.#length = 0;
    this.#messageStart = -1;
    return bytes;
  }

  #reserve(size: number): number {
    const at = this.#length;
    const needed = at + size;
    if (needed > sizeBytesMax) throw new Error(`a netlink request of more than ${sizeBytesMax} bytes was built`);
    if (needed > this.#view.byteLength) {
      const grown = new Uint8Array(Math.max(needed, this.#view.byteLength * 2));
      grown.set(new Uint8Array(this.#view.buffer, 0, at));
      this.#view = new DataView(grown.buffer);
    }
    new Uint8Array(this.#view.buffer, at, size).fill(0);
    this.#length = needed;
    return at;
  }

  /** Makes the current message reach to the end of what has been written. */
  #extend(): this {
    this.#view.setUint32(this.#messageStart, this.#length - this.#messageStart, true);
    return this;
  }
}

const sizeBytesMax = 65_536;
const shortTextBytesMax = 32;
const textDecoder = new TextDecoder();
const textEncoder = new TextEncoder();

function align(length: number): number {
  return (length + 3) & ~3;
}

/** The failure for a message that does not add up, with its first bytes for the log. */
export function malformed(of: string, why: string, view: DataView, start: number, end: number): KernelFailure {
  const shown = new Uint8Array(view.buffer, view.byteOffset + start, Math.max(0, Math.min(end - start, 128)));
  return new KernelFailure(`the kernel sent a malformed ${of}: ${why}`, Buffer.from(shown).toString("hex"));
}
