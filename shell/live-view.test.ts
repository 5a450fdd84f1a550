// Pictures that are drawn over each other, and the keys that go with them.

import { expect, test } from "vitest";
import fc from "fast-check";
import { said, ShellCase } from "./testing/shell-case.ts";
import type { CaseOptions } from "./testing/shell-case.ts";

/** A maker whose next picture comes when the test says so. */
class Studio {
  readonly #waiting: ((picture: string | undefined) => void)[] = [];
  hasEnded = false;

  async *pictures(signal: AbortSignal): AsyncGenerator<string> {
    try {
      for (;;) {
        const picture = await new Promise<string | undefined>((resolve) => {
          this.#waiting.push(resolve);
          signal.addEventListener("abort", () => resolve(undefined), { once: true });
        });
        if (picture === undefined) return;
        yield picture;
      }
    } finally {
      this.hasEnded = true;
    }
  }

  async shows(picture: string | undefined): Promise<void> {
    this.#waiting.shift()?.(picture);
    for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
}

async function watching(options: CaseOptions = {}): Promise<{ readonly one: ShellCase; readonly studio: Studio }> {
  const studio = new Studio();
  const answer: CaseOptions["answer"] = (line, { signal }) =>
    line.startsWith("monitor") ? said("", { live: true, draws: true, more: studio.pictures(signal) }) : said("fine\n");
  const one = new ShellCase({ terminal: { columns: 60, rows: 8 }, answer, ...options });
  await one.type("monitor x\r");
  return { one, studio };
}

const legend = "Quit=q or ESC, Freeze=f, Thaw=t, Up=^U, Down=^D";

test("each picture stands in place of the one before, and the prompt below the last", async () => {
  const { one, studio } = await watching();
  await studio.shows("first\nlong line of the first\n");
  expect(one.screen.text).toBe(`first\nlong line of the first\n${legend}`);
  await studio.shows("second\n");
  expect(one.screen.text).toBe(`second\n${legend}`);
  expect(await one.type("q")).toBe(`second\n${legend}\n\nana@fw1>`);
  expect(studio.hasEnded).toBe(true);
  expect(await one.type("show\r")).toContain("> show\nfine\n");
});

test.each([
  ["q", "q"],
  ["Q", "Q"],
  ["Ctrl-C", "\u0003"],
])("%s ends it, and the shell goes on", async (_, key) => {
  const { one, studio } = await watching();
  await studio.shows("a\n");
  await one.type(key);
  expect([studio.hasEnded, one.screen.text.endsWith("ana@fw1>")]).toEqual([true, true]);
});

test("Escape ends it as soon as nothing follows it", async () => {
  const { one, studio } = await watching();
  await studio.shows("a\n");
  await one.paste("\u001b");
  await studio.shows("b\n");
  expect(one.screen.text).toMatch(/ana@fw1>$/);
});

test("frozen pictures stay until they thaw", async () => {
  const { one, studio } = await watching();
  await studio.shows("one\n");
  await one.type("f");
  await studio.shows("two\n");
  expect(one.screen.text).toBe(`one\n${legend}, frozen`);
  await one.type("t");
  await studio.shows("three\n");
  expect(one.screen.text).toBe(`three\n${legend}`);
});

test("a picture larger than the terminal is looked at in parts", async () => {
  const { one, studio } = await watching({ terminal: { columns: 100, rows: 8 } });
  const tall = Array.from({ length: 20 }, (_, at) => `row ${at + 1}\n`).join("");
  await studio.shows(tall);
  expect(one.screen.text).toContain(`row 6\n${legend}, 0 lines above, 14 below`);
  expect(await one.type("\u0004")).toMatch(/^row 7\n/);
  expect(await one.type("\u001b[B")).toMatch(/^row 8\n/);
  expect(await one.type("\u001b[6~", "\u001b[6~")).toContain("row 20\n");
  expect(one.screen.text).toContain("14 lines above, 0 below");
  await studio.shows("row 1\n");
  expect(one.screen.text).toBe(`row 1\n${legend}`);
});

test("the end of the pictures ends it", async () => {
  const { one, studio } = await watching();
  await studio.shows("a\n");
  await studio.shows(undefined);
  expect(await one.type("show\r")).toContain("> show\nfine\n");
});

test.each([
  ["a dumb terminal", "dumb"],
  ["no terminal", "none"],
] as const)("%s gets one picture after the other", async (_, kind) => {
  const studio = new Studio();
  const answer: CaseOptions["answer"] = (_line, { signal }) =>
    said("", { live: true, draws: true, more: studio.pictures(signal) });
  const one = new ShellCase({ terminal: { kind }, answer });
  await one.paste("monitor x\n");
  await studio.shows("one\n");
  await studio.shows("two\n");
  expect(one.written.replaceAll("\r", "")).toContain("one\ntwo\n");
});

test("| tee shows one picture after the other too, because the file has them so", async () => {
  const studio = new Studio();
  const answer: CaseOptions["answer"] = (_line, { signal }) =>
    said("", { live: true, draws: true, more: studio.pictures(signal) });
  const one = new ShellCase({ answer });
  await one.type("monitor x | tee m.txt\r");
  await studio.shows("one\n");
  await studio.shows("two\n");
  await one.type("\u0003");
  expect(one.files.get("m.txt")).toBe("one\ntwo\n");
});

test("law: whatever is shown, typed and resized, no line is wider than the terminal and the shell comes back", async () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("show" as const), text: fc.string({ unit: "grapheme", maxLength: 200 }) }),
    fc.record({
      kind: fc.constant("key" as const),
      text: fc.constantFrom("f", "t", "x", "\u0015", "\u0004", "\u000c"),
    }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), fc.integer({ min: 8, max: 60 }), async (steps, columns) => {
      const { one, studio } = await watching({ terminal: { columns, rows: 6 } });
      await studio.shows("begin\n");
      for (const { kind, text } of steps) await (kind === "show" ? studio.shows(`${text}\n`) : one.type(text));
      expect(one.screen.lines.length).toBeLessThanOrEqual(6);
      await one.type("q", "show\r");
      expect(one.screen.text).toContain("fine");
    }),
    { numRuns: 40 },
  );
});
