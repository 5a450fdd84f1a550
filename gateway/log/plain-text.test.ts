// Structured lines as people read them: the same that a plain line of the message says.

import { describe, expect, test } from "vitest";
import fc from "fast-check";
import { logLine } from "./log-message.ts";
import type { LogMessage } from "./log-message.ts";
import { plainLineOf, plainText } from "./plain-text.ts";

const message: LogMessage = {
  atMs: Date.UTC(2026, 10, 2, 18, 29, 9, 347),
  facility: 23,
  severity: 4,
  program: "mgd",
  processId: 9,
  name: "UI_COMMIT_COMPLETED",
  fields: [["username", 'a"]\\na']],
  sentence: "commit complete: revision 1 by user 'ana' is in force",
};

const text = async (...pieces: readonly string[]): Promise<string> => {
  let whole = "";
  for await (const piece of plainText((async function* () { yield* pieces; })())) whole += piece; // prettier-ignore
  return whole;
};

describe("a structured line", () => {
  test("is shown as the plain one of the same message", () => {
    const plain = logLine(message, "gw1", { kind: "plain" }).replace(/^<\d+>/, "");
    expect(plainLineOf(logLine(message, "gw1", { kind: "structured" }))).toBe(plain);
    expect(plain).toBe(
      "Nov  2 18:29:09 gw1 mgd[9]: UI_COMMIT_COMPLETED: commit complete: revision 1 by user 'ana' is in force",
    );
  });

  test("law: whatever its fields and sentence hold", () => {
    const field = fc.tuple(fc.stringMatching(/^[a-z-]{1,12}$/), fc.string({ maxLength: 30 }));
    fc.assert(
      fc.property(fc.array(field, { maxLength: 4 }), fc.string({ maxLength: 60 }), (fields, sentence) => {
        const one = { ...message, fields, sentence };
        const plain = logLine(one, "gw1", { kind: "plain" }).replace(/^<\d+>/, "");
        expect(plainLineOf(logLine(one, "gw1", { kind: "structured" }))).toBe(plain);
      }),
    );
  });

  test.each(["", "anna did it", "<1>2 x", "<14>1 now gw1 mgd - X -", "<188>1 2026-11-22T18:29:09Z gw1 mgd 9 X [a"])(
    "%j stays as it is",
    (line) => {
      expect(plainLineOf(line)).toBe(line);
    },
  );

  test("is not looked at for ever", () => {
    const line = `<188>1 2026-11-22T18:29:09Z gw1 mgd 9 X [a${' b="'.repeat(20_000)}`;
    expect(plainLineOf(line)).toBe(line);
  });
});

describe("a text", () => {
  const line = logLine(message, "gw1", { kind: "structured" });

  test("may be cut anywhere", async () => {
    const whole = `${line}\nother\n${line}`;
    const expected = await text(whole);
    expect(expected).toBe(`${plainLineOf(line)}\nother\n${plainLineOf(line)}`);
    for (const at of [1, 30, line.length, line.length + 1, whole.length - 1])
      expect(await text(whole.slice(0, at), whole.slice(at))).toBe(expected);
  });

  test("a line without end is not kept", async () => {
    const long = "x".repeat(200_000);
    expect(await text(`a\n${long}`, "y\nz\n")).toBe(`a\n${long}y\nz\n`);
  });
});
