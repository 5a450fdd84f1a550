// Which bindings of persistent NAT begin their time anew, over a gateway with a kernel in memory.

import { rm } from "node:fs/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { bindingSets } from "@merlon/compiler/nat/binding-sets.ts";
import { natHitsSet, natRefusals } from "@merlon/compiler/nat/nat-names.ts";
import { persistentRules } from "@merlon/compiler/nat/persistent-nat.ts";
import type { NftValue } from "@merlon/compiler/nft/program.ts";
import { expectEnforced, freshGateway, typeAs } from "../testing/test-gateway.ts";
import type { GatewayCase } from "../testing/test-gateway.ts";
import { BindingKeeper } from "./binding-keeper.ts";

const lines = `
set security nat source pool cone address 198.51.100.16/29
set security nat source rule-set s from zone web
set security nat source rule-set s to zone data
set security nat source rule-set s rule voice match source-address 10.0.0.0/8
set security nat source rule-set s rule voice then source-nat pool cone persistent-nat permit target-host
`;
const { bound, taken, inward, peers, busy } = bindingSets[4];

let made: GatewayCase;
beforeEach(async () => {
  made = await freshGateway("binding-keeper");
  const { gateway } = made;
  expect(await typeAs(gateway, "anna", "configure", ...lines.trim().split("\n"), "commit")).toContain("complete");
});
afterEach(() => rm(made.folder, { recursive: true }));

const number = (value: number): NftValue => ({ kind: "number", value });
const ipv4 = (first: number): NftValue => ({ kind: "addresses", range: { family: 4, first, last: first } });
const outer = (host: number) => [number(17), ipv4(0xc633_6411), number(5000 + host)];

interface Made {
  readonly secondsLeft: number;
  readonly isBusy: boolean;
  readonly bindingClass?: number;
}

/** One binding for each, of hosts from 1 on. */
function stand(all: readonly Made[]): void {
  const { kernel, gateway } = made;
  const ir = gateway.running?.prepared.ir;
  const rule = ir === undefined ? undefined : persistentRules(ir)[0];
  const rows = all.map(({ secondsLeft, isBusy, bindingClass = rule?.bindingClass ?? 0 }, index) => {
    const inner = [number(17), number(bindingClass), ipv4(0x0a00_0001 + index), number(4000)];
    return { inner, outer: outer(index), remainingMs: secondsLeft * 1_000, isBusy };
  });
  const put = (name: string, of: (row: (typeof rows)[number]) => object) =>
    kernel.filled.set(name, rows.map((row) => ({ remainingMs: row.remainingMs, ...of(row) })) as never);
  put(bound.name, (row) => ({ key: row.inner, data: row.outer }));
  put(taken.name, (row) => ({ key: row.outer }));
  put(inward.name, (row) => ({ key: row.outer, data: row.inner }));
  put(peers.name, (row) => ({ key: [...row.outer, ipv4(0x0b00_0001), number(0)] }));
  kernel.filled.set(
    busy.name,
    rows.filter(({ isBusy }) => isBusy).map((row) => ({ key: row.outer })),
  );
}

function secondsOf(set: { readonly name: string }): readonly number[] {
  return (made.kernel.filled.get(set.name) ?? [])
    .map(({ remainingMs = 0 }) => remainingMs / 1_000)
    .toSorted((a, b) => a - b);
}

test("the kernel has the chains and sets of bindings", () => expectEnforced(made.gateway, made.kernel));

test.each<[string, Made, number]>([
  ["with sessions, soon over", { secondsLeft: 200, isBusy: true }, 300],
  ["with sessions, begun anew a moment ago", { secondsLeft: 290, isBusy: true }, 290],
  ["without sessions", { secondsLeft: 200, isBusy: false }, 200],
  ["about to go", { secondsLeft: 1, isBusy: true }, 1],
  ["of a rule that is no more", { secondsLeft: 200, isBusy: true, bindingClass: 7 }, 200],
])("%s", async (_, binding, expected) => {
  stand([binding]);
  await new BindingKeeper(made.gateway).tick();
  for (const set of [bound, taken, inward, peers]) expect(secondsOf(set)).toEqual([expected]);
});

test("a row that has gone comes back with its binding", async () => {
  stand([
    { secondsLeft: 200, isBusy: true },
    { secondsLeft: 100, isBusy: false },
  ]);
  made.kernel.filled.set(taken.name, []);
  await new BindingKeeper(made.gateway).tick();
  expect(secondsOf(taken)).toEqual([300]);
  expect(secondsOf(inward)).toEqual([100, 300]);
  expect(made.kernel.filled.get(inward.name)?.map(({ data }) => data?.[3])).toEqual([number(4000), number(4000)]);
});

test("its own changes are no reason to compare the table", async () => {
  const { gateway, kernel } = made;
  gateway.checked.found(await kernel.readRulesetGeneration());
  stand([{ secondsLeft: 200, isBusy: true }]);
  await new BindingKeeper(gateway).tick();
  expect(gateway.checked.holds(await kernel.readRulesetGeneration())).toBe(true);
});

test("a kernel that fails raises an alarm, which the next round that works clears", async () => {
  stand([{ secondsLeft: 200, isBusy: true }]);
  const keeper = new BindingKeeper(made.gateway);
  made.kernel.failNext("changeFilled");
  await keeper.tick();
  expect(made.gateway.alarms.list().map(({ code }) => code)).toContain("nat.bindings-unkept");
  await keeper.tick();
  expect(made.gateway.alarms.list().map(({ code }) => code)).not.toContain("nat.bindings-unkept");
  expect(secondsOf(bound)).toEqual([300]);
});

test("refused sessions are an alarm for as long as there are new ones", async () => {
  const keeper = new BindingKeeper(made.gateway);
  const refuse = (packets: number) => made.kernel.hits.set(natHitsSet, new Map([[natRefusals, { packets, bytes: 0 }]]));
  refuse(5);
  await keeper.tick();
  expect(made.gateway.alarms.list()).toEqual([]);
  refuse(8);
  await keeper.tick();
  expect(made.gateway.alarms.list().map(({ message }) => message)).toEqual([
    expect.stringContaining("refused 3 sessions in 15 seconds"),
  ]);
  await keeper.tick();
  expect(made.gateway.alarms.list()).toEqual([]);
});

test("where no rule binds anything, nothing is asked", async () => {
  await typeAs(made.gateway, "anna", "delete security nat", "commit");
  const before = made.kernel.callsOf("readFilled");
  await new BindingKeeper(made.gateway).tick();
  expect(made.kernel.callsOf("readFilled")).toBe(before);
});
