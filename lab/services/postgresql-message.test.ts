// PostgreSQL messages against known bytes, in any cutting of the stream, and against bytes that are none.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  decodeRow,
  decodeText,
  encodeError,
  encodeMessage,
  encodeQuery,
  encodeRow,
  encodeStartup,
  encodeTlsRequest,
  encodeWelcome,
  MessageReader,
} from "./postgresql-message.ts";
import type { Message } from "./postgresql-message.ts";

function readerOf(...chunks: readonly Uint8Array[]): MessageReader {
  const reader = new MessageReader();
  for (const chunk of chunks) reader.push(chunk);
  return reader;
}

function allOf(reader: MessageReader): readonly Message[] {
  const messages: Message[] = [];
  for (let message = reader.next(); message !== undefined; message = reader.next()) messages.push(message);
  return messages;
}

describe("the first message", () => {
  test("is a TLS request in these eight bytes", () => {
    expect(encodeTlsRequest().toString("hex")).toBe("0000000804d2162f");
    expect(readerOf(encodeTlsRequest()).first()).toEqual({ kind: "tls-request" });
  });

  test("is a start with parameters", () => {
    const bytes = encodeStartup({ user: "probe", database: "lab" });
    expect(bytes.readInt32BE(0)).toBe(bytes.length);
    expect(bytes.readInt32BE(4)).toBe(196_608);
    expect(readerOf(bytes).first()).toEqual({ kind: "startup", parameters: { user: "probe", database: "lab" } });
  });

  test("may be a request to cancel", () => {
    expect(readerOf(Buffer.from("0000001004d2162e0000000100000001", "hex")).first()).toEqual({
      kind: "cancel-request",
    });
  });

  test.each([
    ["HTTP", Buffer.from("GET / HTTP/1.1\r\n"), "is none"],
    ["an older protocol", Buffer.from("0000000800020000", "hex"), "2.0"],
    ["no version", Buffer.from("00000004", "hex"), "no protocol version"],
    ["a negative length", Buffer.from("ffffffff00030000", "hex"), "is none"],
  ])("is refused when it is %s", (_, bytes, reason) => {
    expect(() => readerOf(bytes).first()).toThrow(reason);
  });

  test("is waited for until it is whole", () => {
    const bytes = encodeStartup({ user: "probe" });
    const reader = new MessageReader();
    for (const byte of bytes.subarray(0, -1)) {
      reader.push(Buffer.from([byte]));
      expect(reader.first()).toBeUndefined();
    }
    reader.push(bytes.subarray(-1));
    expect(reader.first()?.kind).toBe("startup");
  });
});

describe("the server", () => {
  test("welcomes with AuthenticationOk, parameters, a key and ReadyForQuery", () => {
    const messages = allOf(readerOf(encodeWelcome("data-store")));
    expect(messages.map(({ type }) => type).join("")).toBe("RSSKZ");
    expect(messages[0]?.body.readInt32BE(0)).toBe(0);
    expect(messages[2]?.body.toString("latin1")).toBe("cluster_name\0data-store\0");
  });

  test("answers a row", () => {
    const messages = allOf(readerOf(encodeRow({ one: "1", two: "zwei €" })));
    expect(messages.map(({ type }) => type).join("")).toBe("TDCZ");
    expect(decodeRow(messages[1]?.body ?? Buffer.alloc(0))).toEqual(["1", "zwei €"]);
  });

  test("answers an error with severity, code and message", () => {
    const [error] = allOf(readerOf(encodeError("0A000", "not here")));
    expect(error?.type).toBe("E");
    expect(error?.body.toString("latin1")).toBe("SERROR\0VERROR\0C0A000\0Mnot here\0\0");
  });
});

test("messages come out whole however the stream is cut", () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { maxLength: 8 }), fc.array(fc.nat(30), { maxLength: 30 }), (texts, cuts) => {
      const clean = texts.map((text) => text.replaceAll("\0", ""));
      const stream = Buffer.concat(clean.map(encodeQuery));
      const reader = new MessageReader();
      const found: string[] = [];
      let at = 0;
      for (const size of [...cuts, stream.length]) {
        reader.push(stream.subarray(at, at + size));
        at += size;
        found.push(...allOf(reader).map(({ body }) => decodeText(body)));
      }
      expect(found).toEqual(clean.map((text) => Buffer.from(text, "utf8").toString("utf8")));
    }),
  );
});

test("a message of an impossible length is refused and not waited for", () => {
  expect(() => readerOf(Buffer.from("5100ffffff", "hex")).next()).toThrow("is none");
  expect(() => readerOf(Buffer.from("5100000003", "hex")).next()).toThrow("is none");
});

test.each([
  ["a value that is longer than the row", "0001 00000009 31"],
  ["no value", "0001"],
  ["a negative length", "0001 fffffffe"],
])("a row with %s is refused", (_, hex) => {
  expect(() => decodeRow(Buffer.from(hex.replaceAll(" ", ""), "hex"))).toThrow();
});

test("a null in a row is a null, and an empty text is an empty text", () => {
  expect(decodeRow(Buffer.from("0002ffffffff00000000", "hex"))).toEqual([null, ""]);
});

test("random bytes do no more than throw", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, first) => {
      const reader = readerOf(bytes);
      try {
        if (first) reader.first();
        else allOf(reader);
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
      }
    }),
    { numRuns: 1_000 },
  );
  expect(encodeMessage("X").toString("hex")).toBe("5800000004");
});
