// What is not read again must be what stands in the kernel: whatever changes between, also behind our back, is seen.

import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { diffTables, sameSet } from "@merlon/compiler/nft/canonical-table.ts";
import { PackedSet, RowWriter, rowsOf } from "@merlon/compiler/nft/packed-set.ts";
import type { NftCommand, NftElement, NftSet, NftTable } from "@merlon/compiler/nft/program.ts";
import { setMark } from "@merlon/compiler/nft/statements.ts";
import { NetlinkSocket, netlinkProtocol } from "../netlink-socket.ts";
import { readRulesetGeneration } from "../ruleset-generation.ts";
import { runNft } from "../story-tool.ts";
import { enclosed, skipReason } from "../story-watch.ts";
import { applyPlanned } from "./apply-planned.ts";
import { applyTransaction } from "./apply-transaction.ts";
import { rowsAnswer } from "./ask-rows.ts";
import { noteRead } from "./known-table.ts";
import { provenRowsMin, rowsStand } from "./prove-rows.ts";
import { addChain, addSet, element, read } from "./story-table.ts";

function marks(name: string, ...values: readonly number[]): PackedSet {
  return sized(name, 8, values);
}

function sized(name: string, size: number, values: readonly number[], rest?: readonly number[]): PackedSet {
  const writer = new RowWriter(1, 1, values.length);
  for (const value of values) writer.push(value).push(value + 1);
  return new PackedSet({ name, key: ["mark"], data: ["mark"], size }, writer.rows(rest));
}

async function setOf(name: string): Promise<NftSet | undefined> {
  return (await read()).sets.find((set) => set.name === name);
}

async function begin(...commands: readonly NftCommand[]): Promise<NftTable> {
  await applyTransaction([{ kind: "add-table" }, ...commands]);
  return read();
}

const add = (set: string, ...values: readonly number[]): NftCommand => ({
  kind: "add-elements",
  set,
  elements: values.map(element),
});
const remove = (set: string, ...values: readonly number[]): NftCommand => ({
  kind: "delete-elements",
  set,
  elements: values.map(element),
});
const inOrder = (count: number) => Array.from({ length: count }, (_, value) => value + 16);

describe.skipIf(!enclosed)(`what is known of the table${skipReason}`, () => {
  afterEach(() => applyTransaction([{ kind: "add-table" }, { kind: "delete-table" }]));

  test("a set is read once, and again after whoever has changed something", async () => {
    const set = marks("a", 1, 2, 3);
    await begin({ kind: "add-set", set });
    const first = await setOf("a");
    expect(first !== undefined && rowsOf(first) !== undefined && sameSet(first, set)).toBe(true);
    expect(await setOf("a")).toBe(first);
    await runNft("add", "element", "inet", "merlon", "a", "{ 9 : 10 }");
    const changed = await setOf("a");
    expect(changed !== undefined && sameSet(changed, set)).toBe(false);
    expect(changed?.elements).toHaveLength(4);
  });

  test("sets stay known over a transaction of ours that leaves them alone, and only they", async () => {
    const table = await begin({ kind: "add-set", set: marks("a", 1) }, { kind: "add-set", set: marks("b", 1) });
    await applyPlanned(
      [
        { kind: "add-set", set: marks("c", 5) },
        { kind: "add-elements", set: "b", elements: marks("b", 2).elements },
      ],
      table,
    );
    const after = await read();
    const named = (name: string) => after.sets.find((set) => set.name === name);
    expect(named("a")).toBe(table.sets.find(({ name }) => name === "a"));
    expect(named("b")?.elements).toHaveLength(2);
    expect(named("c")?.elements).toEqual(marks("c", 5).elements);
  });

  test("a set of the same name that was made anew is read", async () => {
    const table = await begin({ kind: "add-set", set: marks("a", 1) });
    await applyPlanned(
      [
        { kind: "delete-set", name: "a", map: true },
        { kind: "add-set", set: marks("a", 7) },
      ],
      table,
    );
    expect((await setOf("a"))?.elements).toEqual(marks("a", 7).elements);
  });

  test("a chain stays known until a rule of it changes, by whomever", async () => {
    const rules = [{ statements: [setMark(1)] }, { statements: [setMark(2)], comment: "second" }];
    await begin(addChain("c"), addChain("d"), { kind: "add-rules", chain: "c", rules });
    const chainOf = async (name: string) => (await read()).chains.find((chain) => chain.name === name);
    const first = await chainOf("c");
    expect(first?.rules).toBe(rules);
    await applyTransaction([{ kind: "add-rules", chain: "d", rules }]);
    expect(await chainOf("c")).toBe(first);
    expect((await chainOf("d"))?.rules).toBe(rules);
    await applyTransaction([{ kind: "add-rules", chain: "d", rules: rules.slice(1) }]);
    expect((await chainOf("d"))?.rules).toEqual([...rules, ...rules.slice(1)]);
    await applyTransaction([{ kind: "flush-chain", name: "d" }]);
    expect((await chainOf("d"))?.rules).toEqual([]);
    await runNft("insert", "rule", "inet", "merlon", "c", "counter");
    expect((await chainOf("c"))?.rules).toHaveLength(3);
  });

  test("a table that was made anew is read anew", async () => {
    await begin(addChain("c"), { kind: "add-set", set: marks("a", 1) });
    await applyTransaction([{ kind: "delete-table" }, { kind: "add-table" }, { kind: "add-set", set: marks("a", 2) }]);
    const { chains, sets } = await read();
    expect(chains).toEqual([]);
    expect(sets.map(({ elements }) => elements)).toEqual([marks("a", 2).elements]);
  });

  describe("a large set of which some elements are changed", () => {
    const counts: NftCommand = addSet({ name: "s", counter: true, size: 2048, elements: inOrder(1000).map(element) });
    const keysOf = (set: NftSet | undefined) => set?.elements.map(({ key }) => key);
    const keys = (...values: readonly number[]) => values.map((value) => element(value).key);

    test("is asked for those", async () => {
      await begin(counts);
      await applyTransaction([add("s", 5000), remove("s", 17, 18)]);
      await applyTransaction([remove("s", 16), add("s", 17)]);
      const expected = keys(...inOrder(1000).slice(3), 5000, 17);
      const found = keysOf(await setOf("s"));
      expect(new Set(found?.map(String))).toEqual(new Set(expected.map(String)));
      expect(found).toHaveLength(expected.length);
      expect(await setOf("s")).toBe(await setOf("s"));
    });

    test("rows too, which keep their places", async () => {
      const rows = sized("s", 1000, inOrder(1000));
      await begin({ kind: "add-set", set: rows });
      const change = (how: "add" | "delete", value: number): NftCommand => {
        const [other] = sized("s", 1, [value]).elements;
        const data = [{ kind: "number" as const, value: 7 }];
        const elements = other === undefined ? [] : [how === "add" ? { ...other, data } : other];
        return { kind: `${how}-elements`, set: "s", elements };
      };
      await applyTransaction([change("delete", 100), change("delete", 900), change("add", 100)]);
      const found = rowsOf((await setOf("s")) ?? rows);
      const words = [...(rowsOf(rows)?.words ?? [])];
      words[2 * (100 - 16) + 1] = 7;
      words.splice(2 * (900 - 16), 2);
      expect([...(found?.words ?? [])]).toEqual(words);
    });

    test("is read when somebody has changed it too, and when they are many", async () => {
      await begin(counts);
      await applyTransaction([remove("s", 16)]);
      await runNft("add", "element", "inet", "merlon", "s", "{ 16 }");
      await runNft("delete", "element", "inet", "merlon", "s", "{ 20 }");
      const found = keysOf(await setOf("s"));
      expect(found).toHaveLength(999);
      expect(found).toContainEqual(element(16).key);
      await applyTransaction([remove("s", ...inOrder(500).slice(5))]);
      expect(keysOf(await setOf("s"))).toHaveLength(999 - 495);
    });
  });

  describe("a set of very many rows", describeProof);

  test("whatever we and others do, what is known is what is read by somebody who knows nothing", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { minLength: 1, maxLength: 8 }), async (steps) => {
        await begin(...law);
        for (const step of steps) {
          try {
            await (step.by === "us" ? applyTransaction(step.commands) : runNft(...step.words));
          } catch {
            // Refused: then nothing has changed.
          }
          if (step.read) await read();
        }
        const found = await read();
        noteRead({ family: "inet", name: "merlon", sets: [], chains: [] }, 0);
        expect(diffTables(found, await read())).toEqual([]);
        await applyTransaction([{ kind: "delete-table" }]);
      }),
      { numRuns: 40 },
    );
  });
});

const law: readonly NftCommand[] = [
  { kind: "add-set", set: marks("small", 16, 17, 18) },
  addSet({ name: "counts", counter: true, size: 2048, elements: inOrder(600).map(element) }),
  { kind: "add-set", set: sized("rows", 2048, inOrder(600)) },
  addChain("c"),
  addChain("d"),
];

type Step = { readonly read: boolean } & (
  | { readonly by: "us"; readonly commands: readonly NftCommand[] }
  | { readonly by: "nft"; readonly words: readonly string[] }
);

const anyName = fc.constantFrom("small", "counts", "rows");
const anyValue = fc.integer({ min: 14, max: 20 });
const anyElements = fc.record({ name: anyName, value: anyValue, data: fc.nat(1), adds: fc.boolean() });

const anyCommand = fc.oneof(
  anyElements.map(({ name, value, data, adds }): NftCommand => {
    const [row] = sized(name, 1, [value]).elements;
    const one = name === "counts" || row === undefined ? element(value) : { ...row, data: element(value + data).key };
    return { kind: adds ? "add-elements" : "delete-elements", set: name, elements: [one as NftElement] };
  }),
  anyName.map((name): NftCommand => ({ kind: "flush-set", name, map: name !== "counts" })),
  fc.constantFrom("c", "d").map((name): NftCommand => ({ kind: "flush-chain", name })),
  fc.constantFrom("c", "d").map((chain): NftCommand => ({
    kind: "add-rules",
    chain,
    rules: [{ statements: [setMark(1)] }],
  })),
);

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ read: fc.boolean(), by: fc.constant("us" as const), commands: fc.array(anyCommand, { maxLength: 3 }) }),
  anyElements.map(({ name, value, data, adds }): Step => {
    const text = name === "counts" || !adds ? `{ ${value} }` : `{ ${value} : ${value + data} }`;
    return { read: data === 0, by: "nft", words: [adds ? "add" : "delete", "element", "inet", "merlon", name, text] };
  }),
  fc.constantFrom("c", "d").map((chain): Step => ({
    read: chain === "c",
    by: "nft",
    words: ["insert", "rule", "inet", "merlon", chain, "counter"],
  })),
);

function describeProof(): void {
  const values = inOrder(provenRowsMin);
  const whole = sized("a", values.length, values);
  let socket: NetlinkSocket;
  beforeEach(() => {
    socket = new NetlinkSocket({ protocol: netlinkProtocol.netfilter });
  });
  afterEach(() => socket[Symbol.dispose]());

  const nft = (what: "add" | "delete", elements: string) => runNft(what, "element", "inet", "merlon", "a", elements);

  test("is what it was made as, and the question changes nothing", async () => {
    const table = await begin({ kind: "add-set", set: whole });
    expect(table.sets).toEqual([whole]);
    expect(table.sets[0]).toBe(whole);
    const generation = readRulesetGeneration(socket);
    expect(await rowsStand(socket, whole)).toBe(true);
    expect(readRulesetGeneration(socket)).toBe(generation);
    await nft("delete", "{ 16 }");
    await nft("add", "{ 16 : 17 }");
    expect(await rowsStand(socket, whole)).toBe(true);
  });

  test.each<[string, readonly (readonly ["add" | "delete", string])[], number]>([
    ["a row is missing", [["delete", "{ 1000 }"]], -1],
    [
      "a row leads elsewhere",
      [
        ["delete", "{ 1000 }"],
        ["add", "{ 1000 : 7 }"],
      ],
      0,
    ],
    [
      "another row stands in the place of one",
      [
        ["delete", "{ 1000 }"],
        ["add", "{ 999999 : 7 }"],
      ],
      0,
    ],
    [
      "the last row leads elsewhere",
      [
        ["delete", `{ ${values.at(-1) ?? 0} }`],
        ["add", `{ ${values.at(-1) ?? 0} : 7 }`],
      ],
      0,
    ],
  ])("%s", async (_, steps, more) => {
    await applyTransaction([{ kind: "add-table" }, { kind: "add-set", set: whole }]);
    for (const [what, elements] of steps) await nft(what, elements);
    expect(await rowsStand(socket, whole)).toBe(false);
    const found = await setOf("a");
    expect(found !== undefined && sameSet(found, whole)).toBe(false);
    expect(found?.elements).toHaveLength(values.length + more);
  });

  test("a row too many, where the set has room", async () => {
    const roomy = sized("a", values.length + 3, values);
    await begin({ kind: "add-set", set: roomy });
    expect(await rowsStand(socket, roomy)).toBe(true);
    await nft("add", "{ 999999 : 7 }");
    expect(await rowsStand(socket, roomy)).toBe(false);
    expect((await setOf("a"))?.elements).toHaveLength(values.length + 1);
    await nft("delete", "{ 16 }");
    expect(await rowsStand(socket, roomy)).toBe(false);
  });

  test("after somebody else's change every row is asked for", async () => {
    await begin({ kind: "add-set", set: whole });
    await runNft("add", "table", "inet", "other");
    expect(await setOf("a")).toBe(whole);
    await applyTransaction([addChain("c")]);
    await runNft("delete", "table", "inet", "other");
    expect(await rowsAnswer(whole)).toBe(true);
    expect(await setOf("a")).toBe(whole);
    await nft("delete", "{ 1000 }");
    expect(await rowsAnswer(whole)).toBe(false);
    expect((await setOf("a"))?.elements).toHaveLength(values.length - 1);
    await nft("add", "{ 1000 : 7 }");
    expect(await rowsAnswer(whole)).toBe(false);
    await nft("delete", "{ 1000 }");
    await nft("add", '{ 1000 comment "mine" : 1001 }');
    expect(await rowsAnswer(whole)).toBe(false);
    expect((await setOf("a"))?.foreign).toContain('comment "mine"');
    await nft("delete", "{ 1000 }");
    await nft("add", "{ 1000 : 1001 }");
    expect(await rowsAnswer(whole)).toBe(true);
  });

  test("it is not asked where there is room for others", async () => {
    const roomy = sized("a", values.length + 3, values);
    const rest = sized("b", values.length + 1, values, [9]);
    await begin({ kind: "add-set", set: roomy }, { kind: "add-set", set: rest });
    for (const set of [roomy, rest, sized("c", values.length, values)]) expect(await rowsAnswer(set)).toBe(false);
    await nft("add", "{ 999999 : 7 }");
    expect((await setOf("a"))?.elements).toHaveLength(values.length + 1);
  });

  test("what stands for all other keys is asked for too", async () => {
    const rest = sized("a", values.length + 1, values, [9]);
    const table = await begin({ kind: "add-set", set: rest });
    expect(table.sets[0]).toBe(rest);
    expect(await rowsStand(socket, rest)).toBe(true);
    expect(await rowsStand(socket, sized("a", values.length + 1, values, [8]))).toBe(false);
    await nft("add", "{ 999999 : 7 }");
    expect(await rowsStand(socket, rest)).toBe(false);
  });

  test("it cannot be said of a set that is not there, has much room, or has no key to spare", async () => {
    await begin({ kind: "add-set", set: marks("b", 1) }, { kind: "add-set", set: sized("c", 2, [0, 0xffff_ffff]) });
    expect(await rowsStand(socket, whole)).toBe(false);
    expect(await rowsStand(socket, sized("b", 80, [1]))).toBe(false);
    expect(await rowsStand(socket, sized("c", 2, [0, 0xffff_ffff]))).toBe(false);
    // The answers that nobody waited for do not disturb the next question.
    expect(await rowsStand(socket, marks("b", 1))).toBe(true);
  });
}
