// Text from one who shows it to one who writes it: nothing is lost, nothing grows, and nobody waits for ever.

import { expect, test } from "vitest";
import { TextPipe } from "./text-pipe.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function taken(pipe: TextPipe): Promise<string> {
  let text = "";
  for await (const piece of pipe) text += piece;
  return text;
}

test("what is given is taken, in order and as a whole", async () => {
  const pipe = new TextPipe();
  const all = taken(pipe);
  for (const text of ["a", "b", "", "c"]) await pipe.give(text);
  pipe.end();
  expect(await all).toBe("abc");
});

test("what was given before somebody takes is not lost", async () => {
  const pipe = new TextPipe();
  await pipe.give("early");
  pipe.end();
  expect(await taken(pipe)).toBe("early");
});

test("who gives much waits until it is taken", async () => {
  const pipe = new TextPipe();
  let isThrough = false;
  const given = pipe.give("x".repeat(70_000)).then(() => {
    isThrough = true;
  });
  await turn();
  expect(isThrough).toBe(false);
  const all = taken(pipe);
  await given;
  pipe.end();
  expect(await all).toHaveLength(70_000);
});

test("a taker that goes away lets the giver go on", async () => {
  const pipe = new TextPipe();
  await pipe.give("x");
  for await (const _ of pipe) break;
  await pipe.give("y".repeat(70_000));
  const waiting = new TextPipe();
  const given = waiting.give("x".repeat(70_000));
  waiting.forget();
  await given;
  await waiting.give("y".repeat(70_000));
  expect([waiting.isForgotten, await taken(waiting)]).toEqual([true, ""]);
});

test("it has begun when somebody takes, or never will", async () => {
  const [read, left] = [new TextPipe(), new TextPipe()];
  void taken(read);
  left.forget();
  await Promise.all([read.begun, left.begun]);
  expect([read.isForgotten, left.isForgotten]).toEqual([false, true]);
});
