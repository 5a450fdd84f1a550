// What is drawn of a line is what stands in it: laws over a model of a terminal, and the few characters that usual keys cost.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { characterWidth, textWidth } from "./cell-width.ts";
import { drawLine, leaveLine } from "./line-view.ts";
import type { LineView } from "./line-view.ts";
import type { TerminalSize } from "./shell-host.ts";
import { TerminalModel } from "./testing/terminal-model.ts";

const view = (prompt: string, text: string, cursor = [...text].length): LineView => ({
  prompt,
  text: [...text],
  cursor,
});
const size = (kind: "full" | "dumb" | "none", columns: number): TerminalSize => ({ kind, columns, rows: 24 });

describe("keys cost little", () => {
  test.each([
    ["a character at the end", view("> ", "sho"), view("> ", "show"), "w"],
    ["backspace at the end", view("> ", "show"), view("> ", "sho"), "\b\u001b[K"],
    ["left", view("> ", "show"), view("> ", "show", 3), "\b"],
    ["right", view("> ", "show", 1), view("> ", "show", 2), "\u001b[1C"],
    ["insert", view("> ", "sow", 1), view("> ", "show", 2), "how\b\b"],
    ["home", view("> ", "show version"), view("> ", "show version", 0), "\u001b[12D"],
    ["nothing", view("> ", "show"), view("> ", "show"), ""],
  ])("%s", (_, before, after, expected) => {
    expect(drawLine(before, after, size("full", 80))).toBe(expected);
  });

  test.each([
    ["a character at the end", view("> ", "sho"), view("> ", "show"), "w"],
    ["backspace at the end", view("> ", "show"), view("> ", "sho"), "\b \b"],
    ["left", view("> ", "show"), view("> ", "show", 3), "\b"],
    ["right", view("> ", "show", 1), view("> ", "show", 2), "h"],
  ])("%s on a dumb terminal", (_, before, after, expected) => {
    expect(drawLine(before, after, size("dumb", 80))).toBe(expected);
  });

  test("without a terminal nothing is drawn", () => {
    expect(drawLine(undefined, view("> ", "x"), size("none", 80)) + leaveLine(view("> ", "x"), size("none", 80))).toBe(
      "",
    );
  });
});

const character = fc.constantFrom(..."abc xyz-{}ü語🔥".split(/(?:)/u), "e\u0301");
const text = fc.array(character, { maxLength: 60 }).map((parts) => [...parts.join("")]);
const views = fc.array(
  fc.record({ text, cursor: fc.nat(60) }).map(({ text: letters, cursor }): LineView => {
    return { prompt: "user@fw> ", text: letters, cursor: Math.min(cursor, letters.length) };
  }),
  { minLength: 1, maxLength: 12 },
);

/** Steps as keys make them: each changes a little of the line. */
const edits = fc.array(
  fc.record({ insert: fc.array(character, { maxLength: 3 }), erase: fc.nat(3), move: fc.integer({ min: -9, max: 9 }) }),
  { maxLength: 30 },
);

interface Step {
  readonly insert: readonly string[];
  readonly erase: number;
  readonly move: number;
}

function editedViews(steps: readonly Step[]): LineView[] {
  let current: LineView = { prompt: "user@fw# ", text: [], cursor: 0 };
  return [
    current,
    ...steps.map(({ insert, erase, move }) => {
      const before = current.text.slice(0, Math.max(0, current.cursor - erase));
      const added = [...insert.join("")];
      const letters = [...before, ...added, ...current.text.slice(current.cursor)];
      const cursor = Math.max(0, Math.min(letters.length, before.length + added.length + move));
      current = { ...current, text: letters, cursor };
      return current;
    }),
  ];
}

/** The rows that a wrapped line takes, and the cell of its cursor. */
function expectedRows({ prompt, text: letters, cursor }: LineView, columns: number) {
  const rows = [""];
  let used = 0;
  let place = { row: 0, column: 0 };
  const all = [...prompt, ...letters];
  for (const [index, letter] of [...all, ""].entries()) {
    const width = letter === "" ? 0 : characterWidth(letter);
    if (used + width > columns || (used === columns && width > 0)) {
      rows.push("");
      used = 0;
    }
    if (index === [...prompt].length + cursor) {
      place = used >= columns ? { row: rows.length, column: 0 } : { row: rows.length - 1, column: used };
    }
    rows[rows.length - 1] += letter;
    used += width;
  }
  return { rows: rows.map((row) => row.trimEnd()), place };
}

function expectShown(all: readonly LineView[], columns: number): void {
  const model = new TerminalModel(columns);
  let before: LineView | undefined;
  for (const after of all) {
    model.write(drawLine(before, after, size("full", columns)));
    const { rows, place } = expectedRows(after, columns);
    expect(model.text).toBe(rows.join("\n").trimEnd());
    // A mark stands on the character before it: its cell is that one's.
    expect({ row: model.row, column: model.column }).toEqual(place);
    before = after;
  }
}

describe("laws", () => {
  test("any line after any other stands there wrapped, and the cursor in its place", () => {
    fc.assert(
      fc.property(views, fc.integer({ min: 12, max: 90 }), (all, columns) => expectShown(all, columns)),
      { numRuns: 150 },
    );
  });

  test("a wide character behind a mark in the last column leaves the mark as it is", () => {
    const line = [...Array.from({ length: 10 }, () => "a"), "\u0301"];
    const view = (text: readonly string[]): LineView => ({ prompt: "user@fw# ", text, cursor: text.length });
    expectShown([view(line), view([...line, "🔥"])], 20);
  });

  test("the same for small changes", () => {
    fc.assert(
      fc.property(edits, fc.integer({ min: 12, max: 40 }), (steps, columns) =>
        expectShown(editedViews(steps), columns),
      ),
      { numRuns: 150 },
    );
  });

  test("a dumb terminal has one row, in which the cursor stands behind what is before it", () => {
    fc.assert(
      fc.property(edits, fc.integer({ min: 12, max: 40 }), (steps, columns) => {
        const model = new TerminalModel(columns, false);
        let before: LineView | undefined;
        for (const after of editedViews(steps)) {
          model.write(drawLine(before, after, size("dumb", columns)));
          before = after;
          expect(model.row).toBe(0);
          const whole = [...after.prompt, ...after.text].join("");
          expect(whole).toContain(model.text);
          const left = [...after.prompt, ...after.text.slice(0, after.cursor)].join("");
          expect(model.column).toBeLessThan(columns);
          expect(textWidth(left)).toBeGreaterThanOrEqual(model.column);
          if (textWidth(whole) < columns - 1) expect(model.text).toBe(whole.trimEnd());
        }
      }),
      { numRuns: 150 },
    );
  });

  test("leaving a line puts the cursor at the start of a new row", () => {
    fc.assert(
      fc.property(views, fc.integer({ min: 12, max: 40 }), ([one], columns) => {
        if (one === undefined) return;
        const model = new TerminalModel(columns);
        model.write(drawLine(undefined, one, size("full", columns)) + leaveLine(one, size("full", columns)));
        expect(model.column).toBe(0);
        expect(model.row).toBe(expectedRows(one, columns).rows.length);
      }),
      { numRuns: 100 },
    );
  });
});
