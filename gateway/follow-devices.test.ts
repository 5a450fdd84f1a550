// Devices and their addresses change under a gateway in force, over a kernel in memory: what is enforced follows, with as
// little as it needs, and nobody calls it drift.

import { rm } from "node:fs/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parsePrefix } from "@merlon/model/ip/prefix.ts";
import type { KernelLink } from "./kernel/kernel.ts";
import { Reconciler } from "./reconcile.ts";
import { expectEnforced, freshGateway, restartedGateway, typeAs } from "./testing/test-gateway.ts";
import type { GatewayCase } from "./testing/test-gateway.ts";

let made: GatewayCase;
beforeEach(async () => {
  made = await freshGateway("follow-devices");
});
afterEach(() => rm(made.folder, { recursive: true }));

const prefixOf = (text: string) => parsePrefix(text) ?? expect.fail(text);

function alter(device: string, change: (link: KernelLink) => KernelLink): void {
  made.kernel.links = made.kernel.links.map((link) => (link.device === device ? change(link) : link));
}

/** Somebody else's addresses beside ours. */
function give(...texts: readonly string[]): void {
  alter("eth1", (link) => ({ ...link, addresses: ["10.1.0.1/24", ...texts].map(prefixOf) }));
}

async function look(): Promise<void> {
  await new Reconciler(made.gateway).checkNetwork();
  expectEnforced(made.gateway, made.kernel);
  expect(made.gateway.alarms.list().filter(({ code }) => code !== "commit.unconfirmed")).toEqual([]);
}

const generationNow = () => made.gateway.running?.generation;
const own = () =>
  (
    JSON.stringify(
      made.kernel.table?.sets.find(({ name }) => name.startsWith("own_addresses")),
      bigints,
    ) ?? ""
  ).match(/(?<="first":")\d+/g);
const bigints = (_: string, value: unknown) => (typeof value === "bigint" ? String(value) : value);

test("the first address is a new generation, others are elements of it", async () => {
  const first = generationNow() ?? 0;
  give("fd00::1/64");
  await look();
  expect(generationNow()).toBe(first + 1);
  for (const [given, expected] of [
    [
      ["fd00::1/64", "::7/128"],
      ["7", String((0xfd00n << 112n) | 1n)],
    ],
    [["::7/128"], ["7"]],
    [
      ["::8/128", "::9/128"],
      ["8", "9"],
    ],
  ] as const) {
    const calls = made.kernel.callsOf("readTable");
    give(...given);
    await look();
    expect(own()?.toSorted()).toEqual([...expected].toSorted());
    expect(generationNow()).toBe(first + 1);
    expect(made.kernel.callsOf("readTable")).toBe(calls);
  }
});

test("elements that were changed are no reason to compare the table", async () => {
  give("::7/128");
  await look();
  const { gateway, kernel } = made;
  gateway.checked.found(await kernel.readRulesetGeneration());
  give("::7/128", "::8/128");
  await look();
  expect(gateway.checked.holds(await kernel.readRulesetGeneration())).toBe(true);
});

test("a table that somebody has changed meanwhile is written anew", async () => {
  give("::7/128");
  await look();
  give("::7/128", "::8/128");
  made.kernel.failNext("changeElements");
  const before = generationNow() ?? 0;
  await look();
  expect(generationNow()).toBe(before + 1);
  expect(own()).toEqual(["7", "8"]);
});

test("a device that was made anew has its new number, and one that is gone has none", async () => {
  alter("eth1", (link) => ({ ...link, index: 77 }));
  await look();
  expect(made.gateway.running?.prepared.ir.deviceNumbers?.get("eth1")).toBe(77);
  made.kernel.links = made.kernel.links.filter(({ device }) => device !== "eth2");
  await new Reconciler(made.gateway).checkNetwork();
  expectEnforced(made.gateway, made.kernel);
  expect([...(made.gateway.running?.prepared.ir.deviceNumbers?.keys() ?? [])]).toEqual(["eth1"]);
});

test("an address of a device whose own address is bound is known to inner hosts", async () => {
  const set = "set security nat source rule-set s";
  const lines = [`${set} from zone data`, `${set} to zone web`, `${set} rule r match source-address 0.0.0.0/0`];
  const bound = `${set} rule r then source-nat interface persistent-nat permit any-remote-host`;
  await typeAs(made.gateway, "anna", "configure", ...lines, bound, "commit");
  const places = () => made.kernel.table?.sets.find(({ name }) => name.startsWith("nat_places4"))?.elements.length;
  expect(places()).toBe(1);
  give("203.0.113.7/24", "::7/128");
  await look();
  expect(places()).toBe(2);
  give("203.0.113.8/24", "203.0.113.9/24");
  await look();
  expect(places()).toBe(3);
});

test("where nothing is new, nothing is written", async () => {
  give("fe80::7/64", "10.9.9.9/32");
  const before = await made.kernel.readRulesetGeneration();
  await look();
  expect(await made.kernel.readRulesetGeneration()).toBe(before);
});

test("a failure leaves in force what was, is told, and the next look mends it", async () => {
  give("::7/128");
  made.kernel.failNext("applyTransaction");
  const before = generationNow();
  await new Reconciler(made.gateway).checkNetwork();
  expect(generationNow()).toBe(before);
  expectEnforced(made.gateway, made.kernel);
  expect(made.gateway.alarms.list().map(({ code }) => code)).toEqual(["network.unrepaired"]);
  await look();
  expect(own()).toEqual(["7"]);
});

test("a commit, its rollback and a restart keep what was found", async () => {
  give("::7/128");
  await look();
  await typeAs(made.gateway, "anna", "configure", "set system host-name other", "commit confirmed 5");
  expect(own()).toEqual(["7"]);
  give("::7/128", "::8/128");
  await look();
  expect(made.gateway.running?.unconfirmed).toBeDefined();
  await made.gateway.rollBackUnconfirmed(true);
  expect(made.gateway.hostName).toBe("merlon");
  expect(own()).toEqual(["7", "8"]);
  made = { ...made, gateway: await restartedGateway(made.kernel, made.folder, made.clocks) };
  await look();
  expect(own()).toEqual(["7", "8"]);
});
