// A flowtable as nft 1.0.6 writes it (`nft --debug=mnl`, by hand from nf_tables.h: the kernel of the stories has none),
// and read back.

import { expect, test } from "vitest";
import type { NftFlowtable } from "@merlon/compiler/nft/flowtable.ts";
import { BatchWriter } from "./batch-writer.ts";
import { attributesOf, messagesIn } from "./captured-batch.ts";
import { readFlowtable } from "./flowtable-message.ts";
import { nftMessage } from "./nf-tables-number.ts";
import { writeBatch } from "./write-command.ts";

const fast: NftFlowtable = { name: "fast", priority: 0, devices: ["eth1", "eth2"], counter: true };

function messageOf(flowtable: NftFlowtable) {
  const commands = [{ kind: "add-flowtable" as const, flowtable }];
  const { chunks } = writeBatch(commands, { firstSequence: 1, setInKernel: () => undefined });
  const found = messagesIn(chunks).find(({ type }) => type === nftMessage.newFlowtable);
  if (found === undefined) throw new Error("nothing was written");
  return found;
}

test("its bytes", () => {
  const name = (word: string): string => Buffer.from(`${word}\0`).toString("hex");
  expect(attributesOf(messageOf(fast))).toBe(
    `1:${name("merlon")} 2:${name("fast")} 3:{1:00000000 2:00000000 3:{1:${name("eth1")} 1:${name("eth2")}}} 7:00000002`,
  );
});

test.each<[what: string, flowtable: NftFlowtable]>([
  ["with a counter", fast],
  ["without one, before others", { ...fast, counter: false, priority: -5 }],
  ["whose devices are gone", { ...fast, devices: [] }],
])("%s is read as it was written", (_, flowtable) => {
  const { view, start, end } = messageOf(flowtable);
  expect(readFlowtable(view, start + 4, end)).toEqual({ table: "merlon", flowtable });
});

test("one that the hardware shall carry is not ours", () => {
  const writer = new BatchWriter(1).begin(nftMessage.newFlowtable, 0, 1);
  writer.text(1, "merlon").text(2, "f").u32(7, 3).end();
  const [message] = messagesIn(writer.chunks());
  if (message === undefined) throw new Error("nothing was written");
  const { flowtable } = readFlowtable(message.view, message.start + 4, message.end);
  expect(flowtable).toMatchObject({ name: "f", devices: [], foreign: "flags 3" });
  expect(() => messageOf(flowtable)).toThrow("not ours");
});
