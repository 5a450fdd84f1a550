// Who may edit and commit what, as the operators at their shells see it.

import { rm } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Gateway } from "../gateway.ts";
import type { FakeKernel } from "../kernel/fake-kernel.ts";
import type { CommandCaller } from "../serve/command-caller.ts";
import { expectEnforced, freshGateway, openGateway, restartedGateway, typeAs } from "../testing/test-gateway.ts";
import type { TestClocks } from "../testing/test-gateway.ts";
import { CandidateRefused } from "./candidate-refused.ts";
import { idleLimitMs, sessionsMax } from "./candidates.ts";

const policy = "security policies from-zone web to-zone data policy sql";

let folder: string;
let kernel: FakeKernel;
let clocks: TestClocks;
let gateway: Gateway;

beforeEach(async () => {
  ({ folder, kernel, clocks, gateway } = await freshGateway("candidates"));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

function session(user: string): CommandCaller {
  return { user, via: "cli", session: gateway.candidates.open({ user, via: "cli" }) };
}

async function type(who: CommandCaller | string, ...lines: readonly string[]): Promise<string> {
  return typeAs(gateway, who, ...lines);
}

describe("configuration mode", () => {
  test("sessions share a candidate, and see each other", async () => {
    const [ana, bo] = [session("ana"), session("bo")];
    expect(await type(ana, "configure")).toBe("Entering configuration mode\n");
    expect(await type(ana, "set system host-name shared")).toBe("");
    clocks.pass(75_000);
    expect(await type(bo, "configure")).toBe(
      "Entering configuration mode\nUsers currently editing the configuration:\n" +
        `  ana via cli (session ${ana.session?.id ?? ""}) on since 2026-11-22 06:30:00 UTC, idle 00:01:15\n      [edit]\n` +
        "The configuration has been changed but not committed\n",
    );
    expect(await type(bo, "show | compare")).toContain("host-name shared;");
    expect(await type("carl", "show | compare")).toContain("host-name shared;");
    expect(await type(ana, "exit")).toBe(
      "The configuration has been changed but not committed\nExiting configuration mode\n",
    );
    expect(await type(bo, "commit and-quit")).toBe("commit complete\nExiting configuration mode\n");
    expect(await type("carl", "status")).toBe("No users currently editing the configuration\n");
  });

  test.each([
    ["exit", "error: this is not configuration mode\n"],
    ["set system host-name x", /^error: "set" is not expected here\n"configure" enters configuration mode/],
    ["commit", /^error: "commit" is not expected here\n"configure" enters configuration mode/],
    ["update", /^error: "update" is not expected here\n"configure" enters configuration mode/],
    ["configure quickly", 'error: "quickly" is not expected here\nusage: configure [private | exclusive]\n'],
  ])("outside it: %s", async (line, expected) => {
    expect(await type(session("ana"), line)).toEqual(
      typeof expected === "string" ? expected : expect.stringMatching(expected),
    );
  });

  test("is entered once, and only by a session", async () => {
    const ana = session("ana");
    expect(await type(ana, "configure private", "configure")).toContain('"configure" is not expected here');
    expect(await type("bo", "configure private")).toContain("only a session can enter configuration mode");
    expect(await type("bo", "update")).toContain("only a session has");
  });
});

describe("private candidates", () => {
  test("nobody else sees them, and a commit brings only their changes", async () => {
    const ana = session("ana");
    expect(await type(ana, "configure private")).toContain("warning: uncommitted changes will be discarded on exit\n");
    await type("bo", "set system host-name bo");
    await type(ana, `set ${policy} description ana`);
    expect(await type("bo", "show | compare")).not.toContain("ana");
    expect(await type(ana, "show | compare")).not.toContain("bo");
    expect(await type(ana, "commit")).toBe("commit complete\n");
    expect(gateway.hostName).toBe("merlon");
    expect(await type("bo", "show configuration")).toContain("description ana;");
    // The shared candidate has what was committed and keeps what was not.
    expect(await type("bo", "show | compare")).not.toContain("ana");
    expect(await type("bo", "commit")).toBe("commit complete\n");
    expect(gateway.hostName).toBe("bo");
    expect(await type("bo", "show configuration")).toContain("description ana;");
    expect(await type(ana, "show | compare")).toBe("");
    expectEnforced(gateway, kernel);
  });

  test("a statement that somebody else has changed since is a conflict until update", async () => {
    const [ana, bo] = [session("ana"), session("bo")];
    for (const who of [ana, bo]) await type(who, "configure private");
    await type(ana, "set system host-name ana", `set ${policy} description kept`);
    await type(bo, "set system host-name bo", "commit");
    for (const line of ["commit", "commit check", "commit confirmed 5", "commit at 23:00"]) {
      expect(await type(ana, line)).toContain(
        "error: somebody else has committed a change of this statement since (changed there, changed here)\n  at [edit system host-name]\n",
      );
    }
    expect(gateway.hostName).toBe("bo");
    expect(await type(ana, "update")).toContain("warning: somebody else has committed a change");
    expect(await type(ana, "show | compare")).toContain("-  host-name bo;\n+  host-name ana;\n");
    expect(await type(ana, "commit")).toBe("commit complete\n");
    expect(gateway.hostName).toBe("ana");
    expect(await type(bo, "update", "show | compare")).toBe("");
  });

  test("rollback discards the own changes and ends a conflict", async () => {
    const ana = session("ana");
    await type(ana, "configure private", "set system host-name ana");
    await type("bo", "set system host-name bo", "commit");
    expect(await type(ana, "rollback")).toBe("load complete\n");
    expect(await type(ana, "commit")).toBe("commit complete (nothing had changed)\n");
    expect(gateway.hostName).toBe("bo");
  });

  test("they vanish on exit", async () => {
    const ana = session("ana");
    await type(ana, "configure private", "set system host-name ana");
    expect(await type(ana, "exit")).toBe("uncommitted changes were discarded\nExiting configuration mode\n");
    expect(await type(ana, "configure private", "show | compare")).toBe("");
    expect(await type(ana, "quit")).toBe("Exiting configuration mode\n");
  });

  test("what is edited while the commit goes on is not lost", async () => {
    const ana = session("ana");
    await type(ana, "configure private", "set system host-name first");
    const committing = type(ana, "commit");
    await new Promise((resolve) => setImmediate(resolve));
    await type(ana, `set ${policy} description second`);
    expect(await committing).toBe("commit complete\n");
    expect(gateway.hostName).toBe("first");
    expect(await type(ana, "show | compare")).toContain("description second;");
    expect(await type(ana, "show | compare")).not.toContain("host-name");
  });
});

describe("the exclusive lock", () => {
  test("keeps everybody else from editing and committing", async () => {
    const [ana, bo] = [session("ana"), session("bo")];
    await type(bo, "configure private", "set system host-name bo");
    expect(await type(ana, "configure exclusive")).toContain(
      "warning: uncommitted changes will be discarded on exit\n",
    );
    for (const line of [
      "set system host-name x",
      "delete system",
      "rollback 0",
      "load factory-default",
      "commit",
      "commit check",
    ]) {
      for (const who of ["carl", bo]) {
        expect(await type(who, line)).toMatch(
          /^error: configuration database locked by:\n +ana via cli .*\n +exclusive \[edit\]\n/,
        );
      }
    }
    expect(await type(session("carl"), "configure exclusive")).toContain("locked by");
    expect(await type(ana, "set system host-name ana", "commit")).toBe("commit complete\n");
    expect(await type(ana, "exit")).toBe("Exiting configuration mode\n");
    expect(await type("carl", "set system host-name carl")).toBe("");
  });

  test("is not given while there are uncommitted changes", async () => {
    await type("bo", "set system host-name bo");
    expect(await type(session("ana"), "configure exclusive")).toContain("error: configuration database modified");
  });

  test.each(["exit", "close", "idle"])("goes with its session, and its changes too: %s", async (how) => {
    const ana = session("ana");
    await type(ana, "configure exclusive", "set system host-name ana");
    if (how === "exit") expect(await type(ana, "exit")).toContain("uncommitted changes were discarded\n");
    else if (how === "close" && ana.session !== undefined) gateway.candidates.close(ana.session);
    else clocks.pass(idleLimitMs + 1);
    expect(await type("bo", "show | compare")).toBe("");
    expect(await type("bo", "set system host-name bo")).toBe("");
  });
});

describe("sessions", () => {
  test("an idle one is told why it ended, a busy one goes on", async () => {
    const ended: string[] = [];
    const onEnd = (reason: string): number => ended.push(reason);
    const idle = gateway.candidates.open({ user: "ana", via: "cli", idleLimitMs: 1000, onEnd });
    const busy = gateway.candidates.open({ user: "bo", via: "cli", idleLimitMs: 1000, onEnd });
    for (let i = 0; i < 3; i++) {
      clocks.pass(600);
      expect(gateway.candidates.find(busy.id)).toBe(busy);
    }
    expect(ended).toEqual(["idle"]);
    expect(() => gateway.candidates.find(idle.id)).toThrow(CandidateRefused);
    gateway.candidates.close(busy);
    gateway.candidates.close(busy);
    expect(ended).toEqual(["idle", "closed"]);
  });

  test("a wall clock that jumps ends none, and every line counts as use", async () => {
    const ana = session("ana");
    await type(ana, "configure private", "set system host-name mine");
    clocks.wallMs += 10 * idleLimitMs;
    for (let i = 0; i < 3; i++) {
      clocks.evenMs += idleLimitMs - 1;
      expect(await type(ana, "show | compare")).toContain("host-name mine;");
    }
    clocks.wallMs -= 20 * idleLimitMs;
    clocks.evenMs += idleLimitMs + 1;
    expect(await type(ana, "show | compare")).toBe("error: this session has ended; open a new one\n");
  });

  test("are limited in number", () => {
    for (let i = 0; i < sessionsMax; i++) session(`user${i}`);
    expect(() => session("one more")).toThrow(/256 sessions are open/);
    clocks.pass(idleLimitMs + 1);
    expect(() => session("one more")).not.toThrow();
  });

  test("ids of an earlier process name nobody", async () => {
    const old = gateway.candidates.open({ user: "ana", via: "cli" });
    clocks.pass(10);
    const next = await openGateway(kernel, folder, clocks);
    next.candidates.open({ user: "bo", via: "cli" });
    expect(() => next.candidates.find(old.id)).toThrow(CandidateRefused);
  });
});

describe("the shared candidate across a restart", () => {
  async function restart(): Promise<void> {
    await gateway.candidates[Symbol.asyncDispose]();
    gateway = await restartedGateway(kernel, folder, clocks);
  }

  test("edits, loads and rollbacks come back, in their order", async () => {
    await type("ana", "set system host-name kept", "commit", "rollback 1");
    await typeAs(gateway, { user: "ana", via: "cli", text: `set ${policy} description loaded` }, "load set terminal");
    await typeAs(gateway, { user: "ana", via: "cli", at: policy.split(" ") }, "set match application junos-ssh");
    await type("ana", `set ${policy} then log session-init`, `delete ${policy} then log session-close`);
    const before = await type("ana", "show");
    await restart();
    expect(await type("ana", "show")).toBe(before);
    expect(gateway.hostName).toBe("kept");
    expect(gateway.alarms.list()).toEqual([]);
  });

  test.each(["commit", "rollback 0"])("nothing comes back after %s", async (line) => {
    await type("ana", "set system host-name kept", line);
    await restart();
    expect(await type("ana", "show | compare")).toBe("");
  });

  test("a private candidate does not come back", async () => {
    await type(session("ana"), "configure private", "set system host-name gone");
    await restart();
    expect(await type("ana", "show | compare")).toBe("");
  });

  test("it follows a revision that was rolled back in the meantime", async () => {
    const ana = session("ana");
    await type("bo", `set ${policy} description uncommitted`);
    await type(ana, "configure private", "set system host-name trial", "commit confirmed 1");
    clocks.pass(60_000);
    await restart();
    expect(gateway.hostName).toBe("merlon");
    expect(await type("bo", "show | compare")).toContain("description uncommitted;");
    expect(await type("bo", "show | compare")).not.toContain("host-name");
  });
});
