// `commit at`: waits, survives restarts, happens once.

import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Gateway } from "../gateway.ts";
import type { FakeKernel } from "../kernel/fake-kernel.ts";
import { KernelFailure } from "../kernel/kernel.ts";
import { expectEnforced, freshGateway, freshKernel, restartedGateway, typeAs } from "../testing/test-gateway.ts";
import type { TestClocks } from "../testing/test-gateway.ts";
import { CommitTimer } from "./commit-timer.ts";

let folder: string;
let kernel: FakeKernel;
let clocks: TestClocks;
let gateway: Gateway;

beforeEach(async () => {
  ({ folder, kernel, clocks, gateway } = await freshGateway("scheduled"));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

async function restart(rebooted: boolean): Promise<void> {
  if (rebooted) kernel = freshKernel();
  gateway = await restartedGateway(kernel, folder, clocks);
}

const type = async (...lines: readonly string[]): Promise<string> => typeAs(gateway, "ana", ...lines);

describe("at a time", () => {
  test("waits, is shown, happens, and later edits do not slip in", async () => {
    expect(await type("set system host-name night", 'commit at 06:40 comment "by night"')).toBe(
      "configuration check succeeds\ncommit at will be executed at 2026-11-22 06:40:00 UTC\n",
    );
    expect(await type("show system commit")).toMatch(
      /^pending: commit requested by ana via cli at 2026-11-22 06:40:00 UTC\n {4}by night\n0 .*by root via boot\n/,
    );
    await type("set system domain-name later.example", "set security zones security-zone later");
    clocks.pass(10 * 60_000 - 1);
    await new CommitTimer(gateway).tick();
    expect(gateway.hostName).toBe("merlon");
    clocks.pass(1);
    await new CommitTimer(gateway).tick();
    expect(gateway.hostName).toBe("night");
    expectEnforced(gateway, kernel);
    expect(await type("show system commit")).toMatch(/^0 {3}2026-11-22 06:40:00 UTC by ana via cli\n {4}by night\n/);
    expect(await type("show configuration")).not.toContain("later");
    expect(await type("show | compare")).toContain("later");
    expect(await type("show | compare")).not.toContain("night");
    await restart(false);
    expect(gateway.running?.revision).toBe(2);
  });

  test("meanwhile no other commit is taken, until it is taken back", async () => {
    await type("set system host-name night", "commit at 06:40", "set system host-name now");
    const pending =
      'error: a commit requested by ana is pending at 2026-11-22 06:40:00 UTC; "clear system commit" takes it back\n';
    for (const line of ["commit", "commit confirmed", "commit at 07:00"]) expect(await type(line)).toContain(pending);
    expect(await type("commit check")).toContain("configuration check succeeds\n");
    expect(await type("clear system commit")).toBe("Pending commit cleared\n");
    expect(await type("clear system commit")).toBe("No commit scheduled\n");
    expect(await type("commit")).toBe("commit complete\n");
    clocks.pass(3_600_000);
    await new CommitTimer(gateway).tick();
    expect(gateway.hostName).toBe("now");
    await restart(true);
    expect(gateway.hostName).toBe("now");
  });

  test.each([
    ["a restart before its time", 60_000, false, "merlon"],
    ["a restart after its time", 3_600_000, false, "night"],
    ["a reboot before its time", 60_000, true, "merlon"],
    ["a reboot after its time", 3_600_000, true, "night"],
  ])("%s", async (_, passMs, rebooted, expected) => {
    await type("set system host-name night", "commit at 06:40");
    clocks.pass(passMs);
    await restart(rebooted);
    expect(gateway.hostName).toBe(expected);
    clocks.pass(3_600_000);
    await new CommitTimer(gateway).tick();
    expect(gateway.hostName).toBe("night");
    expectEnforced(gateway, kernel);
  });

  test("a configuration that cannot be committed is refused at once", async () => {
    expect(await type("set security zones security-zone data interfaces eth1", "commit at 06:40")).toContain(
      "nothing was scheduled\n",
    );
    expect(await type("rollback", "commit at 06:00")).toContain("is over");
    expect(await type("show system commit")).not.toContain("pending");
  });

  test("one that fails when its time comes is an alarm and is not tried again", async () => {
    await type("set system host-name night", "commit at 06:40");
    clocks.pass(600_000);
    kernel.failNext("applyTransaction", new KernelFailure("no room", "ENOMEM"));
    await new CommitTimer(gateway).tick();
    expect(gateway.alarms.list()).toMatchObject([{ code: "commit.at-failed" }]);
    expect(gateway.alarms.list()[0]?.message).toContain("no room");
    await new CommitTimer(gateway).tick();
    expect(gateway.hostName).toBe("merlon");
    expect(await type("commit")).toBe("commit complete\n");
  });

  test("a damaged file costs the commit, not the start", async () => {
    await type("set system host-name night", "commit at 06:40");
    await writeFile(join(folder, "scheduled.json"), "{");
    await restart(false);
    expect(gateway.alarms.list()[0]?.message).toMatch(/scheduled\.json is damaged/);
    expectEnforced(gateway, kernel);
  });

  test("it confirms what waits for confirmation, or happens after the rollback", async () => {
    await type("set system host-name trial", "commit confirmed 5", "set system host-name night", "commit at 06:40");
    clocks.pass(5 * 60_000);
    await new CommitTimer(gateway).tick();
    expect(gateway.hostName).toBe("merlon");
    clocks.pass(5 * 60_000);
    await new CommitTimer(gateway).tick();
    expect(gateway.hostName).toBe("night");
    expect(gateway.running?.unconfirmed).toBeUndefined();
  });
});

describe("at reboot", () => {
  test("a restart of the process is none, a kernel without our table is one", async () => {
    expect(await type("set system host-name rebooted", "commit at reboot")).toContain(
      "commit at will be executed at next reboot\n",
    );
    expect(await type("show system commit")).toMatch(/^pending: commit requested by ana via cli at reboot\n/);
    await restart(false);
    expect(gateway.hostName).toBe("merlon");
    await restart(true);
    expect(gateway.hostName).toBe("rebooted");
    expectEnforced(gateway, kernel);
    await restart(true);
    expect(gateway.running?.revision).toBe(2);
  });
});
