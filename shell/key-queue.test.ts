// Keys in their order, however they come and go, and the word to whoever feeds them.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Key } from "./key.ts";
import { KeyQueue } from "./key-queue.ts";
import { said, ShellCase } from "./testing/shell-case.ts";

const key = (text: string): Key => ({ kind: "text", text });

test("law: keys are taken in the order of a list", async () => {
  const step = fc.oneof(
    fc
      .array(fc.string({ minLength: 1, maxLength: 2 }), { maxLength: 4 })
      .map((texts) => ({ kind: "push" as const, texts })),
    fc
      .array(fc.string({ minLength: 1, maxLength: 2 }), { maxLength: 3 })
      .map((texts) => ({ kind: "back" as const, texts })),
    fc.constant({ kind: "take" as const, texts: [] }),
    fc.constant({ kind: "clear" as const, texts: [] }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const queue = new KeyQueue(() => undefined);
      let model: string[] = [];
      for (const { kind, texts } of steps) {
        if (kind === "push") {
          queue.push(texts.map(key));
          model.push(...texts);
        } else if (kind === "back") {
          queue.putBack(texts.map(key));
          model = [...texts, ...model];
        } else if (kind === "clear") {
          queue.clear();
          model = [];
        } else if (model.length > 0) expect(await queue.next()).toEqual(key(model.shift() ?? ""));
        expect(queue.isWaiting).toBe(model.length > 0);
      }
      queue.end();
      for (const text of model) expect(await queue.next()).toEqual(key(text));
      expect(await queue.next()).toBeUndefined();
    }),
  );
});

test("whoever waits gets the next key, and the end", async () => {
  const queue = new KeyQueue(() => undefined);
  const first = queue.next();
  expect(queue.isAwaited).toBe(true);
  queue.push([key("a")]);
  expect(await first).toEqual(key("a"));
  const second = queue.next();
  queue.end();
  expect(await second).toBeUndefined();
});

test("it is full at its bound, and says when there is room", async () => {
  let room = 0;
  const queue = new KeyQueue(() => void room++);
  queue.push(Array.from({ length: 10_001 }, () => key("x")));
  expect(queue.isFull).toBe(true);
  await queue.next();
  expect([queue.isFull, room]).toEqual([true, 0]);
  await queue.next();
  expect([queue.isFull, room]).toEqual([false, 1]);
  queue.push(Array.from({ length: 5 }, () => key("x")));
  queue.clear();
  expect(room).toBe(2);
});

test("a paste of 12,000 lines runs them all", async () => {
  const one = new ShellCase({ terminal: { kind: "none" }, answer: () => said("") });
  const lines = Array.from({ length: 12_000 }, (_, index) => `set line ${index}`);
  one.shell.feed(Buffer.from(`\u001b[200~${lines.join("\n")}\n\u001b[201~`));
  one.shell.inputEnded();
  await one.ended;
  expect(one.asked).toHaveLength(12_000);
  expect(one.asked.at(-1)?.line).toBe("set line 11999");
});
