// What may stand next in a typed line, by row: outside configuration mode, in it, and behind pipes. A candidate with a full
// stop may end the line. Whatever is offered as the end of a line is one that the gateway understands.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { splitLine } from "@merlon/junos/split-line.ts";
import { verbs } from "@merlon/junos/verbs.ts";
import type { Gateway } from "../gateway.ts";
import { bootedGateway, freshKernel, typeAs } from "../testing/test-gateway.ts";
import { runCommand } from "./command.ts";
import { commandHelp, helpText } from "./command-help.ts";
import { completeCommand } from "./complete-command.ts";

let folder: string;
let gateway: Gateway;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "merlon-complete-"));
  gateway = await bootedGateway(freshKernel(), folder);
  const ana = { user: "ana", via: "cli" };
  await typeAs(gateway, ana, "set system host-name one", 'commit comment "the first"');
  await typeAs(gateway, ana, "set security zones security-zone dmz description new");
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

async function words(line: string, at?: readonly string[]): Promise<string[]> {
  const candidates = await completeCommand(gateway, line, at === undefined ? {} : { at });
  return candidates.flatMap(({ word, final, kept }) => (kept === true ? [] : [`${word}${final ? "." : ""}`]));
}

describe("outside configuration mode", () => {
  test.each<[line: string, expected: string[]]>([
    ["", ["activate", "annotate", "clear", "commit.", "configure.", "copy", "deactivate", "delete", "exit.", "help.",
      "insert", "load", "protect", "quit.", "rename", "request", "rollback.", "run", "set", "show.", "status.",
      "unprotect", "update.", "wildcard"]], // prettier-ignore
    ["co", ["commit.", "configure.", "copy"]],
    ["nonsense ", []],
    // Edits.
    ["set system h", ["host-name"]],
    ["delete system ", ["host-name."]],
    ["activate ", []],
    ["insert security policies from-zone web to-zone data policy sql ", ["before", "after"]],
    ["rename security zones security-zone dmz to ", ["security-zone", "<zone-name>."]],
    // Operational commands.
    ["show ", ["configuration.", "interfaces.", "route.", "security", "system", "version.", "|"]],
    ["show v", ["version."]],
    ["show sec pol ", ["hit-count.", "from-zone", "to-zone", "|"]],
    ["show security policies from-zone ", ["<zone-name>.", "web.", "data."]],
    ["show security policies from-zone w", ["web."]],
    ["show security policies from-zone web ", ["to-zone", "|"]],
    ["show security policies from-zone web to-zone data ", ["|"]],
    ["show security policies hit-count ", ["from-zone", "to-zone", "ascending.", "descending.", "|"]],
    ["show security match-policies from-zone ", ["<zone-name>", "web", "data"]],
    ["show security flow session protocol ", ["<protocol>."]],
    ["show system rollback ", ["<0..49>.", "rollback", "compare"]],
    ["show system rollback 1 ", ["compare", "|"]],
    ["show system rollback 1 compare ", ["<0..49>."]],
    ["show system rollback 1 compare 0 ", ["|"]],
    ["show version ", ["|"]],
    ["show version x", []],
    ["request ", ["system"]],
    ["request system configuration rescue ", ["delete.", "save."]],
    ["run show sys", ["system"]],
    ["run show system ", ["alarms.", "capabilities.", "commit.", "configuration", "rollback"]],
    ["run show conf", ["configuration."]],
    ["run show configuration sys", ["system."]],
    ["run set ", []],
    // The configuration in force: the candidate's new zone is not in it.
    ["show configuration ", ["system.", "interfaces.", "security.", "|"]],
    ["show configuration security zones security-zone ", ["web.", "data.", "|"]],
    ["show configuration system h", ["host-name."]],
    // Commits and what is loaded.
    ["commit ", ["and-quit.", "at", "check.", "comment", "confirmed.", "synchronize."]],
    ["commit c", ["check.", "comment", "confirmed."]],
    ["commit check ", ["synchronize."]],
    ["commit at ", ["<time>.", "reboot."]],
    ["commit at reboot ", ["and-quit.", "comment", "synchronize."]],
    ["commit comment ", ["<text>."]],
    ['commit comment "why not" ', ["and-quit.", "at", "confirmed.", "synchronize."]],
    ["commit confirmed ", ["<1..65535>.", "and-quit.", "comment", "synchronize."]],
    ["commit confirmed 5 ", ["and-quit.", "comment", "synchronize."]],
    ["commit synchronize ", ["force.", "and-quit.", "at", "check.", "comment", "confirmed."]],
    ["commit nonsense ", []],
    ["load ", ["merge", "override", "replace", "update", "set", "patch", "factory-default."]],
    ["load re", ["replace"]],
    ["load merge ", ["terminal.", "<file>."]],
    ["load merge terminal ", ["keep-unknown."]],
    ["load merge terminal keep-unknown ", []],
    ["load factory-default ", []],
    ["load nonsense ", []],
    ["rollback ", ["0.", "1.", "rescue."]],
    ["rollback 1 ", []],
    ["configure ", ["exclusive.", "private."]],
    ["configure private ", []],
    ["exit ", ["configuration-mode."]],
    ["status ", []],
  ])("%s|", async (line, expected) => {
    expect((await words(line)).toSorted()).toEqual(expected.toSorted());
  });
});

describe("in configuration mode", () => {
  test.each<[line: string, at: readonly string[], expected: string[]]>([
    ["e", [], ["edit", "exit."]],
    ["t", [], ["top."]],
    ["show ", [], ["configuration.", "system.", "interfaces.", "security.", "|"]],
    ["show security zones security-zone ", [], ["web.", "data.", "dmz.", "|"]],
    ["show security-zone d", ["security", "zones"], ["data.", "dmz."]],
    ["show security zones security-zone dmz ", [], ["description.", "|"]],
    ["edit security zones security-zone d", [], ["data.", "dmz."]],
    ["set policy s", ["security", "policies", "from-zone", "web", "to-zone", "data"], ["sql."]],
    ["set then ", ["security", "policies", "from-zone", "web", "to-zone", "data", "policy", "sql"],
      ["permit.", "deny.", "reject.", "log", "count."]], // prettier-ignore
    ["load merge terminal ", [], ["relative.", "keep-unknown."]],
    ["run show version ", [], ["|"]],
    ["top ", [], []],
  ])("%s| at %j", async (line, at, expected) => {
    const everywhere = ["apply-groups", "apply-groups-except"];
    const offered = (await words(line, at)).filter((word) => !everywhere.includes(word));
    expect(offered.toSorted()).toEqual(expected.toSorted());
  });
});

describe("behind a pipe", () => {
  test.each<[line: string, expected: string[]]>([
    ["show configuration |", ["compare.", "display", "match", "except", "count.", "no-more."]],
    ["show | c", ["compare.", "count."]],
    ["show | compare ", ["rollback"]],
    ["show | compare rollback ", ["0.", "1."]],
    ["show | compare rollback 1 ", []],
    ["show configuration | display ", ["set.", "json.", "xml.", "inheritance."]],
    ["show configuration | display inheritance ", ["no-comments."]],
    ["show configuration | display set ", []],
    ["show configuration | display set | ", ["display", "match", "except", "count.", "no-more."]],
    ["run show version | ", ["match", "except", "count.", "no-more."]],
    ["show version | match ", ["<text>."]],
    ["show version | count ", []],
    ["show version | nonsense ", []],
    ['set system login message "a | ', []],
  ])("%s|", async (line, expected) => {
    expect((await words(line)).toSorted()).toEqual(expected.toSorted());
  });
});

test("what is offered says who committed when, and what a word does", async () => {
  const candidates = await completeCommand(gateway, "rollback ");
  expect(candidates.map(({ help }) => help)).toEqual([
    "2026-11-22 06:30:00 UTC by ana via cli: the first",
    "2026-11-22 06:30:00 UTC by root via boot: initial configuration test.conf",
    "The rescue configuration",
  ]);
  for (const line of ["", "show ", "commit ", "load ", "request system "])
    for (const { help, word } of await completeCommand(gateway, line))
      expect(help, `${line}${word}`).toMatch(/^[A-Z\d]/);
});

test("every verb of the language is a command, and help names it", async () => {
  for (const verb of verbs) {
    expect(commandHelp).toHaveProperty(verb);
    expect(helpText).toContain(verb);
  }
});

/** Lines that do not change what later rows see. */
const harmless = /^(?:show|run show|status|help)\b/;

test("a line that may end is understood", async () => {
  const pending = [
    "",
    "show ",
    "run ",
    "show configuration | ",
    "show security ",
    "show system ",
    "show system rollback ",
  ];
  let tried = 0;
  for (const line of pending) {
    for (const { word, final } of await completeCommand(gateway, line)) {
      const whole = `${line}${word.replace("<0..49>", "1")}`;
      if (!harmless.test(whole)) continue;
      if (!final && !word.startsWith("<") && splitLine(`${whole} `).words.length < 4) pending.push(`${whole} `);
      if (!final || word.startsWith("<")) continue;
      const { text } = await runCommand(gateway, whole, { user: "ana", via: "cli" });
      expect(text, whole).not.toMatch(/not expected|incomplete|not understood|missing/);
      tried++;
    }
  }
  expect(tried).toBeGreaterThan(20);
});

test("a beginning of any line is answered", async () => {
  const lines = ['commit comment "a | b" | match "x', "show security policies from-zone web | compare rollback 1"];
  for (const line of lines)
    for (let end = 0; end <= line.length; end++) expect(await words(line.slice(0, end))).toBeInstanceOf(Array);
});
