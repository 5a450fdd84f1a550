// Widths, cuts and fills of lines: a screen stays straight only if these never miscount.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { paintColour } from "../paint.ts";
import {
  clip,
  clipText,
  fit,
  fitText,
  lineWidth,
  paintLine,
  plainText,
  span,
  spread,
  widthOf,
  wrapText,
} from "./span.ts";

const anyText = fc.string({
  unit: fc.oneof(
    fc.constantFrom("a", " ", "ä", "語", "🔥", "é", "─"),
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 1 }),
  ),
  maxLength: 40,
});

describe("widths", () => {
  test.each([
    ["", 0],
    ["abc", 3],
    ["naïve", 5],
    ["e\u0301", 1],
    ["日本", 4],
    ["🔥", 2],
    ["╭─╮", 3],
    ["✓✗·▸", 4],
  ])("of %j is %d", (text, width) => {
    expect(widthOf(text)).toBe(width);
  });
});

describe("cutting", () => {
  test.each([
    ["abcdef", 6, "abcdef"],
    ["abcdef", 5, "abcd…"],
    ["abcdef", 1, "…"],
    ["abcdef", 0, ""],
    ["日本語", 5, "日本…"],
    ["日本語", 4, "日…"],
    ["", 3, ""],
  ])("%j to %d is %j", (text, width, expected) => {
    expect(clipText(text, width)).toBe(expected);
  });

  test("keeps the tone of what is left and marks that something is gone", () => {
    const line = clip([span("Merlon ", "bold"), span("gateway")], 9);
    expect(line).toEqual([span("Merlon ", "bold"), span("g…")]);
    expect(plainText(clip([span("abc"), span("def")], 3))).toBe("ab…");
    expect(plainText(clip([span("abc"), span("def")], 6))).toBe("abcdef");
  });

  test("fills to the width", () => {
    expect(fitText("ab", 4)).toBe("ab  ");
    expect(fitText("日本", 3)).toBe("日…");
    expect(plainText(fit([span("ab")], 4))).toBe("ab  ");
  });

  test("spreads two parts, and the left one gives way", () => {
    expect(plainText(spread([span("left")], [span("right")], 12))).toBe("left   right");
    expect(plainText(spread([span("left side")], [span("right")], 10))).toBe("left…right");
    expect(plainText(spread([span("left")], [span("far too long")], 6))).toBe("far t…");
  });

  test("wraps, with an indent from the second piece on", () => {
    expect(wrapText("abcdef", 6)).toEqual(["abcdef"]);
    expect(wrapText("abcdefghijkl", 8)).toEqual(["abcdefgh", "    ijkl"]);
    expect(wrapText("", 8)).toEqual([""]);
    expect(wrapText("日本語日本語", 8)).toEqual(["日本語日", "    本語"]);
  });
});

describe("laws", () => {
  test("nothing is ever wider than asked, and a fill is exact", () => {
    fc.assert(
      fc.property(fc.array(anyText, { maxLength: 5 }), fc.nat(60), (texts, width) => {
        const line = texts.map((text) => span(text));
        expect(lineWidth(clip(line, width))).toBeLessThanOrEqual(width);
        expect(lineWidth(fit(line, width))).toBe(width);
      }),
    );
  });

  test("what fits is not touched", () => {
    fc.assert(
      fc.property(fc.array(anyText, { maxLength: 5 }), (texts) => {
        const line = texts.map((text) => span(text));
        expect(plainText(clip(line, lineWidth(line)))).toBe(plainText(line));
      }),
    );
  });

  test("wrapping loses nothing and keeps the width", () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 8, max: 30 }), (text, width) => {
        const pieces = wrapText(text, width);
        for (const piece of pieces) expect(widthOf(piece)).toBeLessThanOrEqual(width);
        expect(pieces.map((piece, index) => (index === 0 ? piece : piece.slice(4))).join("")).toBe(text);
      }),
    );
  });
});

test("control characters, bidirectional marks and tabs cannot reach the terminal", () => {
  const { text } = span("a\u001b[2Jb\nc\u202ed\te\u009b31m");
  expect(text).toBe("a�[2Jb�c�d  e�31m");
});

test("colours stand around the text and nowhere else", () => {
  expect(paintLine([span("a", "good"), span("b")], paintColour)).toBe("\u001b[32ma\u001b[0mb");
});
