// The messages of the PostgreSQL protocol, version 3.0, that a client needs to log in without a password and to ask one
// question (PostgreSQL documentation, chapter "Frontend/Backend Protocol"). Every message but the first of a connection is
// a type letter, a 32-bit length that counts itself, and a body.

const startupVersion = 3 << 16;
const tlsRequestCode = 80_877_103;
const cancelRequestCode = 80_877_102;
/** What the real server accepts for the first message (MAX_STARTUP_PACKET_LENGTH). */
const startupSizeBytesMax = 10_000;
/** Our questions and answers are a line long. */
const messageSizeBytesMax = 65_536;
/** The type of `text` in pg_type. */
const textType = 25;

export interface Message {
  readonly type: string;
  readonly body: Buffer;
}

export type FirstMessage =
  | { readonly kind: "startup"; readonly parameters: Readonly<Record<string, string>> }
  | { readonly kind: "tls-request" }
  | { readonly kind: "cancel-request" };

export function encodeMessage(type: string, body: Uint8Array = new Uint8Array()): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 0, "latin1");
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

export function encodeStartup(parameters: Readonly<Record<string, string>>): Buffer {
  const words = Object.entries(parameters).flatMap(([name, value]) => [zeroEnded(name), zeroEnded(value)]);
  const body = Buffer.concat([int32(startupVersion), ...words, Buffer.from([0])]);
  return Buffer.concat([int32(body.length + 4), body]);
}

export function encodeTlsRequest(): Buffer {
  return Buffer.concat([int32(8), int32(tlsRequestCode)]);
}

export function encodeQuery(text: string): Buffer {
  return encodeMessage("Q", zeroEnded(text));
}

/** AuthenticationOk, two parameters, the key for cancelling, ReadyForQuery. */
export function encodeWelcome(serverName: string): Buffer {
  return Buffer.concat([
    encodeMessage("R", int32(0)),
    encodeMessage("S", Buffer.concat([zeroEnded("server_version"), zeroEnded("17.0")])),
    encodeMessage("S", Buffer.concat([zeroEnded("cluster_name"), zeroEnded(serverName)])),
    encodeMessage("K", Buffer.concat([int32(1), int32(1)])),
    encodeReady(),
  ]);
}

export function encodeReady(): Buffer {
  return encodeMessage("Z", Buffer.from("I"));
}

/** One row of text columns: RowDescription, DataRow, CommandComplete, ReadyForQuery. */
export function encodeRow(columns: Readonly<Record<string, string>>): Buffer {
  const entries = Object.entries(columns);
  const description = entries.map(([name]) => {
    const column = Buffer.alloc(18);
    column.writeInt32BE(textType, 6);
    column.writeInt16BE(-1, 10);
    column.writeInt32BE(-1, 12);
    return Buffer.concat([zeroEnded(name), column]);
  });
  const values = entries.map(([, value]) => {
    const text = Buffer.from(value, "utf8");
    return Buffer.concat([int32(text.length), text]);
  });
  return Buffer.concat([
    encodeMessage("T", Buffer.concat([int16(entries.length), ...description])),
    encodeMessage("D", Buffer.concat([int16(entries.length), ...values])),
    encodeMessage("C", zeroEnded("SELECT 1")),
    encodeReady(),
  ]);
}

export function encodeError(code: string, message: string): Buffer {
  const fields = [
    ["S", "ERROR"],
    ["V", "ERROR"],
    ["C", code],
    ["M", message],
  ] as const;
  const body = fields.map(([field, value]) => Buffer.concat([Buffer.from(field), zeroEnded(value)]));
  return encodeMessage("E", Buffer.concat([...body, Buffer.from([0])]));
}

/** The values of a DataRow; null is a null. Throws when the body is none. */
export function decodeRow(body: Buffer): (string | null)[] {
  const values: (string | null)[] = [];
  let at = 2;
  for (let left = body.readInt16BE(0); left > 0; left--) {
    const length = body.readInt32BE(at);
    at += 4;
    if (length < -1 || at + Math.max(length, 0) > body.length) throw new Error("a row is cut off");
    values.push(length === -1 ? null : body.toString("utf8", at, at + length));
    at += Math.max(length, 0);
  }
  return values;
}

/** The text of a Query or of any body that is one zero-ended string. */
export function decodeText(body: Buffer): string {
  const end = body.indexOf(0);
  return body.toString("utf8", 0, end === -1 ? body.length : end);
}

/** Cuts a byte stream into messages. One per connection and direction; throws on a message that is none or too large. */
export class MessageReader {
  #waiting = Buffer.alloc(0);

  push(chunk: Uint8Array): void {
    this.#waiting = Buffer.concat([this.#waiting, chunk]);
  }

  /** The first message of a client, or undefined while it is not whole. */
  first(): FirstMessage | undefined {
    const body = this.#take(0, startupSizeBytesMax);
    if (body === undefined) return undefined;
    if (body.length < 4) throw new Error("the first message has no protocol version");
    const code = body.readInt32BE(0);
    if (code === tlsRequestCode) return { kind: "tls-request" };
    if (code === cancelRequestCode) return { kind: "cancel-request" };
    if (code >>> 16 !== 3) throw new Error(`protocol version ${code >>> 16}.${code & 0xffff} is not spoken here`);
    const words = body.toString("utf8", 4).split("\0");
    const parameters: Record<string, string> = {};
    for (let at = 0; at + 1 < words.length && words[at] !== ""; at += 2)
      parameters[words[at] ?? ""] = words[at + 1] ?? "";
    return { kind: "startup", parameters };
  }

  /** The server's one-letter answer to a TLS request: `S` or `N`. */
  letter(): string | undefined {
    if (this.#waiting.length === 0) return undefined;
    const letter = this.#waiting.toString("latin1", 0, 1);
    this.#waiting = this.#waiting.subarray(1);
    return letter;
  }

  next(): Message | undefined {
    const type = this.#waiting.toString("latin1", 0, 1);
    const body = this.#take(1, messageSizeBytesMax);
    return body === undefined ? undefined : { type, body };
  }

  #take(headSizeBytes: number, sizeBytesMax: number): Buffer | undefined {
    if (this.#waiting.length < headSizeBytes + 4) return undefined;
    const length = this.#waiting.readInt32BE(headSizeBytes);
    if (length < 4 || length > sizeBytesMax) throw new Error(`a message of ${length} bytes is none`);
    if (this.#waiting.length < headSizeBytes + length) return undefined;
    const body = this.#waiting.subarray(headSizeBytes + 4, headSizeBytes + length);
    this.#waiting = this.#waiting.subarray(headSizeBytes + length);
    return body;
  }
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function zeroEnded(text: string): Buffer {
  return Buffer.from(`${text}\0`, "utf8");
}
