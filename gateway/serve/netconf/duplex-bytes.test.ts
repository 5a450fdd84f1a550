// A Node stream as bytes: back-pressure in both directions, and every way in which a peer goes.

import { Duplex, duplexPair } from "node:stream";
import { expect, test } from "vitest";
import { ConnectionGone, duplexBytes } from "./duplex-bytes.ts";

test("what is written is read, and the end is the end", async () => {
  const [ours, theirs] = duplexPair();
  const [left, right] = [duplexBytes(ours, 1000), duplexBytes(theirs, 1000)];
  await left.write(Buffer.from("ab"));
  left.close();
  const read: string[] = [];
  for await (const bytes of right.incoming) read.push(Buffer.from(bytes).toString());
  expect(read.join("")).toBe("ab");
  await right.write(Buffer.from("still open"));
});

test("a reader that goes on lets the writer go on, one that does not ends it", async () => {
  const [ours, theirs] = duplexPair({ highWaterMark: 16 });
  const left = duplexBytes(ours, 30);
  const more = Buffer.alloc(64);
  const waiting = left.write(more);
  for await (const _ of theirs.iterator({ destroyOnReturn: false })) break;
  await waiting;
  await expect(left.write(more).then(() => left.write(more))).rejects.toThrow(/nothing was read for 0\.03 seconds/);
  expect(ours.destroyed).toBe(true);
  await expect(left.write(more)).rejects.toThrow(ConnectionGone);
});

test("nothing is read that nobody asks for", async () => {
  let asked = 0;
  const source = new Duplex({
    highWaterMark: 10,
    read() {
      asked += 1;
      this.push(Buffer.alloc(10));
    },
    write: (_, __, done) => done(),
  });
  const { incoming } = duplexBytes(source, 1000);
  const reader = incoming[Symbol.asyncIterator]();
  await reader.next();
  await new Promise(setImmediate);
  expect(asked).toBeLessThan(10);
  source.destroy();
});

test.each([
  ["without a word", undefined],
  ["with an error", new Error("reset")],
])("a peer that breaks off %s has ended, and waits for nobody", async (_, error) => {
  const [ours] = duplexPair({ highWaterMark: 16 });
  const bytes = duplexBytes(ours, 10_000);
  const stalled = bytes.write(Buffer.alloc(64));
  const reading = (async () => {
    for await (const part of bytes.incoming) expect(part).toBeDefined();
    return "ended";
  })();
  ours.destroy(error);
  await expect(stalled).rejects.toThrow(ConnectionGone);
  expect(await reading).toBe("ended");
  bytes.close();
});
