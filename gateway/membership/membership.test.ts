// Members of dynamic addresses come and go, on a kernel in memory: what reaches it, what is refused, and what survives
// commits, repairs, failures and restarts.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { dynamicSetName } from "@merlon/compiler/dynamic-addresses.ts";
import { formatRange, rangesOf, rangeSetOf } from "@merlon/model/ip/range-set.ts";
import type { RangeSet } from "@merlon/model/ip/range-set.ts";
import { parsePrefix, rangeOfPrefix } from "@merlon/model/ip/prefix.ts";
import { Gateway } from "../gateway.ts";
import type { FakeKernel } from "../kernel/fake-kernel.ts";
import { superUser } from "../access/access.ts";
import type { Access } from "../access/access.ts";
import { operationNamed } from "../ops/operations.ts";
import { readInput } from "../ops/parse-operation.ts";
import { Reconciler } from "../reconcile.ts";
import { rulesetDifferences } from "../ruleset-differences.ts";
import { RevisionStore } from "../store/revision-store.ts";
import { freshGateway, TestClocks, typeAs } from "../testing/test-gateway.ts";
import { boot } from "../boot.ts";
import { readMemberFile, writeMemberFile } from "./member-file.ts";
import { MemberKeeper } from "./member-keeper.ts";
import { membersMax } from "./membership.ts";

function setOf(...texts: readonly string[]): RangeSet {
  return rangeSetOf(texts.map((text) => rangeOfPrefix(parsePrefix(text) ?? expect.fail(text))));
}
function shown(set: RangeSet): readonly string[] {
  return [...rangesOf(set)].map(formatRange);
}

let folder: string;
let kernel: FakeKernel;
let gateway: Gateway;

beforeEach(async () => {
  ({ folder, kernel, gateway } = await freshGateway("members"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const policy = "set security policies from-zone web to-zone data policy";
async function declare(): Promise<void> {
  const answer = await typeAs(
    gateway,
    "anna",
    "configure",
    "set security dynamic-address address-name bad",
    "set security dynamic-address address-name idle",
    `${policy} quarantine match source-address bad`,
    `${policy} quarantine match destination-address any`,
    `${policy} quarantine match application any`,
    `${policy} quarantine then deny`,
    "insert security policies from-zone web to-zone data policy quarantine before policy sql",
    "commit",
  );
  expect(answer).toContain("commit complete");
}

/** What the kernel holds of the members, as hosts or as ranges. */
function inKernel(word: "hosts" | "members" | "" = ""): readonly string[] {
  const sets = (kernel.table?.sets ?? []).filter(({ name }) => /^(hosts|members)[46]_/.test(name));
  const ranges = sets
    .filter(({ name }) => name.startsWith(word))
    .flatMap(({ elements }) =>
      elements.flatMap(({ key }) =>
        key === "rest" ? [] : key.flatMap((value) => (value.kind === "addresses" ? [value.range] : [])),
      ),
    );
  return shown(rangeSetOf(ranges));
}

async function expectEnforced(...members: readonly string[]): Promise<void> {
  expect(inKernel()).toEqual(members);
  const running = gateway.running ?? expect.fail("nothing is in force");
  expect(await rulesetDifferences(kernel, running)).toEqual([]);
}

describe("members join and leave", () => {
  test("by elements of sets alone, under the same generation, and the kernel's table is not read", async () => {
    await declare();
    const generation = gateway.running?.generation;
    const [reads, transactions] = [kernel.callsOf("readTable"), kernel.transactions.length];
    const joined = await gateway.membership.change("bad", { add: setOf("10.1.0.7/32", "2001:db8::/64") });
    expect(joined.how).toBe("elements");
    await gateway.membership.change("bad", { remove: setOf("2001:db8::/64"), add: setOf("10.1.0.8/32") });
    expect(kernel.callsOf("readTable")).toBe(reads);
    expect(gateway.running?.generation).toBe(generation);
    const kinds = kernel.transactions.slice(transactions).map((commands) => commands.map(({ kind }) => kind));
    expect(kinds).toEqual([
      ["add-elements", "add-elements"],
      ["add-elements", "delete-elements"],
    ]);
    await expectEnforced("10.1.0.7-10.1.0.8");
  });

  test("who moves between hosts and ranges comes here before it goes there, and our own steps are no drift", async () => {
    await declare();
    using reconciler = new Reconciler(gateway);
    await reconciler.checkRuleset();
    await gateway.membership.change("bad", { add: setOf("10.1.0.0/29") });
    const [reads, transactions] = [kernel.callsOf("readTable"), kernel.transactions.length];
    const stepsSince = () =>
      kernel.transactions.slice(transactions).map((commands) =>
        commands.map((command) => {
          if (!("set" in command) || typeof command.set !== "string") return command.kind;
          return `${command.kind} ${command.set.replace(/4_.*/, "")}`;
        }),
      );
    await gateway.membership.change("bad", { add: setOf("10.1.0.8/32", "10.2.0.1/32") });
    expect([inKernel("hosts"), inKernel("members")]).toEqual([["10.2.0.1"], ["10.1.0.0-10.1.0.8"]]);
    await gateway.membership.change("bad", { remove: setOf("10.1.0.7/32", "10.2.0.1/32") });
    expect([inKernel("hosts"), inKernel("members")]).toEqual([["10.1.0.0-10.1.0.6", "10.1.0.8"], []]);
    expect(stepsSince()).toEqual([
      ["add-elements hosts"],
      ["add-elements members"],
      ["delete-elements hosts"],
      ["add-elements hosts"],
      ["delete-elements members"],
      ["delete-elements hosts"],
    ]);
    await reconciler.checkRuleset();
    expect(kernel.callsOf("readTable")).toBe(reads);
    await expectEnforced("10.1.0.0-10.1.0.6", "10.1.0.8");
  });

  const rows: readonly [what: string, change: Parameters<Gateway["membership"]["change"]>[1], readonly string[]][] = [
    ["the same again", { add: setOf("10.0.0.1/32") }, ["10.0.0.1"]],
    ["a stranger leaves", { remove: setOf("10.0.0.2/32") }, ["10.0.0.1"]],
    ["leaves and joins in one", { remove: setOf("10.0.0.0/24"), add: setOf("10.0.0.3/32") }, ["10.0.0.3"]],
    ["others take the place", { replace: setOf("192.0.2.0/24") }, ["192.0.2.0-192.0.2.255"]],
    ["one leaves a prefix", { replace: setOf("192.0.2.0/31") }, ["192.0.2.0-192.0.2.1"]],
    ["everybody leaves", { replace: setOf() }, []],
    ["everybody joins", { replace: setOf("0.0.0.0/0") }, ["0.0.0.0-255.255.255.255"]],
  ];
  test.each(rows)("%s", async (_, change, expected) => {
    await declare();
    await gateway.membership.change("bad", { add: setOf("10.0.0.1/32") });
    const { members } = await gateway.membership.change("bad", change);
    expect(shown(members)).toEqual(expected);
    await expectEnforced(...expected);
  });

  test("a dynamic address that no policy asks for has members that are nowhere in the kernel, until one asks", async () => {
    await declare();
    await gateway.membership.change("idle", { add: setOf("10.0.0.9/32") });
    await expectEnforced();
    await typeAs(gateway, "anna", "configure", `${policy} quarantine match source-address idle`, "commit");
    expect(inKernel()).toEqual(["10.0.0.9"]);
  });

  test("what is refused changes nothing", async () => {
    await declare();
    const other = { add: setOf("10.0.0.1/32") };
    await expect(gateway.membership.change("good", other)).rejects.toThrow("there is no dynamic address good");
    const many = rangeSetOf(
      Array.from({ length: membersMax + 1 }, (_, at) => ({ family: 4 as const, first: 2 * at, last: 2 * at })),
    );
    await expect(gateway.membership.change("bad", { add: many })).rejects.toThrow(/65537 ranges/);
    await expectEnforced();
    expect(gateway.membership.members.size).toBe(0);
  });
});

describe("members stay", () => {
  beforeEach(async () => {
    await declare();
    await gateway.membership.change("bad", { add: setOf("10.0.0.1/32") });
  });

  test("over a commit of something else, and over one that asks for them otherwise", async () => {
    await typeAs(gateway, "anna", "configure", "set system host-name other", "commit");
    await expectEnforced("10.0.0.1");
    await typeAs(gateway, "anna", "configure", `${policy} quarantine match source-address [ bad idle ]`, "commit");
    await gateway.membership.change("idle", { add: setOf("10.0.0.2/32") });
    await expectEnforced("10.0.0.1-10.0.0.2");
  });

  test("over a repair: what somebody else did to them is found and mended", async () => {
    using reconciler = new Reconciler(gateway);
    await reconciler.checkRuleset();
    kernel.tamper((table) => table && { ...table, sets: table.sets.map((set) => ({ ...set, elements: [] })) });
    await reconciler.checkRuleset();
    expect(gateway.alarms.list().map(({ code }) => code)).toContain("ruleset.drift");
    await expectEnforced("10.0.0.1");
  });

  test("while the configuration does not have the name; then they may only leave", async () => {
    const gone = `delete ${policy.slice(4)} quarantine`;
    await typeAs(gateway, "anna", "configure", gone, "delete security dynamic-address address-name bad", "commit");
    const join_ = { add: setOf("10.0.0.5/32") };
    await expect(gateway.membership.change("bad", join_)).rejects.toThrow("nobody can join bad");
    await typeAs(gateway, "anna", "configure", "rollback 1", "commit");
    await expectEnforced("10.0.0.1");
    await typeAs(gateway, "anna", "configure", "rollback 1", "commit");
    await gateway.membership.change("bad", { replace: setOf() });
    expect(gateway.membership.members.size).toBe(0);
  });

  test("when the kernel refuses, the whole is written; when that fails, nothing has changed", async () => {
    kernel.failNext("changeElements");
    expect((await gateway.membership.change("bad", { add: setOf("10.0.0.3/32") })).how).toBe("repair");
    await expectEnforced("10.0.0.1", "10.0.0.3");
    kernel.failNext("changeElements");
    kernel.failNext("readTable");
    await expect(gateway.membership.change("bad", { replace: setOf() })).rejects.toThrow("readTable");
    await expectEnforced("10.0.0.1", "10.0.0.3");
  });

  /** Members move from hosts to a range beside one who joins; the first transaction comes through, the next does not. */
  const halfway = async () => {
    await gateway.membership.change("bad", { add: setOf("10.1.0.0/29") });
    const whole = kernel.changeElements.bind(kernel);
    let calls = 0;
    kernel.changeElements = async (changes) => {
      if (++calls === 2) kernel.failNext("changeElements");
      return await whole(changes);
    };
    return { add: setOf("10.1.0.8/32", "10.2.0.1/32") };
  };

  test("when the kernel refuses in the middle of a move, the whole is written", async () => {
    const move = await halfway();
    expect((await gateway.membership.change("bad", move)).how).toBe("repair");
    await expectEnforced("10.0.0.1", "10.1.0.0-10.1.0.8", "10.2.0.1");
  });

  test("when that fails, too, nobody is lost, the members are those of before, and the drift is found", async () => {
    using reconciler = new Reconciler(gateway);
    await reconciler.checkRuleset();
    const move = await halfway();
    kernel.failNext("readTable");
    await expect(gateway.membership.change("bad", move)).rejects.toThrow("readTable");
    expect(inKernel()).toEqual(["10.0.0.1", "10.1.0.0-10.1.0.7", "10.2.0.1"]);
    expect(shown(gateway.membership.membersOf("bad"))).toEqual(["10.0.0.1", "10.1.0.0-10.1.0.7"]);
    await reconciler.checkRuleset();
    expect(gateway.alarms.list().map(({ code }) => code)).toContain("ruleset.drift");
    await expectEnforced("10.0.0.1", "10.1.0.0-10.1.0.7");
  });
});

describe("whether the ruleset must be read", () => {
  test("not for what was changed and read back by us, and at once when somebody else changed anything", async () => {
    await declare();
    using reconciler = new Reconciler(gateway);
    await reconciler.checkRuleset();
    const reads = kernel.callsOf("readTable");
    await gateway.membership.change("bad", { add: setOf("10.0.0.1/32") });
    await gateway.membership.change("bad", { add: setOf("10.0.0.2/32") });
    await reconciler.checkRuleset();
    expect(kernel.callsOf("readTable")).toBe(reads);
    kernel.tamper((table) => table);
    await gateway.membership.change("bad", { add: setOf("10.0.0.3/32") });
    await reconciler.checkRuleset();
    expect(kernel.callsOf("readTable")).toBe(reads + 1);
  });
});

describe("living sessions", () => {
  test("are asked about members under policy-rematch extensive, and not otherwise", async () => {
    await declare();
    await gateway.membership.change("bad", { add: setOf("10.0.0.1/32") });
    expect(kernel.callsOf("reviewSessions")).toBe(0);
    await typeAs(gateway, "anna", "configure", "set security policies policy-rematch extensive", "commit");
    const before = kernel.callsOf("reviewSessions");
    await gateway.membership.change("bad", { add: setOf("10.0.0.2/32") });
    expect(kernel.callsOf("reviewSessions")).toBe(before + 1);
  });
});

describe("over a restart", () => {
  test("the members are those of the file", async () => {
    await declare();
    const path = join(folder, "members.json");
    const keeper = new MemberKeeper(gateway, (members) => writeMemberFile(path, members));
    await gateway.membership.change("bad", { add: setOf("10.0.0.1/32", "2001:db8::/32") });
    await keeper[Symbol.asyncDispose]();
    const dynamicMembers = await readMemberFile(path);
    expect(dynamicMembers).toEqual(gateway.membership.members);
    const { nowMs, monotonicMs } = new TestClocks();
    const store = await RevisionStore.open(folder);
    const options = { kernel, store, nowMs, monotonicMs, graceMs: 0, dynamicMembers, onAlarm: () => undefined };
    const next = new Gateway(options);
    await boot(next, undefined);
    expect(next.running?.prepared.ir.addressSets.get(dynamicSetName("bad"))?.ipv4).toHaveLength(1);
    expect(inKernel()).toContain("10.0.0.1");
  });

  test("without a file there are none, and a damaged one is no file", async () => {
    const path = join(await mkdtemp(join(tmpdir(), "merlon-members-")), "members.json");
    expect((await readMemberFile(path)).size).toBe(0);
    await writeMemberFile(path, new Map([["bad", setOf("10.0.0.1/32")]]));
    expect(await readMemberFile(path)).toEqual(new Map([["bad", setOf("10.0.0.1/32")]]));
    await writeFile(path, "{}\n\n{}\n");
    await expect(readMemberFile(path)).rejects.toThrow(path);
  });

  test("a disk that does not take them is an alarm until it does, and nothing is written without a change", async () => {
    await declare();
    let writes = 0;
    const keeper = new MemberKeeper(gateway, async () => {
      writes += 1;
      if (writes === 1) throw new Error("no room");
    });
    await keeper.tick();
    expect(writes).toBe(0);
    await gateway.membership.change("bad", { add: setOf("10.0.0.1/32") });
    await keeper.tick();
    expect(gateway.alarms.list().map(({ code }) => code)).toContain("dynamic-address.not-saved");
    await keeper.tick();
    await keeper.tick();
    expect(gateway.alarms.list().map(({ code }) => code)).not.toContain("dynamic-address.not-saved");
    expect(writes).toBe(2);
  });
});

describe("the operation", () => {
  const operation = operationNamed("change-dynamic-address") ?? expect.fail("there is no such operation");
  async function ask(named: Readonly<Record<string, string>>, access?: Access): Promise<string> {
    const parsed = readInput(operation, { "address-name": "bad", ...named });
    if (parsed.kind !== "operation") return parsed.message;
    const caller = { user: "anna", via: "test", ...(access && { access }) };
    const answer = operation.execute(gateway, parsed.input, caller);
    return answer.then(
      ({ text }) => text,
      (error: unknown) => String(error),
    );
  }

  test("a program changes members, and everybody sees them", async () => {
    await declare();
    const rows: readonly [named: Readonly<Record<string, string>>, answer: string][] = [
      [{ add: "10.0.0.1, 2001:db8::1" }, "bad has 2 members\n"],
      [{ add: "10.0.0.1" }, "bad has these members already\n"],
      [{ remove: "10.0.0.0/24" }, "bad has 1 members\n"],
      [{ replace: "192.0.2.0/24 2001:db8::/32" }, "bad has 2 members\n"],
      [{ replace: "" }, "bad has 0 members\n"],
      [{ replace: "192.0.2.0/24" }, "bad has 1 members\n"],
    ];
    for (const [named, answer] of rows) expect(await ask(named)).toBe(answer);
    const all = await typeAs(gateway, "anna", "show security dynamic-address address-name bad");
    expect(all).toContain("192.0.2.0 ");
    expect(all).toContain("192.0.2.255");
  });

  test.each<[what: string, named: Readonly<Record<string, string>>, answer: RegExp]>([
    ["no prefix", { add: "10.0.0.1 ten" }, /"ten" is no address and no prefix/],
    ["replace beside add", { add: "10.0.0.1", replace: "10.0.0.2" }, /replace says all members/],
    ["a name that is not declared", { "address-name": "good", add: "10.0.0.1" }, /no dynamic address good/],
  ])("%s is refused", async (_, named, answer) => {
    await declare();
    expect(await ask(named)).toMatch(answer);
    await expectEnforced();
  });

  test("who may not configure the name may not change its members", async () => {
    await declare();
    const asked: string[][] = [];
    const mayConfigure = (path: readonly string[]): boolean => {
      asked.push([...path]);
      return false;
    };
    expect(await ask({ add: "10.0.0.1" }, { ...superUser("eve"), mayConfigure })).toContain("eve may not change");
    expect(asked).toEqual([["security", "dynamic-address", "address-name", "bad"]]);
    await expectEnforced();
  });
});
