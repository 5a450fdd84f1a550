// Translating instructions as the kernel's attributes and back, and what is none of ours.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalTranslation, printTranslation } from "@merlon/compiler/nft/translation.ts";
import type { NftTranslation, TranslationFlag } from "@merlon/compiler/nft/translation.ts";
import { attributesOf, messagesIn } from "./captured-batch.ts";
import { readBack, writeAlone } from "./lone-expression.ts";
import { liftTranslation, lowerTranslation, printTranslationExpression } from "./translation-expression.ts";

const word = fc.integer({ min: 1, max: 15 });
const flags = fc.subarray<TranslationFlag>(["persistent", "random", "prefix"]);
const optional = fc.option(word, { nil: undefined });
const ports = fc.tuple(optional, optional).map(([port, portLast]) => ({
  ...(port === undefined ? {} : { port }),
  ...(port === undefined || portLast === undefined ? {} : { portLast }),
}));
const anyTranslation: fc.Arbitrary<NftTranslation> = fc.oneof(
  fc.tuple(ports, flags).map(([more, chosen]): NftTranslation => ({ op: "masquerade", ...more, flags: chosen })),
  fc
    .tuple(fc.constantFrom("source", "destination"), fc.constantFrom(4, 6), word, optional, ports, flags)
    .map(([side, family, address, addressLast, more, chosen]): NftTranslation => ({
      op: "translate",
      side,
      family,
      address,
      ...(addressLast === undefined ? {} : { addressLast }),
      ...more,
      flags: chosen,
    })),
);

test("what is written is read back, in its one form", () => {
  fc.assert(
    fc.property(anyTranslation, (instruction) => {
      const expression = lowerTranslation(instruction);
      const found = readBack(expression);
      expect(found).toEqual(expression);
      if (found.kind !== "nat" && found.kind !== "masq") return expect.fail(found.kind);
      const lifted = liftTranslation(found);
      expect(lifted === undefined ? undefined : canonicalTranslation(lifted)).toEqual(
        canonicalTranslation(instruction),
      );
    }),
  );
});

describe("bytes as nft 1.0.6 writes them", () => {
  const name = (text: string): string => Buffer.from(`${text}\0`).toString("hex");
  test.each<[string, NftTranslation, string]>([
    [
      "snat ip to 10.0.0.1-10.0.0.2:1024-2048 persistent",
      {
        op: "translate",
        side: "source",
        family: 4,
        address: 4,
        addressLast: 5,
        port: 6,
        portLast: 7,
        flags: ["persistent"],
      },
      `{1:${name("nat")} 2:{1:00000000 2:00000002 3:00000002 4:0000000d 5:0000000e 6:0000000f 7:00000008}}`,
    ],
    [
      "dnat ip6 to …",
      { op: "translate", side: "destination", family: 6, address: 4, flags: [] },
      `{1:${name("nat")} 2:{1:00000001 2:0000000a 3:00000002 4:00000002}}`,
    ],
    [
      "masquerade to :1024-2048",
      { op: "masquerade", port: 4, portLast: 5, flags: [] },
      `{1:${name("masq")} 2:{2:00000002 3:0000000d 1:00000002}}`,
    ],
    ["masquerade fully-random", { op: "masquerade", flags: ["random"] }, `{1:${name("masq")} 2:{1:00000010}}`],
  ])("%s", (_, instruction, expected) => {
    const [message] = messagesIn(writeAlone(lowerTranslation(instruction)).chunks());
    expect(message === undefined ? "" : attributesOf(message)).toContain(expected.slice(1, -1));
  });
});

test.each<[string, Parameters<typeof liftTranslation>[0]]>([
  ["another flag", { kind: "masq", flags: 0x4 }],
  ["a register of nft's own statements", { kind: "nat", type: 0, family: 2, address: 0, addressLast: 0, flags: 0 }],
  ["a port in such a register", { kind: "masq", port: 0, portLast: 0, flags: 0 }],
  ["ports that mean nothing", { kind: "masq", port: 8, portLast: 9, flags: 0x10 }],
  ["another family", { kind: "nat", type: 0, family: 1, address: 4, addressLast: 4, flags: 0 }],
])("%s is none of ours", (_, expression) => {
  expect(liftTranslation(expression)).toBeUndefined();
  expect(printTranslationExpression(expression)).toMatch(/^\[ (?:nat|masq) /);
});

test("for people", () => {
  const translate = {
    op: "translate",
    side: "source",
    family: 6,
    address: 6,
    addressLast: 10,
    port: 14,
    flags: ["random"],
  } as const;
  expect(printTranslation(translate)).toBe("[ translate source ip6 reg 6-10 port reg 14 random ]");
  expect(printTranslation({ op: "masquerade", port: 8, portLast: 9, flags: [] })).toBe("[ masquerade port reg 8-9 ]");
});
