// The prompt's line as a table of keys, and laws: the cursor is always inside, history is never lost.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { KeyName } from "./key.ts";
import { accept, completeWord, emptyLine, insert, lineLengthMax, press, textBefore, textOf } from "./line-editor.ts";
import type { EditedLine } from "./line-editor.ts";

/** A line from a text with `|` at the cursor. */
function at(picture: string): EditedLine {
  const [before = "", after = ""] = picture.split("|");
  return { ...emptyLine, text: [...before, ...after], cursor: [...before].length };
}

function picture(line: EditedLine): string {
  return `${textBefore(line)}|${line.text.slice(line.cursor).join("")}`;
}

describe("keys", () => {
  test.each<[KeyName, string, string]>([
    ["left", "ab|c", "a|bc"],
    ["left", "|abc", "|abc"],
    ["right", "ab|c", "abc|"],
    ["right", "abc|", "abc|"],
    ["home", "ab|c", "|abc"],
    ["end", "|abc", "abc|"],
    ["backspace", "ab|c", "a|c"],
    ["backspace", "|abc", "|abc"],
    ["delete", "a|bc", "a|c"],
    ["delete", "abc|", "abc|"],
    ["word-left", "set security  |zones", "set |security  zones"],
    ["word-left", "|set", "|set"],
    ["word-right", "set| security zones", "set security| zones"],
    ["word-right", "set zones|", "set zones|"],
    ["erase-word", "set security |zones", "set |zones"],
    ["erase-word", "set secu|rity", "set |rity"],
    ["erase-to-start", "set secu|rity", "|rity"],
    ["erase-to-end", "set secu|rity", "set secu|"],
    ["backspace", "🔥|x", "|x"],
    ["left", "a語|", "a|語"],
    ["tab", "a|b", "a|b"],
    ["escape", "a|b", "a|b"],
  ])("%s: %s → %s", (name, before, after) => {
    expect(picture(press(at(before), name))).toBe(after);
  });
});

describe("insert", () => {
  test("puts text at the cursor", () => {
    expect(picture(insert(at("a|c"), "bb"))).toBe("abb|c");
    expect(picture(insert(at("a|c"), "🔥"))).toBe("a🔥|c");
  });

  test("stops at the greatest length", () => {
    const line = insert(at("|"), "x".repeat(lineLengthMax + 10));
    expect(line.text).toHaveLength(lineLengthMax);
    expect(insert(line, "y")).toEqual(line);
  });
});

describe("completeWord", () => {
  test.each([
    ["set sec|", "security", true, "set security |"],
    ["set sec|", "security", false, "set security|"],
    ["set |", "security", true, "set security |"],
    ["set sec| zones", "security", true, "set security| zones"],
    ["|", "show", true, "show |"],
  ])("%s with %s (whole: %s) → %s", (before, word, whole, after) => {
    expect(picture(completeWord(at(before), word, whole))).toBe(after);
  });
});

describe("history", () => {
  const typed = (...lines: readonly string[]) => lines.reduce((line, text) => accept(insert(line, text)), emptyLine);

  test("goes up to the oldest line and down to the one being written", () => {
    let line = insert(typed("one", "two"), "dra");
    const seen: string[] = [];
    for (const name of ["up", "up", "up", "down", "down", "down"] as const) {
      line = press(line, name);
      seen.push(textOf(line));
    }
    expect(seen).toEqual(["two", "one", "one", "two", "dra", "dra"]);
  });

  test("takes an edited old line as a new one and keeps the old", () => {
    const edited = accept(insert(press(typed("one", "two"), "up"), "!"));
    expect(edited.history).toEqual(["one", "two", "two!"]);
  });

  test("keeps neither empty lines nor one line twice in a row", () => {
    expect(typed("one", " ", "one", "", "two", "one").history).toEqual(["one", "two", "one"]);
  });

  test("is bounded, and the oldest go", () => {
    const lines = Array.from({ length: 600 }, (_, index) => `line ${index}`);
    const { history } = typed(...lines);
    expect(history).toHaveLength(500);
    expect(history[0]).toBe("line 100");
  });
});

test("whatever is pressed, the cursor stays inside the line", () => {
  const names = fc.constantFrom<KeyName>(
    "left",
    "right",
    "home",
    "end",
    "up",
    "down",
    "backspace",
    "delete",
    "word-left",
    "word-right",
    "erase-word",
    "erase-to-start",
    "erase-to-end",
  );
  const action = fc.oneof(
    names,
    fc.constant("accept"),
    fc.string({ maxLength: 6 }).map((text) => `+${text}`),
  );
  fc.assert(
    fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
      let line = emptyLine;
      for (const name of actions) {
        if (name === "accept") line = accept(line);
        else if (name.startsWith("+")) line = insert(line, name.slice(1));
        else line = press(line, name as KeyName);
        expect(line.cursor).toBeGreaterThanOrEqual(0);
        expect(line.cursor).toBeLessThanOrEqual(line.text.length);
        expect(line.position).toBeLessThanOrEqual(line.history.length);
      }
    }),
  );
});
