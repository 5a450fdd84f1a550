// How long a binding of persistent NAT lives, through the whole gateway: as long as one of its sessions, though no packet
// comes; what commands show of it and forget; and what logs say of a session that came in by it.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { policyLines } from "@merlon/compiler/testing/compile-text.ts";
import type { Gateway } from "@merlon/gateway/gateway.ts";
import { readBindings } from "@merlon/gateway/live-bindings.ts";
import { flowRecordOf } from "@merlon/gateway/log/flow-log.ts";
import { syslogLine } from "@merlon/gateway/log/syslog-line.ts";
import { BindingKeeper } from "@merlon/gateway/schedule/binding-keeper.ts";
import { openGateway, typeAs } from "@merlon/gateway/testing/test-gateway.ts";
import { loadConfiguration } from "@merlon/junos/load.ts";
import { emptyTree } from "@merlon/junos/tree.ts";
import { bindingSets } from "@merlon/compiler/nat/binding-sets.ts";
import { NatNetwork } from "./nat-network.ts";

const enclosed = process.env["MERLON_ENCLOSED"] === "1";
const text = `
set security zones security-zone in interfaces toclient
set security zones security-zone out interfaces toserver
${policyLines(["in", "out"], "surf")}
${policyLines(["out", "in"], "serve", { then: "permit, log session-init" })}
set security nat source pool cone address 198.51.100.10/32
set security nat source rule-set s from zone in
set security nat source rule-set s to zone out
set security nat source rule-set s rule voice match source-address 0.0.0.0/0
set security nat source rule-set s rule voice then source-nat pool cone persistent-nat permit target-host
set security nat source rule-set s rule voice then source-nat pool cone persistent-nat inactivity-timeout 60
`;
const show = "show security nat source persistent-nat-table";

describe.skipIf(!enclosed)("the life of a binding", () => {
  let net: NatNetwork;
  let folder: string;
  let gateway: Gateway;
  let outer = "";
  const lines: string[] = [];
  let watch: Disposable;
  beforeAll(async () => {
    net = await NatNetwork.create({ client: ["10.9.0.0/16"], server: ["10.8.0.0/16", "198.51.100.0/24"] });
    folder = await mkdtemp(join(tmpdir(), "merlon-bindings-"));
    gateway = await openGateway(net.kernel, folder);
    const { tree } = loadConfiguration(emptyTree, text, { action: "set", source: "story.conf" });
    expect(await gateway.commitInitial(tree, { user: "root", via: "boot" }, 1)).toMatchObject({ ok: true });
    watch = await net.kernel.watch((event) => {
      const record = flowRecordOf(event, gateway);
      if (record !== undefined) lines.push(syslogLine(record, "gw"));
    });
    const seen = await net.send("client", "udp 10.9.0.2 4000 > 10.8.0.2 53");
    outer = / (\S+ \d+) > /.exec(seen)?.[1] ?? seen;
  });
  afterAll(async () => {
    watch[Symbol.dispose]();
    await net[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  async function secondsLeft(): Promise<number> {
    const [binding] = await readBindings(net.kernel, gateway.running?.prepared.ir);
    return Math.ceil((binding?.remainingMs ?? 0) / 1_000);
  }

  /** As if that much of the times of all rows were over. */
  async function leave(seconds: number): Promise<void> {
    const { bound, taken, inward, peers } = bindingSets[4];
    for (const set of [bound, taken, inward, peers]) {
      const rows = await net.kernel.readFilled(set);
      await net.kernel.changeFilled([{ set, remove: rows, add: rows, timeoutMs: seconds * 1_000 }]);
    }
  }

  test("commands show it with its session, and logs the rule of one that came in by it", async () => {
    const [address = "", port = ""] = outer.split(" ");
    const cells = ["10.9.0.2", "4000", "udp", address, port, "cone", "target-host", "-/60", "1/30", "voice"];
    const shown = await typeAs(gateway, "anna", `${show} all`);
    expect(shown.trim().split("\n").at(-1)?.split(/ +/)).toEqual(cells);
    expect(await net.send("server", `udp 10.8.0.2 99 > ${outer}`)).toBe("udp 10.8.0.2 99 > 10.9.0.2 4000");
    expect(await typeAs(gateway, "anna", `${show} internal-ip 10.9.0.2`)).toContain(" 2/30 ");
    expect(await typeAs(gateway, "anna", `${show} pool other`)).toBe("");
    expect(await typeAs(gateway, "anna", `${show} summary`)).toMatch(/binding in use +: 1\n[^]*peer in use +: 1\n/);
    for (let waitedMs = 0; lines.length === 0 && waitedMs < 5_000; waitedMs += 50) await sleep(50);
    expect(lines[0]).toContain('destination-address="198.51.100.10"');
    expect(lines[0]).toContain('nat-destination-address="10.9.0.2" nat-destination-port="4000"');
    expect(lines[0]).toContain('dst-nat-rule-name="voice"');
  });

  test("while it has sessions its time begins anew, without any packet", async () => {
    const keeper = new BindingKeeper(gateway);
    await leave(20);
    await keeper.tick();
    expect(await secondsLeft()).toBeGreaterThan(50);
    expect(gateway.alarms.list().map(({ code }) => code)).toEqual([]);
    // All of it: a third host is refused still, the second one let in.
    expect(await net.send("server", `udp 10.8.0.2 98 > ${outer}`)).toBe("udp 10.8.0.2 98 > 10.9.0.2 4000");
    expect(await net.send("server", `udp 10.8.0.3 98 > ${outer}`)).not.toContain("10.9.0.2");
    expect(await typeAs(gateway, "anna", "clear security nat source persistent-nat-table all")).toBe(
      "0 persistent NAT bindings cleared, 1 with sessions kept\n",
    );
  });

  test("without sessions its time runs down, and an operator may end it", async () => {
    await net.kernel.reviewSessions(() => ({ kind: "end" }));
    // The kernel takes keys that count nothing out of a set once a second.
    for (let waitedMs = 0; waitedMs < 10_000; waitedMs += 100) {
      if ((await net.kernel.readFilled(bindingSets[4].busy)).length === 0) break;
      await sleep(100);
    }
    await leave(20);
    await new BindingKeeper(gateway).tick();
    expect(await secondsLeft()).toBeLessThanOrEqual(20);
    expect(await net.send("server", `udp 10.8.0.2 97 > ${outer}`)).toBe("udp 10.8.0.2 97 > 10.9.0.2 4000");
    await net.kernel.reviewSessions(() => ({ kind: "end" }));
    for (let waitedMs = 0; waitedMs < 10_000; waitedMs += 100) {
      if ((await net.kernel.readFilled(bindingSets[4].busy)).length === 0) break;
      await sleep(100);
    }
    expect(await typeAs(gateway, "anna", "clear security nat source persistent-nat-table pool cone")).toBe(
      "1 persistent NAT bindings cleared\n",
    );
    expect(await net.send("server", `udp 10.8.0.2 96 > ${outer}`)).not.toContain("10.9.0.2");
    expect(await typeAs(gateway, "anna", `${show} all`)).toBe("");
  });
});
