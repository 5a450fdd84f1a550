// Shortened lines by row, in each mode: what they are written out as, and where a word may mean several.

import { rm } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Session } from "../candidate/edit-session.ts";
import { freshGateway } from "../testing/test-gateway.ts";
import type { GatewayCase } from "../testing/test-gateway.ts";
import { runCommand } from "./command.ts";
import { expandLine } from "./expand-line.ts";

let one: GatewayCase;
let session: Session;

beforeAll(async () => {
  one = await freshGateway("expand");
  session = one.gateway.candidates.open({ user: "ana", via: "cli" });
});

afterAll(() => rm(one.folder, { recursive: true, force: true, maxRetries: 5 }));

const expanded = (line: string, at?: readonly string[]) =>
  expandLine(one.gateway, line, at === undefined ? { session } : { at });

describe("operational mode", () => {
  test.each([
    ["conf", "configure"],
    ["conf ex", "configure exclusive"],
    ["sh conf", "show configuration"],
    ["  sh  conf  sec zo | disp set | mat x", "  show  configuration  security zones | display set | match x"],
    ["sh conf sec zo security-zone web", "show configuration security zones security-zone web"],
    ["sh sec pol", "show sec pol"],
    ["sh ver | cou", "show ver | count"],
    ['sh conf | match "a | disp"', 'show configuration | match "a | disp"'],
    ["show | comp roll 1", "show | compare rollback 1"],
    ["nonsense con", "nonsense con"],
    ["", ""],
  ])("%s", (line, whole) => {
    expect(expanded(line)?.line).toBe(whole);
  });

  test("a quote that is open", () => {
    expect(expanded('show "x')).toBeUndefined();
  });
});

describe("configuration mode", () => {
  const policy = ["security", "policies", "from-zone", "web", "to-zone", "data", "policy", "sql"];
  test.each<[line: string, at: readonly string[], whole: string]>([
    ["se sys host-name x", [], "set system host-name x"],
    ["del sec zo security-zone web interf eth1", [], "delete security zones security-zone web interfaces eth1"],
    ["ed sec pol from-zone a to b", [], "edit security policies from-zone a to-zone b"],
    ["set th perm", policy, "set then permit"],
    // What stands where a name or a value is expected is never written out.
    ["set sec zo security-zone po", [], "set security zones security-zone po"],
    ["set sys host-name sec", [], "set system host-name sec"],
    ["ins policy a bef policy b", policy.slice(0, -2), "insert policy a before policy b"],
    ["com ch", [], "commit check"],
    ["com comment con and-q", [], "commit comment con and-quit"],
    ["run sh ver", [], "run show ver"],
    ["run sh conf sys | disp x", [], "run show configuration system | display xml"],
    ["sh | comp", [], "show | compare"],
    ["ex conf", [], "exit configuration-mode"],
    ['se sys host-name "com"', [], 'set system host-name "com"'],
  ])("%s at %j", (line, at, whole) => {
    expect(expanded(line, at)?.line).toBe(whole);
  });

  test.each<[line: string, word: string, among: string]>([
    ["s", "s", "show"],
    ["set s", "s", "security"],
    ["set security s", "s", "screen"],
    ["com c", "c", "comment"],
    ["show | d x | m", "", ""],
  ])("%s has a word that may mean several", (line, word, among) => {
    const ambiguous = expanded(line, [])?.ambiguous;
    expect(ambiguous?.word.text ?? "").toBe(word);
    if (among !== "") expect(ambiguous?.candidates.map((one) => one.word)).toContain(among);
  });

  test("columns lead back to the line as it was typed", () => {
    const found = expanded("se sys  host-name x", []);
    // "set system  host-name x"
    expect([0, 4, 12, 22].map((column) => found?.columnOf(column))).toEqual([0, 3, 8, 18]);
  });
});

describe("mistakes have a place", () => {
  const mistakeOf = async (line: string, at?: readonly string[]) =>
    (await runCommand(one.gateway, line, { user: "ana", via: "cli", ...(at === undefined ? { session } : { at }) }))
      .mistake;

  test.each<[line: string, at: readonly string[] | undefined, column: number, text: RegExp]>([
    ["foo", undefined, 0, /^unknown command\.\n/],
    ["sh securty zones", undefined, 3, /^syntax error, expecting <command>\.\n"securty" is not expected/],
    ["show", undefined, 5, /^syntax error/],
    ["sh ver frob", undefined, 7, /^syntax error/],
    ["sh conf sec nonsense zones", undefined, 12, /^syntax error\.\nunknown statement/],
    ["show s", undefined, 5, /ambiguous/],
    ["set system host-name x", undefined, 0, /^unknown command\.[\s\S]*"configure" enters/],
    ["se sys host-nxm x", [], 7, /^error: unknown statement "host-nxm"/],
    ["top show sec nonsense", ["system"], 13, /unknown statement/],
    ["show nonsense", [], 5, /^syntax error\.\nunknown statement/],
    ["configure", [], 0, /^unknown command\.[\s\S]*this is the configuration mode/],
    ["request x", [], 0, /^unknown command\.[\s\S]*"run request …"/],
    ["run show vers x", [], 14, /^syntax error/],
    ["   set system host-nxm x", [], 14, /unknown statement/],
    ["top set sys host-nxm x", ["security"], 12, /unknown statement/],
    ["up 2 set sys host-nxm", ["security", "zones"], 13, /unknown statement/],
    ["edit system host-name", [], 5, /there is no level/],
    ["com c", [], 4, /^'c' is ambiguous\.\nPossible completions:\n {2}check /],
  ])("%s", async (line, at, column, text) => {
    const mistake = await mistakeOf(line, at);
    expect(mistake?.column).toBe(column);
    expect(mistake?.text).toMatch(text);
  });
});

describe("levels", () => {
  const caller = { user: "ana", via: "cli" };
  const web = ["security", "zones", "security-zone", "web"];
  test.each<[line: string, at: readonly string[], level: readonly string[] | undefined]>([
    ["edit security zones", [], ["security", "zones"]],
    ["edit security-zone web", ["security", "zones"], web],
    ["edit sec zo security-zone web", [], web],
    ["up", web, ["security", "zones"]],
    ["up 2", web, ["security"]],
    ["up 99", web, []],
    ["top", web, []],
    ["top edit system", web, ["system"]],
    ["up edit security-zone data", web, ["security", "zones", "security-zone", "data"]],
    ["edit nonsense", [], undefined],
  ])("%s at %j", async (line, at, level) => {
    expect((await runCommand(one.gateway, line, { ...caller, at })).level).toEqual(level);
  });

  test("a command behind top or up is carried out there", async () => {
    const at = web;
    expect((await runCommand(one.gateway, "top show interfaces eth2", { ...caller, at })).text).toContain(
      "10.2.0.1/24",
    );
    expect((await runCommand(one.gateway, "up 3 show | display set | count", { ...caller, at })).text).toMatch(
      /^Count:/,
    );
    expect(await runCommand(one.gateway, "top set system host-name fw", { ...caller, at })).toMatchObject({ ok: true });
    expect(await runCommand(one.gateway, "top commit", { ...caller, at })).toMatchObject({ ok: false });
    await runCommand(one.gateway, "rollback 0", { ...caller, at });
  });
});
