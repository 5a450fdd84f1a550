// DNS messages against bytes from the RFC's rules, a law of reading back what was written, and hostile bytes.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeAnswer, decodeQuestion, encodeAnswer, encodeQuestion, recordTypes } from "./dns-message.ts";

const hex = (text: string) => Buffer.from(text.replaceAll(/\s/g, ""), "hex");

const label = fc.string({
  unit: fc.constantFrom(..."abcdefghijklmnopqrstuvwxyz0123456789-".split("")),
  minLength: 1,
  maxLength: 20,
});
const name = fc.array(label, { minLength: 1, maxLength: 6 }).map((labels) => labels.join("."));

describe("a question", () => {
  test("has these bytes", () => {
    const bytes = encodeQuestion({ id: 0x1234, name: "web.lab.example", type: recordTypes.a });
    expect(bytes.toString("hex")).toBe(
      hex("1234 0100 0001 0000 0000 0000 03 776562 03 6c6162 07 6578616d706c65 00 0001 0001").toString("hex"),
    );
  });

  test("is read back as it was written", () => {
    fc.assert(
      fc.property(fc.nat(0xffff), name, fc.constantFrom(1, 28), (id, text, type) => {
        expect(decodeQuestion(encodeQuestion({ id, name: text, type }))).toEqual({ id, name: text, type });
      }),
    );
  });

  test.each([
    ["no bytes", "", "shorter"],
    ["half a header", "1234 0100 0001", "shorter"],
    ["an answer", "1234 8180 0001 0000 0000 0000 00 0001 0001", "an answer"],
    ["two questions", "1234 0100 0002 0000 0000 0000 00 0001 0001", "exactly one"],
    ["a cut name", "1234 0100 0001 0000 0000 0000 05 7765", "cut off"],
    ["no type", "1234 0100 0001 0000 0000 0000 00 00", "cut off"],
    ["a name that points at itself", "1234 0100 0001 0000 0000 0000 c00c 0001 0001", "forwards"],
  ])("is refused when it is %s", (_, bytes, reason) => {
    expect(() => decodeQuestion(hex(bytes))).toThrow(reason);
  });

  test("with a label that is too long cannot be written", () => {
    expect(() => encodeQuestion({ id: 1, name: "a".repeat(64), type: 1 })).toThrow("63");
    expect(() => encodeQuestion({ id: 1, name: Array(50).fill("abcdef").join("."), type: 1 })).toThrow("255");
  });
});

describe("an answer", () => {
  const question = { id: 7, name: "data.lab.example", type: recordTypes.a };

  test("has the addresses of the type that was asked for", () => {
    const both = ["10.10.4.10", "2001:db8:10:4::10"];
    expect(decodeAnswer(encodeAnswer(question, 0, both))).toEqual({
      id: 7,
      responseCode: 0,
      addresses: ["10.10.4.10"],
    });
    expect(decodeAnswer(encodeAnswer({ ...question, type: recordTypes.aaaa }, 0, both)).addresses).toEqual([
      "2001:db8:10:4::10",
    ]);
  });

  test("can say that there is no such name", () => {
    expect(decodeAnswer(encodeAnswer(question, 3, []))).toEqual({ id: 7, responseCode: 3, addresses: [] });
  });

  test("of another program, with compressed names and a record of another type, is read too", () => {
    const message = hex(`
      0007 8180 0001 0002 0000 0000
      01 61 00 0001 0001
      c00c 0005 0001 0000003c 0004 01 62 c00c
      c01b 0001 0001 0000003c 0004 c0000201`);
    expect(decodeAnswer(message).addresses).toEqual(["192.0.2.1"]);
  });

  test("that is no address is a mistake of the caller", () => {
    expect(() => encodeAnswer(question, 0, ["data.example"])).toThrow("not an address");
  });

  test("is read back as it was written", () => {
    fc.assert(
      fc.property(fc.nat(0xffff), name, fc.array(fc.ipV4(), { maxLength: 10 }), (id, text, addresses) => {
        const bytes = encodeAnswer({ id, name: text, type: recordTypes.a }, 0, addresses);
        expect(decodeAnswer(bytes)).toEqual({ id, responseCode: 0, addresses });
      }),
    );
  });
});

test("no bytes whatever do more than throw an error with a reason", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
      for (const decode of [decodeQuestion, decodeAnswer]) {
        try {
          decode(bytes);
        } catch (error) {
          expect((error as Error).message).not.toMatch(/out of range|undefined/);
        }
      }
    }),
    { numRuns: 2_000 },
  );
});

test("a true message that is cut or changed anywhere does no more than throw either", () => {
  const good = encodeAnswer({ id: 1, name: "web.lab.example", type: 1 }, 0, ["192.0.2.1", "192.0.2.2"]);
  fc.assert(
    fc.property(fc.nat(good.length), fc.nat(good.length - 1), fc.nat(255), (length, at, value) => {
      const bytes = Buffer.from(good);
      bytes[at] = value;
      try {
        decodeAnswer(bytes.subarray(0, length));
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
      }
    }),
    { numRuns: 2_000 },
  );
});
