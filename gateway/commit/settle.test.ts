// What follows the switch: the table that a commit has read back need not be read again because of the commit itself, and
// is read again as soon as somebody else may have changed it.

import { rm } from "node:fs/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { NftCommand } from "@merlon/compiler/nft/program.ts";
import { KernelFailure } from "../kernel/kernel.ts";
import { Reconciler } from "../reconcile.ts";
import { expectEnforced, freshGateway, typeAs } from "../testing/test-gateway.ts";
import type { GatewayCase } from "../testing/test-gateway.ts";

let it: GatewayCase;
let reconciler: Reconciler;

beforeEach(async () => {
  it = await freshGateway("settle");
  reconciler = new Reconciler(it.gateway);
});
afterEach(async () => {
  reconciler[Symbol.dispose]();
  await rm(it.folder, { recursive: true });
});

const change = "set security policies from-zone web to-zone data policy sql match application junos-https";

async function readsOfCheck(): Promise<number> {
  const before = it.kernel.callsOf("readTable");
  await reconciler.checkRuleset();
  return it.kernel.callsOf("readTable") - before;
}

function tamper(): void {
  it.kernel.tamper((table) => (table === undefined ? undefined : { ...table, chains: table.chains.slice(1) }));
}

/** Somebody changes the table right before the transaction that `isMeant` accepts. */
function tamperBefore(isMeant: (commands: readonly NftCommand[]) => boolean): void {
  const apply = it.kernel.applyTransaction.bind(it.kernel);
  it.kernel.applyTransaction = async (commands, planned) => {
    if (isMeant(commands)) {
      it.kernel.applyTransaction = apply;
      tamper();
    }
    await apply(commands, planned);
  };
}

/** What a commit adds was added by the transaction before. */
const isSweep = (commands: readonly NftCommand[]): boolean =>
  commands.some(({ kind }) => kind === "delete-chain") && !commands.some(({ kind }) => kind.startsWith("add-"));

test("neither a start nor a commit makes the table be read once more", async () => {
  expect(await readsOfCheck()).toBe(0);
  await typeAs(it.gateway, "admin", change, "commit");
  expect(await readsOfCheck()).toBe(0);
  await typeAs(it.gateway, "admin", "delete security policies from-zone web to-zone data policy sql", "commit");
  expect(await readsOfCheck()).toBe(0);
  expectEnforced(it.gateway, it.kernel);
});

test("what somebody does after the commit is found and put back", async () => {
  await typeAs(it.gateway, "admin", change, "commit");
  tamper();
  expect(await readsOfCheck()).toBeGreaterThan(0);
  expectEnforced(it.gateway, it.kernel);
  expect(it.gateway.alarms.list()).toMatchObject([{ code: "ruleset.drift" }]);
});

test("what somebody does between the reading back and the sweep is found", async () => {
  tamperBefore(isSweep);
  await typeAs(it.gateway, "admin", change, "commit");
  expect(await readsOfCheck()).toBeGreaterThan(0);
  expectEnforced(it.gateway, it.kernel);
  expect(it.gateway.alarms.list()).toMatchObject([{ code: "ruleset.drift" }]);
});

test("a sweep that fails leaves the table to be looked at", async () => {
  await readsOfCheck();
  const apply = it.kernel.applyTransaction.bind(it.kernel);
  it.kernel.applyTransaction = async (commands, planned) => {
    if (isSweep(commands)) throw new KernelFailure("no room in the kernel", "ENOMEM");
    await apply(commands, planned);
  };
  await typeAs(it.gateway, "admin", change, "commit");
  it.kernel.applyTransaction = apply;
  expect(await readsOfCheck()).toBeGreaterThan(0);
  expectEnforced(it.gateway, it.kernel);
});

test("a table that is known to be good ends the alarm that it could not be repaired", async () => {
  tamper();
  it.kernel.failNext("readTable", new KernelFailure("no room in the kernel", "ENOMEM"));
  await reconciler.checkRuleset();
  expect(it.gateway.alarms.list()).toMatchObject([{ code: "ruleset.unrepaired" }]);
  await typeAs(it.gateway, "admin", change, "commit");
  expect(await readsOfCheck()).toBe(0);
  expect(it.gateway.alarms.list()).toEqual([]);
  expectEnforced(it.gateway, it.kernel);
});
