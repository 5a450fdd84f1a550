// Lines that say enough, so that Enter is offered behind them, and lines that do not.

import { rm } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { GatewayCase } from "../testing/test-gateway.ts";
import { freshGateway, typeAs } from "../testing/test-gateway.ts";
import { completeCommand } from "./complete-command.ts";
import { runCommand } from "./command.ts";

let story: GatewayCase;

beforeAll(async () => {
  story = await freshGateway("line-may-end");
  await typeAs(story.gateway, "ana", "set system host-name gw1", "set security zones security-zone web", "commit");
});
afterAll(() => rm(story.folder, { recursive: true }));

const mayEnd = async (line: string): Promise<boolean> =>
  (await completeCommand(story.gateway, `${line} `, { at: [] })).some(({ word }) => word === "|");

test.each([
  ["set system host-name", false],
  ["set system host-name fw", true],
  ["set system", false],
  ["set security zones security-zone", false],
  ["set security zones security-zone web", true],
  ["set security zones security-zone new", true],
  ["set security zones security-zone web tcp-rst", true],
  ["set security policies from-zone web to-zone web policy p then deny", true],
  ["set security policies from-zone web to-zone", false],
  ["set security policies from-zone web to-zone web policy p match source-address any", true],
  ["delete security zones", true],
  ["deactivate security zones security-zone web", true],
  ["rename security zones security-zone web", false],
  ["rename security zones security-zone web to dmz", true],
  ["annotate system", false],
  ["edit security zones", true],
  ["edit security zones security-zone", false],
  ["show security zones", true],
  ["commit", true],
  ["commit comment", false],
  ["commit at", false],
  ["commit confirmed 5", true],
  ["rollback 1", true],
  ["load", false],
  ["load merge", false],
  ["run", false],
  ["run show", false],
  ["run show version", true],
  ["nonsense", false],
])("%s may end: %s", async (line, expected) => {
  expect(await mayEnd(line)).toBe(expected);
});

test("law: what may end is not refused for being too short", async () => {
  const lines = [
    "set security zones security-zone web",
    "delete security zones",
    "show",
    "rollback 1",
    "status",
    "commit check",
  ];
  for (const line of lines) {
    expect(await mayEnd(line), line).toBe(true);
    const { text } = await runCommand(story.gateway, line, { user: "ana", via: "cli", at: [] });
    expect(text, line).not.toMatch(/incomplete|missing|needs a/);
    await typeAs(story.gateway, "ana", "rollback 0");
  }
});
