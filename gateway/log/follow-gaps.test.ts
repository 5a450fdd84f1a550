// A process that begins after another one: what it tells of the time between them, to whom, and what it cannot know.

import { existsSync } from "node:fs";
import { mkdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { parseIp } from "@merlon/model/ip/address.ts";
import type { Gateway } from "../gateway.ts";
import type { KernelSession } from "../kernel/kernel.ts";
import { freshGateway, restartedGateway, typeAs } from "../testing/test-gateway.ts";
import type { GatewayCase } from "../testing/test-gateway.ts";
import { followGaps, markEveryMs } from "./follow-gaps.ts";
import type { LogMessage } from "./log-message.ts";

let it: GatewayCase;
let heard: LogMessage[];
const errors: unknown[] = [];

beforeEach(async () => {
  it = await freshGateway("gaps");
  heard = [];
  const log = "set security policies from-zone web to-zone data policy sql then log session-init";
  expect(await typeAs(it.gateway, "ana", "configure", log, "commit")).toContain("commit complete");
});
afterEach(async () => {
  vi.useRealTimers();
  expect(errors.splice(0)).toEqual([]);
  await rm(it.folder, { recursive: true });
});

const flowLog = () => join(it.folder, "flow.log");
const flowLines = async () =>
  existsSync(flowLog()) ? (await readFile(flowLog(), "utf8")).split("\n").slice(0, -1) : [];
const follow = (gateway: Gateway): Promise<AsyncDisposable> =>
  followGaps({ gateway, router: { write: (message) => heard.push(message) }, onError: (error) => errors.push(error) });

/** A process that ends by itself leaves its mark; one that is killed is only not heard of again. */
async function recordUntilStopped(gateway: Gateway): Promise<void> {
  await using _gaps = await follow(gateway);
}

async function recordUntilKilled(gateway: Gateway): Promise<void> {
  await recordUntilStopped(gateway);
  await writeFile(join(it.folder, "recorded"), "recording\n");
  await utimes(join(it.folder, "recorded"), gateway.nowMs() / 1_000, gateway.nowMs() / 1_000);
}

/** The next process, and how it follows; what it tells is told when this returns. */
async function restart(): Promise<Gateway> {
  const gateway = await restartedGateway(it.kernel, it.folder, it.clocks);
  await using _gaps = await follow(gateway);
  await vi.waitFor(() => expect(heard.length).toBe(1));
  return gateway;
}

function sessionOf(policy: string, startedMs: number): KernelSession {
  const rules = it.gateway.running?.prepared.ir.contexts.flatMap((context) => context.rules) ?? [];
  const mark = rules.find((rule) => rule.policy.name === policy)?.id ?? expect.fail(`no policy ${policy}`);
  const address = parseIp("10.1.0.9") ?? expect.fail();
  const tuple = { source: address, destination: address, protocol: 17, sourcePort: 1, destinationPort: 2 };
  return { id: startedMs, mark, original: tuple, reply: tuple, startedNs: BigInt(startedMs) * 1_000_000n };
}

test("the first start of all says nothing, and leaves a mark", async () => {
  await recordUntilStopped(it.gateway);
  expect([heard, await flowLines(), it.gateway.alarms.list()]).toEqual([[], [], []]);
  expect(await readFile(join(it.folder, "recorded"), "utf8")).toBe("stopped\n");
});

test("after a stop the time is a notice, and no alarm", async () => {
  await recordUntilStopped(it.gateway);
  it.clocks.pass(90_000);
  const gateway = await restart();
  const sentence =
    "sessions and refused packets were not logged from 2026-11-22T06:30:00.000Z to 2026-11-22T06:31:30.000Z: " +
    "the gateway was stopped; 0 sessions to be logged began in that time and still stand";
  expect(heard).toMatchObject([{ name: "MERLON_LOG_GAP", facility: 3, severity: 5, sentence }]);
  await vi.waitFor(async () =>
    expect(await flowLines()).toEqual([
      '<29>1 2026-11-22T06:31:30.000Z merlon merlon - MERLON_LOG_GAP [junos@2636.1.1.1.2.129 reason="stopped" ' +
        'start-time="2026-11-22T06:30:00.000Z" end-time="2026-11-22T06:31:30.000Z" elapsed-time="90" session-count="0"]',
    ]),
  );
  expect(gateway.alarms.list()).toEqual([]);
  expect(gateway.events.counts.losses).toMatchObject({ sessions: 0, packets: 0 });
});

test("after kill -9 it is an alarm and a loss, with the sessions that began meanwhile and still stand", async () => {
  await recordUntilKilled(it.gateway);
  const killedMs = it.clocks.nowMs();
  it.clocks.pass(60_000);
  it.kernel.sessions = [
    sessionOf("sql", killedMs - 5),
    sessionOf("sql", killedMs + 5),
    sessionOf("sql", killedMs + 59_000),
    sessionOf("sql", killedMs + 61_000),
    // Refused: such a session is not there to be logged.
    sessionOf("default-policy", killedMs + 7),
  ];
  const gateway = await restart();
  const { atMs: _, ...message } = heard[0] ?? expect.fail();
  expect(message).toMatchObject({ severity: 4, category: "session-gap" });
  expect(message.fields).toContainEqual(["reason", "killed"]);
  expect(message.fields).toContainEqual(["session-count", 2]);
  expect(gateway.alarms.list()).toMatchObject([
    {
      code: "log.gap",
      severity: "minor",
      message:
        "sessions and refused packets were not logged from 2026-11-22T06:30:00.000Z to 2026-11-22T06:31:00.000Z: " +
        "the gateway's process ended without being stopped; 2 sessions to be logged began in that time and still stand",
    },
  ]);
  expect(gateway.events.counts.losses).toMatchObject({ sessions: 1, packets: 1 });
});

test("the last line of the flow log is younger than the mark", async () => {
  await recordUntilKilled(it.gateway);
  const lastLineMs = it.clocks.nowMs() + 1_500;
  await writeFile(flowLog(), "a line\n");
  await utimes(flowLog(), lastLineMs / 1_000, lastLineMs / 1_000);
  it.clocks.pass(10_000);
  await restart();
  expect(heard[0]?.fields).toContainEqual(["start-time", "2026-11-22T06:30:01.500Z"]);
  await vi.waitFor(async () => expect(await flowLines()).toMatchObject(["a line", expect.stringContaining("GAP")]));
});

test("a clock that is behind makes no time that runs backwards", async () => {
  await recordUntilKilled(it.gateway);
  it.clocks.wallMs -= 3_600_000;
  await restart();
  expect(heard[0]?.fields).toContainEqual(["elapsed-time", 0]);
});

test("a kernel that does not list sessions leaves only the time", async () => {
  await recordUntilKilled(it.gateway);
  const gateway = await restartedGateway(it.kernel, it.folder, it.clocks);
  it.kernel.failNext("dumpSessions");
  await using _gaps = await follow(gateway);
  await vi.waitFor(() => expect(heard.length).toBe(1));
  expect(heard[0]?.fields.map(([name]) => name)).toEqual(["reason", "start-time", "end-time", "elapsed-time"]);
});

test("a process that is stopped while it counts tells what it knows", async () => {
  await recordUntilKilled(it.gateway);
  it.kernel.sessions = [sessionOf("sql", it.clocks.nowMs() + 5)];
  it.clocks.pass(10_000);
  await recordUntilStopped(await restartedGateway(it.kernel, it.folder, it.clocks));
  expect(heard.map(({ fields }) => fields.length)).toEqual([4]);
  expect(await flowLines()).toMatchObject([expect.stringContaining('reason="killed"')]);
});

test("a mark that cannot be read is an alarm and no reason not to start", async () => {
  await mkdir(join(it.folder, "recorded"));
  await recordUntilStopped(it.gateway);
  expect([heard, it.gateway.alarms.list()]).toMatchObject([[], [{ code: "log.mark", severity: "minor" }]]);
});

test("the mark moves on while the process runs, and an alarm says when it cannot", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const path = join(it.folder, "recorded");
  const text = async () => (existsSync(path) ? readFile(path, "utf8") : "");
  await using _gaps = await follow(it.gateway);
  await vi.waitFor(async () => expect(await text()).toBe("recording\n"));
  await rm(path);
  await vi.waitFor(async () => {
    await vi.advanceTimersByTimeAsync(markEveryMs);
    expect(await text()).toBe("recording\n");
  });
  await rm(it.folder, { recursive: true });
  await vi.waitFor(async () => {
    await vi.advanceTimersByTimeAsync(markEveryMs);
    expect(it.gateway.alarms.list()).toMatchObject([{ code: "log.mark", severity: "minor" }]);
  });
  await mkdir(it.folder);
  await vi.waitFor(async () => {
    await vi.advanceTimersByTimeAsync(markEveryMs);
    expect(it.gateway.alarms.list()).toEqual([]);
  });
});
