// Addresses that others give the gateway, and devices that they delete and make anew: what is enforced follows by itself,
// within a moment, with packets really sent and no word of drift.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemRuleIds } from "@merlon/compiler/ir.ts";
import { policyLines } from "@merlon/compiler/testing/compile-text.ts";
import type { Gateway } from "@merlon/gateway/gateway.ts";
import { runIp } from "@merlon/gateway/kernel/run-ip.ts";
import { serverIpv4, serverIpv6 } from "@merlon/gateway/kernel/story-network.ts";
import { Reconciler } from "@merlon/gateway/reconcile.ts";
import { openGateway } from "@merlon/gateway/testing/test-gateway.ts";
import { loadConfiguration } from "@merlon/junos/load.ts";
import { emptyTree } from "@merlon/junos/tree.ts";
import { NatNetwork } from "./nat-network.ts";

const enclosed = process.env["MERLON_ENCLOSED"] === "1";
const text = `
set security zones security-zone in interfaces toclient
set security zones security-zone out interfaces toserver
set security zones security-zone other interfaces spare
${policyLines(["in", "out"], "surf")}
${policyLines(["in", "in"], "inside")}
set security nat source rule-set s from zone in
set security nat source rule-set s to zone out
set security nat source rule-set s rule r match source-address 10.9.0.0/16
set security nat source rule-set s rule r then source-nat interface persistent-nat permit any-remote-host
`;
const makeSpare = ["link add spare type veth peer name other", "link set spare up", "link set other up"];
/** Told after 50 ms, settled after 200; a machine that is busy may take longer. */
const followedMsMax = 5_000;

describe.skipIf(!enclosed)("devices that others change", () => {
  let net: NatNetwork;
  let folder: string;
  let gateway: Gateway;
  const cleanup = new AsyncDisposableStack();
  beforeAll(async () => {
    net = cleanup.use(await NatNetwork.create({ client: ["10.9.0.0/16", "fd00:9::/32"], server: ["fd00:8::/32"] }));
    await runIp(makeSpare);
    folder = await mkdtemp(join(tmpdir(), "merlon-followed-"));
    cleanup.defer(() => rm(folder, { recursive: true }));
    gateway = await openGateway(net.kernel, folder);
    const reconciler = cleanup.use(new Reconciler(gateway));
    cleanup.use(
      await net.kernel.watch(({ kind }) => {
        if (kind === "network-changed") reconciler.networkChanged();
        if (kind === "ruleset-changed") reconciler.rulesetChanged();
      }),
    );
    const { tree } = loadConfiguration(emptyTree, text, { action: "set", source: "story.conf" });
    expect(await gateway.commitInitial(tree, { user: "root", via: "boot" }, 1)).toMatchObject({ ok: true });
  });
  afterAll(() => cleanup[Symbol.asyncDispose]());

  async function becomes(what: () => Promise<boolean>): Promise<boolean> {
    for (let waitedMs = 0; waitedMs < followedMsMax; waitedMs += 50) {
      if (await what()) return true;
      await sleep(50);
    }
    return false;
  }
  let port = 5_000;
  async function passes(source: string): Promise<boolean> {
    const packet = `udp ${source} ${port++} > ${serverIpv6} 161`;
    return (await net.send("client", packet)) === packet;
  }
  const refusedCount = async () => (await net.kernel.readHits("hits")).get(systemRuleIds.ownSource)?.packets ?? 0;
  const revisionNow = () => gateway.running?.revision;
  const numbers = () => gateway.running?.prepared.ir.deviceNumbers;
  async function numberInKernel(device: string): Promise<number | undefined> {
    return (await net.kernel.readNetwork()).links.find((link) => link.device === device)?.index;
  }

  test("an address is the gateway's own as long as it has it", async () => {
    const address = "fd00:9::77";
    expect(await passes(address)).toBe(true);
    const generation = gateway.running?.generation;
    await runIp([`address add ${address}/128 dev spare nodad`]);
    expect(await becomes(async () => !(await passes(address)))).toBe(true);
    expect(await refusedCount()).toBeGreaterThan(0);
    await runIp([`address delete ${address}/128 dev spare`]);
    expect(await becomes(() => passes(address))).toBe(true);
    // Elements alone have changed, and nothing but elements.
    expect(gateway.running?.generation).toBe(generation);
    expect(revisionNow()).toBe(1);
  });

  test("inner hosts know each other by an address that an outer device has been given", async () => {
    const bound = await net.send("client", `udp 10.9.0.2 4000 > ${serverIpv4} 161`);
    const outerPort = / (\d+) > /.exec(bound)?.[1] ?? expect.fail(bound);
    const asks = (address: string) => net.send("client", `udp 10.9.0.3 ${port++} > ${address} ${outerPort}`, "client");
    expect(await asks("10.2.1.77")).toBe("nothing");
    await runIp(["address add 10.2.1.77/32 dev toserver"]);
    expect(await becomes(async () => (await asks("10.2.1.77")).endsWith(" > 10.9.0.2 4000"))).toBe(true);
    expect(await asks("10.2.1.1")).toMatch(/^udp 10\.2\.1\.1 \d+ > 10\.9\.0\.2 4000$/);
  });

  test("a device that was made anew is known by its new number", async () => {
    const old = numbers()?.get("spare");
    expect(old).toBe(await numberInKernel("spare"));
    await runIp(["link delete spare"]);
    expect(await becomes(async () => numbers()?.has("spare") === false)).toBe(true);
    await runIp(makeSpare);
    const made = await numberInKernel("spare");
    expect(made).not.toBe(old);
    expect(await becomes(async () => numbers()?.get("spare") === made)).toBe(true);
    expect(await passes("fd00:9::5")).toBe(true);
  });

  test("a flood of changes is followed to its end, with little work", async () => {
    const address = (index: number) => `fd00:9:1::${(index + 1).toString(16)}`;
    const count = 300;
    const before = await net.kernel.readRulesetGeneration();
    for (let round = 0; round < 4; round++) {
      const each = Array.from({ length: count }, (_, index) => `${address(index)}/128 dev spare`);
      await runIp(each.map((words) => `address add ${words} nodad`));
      if (round < 3) await runIp(each.map((words) => `address delete ${words}`));
    }
    expect(await becomes(async () => !(await passes(address(count - 1))))).toBe(true);
    expect(await passes("fd00:9:2::1")).toBe(true);
    // Some 2,000 messages of the kernel, of which each burst is looked at once.
    const steps = (await net.kernel.readRulesetGeneration()) - before;
    expect(steps).toBeLessThan(200);
  });

  test("nobody has called any of it drift", async () => {
    await sleep(300);
    expect(gateway.alarms.list()).toEqual([]);
    expect(revisionNow()).toBe(1);
  });
});
