// Laws of the whole shell: whatever keys come, and however their bytes are cut, it neither breaks nor hangs, what stands on
// the screen is what the line holds, and afterwards a line is still a line.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { said, ShellCase } from "./testing/shell-case.ts";

const candidates = {
  "": ["show", "set", "configure"],
  "show ": ["security", "system", "version", "|"],
  "set ": ["<name>", "alpha"],
};

const keys = fc.constantFrom(
  ..."abcshow set? \t\"|語🔥é".match(/./gsu)!,
  "e\u0301",
  "show ",
  "\r",
  "\n",
  "\u0001", "\u0002", "\u0005", "\u0006", "\u0007", "\b", "\u007f", "\u000b", "\u000c", "\u000e", "\u0010", "\u0012",
  "\u0014", "\u0015", "\u0017", "\u0018", "\u0019", "\u0003", "\u0000", "\u009b",
  "\u001b[A", "\u001b[B", "\u001b[C", "\u001b[D", "\u001b[H", "\u001b[F", "\u001b[3~", "\u001b[5~", "\u001bd", "\u001bb",
  "\u001bf", "\u001b", "\u001b[99;99X", "\u001b[200~pasted\u001b[201~",
); // prettier-ignore

const long = Array.from({ length: 40 }, (_, index) => `line ${index} of an answer that is rather long\n`).join("");

function freshShell(kind: "full" | "dumb" | "none", columns: number): ShellCase {
  return new ShellCase({
    terminal: { kind, columns, rows: 8 },
    candidates,
    answer: (line) =>
      line.length % 3 === 0
        ? said(long)
        : line.length % 3 === 1
          ? said("short\n")
          : { ok: false, text: "error: no\n", mistake: { column: line.length, text: "here\n" } },
  });
}

describe.each(["full", "dumb", "none"] as const)("random keys at a %s terminal", (kind) => {
  test("a line that is typed afterwards is understood", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(keys, { maxLength: 40 }), fc.integer({ min: 16, max: 100 }), async (typed, columns) => {
        const one = freshShell(kind, columns);
        for (const key of typed) await one.type(key);
        // Out of a paste, a search, the pages of an answer, and whatever was typed.
        await one.type("\u001b[201~", "\u0007", "q", "\u0003", "\u0005", "\u0015", "\u0003", "\u0005", "\u0015");
        await one.paste("final words\r");
        expect(one.asked.at(-1)?.line).toBe("final words");
        one.shell.inputEnded();
        await one.type("q", "q");
        one.shell.feed(Buffer.from("q".repeat(20)));
        await one.shell.end("");
        await one.ended;
      }),
      { numRuns: 60 },
    );
  });
});

test("while a line is typed, the screen ends with the prompt and the line", async () => {
  // oxlint-disable-next-line no-control-regex
  const editing = keys.filter((key) => !/[\r\n\u0003\t?]|^\u001b$|\u0012|\u000c/.test(key));
  await fc.assert(
    fc.asyncProperty(fc.array(editing, { maxLength: 40 }), fc.integer({ min: 24, max: 60 }), async (typed, columns) => {
      const one = freshShell("full", columns);
      await one.type("set cli complete-on-space off\r");
      for (const key of typed) await one.type(key);
      await one.type("\u0005");
      const screen = one.screen.lines.join("").replaceAll(/ /g, "");
      await one.type("\r");
      const line = one.asked.at(-1)?.line ?? "";
      expect(screen.endsWith(line.replaceAll(/ /g, ""))).toBe(true);
    }),
    { numRuns: 60 },
  );
});

test("bytes may be cut anywhere", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        keys.filter((key) => key !== "\u001b"),
        { maxLength: 20 },
      ),
      async (typed) => {
        const one = freshShell("none", 80);
        for (const byte of Buffer.from(`${typed.join("")}\u001b[201~\u0003final\r`))
          one.shell.feed(Buffer.from([byte]));
        await one.type("");
        expect(one.asked.at(-1)?.line).toBe("final");
      },
    ),
    { numRuns: 60 },
  );
});
