// A commit from any table to any other: the laws of the two transactions, carried out by the model of the kernel.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Ir } from "../ir.ts";
import { anyIr } from "../testing/arbitrary-ir.ts";
import { emptyIr } from "../testing/compile-text.ts";
import { anyVandalism, vandalise } from "../testing/vandalism.ts";
import { applyCommands } from "./apply-commands.ts";
import { canonicalTable, diffTables, sameTable } from "./canonical-table.ts";
import { firstValue } from "./first-value.ts";
import { generationOf } from "./generation.ts";
import { lowerTable } from "./lower.ts";
import { planCommit } from "./plan-commit.ts";
import { printTransaction } from "./print.ts";
import type { NftCommand, NftElement, NftTable } from "./program.ts";

function mark(value: number): NftElement {
  return { key: [{ kind: "number", value }] };
}

function markOf(element: NftElement): number {
  const value = firstValue(element);
  return value?.kind === "number" ? value.value : -1;
}

function marksOf(table: NftTable | undefined, name: string): readonly number[] {
  const elements = table?.sets.find((set) => set.name === name)?.elements ?? [];
  return elements.map(markOf).toSorted((a, b) => a - b);
}

/** `revoked` as the run-time left it: its elements but 0 are nobody's business here. */
function withRevokedOf(desired: NftTable, actual: NftTable | undefined): NftTable {
  const extra = marksOf(actual, "revoked").filter((value) => value !== 0);
  const sets = desired.sets.map((set) =>
    set.name === "revoked" ? { ...set, elements: [...set.elements, ...extra.map(mark)] } : set,
  );
  return { ...desired, sets };
}

/** Carries out both transactions and holds what each must have reached. */
function expectCommit(actual: NftTable | undefined, desired: NftTable): NftTable {
  const { install, sweep } = planCommit(actual, desired);
  const installed = applyCommands(actual, install)!;
  const goal = withRevokedOf(desired, installed);
  // The counters of rules that are gone are all that may be too many until the sweep.
  const differences = diffTables(installed, goal, { idle: "ignore" }).filter(
    ({ sentence }) => !/^set hits: element \d+ does not belong there$|^counter /.test(sentence),
  );
  expect(differences).toEqual([]);
  const swept = applyCommands(installed, sweep)!;
  expect(diffTables(swept, goal)).toEqual([]);
  expect(sameTable(swept, goal)).toBe(true);
  return swept;
}

describe("laws", () => {
  test("from nothing: what is desired is there, in one transaction, and nothing is left to sweep", () => {
    fc.assert(
      fc.property(anyIr, fc.nat(1000), (ir, generation) => {
        const desired = lowerTable(ir, generation);
        expectCommit(undefined, desired);
        expect(planCommit(undefined, desired).sweep).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  test("from any generation to any other, however the table was changed by hand", () => {
    fc.assert(
      fc.property(anyIr, anyIr, anyVandalism, fc.integer({ min: 1, max: 3 }), (before, next, done, generation) => {
        const actual = vandalise(lowerTable(before, 2), done);
        // Generation 2 again is the repair of a drifted table; 1 cannot happen, and must work all the same.
        expectCommit(actual, lowerTable(next, generation));
      }),
      { numRuns: 3000 },
    );
  });

  test("a second commit without a sweep between, and repeats of either transaction's plan", () => {
    fc.assert(
      fc.property(anyIr, anyIr, anyIr, (first, second, third) => {
        const one = expectCommit(undefined, lowerTable(first, 1));
        const two = applyCommands(one, planCommit(one, lowerTable(second, 2)).install)!;
        const three = expectCommit(two, lowerTable(third, 3));
        const again = planCommit(three, lowerTable(third, 3));
        expect(again).toEqual({ install: [], sweep: [] });
      }),
      { numRuns: 200 },
    );
  });

  test("run-time revocations outlive commits, and 0 is always revoked", () => {
    fc.assert(
      fc.property(
        anyIr,
        anyIr,
        fc.uniqueArray(fc.integer({ min: 16, max: 99 }), { maxLength: 4 }),
        (before, next, ids) => {
          const base = lowerTable(before, 1);
          const revoked = ids.map(mark);
          const sets = base.sets.map((set) => (set.name === "revoked" ? { ...set, elements: revoked } : set));
          const swept = expectCommit({ ...base, sets }, lowerTable(next, 2));
          expect(marksOf(swept, "revoked")).toEqual([0, ...ids.toSorted((a, b) => a - b)]);
        },
      ),
      { numRuns: 100 },
    );
  });

  test("counters of rules that stay are not touched", () => {
    fc.assert(
      fc.property(anyIr, anyIr, (before, next) => {
        const actual = lowerTable(before, 1);
        const desired = lowerTable(next, 2);
        const kept = new Set(marksOf(actual, "hits")).intersection(new Set(marksOf(desired, "hits")));
        const { install, sweep } = planCommit(actual, desired);
        for (const command of [...install, ...sweep]) {
          if (command.kind === "flush-set" || command.kind === "delete-set") expect(command.name).not.toBe("hits");
          if (command.kind !== "delete-elements" && command.kind !== "add-elements") continue;
          if (command.set !== "hits") continue;
          for (const element of command.elements) expect(kept.has(markOf(element))).toBe(false);
        }
      }),
      { numRuns: 200 },
    );
  });

  test("base chains that are right are never touched", () => {
    fc.assert(
      fc.property(anyIr, anyIr, (before, next) => {
        const { install, sweep } = planCommit(lowerTable(before, 1), lowerTable(next, 2));
        expect([...install, ...sweep].filter(touches("forward"))).toEqual([]);
        expect([...install, ...sweep].filter(touches("input"))).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  test("the same tables give the same plan", () => {
    fc.assert(
      fc.property(anyIr, anyIr, anyVandalism, (before, next, done) => {
        const plan = () => planCommit(vandalise(lowerTable(before, 1), done), lowerTable(next, 2));
        expect(plan()).toEqual(plan());
      }),
      { numRuns: 100 },
    );
  });
});

function touches(chain: string): (command: NftCommand) => boolean {
  return (command) =>
    (command.kind === "flush-chain" && command.name === chain) ||
    (command.kind === "delete-chain" && command.name === chain) ||
    (command.kind === "add-rules" && command.chain === chain) ||
    (command.kind === "add-chain" && command.chain.name === chain);
}

describe("the plan of an ordinary commit", () => {
  const first = lowerTable(emptyIr, 1);

  test("reads as what it does", () => {
    const { install, sweep } = planCommit(first, lowerTable(emptyIr, 2));
    expect(printTransaction(install)).toMatchInlineSnapshot(`
      "flush chain inet merlon live
      flush chain inet merlon live_host
      flush chain inet merlon live_self
      add chain inet merlon policy_g2
      add chain inet merlon host_g2
      add chain inet merlon self_g2
      add map inet merlon pairs_g2 { type ifname . ifname : verdict; size 1; }
      add map inet merlon hosts_g2 { type ifname : verdict; size 1; }
      add rule inet merlon policy_g2 iifname . oifname vmap @pairs_g2
      add rule inet merlon policy_g2 iifname . oifname @bridges accept
      add rule inet merlon policy_g2 ct mark set 1 goto deny_log
      add rule inet merlon host_g2 ct state new meta nfproto ipv6 [ load fib saddr type dreg 1 ] [ compare reg 1 == 2 ] [ load 4b @ network + 8 dreg 12 ] [ mask reg 12 dreg 12 0xffc00000 network ] [ compare reg 12 != 4269801472 network ] ct mark set 4 goto deny_log
      add rule inet merlon host_g2 iifname vmap @hosts_g2
      add rule inet merlon host_g2 goto host_refuse
      add rule inet merlon live goto policy_g2 comment "generation 2"
      add rule inet merlon live_host goto host_g2 comment "generation 2"
      add rule inet merlon live_self goto self_g2 comment "generation 2"
      "
    `);
    expect(printTransaction(sweep)).toMatchInlineSnapshot(`
      "flush chain inet merlon policy_g1
      flush chain inet merlon host_g1
      flush chain inet merlon self_g1
      delete map inet merlon pairs_g1
      delete map inet merlon hosts_g1
      delete chain inet merlon policy_g1
      delete chain inet merlon host_g1
      delete chain inet merlon self_g1
      "
    `);
  });

  test("what is in force already needs nothing", () => {
    expect(planCommit(first, lowerTable(emptyIr, 1))).toEqual({ install: [], sweep: [] });
  });

  test("objects that nft cannot name go with the whole table, in the same transaction", () => {
    const odd: NftTable = { ...first, chains: [...first.chains, { name: "a b", rules: [] }] };
    const { install, sweep } = planCommit(odd, lowerTable(emptyIr, 2));
    expect(install.slice(0, 2)).toEqual([{ kind: "delete-table" }, { kind: "add-table" }]);
    expect(sweep).toEqual([]);
    expect(canonicalTable(applyCommands(odd, install)!)).toEqual(canonicalTable(lowerTable(emptyIr, 2)));
  });

  test("counters of rules that are gone stay until the sweep, because packets on their way still look for them", () => {
    const sets = first.sets.map((set) =>
      set.name === "hits" ? { ...set, elements: [...set.elements, mark(77)] } : set,
    );
    const { install, sweep } = planCommit({ ...first, sets }, lowerTable(emptyIr, 1));
    expect(install).toEqual([]);
    expect(sweep).toEqual([{ kind: "delete-elements", set: "hits", elements: [mark(77)] }]);
  });

  test("a stray chain with something unknown in it is emptied before an object of ours is made anew", () => {
    const foreign = { statements: [{ kind: "foreign" as const, text: '{"jump":{"target":"hits"}}' }] };
    const sets = first.sets.map((set) => (set.name === "hits" ? { ...set, counter: false } : set));
    const actual = { ...first, sets, chains: [...first.chains, { name: "visitor", rules: [foreign] }] };
    const { install } = planCommit(actual, lowerTable(emptyIr, 1));
    const names = install.map((command) => `${command.kind} ${"name" in command ? command.name : ""}`);
    expect(names.indexOf("flush-chain visitor")).toBeGreaterThanOrEqual(0);
    expect(names.indexOf("flush-chain visitor")).toBeLessThan(names.indexOf("delete-set hits"));
    expectCommit(actual, lowerTable(emptyIr, 1));
  });

  test("a stray base chain goes at once, a stray plain chain with the sweep", () => {
    const hook = { type: "filter", hook: "forward", priority: 5, policy: "accept" } as const;
    const chains = [...first.chains, { name: "door", hook, rules: [] }, { name: "idle", rules: [] }];
    const { install, sweep } = planCommit({ ...first, chains }, lowerTable(emptyIr, 1));
    expect(install).toEqual([{ kind: "delete-chain", name: "door" }]);
    expect(sweep).toEqual([
      { kind: "flush-chain", name: "idle" },
      { kind: "delete-chain", name: "idle" },
    ]);
  });
});

describe("the generation in force", () => {
  const table = lowerTable(emptyIr, 41);
  const withLive = (change: (rules: NftTable["chains"][number]["rules"]) => NftTable["chains"][number]["rules"]) => ({
    ...table,
    chains: table.chains.map((chain) => (chain.name === "live" ? { ...chain, rules: change(chain.rules) } : chain)),
  });
  test.each<[string, NftTable, number | undefined]>([
    ["is told by live", table, 41],
    ["is unknown without rules", withLive(() => []), undefined],
    ["is unknown with two rules", withLive((rules) => [...rules, ...rules]), undefined],
    ["is unknown without the chain", { ...table, chains: [] }, undefined],
    [
      "is unknown when live goes elsewhere",
      withLive(() => [{ statements: [{ kind: "verdict", verdict: { kind: "goto", chain: "policy_gx" } }] }]),
      undefined,
    ],
  ])("%s", (_, changed, generation) => {
    expect(generationOf(changed)).toBe(generation);
  });
});

test("an IR of a thousand policies is planned and modelled in well under a second", () => {
  const rules: Ir["contexts"][number]["rules"] = Array.from({ length: 1000 }, (_, index) => ({
    id: (16 + index) as Ir["contexts"][number]["rules"][number]["id"],
    policy: { scope: "zone-pair", name: `p${index}` },
    match: { kind: "packets", source: { kind: "any" }, destination: { kind: "any" }, services: "any" },
    action: "permit",
    log: { sessionInit: false, sessionClose: false },
    count: false,
    origin: { path: [] },
  }));
  const zone = { name: "a", kind: "security", origin: { path: [] } } as const;
  const entry = { name: "e.0", device: "e", zone: "a", hostInbound: { services: [], terms: [] }, origin: { path: [] } };
  const ir: Ir = { ...emptyIr, zones: [zone], interfaces: [entry], contexts: [{ fromZone: "a", toZone: "a", rules }] };
  const started = performance.now();
  expectCommit(expectCommit(undefined, lowerTable(ir, 1)), lowerTable(ir, 2));
  expect(performance.now() - started).toBeLessThan(2000);
});
