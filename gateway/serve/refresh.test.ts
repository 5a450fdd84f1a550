// What may be repeated, and what comes of it.

import { rm } from "node:fs/promises";
import { describe, expect, test, vi } from "vitest";
import { freshGateway } from "../testing/test-gateway.ts";
import { refused, said } from "./answer.ts";
import type { CommandAnswer } from "./answer.ts";
import { runCommand } from "./command.ts";
import { readRefresh, refreshed } from "./refresh.ts";

const seconds = "| refresh takes a number of seconds from 1 to 604800";
const alone = "| refresh repeats what is shown: it may follow show, and no other command";

test.each<[line: string, wanted: unknown]>([
  ["show version", undefined],
  ["show version | match refresh", undefined],
  ['show version | match "| refresh 5"', undefined],
  ["show version | refresh 5", { line: "show version ", everySeconds: 5 }],
  ["show version | match a | refresh 604800", { line: "show version | match a ", everySeconds: 604_800 }],
  ["run show version | refresh 1", { line: "run show version ", everySeconds: 1 }],
  ["show | refresh 1", { line: "show ", everySeconds: 1 }],
  ["show version | refresh 5 | count", { wrong: "nothing may follow | refresh" }],
  ["show version | refresh", { wrong: seconds }],
  ["show version | refresh 0", { wrong: seconds }],
  ["show version | refresh 604801", { wrong: seconds }],
  ["show version | refresh 1.5", { wrong: seconds }],
  ["show version | refresh 5 6", { wrong: seconds }],
  ["commit | refresh 5", { wrong: alone }],
  ["clear arp | refresh 5", { wrong: alone }],
  ["run clear arp | refresh 5", { wrong: alone }],
  ["top show | refresh 5", { wrong: alone }],
  ["| refresh 5", { wrong: alone }],
])("%s", (line, wanted) => {
  expect(readRefresh(line)).toEqual(wanted);
});

describe("answers in a row", () => {
  const after = (answers: readonly CommandAnswer[], signal?: AbortSignal): Promise<CommandAnswer> => {
    let at = 0;
    const run = async () => answers[Math.min(at++, answers.length - 1)] ?? expect.fail();
    return refreshed(run, { everySeconds: 0.001, nowMs: () => Date.UTC(2026, 10, 22, 6, 30, at), signal });
  };
  const head = (second: number) => `---(refreshed at 2026-11-22 06:30:0${second} UTC)---\n`;

  test("each has its time; a refused one is the last", async () => {
    const answers = [said("one\n"), said("two\n"), refused("gone")];
    const { text, more, live } = await after(answers, new AbortController().signal);
    const pieces = await Array.fromAsync(more ?? expect.fail());
    expect([text, ...pieces]).toEqual([`${head(1)}one\n`, `${head(2)}two\n`, `${head(3)}error: gone\n`]);
    expect(live).toBe(true);
  });

  test("a first one that is refused is the only one", async () => {
    expect(await after([refused("no")], new AbortController().signal)).toEqual(refused("no"));
  });

  test("it ends while it waits", async () => {
    const controller = new AbortController();
    const { more } = await after([said("x\n")], controller.signal);
    setImmediate(() => controller.abort());
    expect(await Array.fromAsync(more ?? expect.fail())).toEqual([]);
  });

  test("who reads one answer alone is refused, and nothing is carried out", async () => {
    const run = vi.fn<() => Promise<CommandAnswer>>();
    const { text } = await refreshed(run, { everySeconds: 1, nowMs: () => 0 });
    expect(text).toContain("goes on until it is interrupted");
    expect(run).not.toHaveBeenCalled();
  });
});

test("typed at a gateway, also shortened, and never with what changes something", async () => {
  const { folder, gateway } = await freshGateway("refresh");
  try {
    const { signal } = new AbortController();
    const type = (line: string) => runCommand(gateway, line, { user: "ana", via: "cli", signal });
    expect(await type("sh ver | match hostname | refr 60")).toMatchObject({
      ok: true,
      live: true,
      text: expect.stringMatching(/^---\(refreshed at 2026-11-22 06:30:00 UTC\)---\nHostname: merlon\n$/) as string,
    });
    expect((await type("commit | refresh 5")).text).toContain("no other command");
    expect(await type("show nothing | refresh 5")).toMatchObject({ ok: false });
    expect((await type("show version | refresh 5")).more).toBeDefined();
    const without = await runCommand(gateway, "show version | refresh 5", { user: "ana", via: "cli" });
    expect(without).toMatchObject({ ok: false });
  } finally {
    await rm(folder, { recursive: true });
  }
});
