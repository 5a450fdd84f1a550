// Long answers and those that are still being made, page by page, as they stand on the screen.

import { describe, expect, test } from "vitest";
import { said, ShellCase } from "./testing/shell-case.ts";
import type { CaseOptions } from "./testing/shell-case.ts";

const lines = (count: number, word = "line"): string =>
  Array.from({ length: count }, (_, index) => `${word} ${index + 1}\n`).join("");

const shellWith = (options: CaseOptions = {}) => new ShellCase(options);

describe("pages", () => {
  const long = (text = lines(30)) => shellWith({ terminal: { rows: 6 }, answer: () => said(text) });
  const last = (screen: string, count: number) => screen.split("\n").slice(-count);

  test("stop at the bottom and say how far it is", async () => {
    const one = long();
    expect(await one.type("show\r")).toBe("ana@fw1> show\nline 1\nline 2\nline 3\nline 4\nline 5\n---(more 16%)---");
    expect(last(await one.type(" "), 2)).toEqual(["line 10", "---(more 33%)---"]);
    expect(last(await one.type("\r"), 2)).toEqual(["line 11", "---(more 36%)---"]);
    expect(last(await one.type("d"), 2)).toEqual(["line 13", "---(more 43%)---"]);
    expect(last(await one.type("q"), 3)).toEqual(["line 13", "", "ana@fw1>"]);
  });

  test.each([
    ["b", "line 1", "line 5"],
    ["k", "line 5", "line 9"],
    ["u", "line 4", "line 8"],
    ["g", "line 1", "line 5"],
    ["\u001b[5~", "line 1", "line 5"],
  ])("%j goes back", async (key, first, end) => {
    const one = long();
    const screen = await one.type("show\r", " ", key);
    expect(last(screen, 6).at(0)).toBe(first);
    expect(last(screen, 2)[0]).toBe(end);
  });

  test("G shows the end, N everything", async () => {
    const one = long();
    expect(last(await one.type("show\r", "G"), 3)).toEqual(["line 30", "", "ana@fw1>"]);
    const other = long();
    expect(await other.type("show\r", "N")).toContain("line 29\nline 30\n\nana@fw1>");
  });

  test("/ searches forward, n again, ? backward", async () => {
    const one = long();
    expect(last(await one.type("show\r", "/line 2\r"), 6)).toEqual([
      "line 2", "line 3", "line 4", "line 5", "line 6", "---(more 20%)---",
    ]); // prettier-ignore
    expect(last(await one.type("/2[05]$\r"), 6)[0]).toBe("line 20");
    expect(last(await one.type("n"), 6)[0]).toBe("line 25");
    expect(last(await one.type("?line 7\r"), 6)[0]).toBe("line 7");
    expect(await one.type("/nothing\r")).toContain("Pattern not found");
    expect(await one.type("/(\r")).toContain("is not closed");
  });

  test("keys that arrive at once each count, and those behind / and q are text", async () => {
    const one = long();
    await one.type("show\r");
    expect(last(await one.paste("/2[05]$\r"), 6)[0]).toBe("line 20");
    expect(last(await one.paste("jj"), 2)).toEqual(["line 26", "---(more 86%)---"]);
    expect(last(await one.paste("bqshow"), 1)).toEqual(["ana@fw1> show"]);
  });

  test("h shows the keys", async () => {
    expect(await long().type("show\r", "h")).toContain("Help for CLI automore");
  });

  test("Ctrl-C quits", async () => {
    expect(await long().type("show\r", "\u0003")).toMatch(/line 5\n\nana@fw1>$/);
  });

  test("a long line counts for its rows", async () => {
    const one = shellWith({ terminal: { rows: 4, columns: 20 }, answer: () => said(`${"x".repeat(50)}\nend\n`) });
    expect(await one.type("show\r")).toMatch(/x{10}\n---\(more 50%\)---$/);
  });

  test("no-more, screen-length 0 and a short text do not stop; hold does", async () => {
    expect(await long().type("show | no-more\r")).toContain("line 30\n\nana@fw1>");
    expect(await long().type("set cli screen-length 0\r", "show\r")).toContain("line 30\n\nana@fw1>");
    expect(await long(lines(5)).type("show\r")).toContain("line 5\n\nana@fw1>");
    const held = long(lines(2));
    expect(await held.type("show | hold\r")).toMatch(/line 2\n---\(more 100%\)---$/);
    expect(await held.type(" ")).toMatch(/line 2\n\nana@fw1>$/);
  });

  test("a dumb terminal gets no sequence", async () => {
    const one = shellWith({ terminal: { kind: "dumb", rows: 6 }, answer: () => said(lines(30)) });
    expect(await one.type("show version\r", " ", "b", "q")).toMatch(/ana@fw1>$/);
    expect(one.written).not.toContain("\u001b");
  });
});

describe("answers that are still being made", () => {
  async function* endless(signal: AbortSignal, told: { ended: boolean }) {
    try {
      for (let count = 1; !signal.aborted; count++) {
        yield `event ${count}\n`;
        await new Promise((resolve) => setImmediate(resolve));
      }
    } finally {
      told.ended = true;
    }
  }

  test("Ctrl-C ends them, and what was typed ahead is forgotten", async () => {
    const told = { ended: false };
    const one = shellWith({ answer: (_, { signal }) => said("", { more: endless(signal, told), live: true }) });
    await one.type("monitor x\r");
    expect(one.screen.text).toContain("event 3");
    await one.type("typed ahead", "\u0003");
    await one.type("");
    expect(told.ended).toBe(true);
    expect(one.screen.text).toMatch(/event \d+\n\n\nana@fw1>$/);
  });

  test("q at a page ends their maker", async () => {
    const told = { ended: false };
    const one = shellWith({
      terminal: { rows: 4 },
      answer: (_, { signal }) => said("", { more: endless(signal, told) }),
    });
    expect(await one.type("show sessions\r")).toMatch(/event 3\n---\(more\)---$/);
    await one.type("q");
    expect(told.ended).toBe(true);
  });

  test("a failure on the way is said", async () => {
    async function* failing() {
      yield "one\n";
      const { ShellRefusal } = await import("./shell-host.ts");
      throw new ShellRefusal("the kernel did not answer");
    }
    const one = shellWith({ answer: () => said("", { more: failing() }) });
    expect(await one.type("show\r")).toBe("ana@fw1> show\none\nerror: the kernel did not answer\n\nana@fw1>");
  });

  test("they can be saved", async () => {
    async function* pieces() {
      yield "a\nb";
      yield "c\nd\n";
    }
    const one = shellWith({ answer: () => said("first\n", { more: pieces() }) });
    expect(await one.type("show x | match y | save out.txt\r")).toContain("Wrote 4 lines of output to 'out.txt'");
    expect(one.asked[0]?.line).toBe("show x | match y ");
    expect(one.files.get("out.txt")).toBe("first\na\nbc\nd\n");
  });
});
