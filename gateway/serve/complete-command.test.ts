// What may stand next in a typed line, by row: outside configuration mode, in it, and behind pipes. A candidate with a full
// stop may end the line. Whatever is offered as the end of a line is one that the gateway understands.

import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { splitLine } from "@merlon/junos/split-line.ts";
import { verbs } from "@merlon/junos/verbs.ts";
import { superUser } from "../access/access.ts";
import type { Access } from "../access/access.ts";
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
    ["co", ["commit.", "configure.", "copy"]],
    ["nonsense ", []],
    // Edits.
    ["set system h", ["host-name"]],
    ["delete system ", ["host-name.", "|"]],
    ["activate ", []],
    ["insert security policies from-zone web to-zone data policy sql ", ["before", "after"]],
    ["rename security zones security-zone dmz to ", ["security-zone", "<zone-name>."]],
    ["show version x", []],
    ["run set ", []],
    // The configuration in force: the candidate's new zone is not in it.
    ["show configuration ", ["system.", "interfaces.", "security.", "|"]],
    ["show configuration security zones security-zone ", ["web.", "data.", "|"]],
    ["show configuration system h", ["host-name."]],
    // Commits and what is loaded.
    ["commit ", ["and-quit.", "at", "check.", "comment", "confirmed.", "synchronize.", "|"]],
    ["commit c", ["check.", "comment", "confirmed."]],
    ["commit check ", ["synchronize.", "|"]],
    ["commit at ", ["<time>.", "reboot."]],
    ["commit at reboot ", ["and-quit.", "comment", "synchronize.", "|"]],
    ["commit comment ", ["<text>."]],
    ['commit comment "why not" ', ["and-quit.", "at", "confirmed.", "synchronize.", "|"]],
    ["commit confirmed ", ["<1..65535>.", "and-quit.", "comment", "synchronize.", "|"]],
    ["commit confirmed 5 ", ["and-quit.", "comment", "synchronize.", "|"]],
    ["commit synchronize ", ["force.", "and-quit.", "at", "check.", "comment", "confirmed.", "|"]],
    ["commit nonsense ", []],
    ["load ", ["merge", "override", "replace", "update", "set", "patch", "factory-default."]],
    ["load re", ["replace"]],
    ["load merge ", ["terminal.", "<file>."]],
    ["load merge terminal ", ["keep-unknown."]],
    ["load merge terminal keep-unknown ", []],
    ["load factory-default ", []],
    ["load nonsense ", []],
    ["rollback ", ["0.", "1.", "rescue.", "|"]],
    ["rollback 1 ", ["|"]],
    ["configure ", ["exclusive.", "private.", "|"]],
    ["configure private ", ["|"]],
    ["exit ", ["configuration-mode.", "|"]],
    ["status ", ["|"]],
  ])("%s|", async (line, expected) => {
    expect((await words(line)).toSorted()).toEqual(expected.toSorted());
  });
});

describe("operational commands: there may be more", () => {
  test.each<[line: string, expected: string[]]>([
    [
      "",
      [
        "clear",
        "commit.",
        "configure.",
        "exit.",
        "help.",
        "load",
        "quit.",
        "request",
        "rollback.",
        "run",
        "set",
        "show.",
      ],
    ],
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
    ["show system rollback ", ["<0..49>.", "compare"]],
    ["show system rollback 1 ", ["compare", "|"]],
    ["show system rollback 1 compare ", ["<0..49>."]],
    ["show system rollback 1 compare 0 ", ["|"]],
    ["show version ", ["|"]],
    ["request ", ["system"]],
    ["request system configuration rescue ", ["delete.", "save."]],
    ["run show sys", ["system"]],
    ["run show system ", ["alarms.", "capabilities.", "commit.", "configuration", "rollback"]],
    ["run show conf", ["configuration."]],
    ["run show configuration sys", ["system."]],
  ])("%s|", async (line, expected) => {
    expect(await words(line)).toEqual(expect.arrayContaining(expected));
  });
});

const edits = ["activate", "annotate", "copy", "deactivate", "delete", "insert", "protect", "rename", "set",
  "unprotect", "wildcard"]; // prettier-ignore

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
    ["run show system alarms ", [], ["|"]],
    ["top ", ["system"], [...edits, "edit", "show.", "|"]],
    ["top set sys", ["security"], ["system"]],
    ["up ", ["system"], [...edits, "edit", "show.", "|"]],
    ["up 2 edit sec", ["security", "zones"], ["security."]],
    ["up 2", ["security", "zones"], []],
    ["ed sec zo security-zone d", [], ["data.", "dmz."]],
  ])("%s| at %j", async (line, at, expected) => {
    const everywhere = ["apply-groups", "apply-groups-except"];
    const offered = (await words(line, at)).filter((word) => !everywhere.includes(word));
    expect(offered.toSorted()).toEqual(expected.toSorted());
  });
});

const filters = ["count.", "except", "find", "hold.", "last.", "match", "no-more.", "refresh", "trim"];

describe("behind a pipe", () => {
  test.each<[line: string, expected: string[]]>([
    ["show configuration |", ["compare.", "display", ...filters]],
    ["show | c", ["compare.", "count."]],
    ["show | compare ", ["rollback"]],
    ["show | compare rollback ", ["0.", "1."]],
    ["show | compare rollback 1 ", []],
    ["show configuration | display ", ["set.", "json.", "xml.", "inheritance.", "omit."]],
    ["show configuration | display inheritance ", ["no-comments."]],
    ["show configuration | display set ", ["relative."]],
    ["show configuration | display json ", []],
    ["show configuration | display set | ", ["display", ...filters]],
    ["run show version | ", ["display", ...filters]],
    ["run show version | count | ", filters],
    ["show version | display ", ["xml.", "json."]],
    ["show version | display xml ", ["rpc."]],
    ["sh ver | la ", ["<number>."]],
    ["show version | match ", ["<pattern>."]],
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
    "Filter the answer",
  ]);
  for (const line of ["", "show ", "commit ", "load ", "request system "])
    for (const { help, word } of await completeCommand(gateway, line))
      expect(help, `${line}${word}`).toMatch(/^[A-Z\d]/);
});

describe("who may not, is not offered", () => {
  const everything = superUser("rita");
  const session = () => gateway.candidates.open({ user: "rita", via: "cli" });
  const offered = async (line: string, access: Access) => {
    const mine = session();
    const found = await completeCommand(gateway, line, { session: mine, access });
    gateway.candidates.close(mine);
    return found.map(({ word }) => word);
  };

  test("files, to who may not look at them", async () => {
    await mkdir(gateway.store.logsFolder, { recursive: true });
    await writeFile(join(gateway.store.logsFolder, "audit.log"), "");
    expect(await offered("show log ", everything)).toContain("audit.log");
    const blind = { ...everything, mayRun: (line: string) => !line.startsWith("show log") };
    expect(await offered("show log ", blind)).not.toContain("audit.log");
  });

  test("commands", async () => {
    const access = { ...everything, unlimited: false, mayRun: (line: string) => /^(?:show|ping)/.test(line) };
    const found = await offered("", access);
    expect(found).toEqual(expect.arrayContaining(["exit", "help", "quit", "show"]));
    expect(found).not.toContain("configure");
    expect(found).not.toContain("request");
  });

  test("names in statements that he may not see", async () => {
    const access = { ...everything, unlimited: false, mayView: (path: readonly string[]) => path[0] !== "security" };
    expect(await offered("show configuration security zones security-zone ", access)).not.toContain("web");
    expect(await offered("show configuration security zones security-zone ", everything)).toContain("web");
    expect(await offered("show security policies from-zone ", access)).not.toContain("web");
  });
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
