// DNS messages, as much as a question and its answer need (RFC 1035 section 4, RFC 3596 for AAAA). Names in answers may be
// compressed (section 4.1.4); a pointer must point backwards, so that a hostile message cannot make us turn in circles.

import { formatIpv4, formatIpv6, parseIp } from "@merlon/model/ip/address.ts";

export const recordTypes = { a: 1, aaaa: 28 } as const;
const classInternet = 1;
/** RFC 1035: a UDP message without EDNS has at most 512 bytes. */
export const messageSizeBytesMax = 512;
const headerSizeBytes = 12;

export interface DnsQuestion {
  readonly id: number;
  readonly name: string;
  readonly type: number;
}

export interface DnsAnswer {
  readonly id: number;
  /** 0 is no error, 3 is "no such name". */
  readonly responseCode: number;
  /** A and AAAA records, as text. */
  readonly addresses: readonly string[];
}

export function encodeQuestion(question: DnsQuestion): Buffer {
  return Buffer.concat([header(question.id, 0x0100, 0), encodeName(question.name), typeAndClass(question.type)]);
}

/** Throws with the reason when the bytes are no question. */
export function decodeQuestion(bytes: Uint8Array): DnsQuestion {
  const message = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (message.length < headerSizeBytes) throw new Error("shorter than a DNS header");
  if ((message.readUInt16BE(2) & 0x8000) !== 0) throw new Error("an answer, not a question");
  if (message.readUInt16BE(4) !== 1) throw new Error("not exactly one question");
  const { name, next } = decodeName(message, headerSizeBytes);
  if (next + 4 > message.length) throw new Error("the question is cut off");
  return { id: message.readUInt16BE(0), name, type: message.readUInt16BE(next) };
}

/** An answer to `question` with these addresses; those of another type than asked for are left out. */
export function encodeAnswer(question: DnsQuestion, responseCode: number, addresses: readonly string[]): Buffer {
  const records = addresses.flatMap((text) => {
    const address = parseIp(text);
    if (address === undefined) throw new Error(`"${text}" is not an address`);
    if (question.type !== (address.family === 4 ? recordTypes.a : recordTypes.aaaa)) return [];
    const hex = address.value.toString(16).padStart(address.family === 4 ? 8 : 32, "0");
    const data = Buffer.from(hex, "hex");
    const record = Buffer.alloc(12);
    // A pointer to the name in the question.
    record.writeUInt16BE(0xc000 | headerSizeBytes, 0);
    record.writeUInt16BE(question.type, 2);
    record.writeUInt16BE(classInternet, 4);
    record.writeUInt32BE(60, 6);
    record.writeUInt16BE(data.length, 10);
    return [record, data];
  });
  const flags = 0x8480 | responseCode;
  return Buffer.concat([
    header(question.id, flags, records.length / 2),
    encodeName(question.name),
    typeAndClass(question.type),
    ...records,
  ]);
}

/** Throws with the reason when the bytes are no answer. */
export function decodeAnswer(bytes: Uint8Array): DnsAnswer {
  const message = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (message.length < headerSizeBytes) throw new Error("shorter than a DNS header");
  const flags = message.readUInt16BE(2);
  if ((flags & 0x8000) === 0) throw new Error("a question, not an answer");
  let at = headerSizeBytes;
  for (let left = message.readUInt16BE(4); left > 0; left--) at = decodeName(message, at).next + 4;
  const addresses: string[] = [];
  for (let left = message.readUInt16BE(6); left > 0; left--) {
    at = decodeName(message, at).next;
    if (at + 10 > message.length) throw new Error("a record is cut off");
    const type = message.readUInt16BE(at);
    const length = message.readUInt16BE(at + 8);
    const data = message.subarray(at + 10, at + 10 + length);
    if (data.length !== length) throw new Error("a record is cut off");
    if (type === recordTypes.a && length === 4) addresses.push(formatIpv4(data.readUInt32BE(0)));
    if (type === recordTypes.aaaa && length === 16) addresses.push(formatIpv6(BigInt(`0x${data.toString("hex")}`)));
    at += 10 + length;
  }
  return { id: message.readUInt16BE(0), responseCode: flags & 15, addresses };
}

function header(id: number, flags: number, answerCount: number): Buffer {
  const bytes = Buffer.alloc(headerSizeBytes);
  for (const [index, value] of [id, flags, 1, answerCount, 0, 0].entries()) bytes.writeUInt16BE(value, index * 2);
  return bytes;
}

function typeAndClass(type: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt16BE(type, 0);
  bytes.writeUInt16BE(classInternet, 2);
  return bytes;
}

function encodeName(name: string): Buffer {
  const labels = name.split(".").filter((label) => label !== "");
  const parts = labels.map((label) => {
    const text = Buffer.from(label, "latin1");
    if (text.length > 63) throw new Error(`the label "${label}" is longer than 63 bytes`);
    return Buffer.concat([Buffer.from([text.length]), text]);
  });
  const encoded = Buffer.concat([...parts, Buffer.from([0])]);
  if (encoded.length > 255) throw new Error(`the name "${name}" is longer than 255 bytes`);
  return encoded;
}

/** The name at an offset and the offset behind it. */
function decodeName(message: Buffer, start: number): { readonly name: string; readonly next: number } {
  const labels: string[] = [];
  let at = start;
  let limit = start;
  let next: number | undefined;
  for (;;) {
    const length = message[at];
    if (length === undefined) throw new Error("a name is cut off");
    if (length >= 0xc0) {
      const target = ((length & 0x3f) << 8) | (message[at + 1] ?? 0xff);
      if (target >= limit) throw new Error("a name points forwards");
      next ??= at + 2;
      limit = target;
      at = target;
    } else if (length === 0) {
      return { name: labels.join("."), next: next ?? at + 1 };
    } else {
      if (length > 63 || at + 1 + length > message.length) throw new Error("a name is cut off");
      labels.push(message.toString("latin1", at + 1, at + 1 + length));
      at += 1 + length;
    }
  }
}
