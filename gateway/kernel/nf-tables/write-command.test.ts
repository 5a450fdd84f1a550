// A transaction as a batch: which message each command becomes, and which command each message was.

import { describe, expect, test } from "vitest";
import type { NftCommand, NftElement, NftRule, NftSet } from "@merlon/compiler/nft/program.ts";
import { attributesOf, messagesIn } from "./captured-batch.ts";
import { writeBatch } from "./write-command.ts";
import { shapeOf } from "./write-set.ts";

const revoked: NftSet = { name: "revoked", key: ["mark"], interval: false, counter: false, elements: [] };
const element = (value: number): NftElement => ({ key: [{ kind: "number", value }] });
const counter: NftRule = { statements: [{ kind: "counter" }] };

function batchOf(commands: readonly NftCommand[], generation?: number) {
  return writeBatch(commands, {
    firstSequence: 100,
    setInKernel: (name) => (name === "revoked" ? shapeOf(revoked) : undefined),
    ...(generation === undefined ? {} : { generation }),
  });
}

/** The messages between the batch's beginning and end. */
function inner(commands: readonly NftCommand[]) {
  return messagesIn(batchOf(commands).chunks).slice(1, -1);
}

// Types and flags are those of nft 1.0.6, but that we say NLM_F_EXCL for
// sets, chains and objects, so that none is taken for what it is not. The
// acknowledgement that the last message asks for (0x4) is left out.
describe("each command", () => {
  const table = "1:6d65726c6f6e00";
  test.each<[string, NftCommand, readonly [number, number, string][]]>([
    ["the table", { kind: "add-table" }, [[0xa00, 0x401, `${table} 2:00000000`]]],
    ["the table's end", { kind: "delete-table" }, [[0xa02, 0x1, table]]],
    [
      "a set with an element",
      { kind: "add-set", set: { ...revoked, elements: [element(0)] } },
      [
        [0xa09, 0x601, `${table} 2:7265766f6b656400 3:00000000 4:00000013 5:00000004 10:00000001 13:000401000000`],
        [0xa0c, 0x401, `${table} 2:7265766f6b656400 3:{1:{1:{1:00000000}}}`],
      ],
    ],
    [
      "an empty set",
      { kind: "add-set", set: { ...revoked, name: "x" } },
      [[0xa09, 0x601, expect.stringContaining("2:7800") as string]],
    ],
    ["a set's end", { kind: "delete-set", name: "x" }, [[0xa0b, 0x1, `${table} 2:7800`]]],
    [
      "elements",
      { kind: "add-elements", set: "revoked", elements: [element(1)] },
      [[0xa0c, 0x401, `${table} 2:7265766f6b656400 3:{1:{1:{1:01000000}}}`]],
    ],
    [
      "fewer elements",
      { kind: "delete-elements", set: "revoked", elements: [element(1)] },
      [[0xa0e, 0x1, `${table} 2:7265766f6b656400 3:{1:{1:{1:01000000}}}`]],
    ],
    ["no elements", { kind: "flush-set", name: "x" }, [[0xa0e, 0x1, `${table} 2:7800`]]],
    ["a chain", { kind: "add-chain", chain: { name: "c", rules: [counter] } }, [[0xa03, 0x601, `${table} 3:6300`]]],
    [
      "a base chain",
      {
        kind: "add-chain",
        chain: { name: "f", rules: [], hook: { type: "filter", hook: "forward", priority: -10, policy: "drop" } },
      },
      [[0xa03, 0x601, `${table} 3:6600 7:66696c74657200 5:00000000 4:{1:00000002 2:fffffff6}`]],
    ],
    [
      "rules",
      { kind: "add-rules", chain: "c", rules: [counter, { ...counter, comment: "hello" }] },
      [
        [0xa06, 0xc01, `${table} 2:6300 4:{1:{1:636f756e74657200 2:{}}}`],
        [0xa06, 0xc01, `${table} 2:6300 4:{1:{1:636f756e74657200 2:{}}} 7:000668656c6c6f00`],
      ],
    ],
    ["no rules", { kind: "flush-chain", name: "c" }, [[0xa08, 0x1, `${table} 2:6300`]]],
    ["a chain's end", { kind: "delete-chain", name: "c" }, [[0xa05, 0x101, `${table} 3:6300`]]],
    [
      "a timeout, every state of it",
      { kind: "add-timeout", timeout: { name: "u", protocol: "udp", seconds: { replied: 7 } } },
      [[0xa12, 0x601, `${table} 2:7500 3:00000007 4:{1:0001 2:11 3:{1:0000001e 2:00000007}}`]],
    ],
    ["a timeout's end", { kind: "delete-timeout", name: "u" }, [[0xa14, 0x1, `${table} 2:7500 3:00000007`]]],
    [
      "a stray counter's end",
      { kind: "delete-other", other: { word: "counter", name: "x" } },
      [[0xa14, 0x1, `${table} 2:7800 3:00000001`]],
    ],
    ["a flowtable's end", { kind: "delete-flowtable", name: "x" }, [[0xa18, 0x1, `${table} 2:7800`]]],
    [
      "a table that sleeps is woken",
      { kind: "delete-other", other: { word: "flag", name: "dormant" } },
      [[0xa00, 0x1, `${table} 2:00000000`]],
    ],
  ])("%s", (_, command, expected) => {
    const found = inner([command]).map((message) => [message.type, message.flags & ~0x4, attributesOf(message)]);
    expect(found).toEqual(expected);
  });

  test("a set of the rule's own is made before the rule, with its elements", () => {
    const ports: NftRule = {
      statements: [
        {
          kind: "match",
          left: { kind: "payload", protocol: "tcp", field: "dport" },
          negated: false,
          right: {
            kind: "any-of",
            values: [
              { kind: "number", value: 22 },
              { kind: "number", value: 80 },
            ],
          },
        },
      ],
    };
    const messages = inner([{ kind: "add-rules", chain: "c", rules: [ports] }]);
    expect(messages.map(({ type }) => type)).toEqual([0xa09, 0xa0c, 0xa06]);
    const [set, elements, rule] = messages.map(attributesOf);
    // "__set%d", number 1 in the transaction, of two elements.
    expect(set).toContain("2:5f5f736574256400 3:00000003 4:0000000d 5:00000002 10:00000001 9:{1:00000002}");
    expect(elements).toContain("2:5f5f736574256400 4:00000001 3:{1:{1:{1:0016}} 1:{1:{1:0050}}}");
    expect(rule).toContain("1:5f5f736574256400 2:00000001 4:00000001");
  });

  test("no two sets of a transaction have one number", () => {
    const sets = ["a", "b"].map((name): NftCommand => ({ kind: "add-set", set: { ...revoked, name } }));
    const ids = inner(sets).map((message) => /10:(\w+)/.exec(attributesOf(message))?.[1]);
    expect(ids).toEqual(["00000001", "00000002"]);
  });
});

describe("the batch", () => {
  test("stands between a beginning and an end, and asks to be answered at its last command", () => {
    const batch = batchOf([{ kind: "add-table" }, { kind: "flush-chain", name: "c" }]);
    const messages = messagesIn(batch.chunks);
    expect(messages.map(({ type, flags, sequence }) => [type, flags, sequence])).toEqual([
      [0x10, 0x1, 100],
      [0xa00, 0x401, 101],
      [0xa08, 0x5, 102],
      [0x11, 0x1, 103],
    ]);
    // The resource of the outer messages is the number of nf_tables' subsystem.
    expect(messages.map(({ view, start }) => view.getUint16(start + 2))).toEqual([10, 0, 0, 10]);
    expect(batch.lastSequence).toBe(102);
  });

  test("names the generation that it was made for", () => {
    const [begin] = messagesIn(batchOf([{ kind: "add-table" }], 0x1234).chunks);
    expect(begin === undefined ? "" : attributesOf(begin)).toBe("1:00001234");
  });

  test("says of every message which command it was, and from which element or rule on", () => {
    const elements = Array.from({ length: 5_000 }, (_, value) => element(value));
    const commands: readonly NftCommand[] = [
      { kind: "add-table" },
      { kind: "add-elements", set: "revoked", elements },
      { kind: "add-rules", chain: "c", rules: [counter, counter] },
    ];
    const batch = batchOf(commands);
    const found = batch.subjects.map(({ sequence, command, index }) => [sequence, commands.indexOf(command), index]);
    const [, first, second] = found.filter(([, command]) => command === 1);
    expect(found[0]).toEqual([101, 0, 0]);
    expect(first).toEqual([102, 1, 0]);
    expect(second?.[0]).toBe(103);
    expect(second?.[2]).toBeGreaterThan(1_000);
    expect(found.slice(-2).map(([, command, index]) => [command, index])).toEqual([
      [2, 0],
      [2, 1],
    ]);
  });

  test("elements of a set that is made and deleted on the way", () => {
    const set: NftSet = { ...revoked, name: "fresh", key: ["inet_service"] };
    const add: NftCommand = { kind: "add-elements", set: "fresh", elements: [element(80)] };
    const messages = inner([{ kind: "add-set", set }, add]);
    expect(attributesOf(messages[1]!)).toContain("3:{1:{1:{1:0050}}}");
    const commands: readonly NftCommand[] = [
      { kind: "delete-set", name: "revoked" },
      { ...add, set: "revoked" },
    ];
    expect(() => batchOf(commands)).toThrow("there is no set revoked of Merlon's own in table inet merlon");
  });

  test("elements of a set that is nowhere", () => {
    expect(() => batchOf([{ kind: "add-elements", set: "absent", elements: [element(1)] }])).toThrow(
      "the kernel refused the ruleset: there is no set absent of Merlon's own in table inet merlon",
    );
  });

  test.each<[string, NftCommand, string]>([
    [
      "a foreign chain",
      { kind: "add-chain", chain: { name: "c", rules: [], foreign: "hook 5" } },
      "chain c is not ours",
    ],
    ["a foreign set", { kind: "add-set", set: { ...revoked, foreign: "x" } }, "set revoked is not ours"],
    [
      "an object without a name for its kind",
      { kind: "delete-other", other: { word: "thing", name: "x" } },
      "no object is called thing",
    ],
  ])("%s is a mistake of ours", (_, command, message) => {
    expect(() => batchOf([command])).toThrow(message);
  });
});
