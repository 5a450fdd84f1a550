// Our own writer and reader against the real kernel, with `nft` as the witness: what either writes, both read. Runs only
// inside `tools/setup/enclose.sh`.

import { readFileSync } from "node:fs";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import type { Ir } from "@merlon/compiler/ir.ts";
import { applyCommands } from "@merlon/compiler/nft/apply-commands.ts";
import { diffTables, sameTable } from "@merlon/compiler/nft/canonical-table.ts";
import { lowerTable } from "@merlon/compiler/nft/lower.ts";
import { planCommit } from "@merlon/compiler/nft/plan-commit.ts";
import { printTransaction } from "@merlon/compiler/nft/print.ts";
import type { NftCommand, NftInstruction, NftStatement, NftTable } from "@merlon/compiler/nft/program.ts";
import type { LookupOptions } from "@merlon/compiler/lookup/build-lookup.ts";
import { anyIr } from "@merlon/compiler/testing/arbitrary-ir.ts";
import { anyRuleSet } from "@merlon/compiler/testing/arbitrary-rule-set.ts";
import { emptyIr } from "@merlon/compiler/testing/compile-text.ts";
import { NetlinkSocket, netlinkProtocol } from "../netlink-socket.ts";
import { readRulesetGeneration } from "../ruleset-generation.ts";
import { enclosed, skipReason } from "../story-watch.ts";
import { runNft } from "../story-tool.ts";
import { applyPlanned } from "./apply-planned.ts";
import { applyTransaction } from "./apply-transaction.ts";
import { anyInstruction, anySet } from "./arbitrary-nf-table.ts";
import { readHits } from "./read-hits.ts";
import { readTable } from "./read-table.ts";
import { addChain, addSet, element, nftFile, read, readByNft } from "./story-table.ts";

/** What of a table the nft language has words for: without register instructions, what these alone ask, and without words. */
function inNftLanguage(table: NftTable): NftTable {
  const sets = table.sets.filter(
    ({ key, data, interval }) =>
      interval !== "whole-key" && !key.includes("word") && (data === undefined || data === "verdict"),
  );
  const chains = table.chains.map((chain) => ({
    ...chain,
    rules: chain.rules.filter(({ statements }) => statements.every(hasNftWords)),
  }));
  return { ...table, sets, chains };
}

/** Several types or codes of ICMP are one set, which nft lists with the names of IPv4's types, whatever they are. */
function hasNftWords(statement: NftStatement): boolean {
  if (statement.kind === "instructions") return false;
  if (statement.kind !== "match" || statement.left.kind !== "payload") return true;
  const { protocol, field } = statement.left;
  return statement.right.kind !== "any-of" || (field !== "code" && (field !== "type" || protocol === "icmp"));
}

describe.skipIf(!enclosed)(`nf_tables over netlink${skipReason}`, () => {
  afterEach(async () => {
    if ((await readTable()) !== undefined) await applyTransaction([{ kind: "delete-table" }]);
  });

  describe("laws", describeLaws);
  describe("size", describeSize);
  describe("refusals", describeRefusals);
  describe("counts", describeHits);
  describe("nft beside us", describeListing);
});

/** `nft` 1.0.6 aborts over some keys out of registers (README.md, "nft 1.0.6 beside us"), and nobody should meet those. */
function describeListing(): void {
  const ways: readonly LookupOptions[] = [
    { stages: "one" },
    { stages: "per-width" },
    { stages: "boxes" },
    { stages: "boxes", boxes: { classMin: 1 } },
  ];
  test.each(ways)("a ruleset with lookups of the way %j is listed to its end", { timeout: 60_000 }, async (way) => {
    const irs = [...fc.sample(anyRuleSet(40), 8).map(({ ir }) => ir), ...fc.sample(anyIr, 8)];
    for (const ir of irs) {
      const table = lowerTable(ir, 3, { lookupRulesMin: 1, ...way });
      await applyTransaction(planCommit(undefined, table).install);
      // What nft has no words for is told on its standard error; the rest stands in its listing.
      const listed = await runNft("list", "ruleset");
      expect(listed).toContain(`chain ${table.chains.at(-1)?.name} {`);
      expect(listed.trimEnd().endsWith("}")).toBe(true);
      await applyTransaction([{ kind: "delete-table" }]);
    }
  });
}

function describeLaws(): void {
  test("random policies are written, read back equal, and replace each other", { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyIr, { minLength: 2, maxLength: 3 }), async (irs) => {
        for (const [index, ir] of irs.entries()) {
          const desired = lowerTable(ir, index + 1);
          const actual = await readTable();
          const { install, sweep } = planCommit(actual, desired);
          await applyTransaction(install);
          expect(diffTables(await read(), applyCommands(actual, install) ?? expect.fail())).toEqual([]);
          await applyTransaction(sweep);
          expect(sameTable(await read(), desired)).toBe(true);
        }
        expect(await runNft("list", "ruleset")).toContain("table inet merlon");
        await applyTransaction([{ kind: "delete-table" }]);
        expect(await readTable()).toBeUndefined();
      }),
      { numRuns: 12 },
    );
  });

  test(
    "what nft has words for, written by us or by nft, is read alike by us and by nft",
    { timeout: 60_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(anyIr, async (ir) => {
          const table = inNftLanguage(lowerTable(ir, 1));
          const { install } = planCommit(undefined, table);
          // What a run that failed has left would hide its reason from those that make the example smaller.
          await applyTransaction([{ kind: "add-table" }, { kind: "delete-table" }]);
          for (const write of [
            applyTransaction,
            (commands: readonly NftCommand[]) => nftFile(printTransaction(commands)),
          ]) {
            await write(install);
            expect(diffTables(await read(), table)).toEqual([]);
            expect(diffTables(await readByNft(), table)).toEqual([]);
            await applyTransaction([{ kind: "delete-table" }]);
          }
        }),
        { numRuns: 15 },
      );
    },
  );

  test("sets of every kind come back, and nft lists them", { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(anySet, async (set) => {
        await applyTransaction([{ kind: "add-table" }, addChain("c"), { kind: "add-set", set }]);
        const wanted: NftTable = { family: "inet", name: "merlon", sets: [set], chains: [{ name: "c", rules: [] }] };
        expect(diffTables(await read(), wanted)).toEqual([]);
        expect(await runNft("list", "ruleset")).toContain("table inet merlon");
        await applyTransaction([{ kind: "delete-set", name: "s" }, { kind: "delete-table" }]);
      }),
      { numRuns: 30 },
    );
  });

  test("register instructions come back", { timeout: 60_000 }, async () => {
    // The kernel refuses to read a word that nothing was written to.
    const filled = Array.from({ length: 15 }, (_, index): NftInstruction => ({
      op: "immediate",
      value: 0,
      to: index + 1,
    }));
    const sets = [
      addSet({ name: "plain" }),
      addSet({ name: "map", data: ["mark", "word"] }),
      addSet({ name: "turn", data: "verdict" }),
    ];
    await fc.assert(
      fc.asyncProperty(fc.array(anyInstruction, { minLength: 1, maxLength: 20 }), async (list) => {
        const rules = [
          { statements: [{ kind: "instructions", list: [...filled, ...list] }, { kind: "counter" }] },
        ] as const;
        const commands: readonly NftCommand[] = [
          { kind: "add-table" },
          ...sets,
          addChain("c"),
          { kind: "add-rules", chain: "c", rules },
        ];
        await applyTransaction(commands);
        expect(diffTables(await read(), applyCommands(undefined, commands) ?? expect.fail())).toEqual([]);
        await applyTransaction([{ kind: "delete-table" }]);
      }),
      { numRuns: 20 },
    );
  });
}

/** Not root in a user namespace alone: all users of the machine are known here (user_namespaces(7)). */
const isAdministrator = process.getuid?.() === 0 && readFileSync("/proc/self/uid_map", "utf8").includes("4294967295");

/** A transaction is one datagram, which only the administrator of the machine may make that large. */
function describeSize(): void {
  test.skipIf(!isAdministrator)("thousands of policies replace each other", { timeout: 60_000 }, async () => {
    const ir = largeIr(2_000);
    for (const generation of [1, 2]) {
      const desired = lowerTable(ir, generation);
      const { install, sweep } = planCommit(await readTable(), desired);
      await applyTransaction(install);
      await applyTransaction(sweep);
      expect(diffTables(await read(), desired)).toEqual([]);
    }
  });

  test.skipIf(!isAdministrator)(
    "a set of a hundred thousand elements comes and goes, and one more costs nothing",
    { timeout: 60_000 },
    async () => {
      const elements = Array.from({ length: 100_000 }, (_, index) => element(index));
      await applyTransaction([{ kind: "add-table" }, addSet({ name: "s", size: 100_001, elements })]);
      await applyTransaction([{ kind: "add-elements", set: "s", elements: [element(100_000)] }]);
      expect((await read()).sets[0]?.elements).toHaveLength(100_001);
      await applyTransaction([{ kind: "delete-elements", set: "s", elements: elements.slice(0, 99_999) }]);
      expect((await read()).sets[0]?.elements).toHaveLength(2);
    },
  );
}

function describeRefusals(): void {
  const stand: readonly NftCommand[] = [
    { kind: "add-table" },
    addChain("c"),
    addSet({ name: "s", size: 3, elements: [element(1)] }),
    addSet({
      name: "ranges",
      key: ["ipv4_addr"],
      interval: true,
      elements: [{ key: [{ kind: "addresses", range: { family: 4, first: 10, last: 20 } }] }],
    }),
    {
      kind: "add-rules",
      chain: "c",
      rules: [{ statements: [{ kind: "lookup", key: [{ kind: "ct", key: "mark" }], set: "s", negated: false }] }],
    },
  ];
  const jump = (chain: string): NftCommand => ({
    kind: "add-rules",
    chain: "c",
    rules: [
      { statements: [{ kind: "counter" }] },
      { statements: [{ kind: "verdict", verdict: { kind: "jump", chain } }] },
    ],
  });

  test.each<[string, NftCommand, string]>([
    [
      "an absent chain",
      { kind: "delete-chain", name: "absent" },
      "delete chain inet merlon absent: something that it names is not there",
    ],
    ["a chain that stands", addChain("c"), "add chain inet merlon c: it is there already"],
    ["a set that stands", addSet({ name: "s" }), "add set s: it is there already"],
    [
      "a rule that leads nowhere",
      jump("absent"),
      "add rule 2 to chain c (jump absent): something that it names is not there",
    ],
    [
      "an element too many",
      { kind: "add-elements", set: "s", elements: [5, 6, 7, 8].map(element) },
      "add element 7 to set s: the set is full",
    ],
    [
      "an absent element",
      { kind: "delete-elements", set: "s", elements: [element(1), element(9)] },
      "delete element 9 from set s: something that it names is not there",
    ],
    [
      "elements that overlap",
      {
        kind: "add-elements",
        set: "ranges",
        elements: [{ key: [{ kind: "addresses", range: { family: 4, first: 15, last: 30 } }] }],
      },
      "add element 0.0.0.15-0.0.0.30 to set ranges: it is there already",
    ],
    [
      "an absent set",
      { kind: "add-elements", set: "absent", elements: [element(1)] },
      "there is no set absent of Merlon's own in table inet merlon",
    ],
    [
      "an absent object",
      { kind: "delete-other", other: { word: "counter", name: "x" } },
      "delete counter inet merlon x: something that it names is not there",
    ],
  ])("%s: named, and nothing is done", async (_, command, message) => {
    await applyTransaction(stand);
    const before = await read();
    const attempt = [addChain("other"), { kind: "flush-chain", name: "c" }, command, addChain("last")] as const;
    await expect(applyTransaction(attempt)).rejects.toThrow(message);
    expect(sameTable(await read(), before)).toBe(true);
  });

  test("a set in use", async () => {
    await applyTransaction(stand);
    const attempt = applyTransaction([{ kind: "delete-set", name: "s" }]);
    await expect(attempt).rejects.toThrow("the kernel refused the ruleset: delete set inet merlon s: it is in use");
  });

  test("a thousand refusals are told by the first", async () => {
    await applyTransaction(stand);
    const commands = Array.from({ length: 1_000 }, (_, index): NftCommand => ({
      kind: "delete-chain",
      name: `absent${index}`,
    }));
    await expect(applyTransaction(commands)).rejects.toMatchObject({
      message: expect.stringContaining("delete chain inet merlon absent0:") as string,
      detail: expect.stringMatching(/absent0:.*\n.*absent1:/) as string,
    });
  });

  test("a batch for a generation that is past", async () => {
    await applyTransaction(stand);
    using socket = new NetlinkSocket({ protocol: netlinkProtocol.netfilter });
    const generation = readRulesetGeneration(socket);
    await nftFile("add table inet theirs");
    const late = applyTransaction([addChain("late")], { generation });
    await expect(late).rejects.toThrow("somebody else has changed the rules since they were read");
    expect((await read()).chains.map(({ name }) => name)).toEqual(["c"]);
    await applyTransaction([addChain("timely")], { generation: readRulesetGeneration(socket) });
    await nftFile("delete table inet theirs");
  });

  test("a change of another table does not stop a transaction that was planned for ours", async () => {
    await applyTransaction(stand);
    const planned = await read();
    await nftFile("add table inet theirs");
    await applyPlanned([addChain("timely")], planned);
    expect((await read()).chains).toHaveLength(2);
    await nftFile("delete table inet theirs");
  });
}

function describeHits(): void {
  test("packets and bytes of each mark", async () => {
    await applyTransaction([{ kind: "add-table" }, addSet({ name: "hits", counter: true })]);
    await nftFile("add element inet merlon hits { 7 counter packets 3 bytes 180, 8 counter packets 0 bytes 0 }");
    await applyTransaction([{ kind: "add-elements", set: "hits", elements: [element(0xffffff)] }]);
    expect([...(await readHits("hits"))].toSorted(([a], [b]) => a - b)).toEqual([
      [7, { packets: 3, bytes: 180 }],
      [8, { packets: 0, bytes: 0 }],
      [0xffffff, { packets: 0, bytes: 0 }],
    ]);
  });

  test.each([
    ["no table", [], "there is no set hits in table inet merlon"],
    ["no set", [{ kind: "add-table" }], "there is no set hits in table inet merlon"],
    [
      "another set",
      [{ kind: "add-table" }, addSet({ name: "hits", key: ["ifname"] })],
      "is not one that counts by mark",
    ],
  ] as const)("%s", async (_, commands, message) => {
    await applyTransaction(commands);
    await expect(readHits("hits")).rejects.toThrow(message);
  });
}

/** One pair of zones with many policies, each with addresses of its own. */
function largeIr(count: number): Ir {
  const at = { path: ["test"] };
  const hosts = Array.from({ length: count }, (_, index) => 0x0a00_0000 + index * 4);
  const action = "permit" as const;
  return {
    ...emptyIr,
    zones: [{ name: "a", kind: "security", origin: at }],
    interfaces: [{ name: "e.0", device: "e", zone: "a", hostInbound: { services: [], terms: "any" }, origin: at }],
    addressSets: new Map(
      hosts.map((host, index) => [
        `global:h${index}`,
        {
          ipv4: [
            { first: host, last: host },
            { first: host + 2, last: host + 2 },
          ],
          ipv6: [],
        },
      ]),
    ),
    contexts: [
      {
        fromZone: "a",
        toZone: "a",
        rules: hosts.map((_, index) => ({
          id: (16 + index) as Ir["contexts"][number]["rules"][number]["id"],
          policy: { scope: "zone-pair", name: `p${index}` },
          match: {
            kind: "packets",
            source: { kind: "sets", names: [`global:h${index}`], excluded: false },
            destination: { kind: "any" },
            services: [
              { kind: "ports", protocol: 6, source: { first: 0, last: 65_535 }, destination: { first: 22, last: 22 } },
            ],
          },
          action,
          log: { sessionInit: false, sessionClose: false },
          count: false,
          origin: at,
        })),
      },
    ],
  };
}
