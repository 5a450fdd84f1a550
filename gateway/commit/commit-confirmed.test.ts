// `commit confirmed`: in force at once, and gone again when nobody confirms, whatever happens to the gateway meanwhile.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { printTree } from "@merlon/junos/print.ts";
import { boot } from "../boot.ts";
import type { Gateway } from "../gateway.ts";
import type { FakeKernel } from "../kernel/fake-kernel.ts";
import { KernelFailure } from "../kernel/kernel.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { runCommand } from "../serve/command.ts";
import { RevisionStore } from "../store/revision-store.ts";
import {
  bootedGateway,
  expectEnforced,
  freshKernel,
  mortal,
  openGateway,
  restartedGateway,
  TestClocks,
  typeAs,
} from "../testing/test-gateway.ts";
import { CommitTimer } from "./commit-timer.ts";

const minuteMs = 60_000;
const change = "set system host-name changed";
const reminder = "commit confirmed will be rolled back in";

let root: string;
let folder: string;
let kernel: FakeKernel;
let clocks: TestClocks;
let gateway: Gateway;
let before: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "merlon-confirmed-"));
  folder = join(root, "state");
  kernel = freshKernel();
  clocks = new TestClocks();
  gateway = await bootedGateway(kernel, folder, clocks);
  before = printTree(gateway.candidate);
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true, maxRetries: 5 });
});

async function tick(of: Gateway = gateway): Promise<void> {
  await new CommitTimer(of).tick();
}

/** A new process on the same state directory; `rebooted` takes the kernel's memory away too. */
async function restart(rebooted = false): Promise<void> {
  if (rebooted) kernel = freshKernel();
  gateway = await restartedGateway(kernel, folder, clocks);
}

function running(): string {
  return gateway.running === undefined ? "" : printTree(gateway.running.prepared.tree);
}

describe("in one process", () => {
  test("is in force at once, says so, and is rolled back when its time is over", async () => {
    const text = await typeAs(gateway, "ana", change, "commit confirmed 2");
    expect(text).toBe(
      "commit confirmed will be automatically rolled back in 2 minutes unless confirmed\ncommit complete\n",
    );
    expect(gateway.hostName).toBe("changed");
    expect(gateway.alarms.list()).toMatchObject([{ code: "commit.unconfirmed", message: `${reminder} 2 minutes` }]);
    const { notice } = await runCommand(gateway, "show version", { user: "ana", via: "cli" });
    expect(notice).toBe(`# ${reminder} 2 minutes`);
    clocks.pass(2 * minuteMs - 1);
    await tick();
    expect(gateway.hostName).toBe("changed");
    expect(gateway.alarms.list()).toMatchObject([{ message: `${reminder} 1 second` }]);
    clocks.pass(1);
    await tick();
    expect(running()).toBe(before);
    expect(gateway.running?.revision).toBe(3);
    expectEnforced(gateway, kernel);
    expect(await typeAs(gateway, "ana", "show | compare")).toBe("");
    expect(gateway.alarms.list()).toMatchObject([{ code: "commit.rolled-back" }]);
    expect(gateway.alarms.list()[0]?.message).toContain("Commit was not confirmed; automatic rollback complete");
    expect(await typeAs(gateway, "ana", "rollback 1", "show | compare")).toContain("host-name changed;");
    expect(await typeAs(gateway, "ana", "commit")).toBe("commit complete\n");
    expect(gateway.alarms.list()).toEqual([]);
  });

  test.each([
    ["commit", "the configuration in force is confirmed and stays\ncommit complete (nothing had changed)\n"],
    ["commit check", "configuration check succeeds\nthe configuration in force is confirmed and stays\n"],
    ["commit synchronize", /nothing to synchronize\nthe configuration in force is confirmed/],
  ])("%s confirms it", async (line, expected) => {
    await typeAs(gateway, "ana", change, "commit confirmed");
    clocks.pass(9 * minuteMs);
    expect(await typeAs(gateway, "ana", line)).toEqual(
      typeof expected === "string" ? expected : expect.stringMatching(expected),
    );
    clocks.pass(90 * minuteMs);
    await tick();
    expect(gateway.hostName).toBe("changed");
    expect(gateway.running?.revision).toBe(2);
    expect(gateway.alarms.list()).toEqual([]);
    await restart();
    expect(gateway.hostName).toBe("changed");
    expect(gateway.running?.unconfirmed).toBeUndefined();
  });

  test("a further commit with changes confirms both", async () => {
    await typeAs(gateway, "ana", change, "commit confirmed 1", "set system host-name again");
    expect(await typeAs(gateway, "ana", "commit")).toBe(
      "the configuration in force is confirmed and stays\ncommit complete\n",
    );
    clocks.pass(90 * minuteMs);
    await tick();
    expect(gateway.hostName).toBe("again");
  });

  test("a check that fails and a commit that is refused confirm nothing", async () => {
    await typeAs(gateway, "ana", change, "commit confirmed 1");
    await typeAs(gateway, "ana", "set security zones security-zone data interfaces eth1");
    expect(await typeAs(gateway, "ana", "commit check")).toContain("configuration check failed\n");
    expect(await typeAs(gateway, "ana", "commit")).toContain("commit failed");
    kernel.failNext("applyTransaction", new KernelFailure("no room", "ENOMEM"));
    await typeAs(gateway, "ana", "rollback", "set system host-name other");
    expect(await typeAs(gateway, "ana", "commit")).toContain("no room");
    clocks.pass(minuteMs);
    await tick();
    expect(running()).toBe(before);
    // What was edited and not committed is still there.
    expect(await typeAs(gateway, "ana", "show | compare")).toContain("host-name other");
  });

  test("a second one goes back to the last confirmed revision, in its own time", async () => {
    await typeAs(gateway, "ana", change, "commit confirmed 1", "set system host-name twice", "commit confirmed 5");
    clocks.pass(4 * minuteMs);
    await tick();
    expect(gateway.hostName).toBe("twice");
    clocks.pass(minuteMs);
    await tick();
    expect(running()).toBe(before);
  });

  test("without a change it gives the one that counts another time, and starts none", async () => {
    expect(await typeAs(gateway, "ana", "commit confirmed 1")).toBe("commit complete (nothing had changed)\n");
    expect(gateway.running?.unconfirmed).toBeUndefined();
    await typeAs(gateway, "ana", change, "commit confirmed 1", "commit confirmed 3");
    clocks.pass(2 * minuteMs);
    await tick();
    expect(gateway.hostName).toBe("changed");
    clocks.pass(minuteMs);
    await tick();
    expect(running()).toBe(before);
  });

  test("a refused one leaves no timer", async () => {
    kernel.failNext("applyTransaction", new KernelFailure("no room", "ENOMEM"));
    expect(await typeAs(gateway, "ana", change, "commit confirmed 1")).toContain("no room");
    expect(gateway.running?.unconfirmed).toBeUndefined();
    await restart();
    expect(running()).toBe(before);
    expect(gateway.running?.unconfirmed).toBeUndefined();
  });

  test("a clock that is set back gives no more time, one that jumps ahead ends it", async () => {
    await typeAs(gateway, "ana", change, "commit confirmed 10");
    clocks.wallMs -= 24 * 60 * minuteMs;
    clocks.pass(10 * minuteMs);
    await tick();
    expect(running()).toBe(before);
    await typeAs(gateway, "ana", change, "commit confirmed 10");
    clocks.wallMs += 10 * minuteMs;
    await tick();
    expect(running()).toBe(before);
  });

  test("a rollback that the kernel refuses is an alarm and is tried again", async () => {
    await typeAs(gateway, "ana", change, "commit confirmed 1");
    clocks.pass(minuteMs);
    kernel.failNext("applyTransaction", new KernelFailure("no room", "ENOMEM"));
    const timer = new CommitTimer(gateway);
    await timer.tick();
    expect(gateway.hostName).toBe("changed");
    expect(gateway.alarms.list().map(({ code }) => code)).toContain("commit.not-rolled-back");
    await timer.tick();
    expect(gateway.hostName).toBe("changed");
    clocks.pass(10_000);
    await timer.tick();
    expect(running()).toBe(before);
    expect(gateway.alarms.list().map(({ code }) => code)).toEqual(["commit.rolled-back"]);
    expectEnforced(gateway, kernel);
  });

  test("show system commit marks it", async () => {
    await typeAs(gateway, "ana", change, 'commit confirmed 5 comment "try it"');
    expect(await typeAs(gateway, "ana", "show system commit")).toBe(
      "0   2026-11-22 06:30:00 UTC by ana via cli commit confirmed, rollback in 5 minutes\n    try it\n" +
        "1   2026-11-22 06:30:00 UTC by root via boot\n    initial configuration test.conf\n",
    );
    clocks.pass(5 * minuteMs);
    await tick();
    expect(await typeAs(gateway, "ana", "show system commit")).toBe(
      "0   2026-11-22 06:35:00 UTC by root via other\n    automatic rollback of unconfirmed revision 2 to revision 1\n" +
        "1   2026-11-22 06:30:00 UTC by ana via cli commit confirmed\n    try it\n" +
        "2   2026-11-22 06:30:00 UTC by root via boot\n    initial configuration test.conf\n",
    );
  });

  test("the revision to return to outlives sixty commits that wait for confirmation", async () => {
    for (let i = 0; i < 60; i++) await typeAs(gateway, "ana", `set system host-name name${i}`, "commit confirmed 1");
    clocks.pass(minuteMs);
    await tick();
    expect(running()).toBe(before);
  });

  test("a repair of the kernel does not confirm", async () => {
    await typeAs(gateway, "ana", change, "commit confirmed 1");
    await gateway.repair();
    expect((await gateway.store.readActive())?.unconfirmed).toMatchObject({ returnTo: 1 });
    clocks.pass(minuteMs);
    await tick();
    expect(running()).toBe(before);
  });
});

describe("across a restart", () => {
  test.each([
    ["kill -9", false],
    ["reboot", true],
  ])("%s in time: the timer goes on", async (_, rebooted) => {
    await typeAs(gateway, "ana", change, "commit confirmed 5");
    clocks.pass(3 * minuteMs);
    await restart(rebooted);
    expect(gateway.hostName).toBe("changed");
    expect(gateway.alarms.list()).toMatchObject([{ message: `${reminder} 2 minutes` }]);
    clocks.pass(2 * minuteMs);
    await tick();
    expect(running()).toBe(before);
    expectEnforced(gateway, kernel);
  });

  test.each([
    ["kill -9", false],
    ["reboot", true],
  ])("%s and a start after the time: the confirmed revision comes up", async (_, rebooted) => {
    const address = "set interfaces eth1 unit 0 family inet address 10.9.0.1/24";
    await typeAs(
      gateway,
      "ana",
      address,
      "set security policies from-zone data to-zone web policy back match source-address any",
    );
    const back = "set security policies from-zone data to-zone web policy back";
    await typeAs(gateway, "ana", `${back} match destination-address any application any`, `${back} then permit`);
    expect(await typeAs(gateway, "ana", "commit confirmed 5")).toContain("commit complete\n");
    expect(kernel.links.find(({ device }) => device === "eth1")?.addresses).toHaveLength(2);
    clocks.pass(5 * minuteMs);
    await restart(rebooted);
    expect(running()).toBe(before);
    expectEnforced(gateway, kernel);
    expect(gateway.running).toMatchObject({ revision: 3 });
    expect(gateway.running?.unconfirmed).toBeUndefined();
    // What the unconfirmed revision had added to the kernel is gone as well.
    expect(kernel.links.find(({ device }) => device === "eth1")?.addresses).toHaveLength(1);
    expect(gateway.alarms.list()).toMatchObject([{ code: "commit.rolled-back" }]);
    // Never, not for an instant, did a rebooted kernel hold the unconfirmed policy.
    if (rebooted) expect(JSON.stringify(kernel.transactions)).not.toContain('"back"');
    await restart();
    expect(running()).toBe(before);
  });

  test("restarts with a clock that is behind do not add up to more time than was given", async () => {
    await typeAs(gateway, "ana", change, "commit confirmed 1");
    let passedMs = 0;
    for (; gateway.hostName === "changed" && passedMs < 10 * minuteMs; passedMs += 20_000) {
      clocks.pass(20_000);
      await tick();
      clocks.wallMs -= 60 * minuteMs;
      await restart();
    }
    expect(passedMs).toBeLessThanOrEqual(2 * minuteMs);
    expect(running()).toBe(before);
  });

  test("a missing confirmed revision is an error that names it", async () => {
    await typeAs(gateway, "ana", change, "commit confirmed 1");
    await gateway.store.removeRevision(1);
    clocks.pass(minuteMs);
    await expect(restart()).rejects.toThrow(/revision 1 .*file is missing/);
  });
});

describe("killed at every step", () => {
  interface Deed {
    readonly name: string;
    readonly act: (dying: Gateway) => Promise<unknown>;
    /** Host names that may be in force after the next start. */
    readonly allowed: readonly string[];
    /** The time is over before the next start. */
    readonly late: boolean;
    /** Host names after the time to confirm, whichever was in force. */
    readonly finally: readonly string[];
  }

  const ana = { user: "ana", via: "cli" };
  const commands =
    (...lines: string[]) =>
    async (dying: Gateway) => {
      for (const line of lines) await runCommand(dying, line, ana);
    };
  const deeds: readonly Deed[] = [
    {
      name: "commit confirmed",
      act: commands("commit confirmed 1"),
      allowed: ["old", "new"],
      late: false,
      finally: ["old"],
    },
    {
      name: "commit confirmed, restart too late",
      act: commands("commit confirmed 1"),
      allowed: ["old"],
      late: true,
      finally: ["old"],
    },
  ];
  const pendingDeeds: readonly Deed[] = [
    { name: "confirmation", act: commands("commit"), allowed: ["new"], late: false, finally: ["old", "new"] },
    {
      name: "confirmation by a further change",
      act: commands("set system host-name newer", "commit"),
      allowed: ["new", "newer"],
      late: false,
      finally: ["old", "newer"],
    },
    {
      name: "another confirmed commit",
      act: commands("set system host-name newer", "commit confirmed 1"),
      allowed: ["new", "newer"],
      late: false,
      finally: ["old"],
    },
    {
      name: "automatic rollback",
      act: async (dying) => {
        clocks.pass(minuteMs);
        await dying.rollBackUnconfirmed();
      },
      allowed: ["old"],
      late: false,
      finally: ["old"],
    },
  ];

  async function dieAtEveryStep(deed: Deed, isPending: boolean): Promise<void> {
    const ends = new Set<string>();
    for (let calls = 0; ; calls++) {
      folder = join(root, `life-${calls}`);
      kernel = freshKernel();
      clocks = new TestClocks();
      gateway = await bootedGateway(kernel, folder, clocks);
      await typeAs(gateway, "ana", "set system host-name old", "commit");
      const life = { calls: Number.POSITIVE_INFINITY };
      const dying = await openGateway(
        mortal<Kernel>(kernel, life),
        mortal(await RevisionStore.open(folder), life),
        clocks,
      );
      await boot(dying, undefined);
      await typeAs(dying, "ana", "set system host-name new");
      if (isPending) await typeAs(dying, "ana", "commit confirmed 1");
      life.calls = calls;
      await deed.act(dying).catch(() => undefined);
      const survived = life.calls > 0;
      clocks.pass(deed.late ? minuteMs : 1000);
      await restart();
      expect(deed.allowed).toContain(gateway.hostName);
      expectEnforced(gateway, kernel);
      expect(await gateway.store.readJournal()).toBeUndefined();
      clocks.pass(minuteMs);
      await tick();
      expect(deed.finally).toContain(gateway.hostName);
      expectEnforced(gateway, kernel);
      ends.add(gateway.hostName);
      expect(await typeAs(gateway, "ana", "set system host-name after", "commit")).toContain("commit complete\n");
      if (survived) break;
    }
    expect([...ends].toSorted()).toEqual([...deed.finally].toSorted());
  }

  test.each(deeds)("$name", (deed) => dieAtEveryStep(deed, false));
  test.each(pendingDeeds)("$name", (deed) => dieAtEveryStep(deed, true));
});
