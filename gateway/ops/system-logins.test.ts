// The commands about who is logged in and who is locked out: their text, their replies, and what they do.

import { rm } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { GatewayCase } from "../testing/test-gateway.ts";
import { freshGateway, typeAs } from "../testing/test-gateway.ts";
import { operationNamed } from "./operations.ts";

let story: GatewayCase;

beforeEach(async () => {
  story = await freshGateway("logins");
});

afterEach(() => rm(story.folder, { recursive: true }));

function logIn(user: string, mode = "cli") {
  const ended: string[] = [];
  const handle = story.gateway.logins.open({
    user,
    className: "super-user",
    mode,
    from: "10.0.0.9",
    connection: "10.0.0.9 5000 10.0.0.1 22",
    end: (reason) => {
      ended.push(reason);
      handle.close();
    },
  });
  return { handle, ended };
}

describe("show system users", () => {
  test("lists sessions with their idle time", async () => {
    expect(await typeAs(story.gateway, "ana", "show system users")).toBe(
      " 6:30AM  0 users\nUSER  TTY  FROM  LOGIN@  IDLE  WHAT\n",
    );
    const ana = logIn("ana");
    story.clocks.pass(3_600_000);
    logIn("bo", "netconf");
    story.clocks.pass(125_000);
    ana.handle.used();
    expect(await typeAs(story.gateway, "ana", "show system users")).toBe(
      [
        " 7:32AM  2 users",
        "USER  TTY    FROM      LOGIN@  IDLE  WHAT",
        "ana   pts/1  10.0.0.9  6:30AM     -  cli",
        "bo    pts/2  10.0.0.9  7:30AM     2  netconf",
        "",
      ].join("\n"),
    );
    ana.handle.close();
    story.clocks.pass(3_600_000);
    expect(await typeAs(story.gateway, "ana", "show system users")).toContain("1:02  netconf");
  });

  test("is an RPC with the names of the original", async () => {
    logIn("ana");
    const operation = operationNamed("show-system-users");
    const answer = await operation?.execute(story.gateway, {}, { user: "ana", via: "netconf" });
    expect(operation?.rpcName).toBe("get-system-users-information");
    const text = JSON.stringify(answer?.reply?.());
    expect(text).toMatch(/"user-entry".*"ana".*"pts\/1".*"10\.0\.0\.9"/);
  });
});

describe("request system logout", () => {
  test.each<[words: string, endedUsers: readonly string[], answer: string]>([
    ["user ana", ["ana", "ana"], "logout-user: done (2 sessions)\n"],
    ["terminal pts/3", ["bo"], "logout-user: done (1 session)\n"],
    ["user ana terminal pts/3", [], "error: "],
    ["user eve", [], "error: there is no such session"],
    ["", [], "error: whose sessions are to end is missing"],
    ["terminal ttyS0", [], "error: "],
  ])("%s", async (words, endedUsers, answer) => {
    const sessions = ["ana", "ana", "bo"].map((user) => ({ user, ...logIn(user) }));
    expect(await typeAs(story.gateway, "eve", `request system logout ${words}`)).toContain(answer);
    const ended = sessions.filter((session) => session.ended.length > 0);
    expect(ended.map(({ user }) => user)).toEqual(endedUsers);
    for (const session of ended) expect(session.ended).toEqual(["Logged out by eve"]);
  });
});

describe("lockouts", () => {
  const lock = (user: string): void => {
    for (let i = 0; i < 3; i++) story.gateway.logins.lockouts.failed(user, { triesMax: 3, lockoutMs: 60_000 });
  };

  test("are shown and cleared", async () => {
    expect(await typeAs(story.gateway, "ana", "show system login lockout")).toBe("No user is locked out\n");
    lock("ana");
    lock("bo");
    expect(await typeAs(story.gateway, "ana", "show system login lockout")).toBe(
      "User  Lockout end\nana   2026-11-22 06:31:00 UTC\nbo    2026-11-22 06:31:00 UTC\n",
    );
    expect(await typeAs(story.gateway, "ana", "clear system login lockout user ana")).toBe("");
    expect(story.gateway.logins.lockouts.locked().map(({ user }) => user)).toEqual(["bo"]);
    await typeAs(story.gateway, "ana", "clear system login lockout all");
    expect(story.gateway.logins.lockouts.locked()).toEqual([]);
    expect(await typeAs(story.gateway, "ana", "clear system login lockout")).toContain("user NAME or all");
  });
});
