// Typed lines of users whose class does not open everything: what is refused, what is hidden, and that no way of typing a thing
// is asked less than another.

import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { liveAccess } from "../access/live-access.ts";
import type { Session } from "../candidate/edit-session.ts";
import type { GatewayCase } from "../testing/test-gateway.ts";
import { freshGateway, typeAs } from "../testing/test-gateway.ts";
import { runCommand } from "./command.ts";

let story: GatewayCase;

beforeAll(async () => {
  story = await freshGateway("access");
  const text = await typeAs(
    story.gateway,
    "root",
    "set system login class netops permissions [ view configure interface-control ]",
    "set system login class auditor permissions [ view view-configuration ]",
    'set system login class noshow permissions all deny-commands "show security"',
    'set system login class careful permissions all deny-configuration "system login"',
    "set system login user ana class netops",
    "set system login user bo class auditor authentication plain-text-password-value verysecret",
    "set system login user eve class noshow",
    "set system login user cal class careful",
    "set system login user new class unauthorized",
    "commit",
  );
  expect(text).toContain("commit complete");
});

afterAll(() => rm(story.folder, { recursive: true }));

async function type(user: string, line: string, session?: Session): Promise<string> {
  const access = liveAccess(() => story.gateway.running?.prepared.configuration, user);
  if (access === undefined) throw new Error("no such user");
  const answer = await runCommand(story.gateway, line, {
    user,
    via: "cli",
    access,
    ...(session !== undefined && { session }),
  });
  return answer.text;
}

describe("operational commands", () => {
  test.each<[user: string, line: string, isAllowed: boolean]>([
    ["ana", "show interfaces", true],
    ["ana", "clear security flow session all", false],
    ["ana", "cle sec flow sess all", false],
    ["ana", "request system configuration rescue save", false],
    ["ana", "run clear security flow session all", false],
    ["eve", "show version", true],
    ["eve", "show security policies", false],
    ["eve", "sh sec pol", false],
    ["eve", "run show security zones", false],
    ["eve", "show  security   zones | count", false],
    ["new", "show version", false],
    ["new", "show configuration", false],
    ["bo", "show system rollback 0", true],
    ["bo", "configure", false],
  ])("%s: %s: %s", async (user, line, isAllowed) => {
    expect(/permission denied/.test(await type(user, line))).toBe(!isAllowed);
  });
});

describe("the configuration", () => {
  test("is shown as far as it is open", async () => {
    const seen = await type("ana", "show configuration");
    expect(seen).toContain("interfaces {");
    expect(seen).not.toMatch(/login|security/);
    expect(await type("ana", "show configuration | display set")).not.toMatch(/login|security/);
    expect(await type("ana", "show configuration | display json")).not.toMatch(/login|security/);
    expect(await type("ana", "show configuration | display xml")).not.toMatch(/login|security/);
    expect(await type("ana", "show configuration system login")).toBe("");
    expect(await type("ana", "show system rollback 0")).not.toMatch(/login|security/);
  });

  test("has its secrets hidden from those who see all but them", async () => {
    const seen = await type("bo", "show configuration system login");
    expect(seen).toContain("user bo");
    expect(seen).not.toMatch(/\$6\$|verysecret/);
    expect(seen).toContain("SECRET-DATA");
    expect(await type("bo", "show system rollback 0")).not.toMatch(/\$6\$/);
  });

  test.each<[user: string, line: string, isAllowed: boolean]>([
    ["ana", "set interfaces eth1 mtu 1400", true],
    ["ana", "delete interfaces eth1 mtu", true],
    ["ana", "set security zones security-zone x", false],
    ["ana", "se sec zon security-z x", false],
    ["ana", "delete security", false],
    ["ana", "deactivate security", false],
    ["ana", "set system login user ana class super-user", false],
    ["ana", "set groups g security zones security-zone x", false],
    ["ana", "set apply-groups g", false],
    ["ana", "wildcard delete security zones security-zone *", false],
    ["ana", "rename security zones security-zone web to security-zone w", false],
    ["ana", "copy interfaces eth1 to eth3", true],
    ["ana", 'annotate security "mine"', false],
    ["cal", "set system host-name x", true],
    ["cal", "set system login user y class super-user", false],
    ["cal", "set groups g system login user y class super-user", false],
    ["bo", "set system host-name x", false],
  ])("%s: %s: %s", async (user, line, isAllowed) => {
    expect(/permission denied/.test(await type(user, line))).toBe(!isAllowed);
    await typeAs(story.gateway, "root", "rollback 0");
  });

  test("a text is loaded whole or not at all", async () => {
    const access = liveAccess(() => story.gateway.running?.prepared.configuration, "ana");
    if (access === undefined) throw new Error("no such user");
    const load = (line: string, text: string) =>
      runCommand(story.gateway, line, { user: "ana", via: "cli", access, text });
    const mixed = "interfaces { eth1 { mtu 1400; } } security { zones { security-zone x; } }";
    const refused = await load("load merge terminal", mixed);
    expect(refused.text).toContain("permission denied");
    expect(story.gateway.candidates.sharedIsModified).toBe(false);
    // To override is to delete what she may not even see.
    expect((await load("load override terminal", "interfaces { eth1 { mtu 1400; } }")).ok).toBe(false);
    expect((await load("load merge terminal", "interfaces { eth1 { mtu 1400; } }")).ok).toBe(true);
    await typeAs(story.gateway, "root", "rollback 0");
  });

  test("going back needs its own permission", async () => {
    expect(await type("ana", "rollback 1")).toContain("permission denied");
    expect(await type("ana", "rollback 0")).toContain("load complete");
  });
});

describe("passwords", () => {
  test("in plain text are nowhere: not in the candidate, its log, the revision, or what is compared", async () => {
    await typeAs(story.gateway, "root", "set system root-authentication plain-text-password-value topsecret1");
    const compared = await typeAs(story.gateway, "root", "show | compare");
    expect(compared).toMatch(/\+ +root-authentication \{\n\+ +encrypted-password "\$6\$/);
    await story.gateway.candidates[Symbol.asyncDispose]();
    await typeAs(story.gateway, "root", "commit");
    const files = (await readdir(story.folder, { recursive: true, withFileTypes: true })).filter((one) => one.isFile());
    for (const { parentPath, name } of files)
      expect(await readFile(join(parentPath, name), "utf8")).not.toMatch(/topsecret1|verysecret/);
    expect(files.length).toBeGreaterThan(2);
  });

  test("that are asked for come with the answers", async () => {
    const line = "set system login user ana authentication plain-text-password";
    const asked = await runCommand(story.gateway, line, { user: "root", via: "cli", asks: true });
    expect(asked.questions?.map(({ secret }) => secret)).toEqual([true, true]);
    const done = await runCommand(story.gateway, line, {
      user: "root",
      via: "cli",
      asks: true,
      text: "abc123\nabc123",
    });
    expect(done.ok).toBe(true);
    expect(await typeAs(story.gateway, "root", "show | compare")).toContain('encrypted-password "$6$');
  });

  test("are masked in the audit log", async () => {
    const log: string[] = [];
    using _listening = story.gateway.logins.audit.listen(({ message }) => void log.push(message));
    await typeAs(story.gateway, "root", "set system login user ana authentication plain-text-password-value hidden77");
    expect(log.join("\n")).not.toContain("hidden77");
  });
});
