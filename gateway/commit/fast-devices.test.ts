// The fast path of a gateway over a kernel in memory: it follows the devices that come and go, and what a commit cuts
// off leaves it at once.

import { rm } from "node:fs/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fakeLink } from "../kernel/fake-kernel.ts";
import { Reconciler } from "../reconcile.ts";
import { expectEnforced, freshGateway, restartedGateway, typeAs } from "../testing/test-gateway.ts";
import type { GatewayCase } from "../testing/test-gateway.ts";

let it: GatewayCase;
let reconciler: Reconciler;

beforeEach(async () => {
  it = await freshGateway("fast");
  reconciler = new Reconciler(it.gateway);
});
afterEach(async () => {
  reconciler[Symbol.dispose]();
  await rm(it.folder, { recursive: true });
});

const devicesNow = (): readonly string[] | undefined => it.kernel.table?.flowtables?.[0]?.devices;

async function have(...devices: readonly string[]): Promise<void> {
  it.kernel.fastDevices = new Set(devices);
  await reconciler.checkNetwork();
  expectEnforced(it.gateway, it.kernel);
  expect(it.gateway.alarms.list()).toEqual([]);
}

test("without flowtables in the kernel there is none in the table", () => {
  expect(devicesNow()).toBeUndefined();
  expectEnforced(it.gateway, it.kernel);
});

test("it follows the devices that the kernel has, and those of the zones", async () => {
  await have("eth1", "eth2", "eth9");
  expect(devicesNow()).toEqual(["eth1", "eth2"]);
  const transactions = it.kernel.transactions.length;
  await have("eth1", "eth2", "eth9");
  expect(it.kernel.transactions).toHaveLength(transactions);
  it.kernel.links = [...it.kernel.links, fakeLink(9, "eth9")];
  await have("eth1", "eth2", "eth9");
  await typeAs(it.gateway, "admin", "set security zones security-zone data interfaces eth9", "commit");
  expect(devicesNow()).toEqual(["eth1", "eth2", "eth9"]);
  it.kernel.links = it.kernel.links.filter(({ device }) => device !== "eth1");
  await reconciler.checkNetwork();
  expect(devicesNow()).toEqual(["eth2", "eth9"]);
  expectEnforced(it.gateway, it.kernel);
  await typeAs(it.gateway, "admin", "set security forwarding-options services-offload disable", "commit");
  expect(devicesNow()).toBeUndefined();
  expectEnforced(it.gateway, it.kernel);
});

test("a start has it at once, and a drift of it is repaired", async () => {
  await have("eth1", "eth2");
  const again = await restartedGateway(it.kernel, it.folder, it.clocks);
  expect(devicesNow()).toEqual(["eth1", "eth2"]);
  expectEnforced(again, it.kernel);
  it.kernel.tamper((table) => {
    if (table === undefined) throw new Error("there is no table");
    const [flowtable] = table.flowtables ?? [];
    return flowtable === undefined ? table : { ...table, flowtables: [{ ...flowtable, counter: false }] };
  });
  using other = new Reconciler(again);
  await other.checkRuleset();
  expect(again.alarms.list()).toMatchObject([{ message: expect.stringMatching(/flowtable fast is .* instead of/) }]);
  expectEnforced(again, it.kernel);
});

test("what a commit cuts off is ended before old packets are waited for, and again behind them", async () => {
  const policy = "security policies from-zone web to-zone data policy sql";
  const endingsOf = async (...lines: readonly string[]): Promise<number> => {
    const before = it.kernel.callsOf("endSessions");
    expect(await typeAs(it.gateway, "admin", ...lines, "commit")).toMatch("commit complete");
    return it.kernel.callsOf("endSessions") - before;
  };
  expect(await endingsOf(`delete ${policy} then permit`, `set ${policy} then deny`)).toBe(1);
  await have("eth1", "eth2");
  expect(await endingsOf(`delete ${policy} then deny`, `set ${policy} then permit`)).toBe(0);
  expect(await endingsOf(`delete ${policy} then permit`, `set ${policy} then deny`)).toBe(2);
});
