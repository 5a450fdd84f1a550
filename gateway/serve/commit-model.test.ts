// Lines about rollback, rescue, load and comparison, as typed, and the same things as operations for programs.

import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Gateway } from "../gateway.ts";
import { operationNamed } from "../ops/operations.ts";
import { readInput } from "../ops/parse-operation.ts";
import { OperationRefused } from "../ops/operation.ts";
import { revisionsKeptMax } from "../store/revision-store.ts";
import { bootedGateway, freshKernel, typeAs } from "../testing/test-gateway.ts";
import { runCommand } from "./command.ts";

let folder: string;
let gateway: Gateway;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "merlon-model-"));
  gateway = await bootedGateway(freshKernel(), folder);
  for (const name of ["one", "two", "three"]) await type(`set system host-name ${name}`, "commit");
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

const ana = { user: "ana", via: "cli" };
const type = async (...lines: readonly string[]): Promise<string> => typeAs(gateway, ana, ...lines);
/** As in configuration mode, where `show` takes a level. */
const typeAtTop = async (...lines: readonly string[]): Promise<string> => typeAs(gateway, { ...ana, at: [] }, ...lines);

describe("comparison", () => {
  test.each([
    ["show configuration | compare rollback 1", "[edit system]\n-  host-name two;\n+  host-name three;\n"],
    ["show | compare rollback 2", "[edit system]\n-  host-name one;\n+  host-name three;\n"],
    ["show system | compare rollback 2", "[edit system]\n-  host-name one;\n+  host-name three;\n"],
    ["show security | compare rollback 2", ""],
    ["show configuration | compare rollback 0", ""],
    ["show | compare", ""],
    ["show configuration | compare rollback 1 | match three", "+  host-name three;\n"],
    ["show system rollback 2 compare 1", "[edit system]\n-  host-name two;\n+  host-name one;\n"],
    ["show system rollback 1 compare 1", ""],
    ["show configuration | compare rollback 9", "error: there is no rollback 9; 4 revisions are kept: 0 to 3\n"],
    [
      "show configuration | compare rollback 50",
      "error: compare takes nothing, or rollback and a number from 0 to 49\n",
    ],
    ["show | compare sideways", "error: compare takes nothing, or rollback and a number from 0 to 49\n"],
    ["show system rollback 9", "error: there is no rollback 9; 4 revisions are kept: 0 to 3\n"],
  ])("%s", async (line, expected) => {
    const indented = expected.replaceAll(/^([-+]) {2}/gm, "$1   ");
    const shown = await (line.startsWith("show system rollback") ? type(line) : typeAtTop(line));
    expect([expected, indented]).toContain(shown);
  });

  test("the candidate is compared, the configuration in force is not touched", async () => {
    await type("set system host-name four");
    expect(await type("show | compare rollback 1")).toContain("host-name four;");
    expect(await type("show configuration | compare rollback 1")).toContain("host-name three;");
    expect(await type("show configuration | compare")).toContain("host-name four;");
    expect(await type("show system rollback 0")).toContain("host-name three;");
  });
});

describe("display", () => {
  test.each([
    ["show configuration system", /^host-name three;\n$/],
    ["show configuration system | display set", /^set system host-name three\n$/],
    ["show configuration system | display json", /"host-name"\s*:\s*"three"/],
    ["show configuration system | display xml", /<host-name>three<\/host-name>/],
    [
      "show configuration system | display inheritance",
      /^##\n## 'example\.net' was inherited from group 'common'\n##\n/m,
    ],
    ["show configuration system | display inheritance no-comments", /^domain-name example\.net;\n/m],
    ["show configuration | display inheritance | display set | match domain", /set system domain-name example\.net\n$/],
    ["show configuration system | display set relative | match host-name", /^set host-name three\n$/],
    ["show configuration system host-name | display set relative", /^set host-name three\n$/],
    ["show configuration system host-name | display set relative | display set", /^set system host-name three\n$/],
    ["show configuration system host-name | display omit", /^host-name three;\n$/],
    ["show configuration system host-name | display set | display omit", /^set system host-name three\n$/],
    ["show configuration | display set | match host-name | count", /^Count: 1 lines\n$/],
    ["run show configuration system | display set | match host-name", /^set system host-name three\n$/],
    ["show configuration security nat", /^$/],
    ["show configuration nothing here", /^error: unknown statement "nothing"\n/],
    [
      "show configuration systen | display set",
      /^error: unknown statement "systen"\n {2}hint: did you mean "system"\?\n$/,
    ],
    ["show configuration security zones security-zone nowhere", /^$/],
    ["show configuration security policies from-zone a", /^error: "to-zone" is missing after "from-zone a"\n/],
    [
      "show configuration | display sideways",
      /^error: "\| display sideways" is not understood: set \[relative\], json, xml, inheritance \[no-comments\] or omit/,
    ],
    ["show configuration | match a | display set", /^error: "\| display" is not understood here/],
  ])("%s", async (line, expected) => {
    if (line.includes("inheritance")) {
      await type("set groups common system domain-name example.net", "set apply-groups common", "commit");
    }
    expect(await type(line)).toMatch(expected);
  });
});

test.each(["commit check", "commit"])(
  "%s names places of the configuration, not the lines of some text",
  async (line) => {
    await type("set snmp community public", "set security zones security-zone web interfaces eth9");
    const kept = /^warning: 1 statement is kept but not enforced: snmp \(1\)$/m;
    const said = await type(line);
    expect(said).toMatch(kept);
    expect(said).not.toMatch(/^\S+:\d+:\d+: /m);
  },
);

describe("rollback", () => {
  test.each([
    ["rollback", "three"],
    ["rollback 0", "three"],
    ["rollback 1", "two"],
    ["rollback 3", undefined],
  ])("%s", async (line, expected) => {
    await type("set system host-name edited");
    expect(await type(line)).toBe("load complete\n");
    const shown = await typeAtTop("show system");
    if (expected === undefined) expect(shown).toBe("");
    else expect(shown).toContain(`host-name ${expected};`);
  });

  test.each(["rollback 4", "rollback 49"])("%s is not there", async (line) => {
    expect(await type(line)).toContain("4 revisions are kept: 0 to 3");
  });

  test.each(["rollback 50", "rollback x", "rollback 1 2", "rollback -1"])("%s is none", async (line) => {
    expect(await type(line)).toBe("error: rollback takes a number from 0 to 49, or rescue\n");
  });

  test("fifty are kept", async () => {
    for (let i = 0; i < revisionsKeptMax; i++) await type(`set system host-name name${i}`, "commit");
    expect(await typeAtTop("rollback 49", "show system")).toContain("host-name name0;");
    expect(await type("show system commit | match by")).toMatch(/^49 {2}/m);
    expect(await type("show system commit | match by")).not.toMatch(/^50 {2}/m);
  });
});

describe("rescue", () => {
  test("what cannot be written is said, with the file", async () => {
    await mkdir(join(folder, "rescue.json"));
    const answer = await type("request system configuration rescue save");
    expect(answer).toMatch(/^error: \S+rescue\.json cannot be written: EISDIR/);
    expect(answer.trimEnd()).not.toContain("\n");
  });

  test("none, save, show, rollback, delete", async () => {
    const none = "error: there is no rescue configuration; request system configuration rescue save makes one\n";
    expect(await type("rollback rescue")).toBe(none);
    expect(await type("show system configuration rescue")).toBe(none);
    expect(await type("request system configuration rescue save")).toBe("");
    await type("set system host-name broken", "commit");
    expect(await type("show system configuration rescue")).toContain("host-name three;");
    expect(await type("show system commit")).toMatch(/\nrescue {2}2026-11-22 06:30:00 UTC by ana via cli\n$/);
    expect(await type("rollback rescue", "commit")).toBe("commit complete\n");
    expect(gateway.hostName).toBe("three");
    expect(await type("request system configuration rescue delete")).toBe("");
    expect(await type("request system configuration rescue delete")).toBe("There was no rescue configuration\n");
    expect(await type("rollback rescue")).toBe(none);
  });

  test("an unconfirmed configuration does not become the rescue configuration", async () => {
    await type("set system host-name trial", "commit confirmed 5");
    expect(await type("request system configuration rescue save")).toContain("is not confirmed yet");
  });
});

describe("load", () => {
  const load = async (line: string, text?: string): Promise<string> =>
    typeAs(gateway, text === undefined ? ana : { ...ana, text }, line);

  test("each action does what it says, or nothing at all", async () => {
    expect(await load("load merge terminal", "system { domain-name example.net; }")).toBe("load complete\n");
    expect(await typeAtTop("show system")).toContain("host-name three;");
    expect(await load("load set terminal", "delete system domain-name\nset system host-name four")).toBe(
      "load complete\n",
    );
    expect(await type("show | compare")).toContain("host-name four;");
    const refused = await load("load override bad.conf", "system { host-name five; }\nsecurity { zonse { } }\n");
    expect(refused).toMatch(/^bad\.conf:2:\d+: error: /);
    expect(refused).toContain("error: load failed (1 error); the candidate is unchanged\n");
    expect(await type("show | compare")).toContain("host-name four;");
    expect(await load("load override terminal", "system { host-name only; }")).toBe("load complete\n");
    expect(await typeAtTop("show security")).toBe("");
    expect(await load("load factory-default")).toBe("load complete\n");
    expect(await type("show")).toContain("deny-all;");
    expect(await type("commit")).toContain("commit complete\n");
    expect(gateway.hostName).toBe("merlon");
  });

  test.each<[line: string, text: string, shown: string]>([
    [
      "load merge terminal",
      "<configuration><system><domain-name>x.net</domain-name></system></configuration>",
      "[edit system]\n+  domain-name x.net;\n",
    ],
    [
      "load merge terminal",
      '<configuration><system><host-name delete="delete"/></system></configuration>',
      "[edit]\n-  system {\n-      host-name three;\n-  }\n",
    ],
    [
      "load merge terminal",
      '{ "configuration": { "system": { "domain-name": "x.net" } } }',
      "[edit system]\n+  domain-name x.net;\n",
    ],
  ])("%s of %s", async (line, text, shown) => {
    expect(await load(line, text)).toBe("load complete\n");
    expect(await type("show | compare")).toBe(shown);
  });

  test("what is shown in any form is loaded again", async () => {
    for (const form of ["xml", "json"]) {
      for (const action of ["override", "update", "merge", "replace"]) {
        const all = await type(`show configuration | display ${form}`);
        expect(await load(`load ${action} terminal`, all), `${form} ${action}`).toBe("load complete\n");
        expect(await type("show | compare")).toBe("");
      }
    }
  });

  test("update and patch, relative to a level, and unknown statements by choice", async () => {
    const patch = await type("show system rollback 2 compare 0");
    expect(await load("load patch terminal", patch)).toBe("load complete\n");
    expect(await typeAtTop("show system")).toContain("host-name one;");
    const at = ["security", "zones"];
    const relative = { ...ana, at, text: "security-zone added { description relative; }" };
    expect(await typeAs(gateway, relative, "load merge terminal relative")).toBe("load complete\n");
    expect(await typeAtTop("show security zones")).toContain("description relative;");
    expect(await load("load merge terminal", "system { frobnicate 7; }")).toContain("error: load failed");
    expect(await load("load merge terminal keep-unknown", "system { frobnicate 7; }")).toContain("load complete\n");
    expect(await type("commit")).toContain("commit complete\n");
    expect(await type("rollback 1", "commit", "rollback 1")).toContain("load complete\n");
    expect(await typeAtTop("show system")).toContain("frobnicate 7;");
    const all = await type("show configuration");
    expect(await load("load update terminal keep-unknown", all)).toContain("load complete\n");
    expect(await type("show | compare")).toBe("");
  });

  test.each([
    ["load merge terminal sideways", /cannot be loaded/],
    ["load merge terminal", /the text to load is missing/],
    ["load sideways terminal", /"sideways terminal" cannot be loaded/],
    ["load", /cannot be loaded/],
  ])("%s", async (line, expected) => {
    expect(await load(line)).toMatch(expected);
  });

  test("as an operation for programs, with the diagnostics as data", async () => {
    const operation = operationNamed("load-configuration");
    if (operation === undefined) throw new Error("missing");
    const run = async (input: Record<string, unknown>): Promise<unknown> => {
      const parsed = readInput(operation, input);
      if (parsed.kind === "unknown") return parsed.message;
      return (await operation.execute(gateway, parsed.input, ana)).data;
    };
    expect(await run({ action: "merge", text: "system { host-name loaded; }" })).toEqual({ warnings: [] });
    expect(await typeAtTop("show system")).toContain("host-name loaded;");
    expect(await run({ action: "twist", text: "" })).toMatch(/"twist" is no action of load/);
    expect(await run({ action: "merge" })).toBe("text is missing");
    const refused = run({ action: "merge", text: "nonsense here;", source: "x.conf" });
    await expect(refused).rejects.toThrow(OperationRefused);
    await expect(refused).rejects.toMatchObject({ diagnostics: [{ severity: "error", span: { source: "x.conf" } }] });
  });
});

test("commit synchronize does what commit does, with a note", async () => {
  const text = await type("set system host-name four", "commit synchronize");
  expect(text).toBe("note: this gateway has one routing engine; there is nothing to synchronize\ncommit complete\n");
});

test("a line relative to a level", async () => {
  const at = ["security", "policies", "from-zone", "web", "to-zone", "data", "policy", "sql"];
  const { ok } = await runCommand(gateway, "set description here", { ...ana, at });
  expect(ok).toBe(true);
  const { text } = await runCommand(gateway, "show", { ...ana, at });
  expect(text).toContain("description here;");
  expect(text).not.toContain("host-name");
});

describe("a mistyped line", () => {
  test.each([
    ["comit", /^error: "comit" is not expected here\ndid you mean "commit"\?\nexpected: clear, .*show/],
    ["sett system host-name x", /^error: "sett" is not expected here\ndid you mean "set"\?\nexpected: clear, .*show/],
    ["show secruity", /^error: "secruity" is not expected here\ndid you mean "security"\?\nexpected: .*interfaces, /],
    ["run comit", /^error: "comit" is not expected here\nexpected: clear, .*show/],
    ["show security policies fron-zone x", /did you mean "from-zone"\?\nexpected: from-zone, to-zone/],
    ["show confguration", /^error: .*\ndid you mean "configuration"\?\nexpected: arp, chassis, configuration, /],
    ["run show", /^error: the command is incomplete\nexpected: arp, chassis, configuration, /],
    ["show version sideways", /^error: "sideways" is not expected here\n/],
    ["show security", /^error: the command is incomplete\nexpected: .*flow, match-policies, .*policies, .*zones\n/],
  ])("%s", async (line, expected) => {
    expect(await type(line)).toMatch(expected);
  });
});
