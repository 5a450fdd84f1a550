// Alarms: what is told when, and what stands.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { Alarms } from "./alarms.ts";
import type { GatewayEvent } from "./api.ts";
import { freshKernel, openGateway } from "./testing/test-gateway.ts";

let nowMs = 0;
let told: string[];
let alarms: Alarms;

beforeEach(() => {
  nowMs = 1000;
  told = [];
  alarms = new Alarms(
    () => nowMs,
    ({ kind, alarm }) => told.push(`${kind} ${alarm.code}: ${alarm.message}`),
  );
});

test("raised once, told again with other words, and over once", () => {
  alarms.raise("a", "minor", "one");
  alarms.raise("a", "minor", "one");
  nowMs = 2000;
  alarms.raise("a", "major", "two");
  expect(alarms.list()).toEqual([{ code: "a", severity: "major", sinceMs: 1000, message: "two" }]);
  alarms.clear("a");
  alarms.clear("a");
  expect(told).toEqual(["raised a: one", "again a: two", "cleared a: two"]);
  expect(alarms.list()).toEqual([]);
});

test("what is over and comes back is raised anew", () => {
  alarms.set("a", "minor", "one");
  alarms.set("a", "minor", undefined);
  nowMs = 3000;
  alarms.set("a", "minor", "one");
  expect(told).toEqual(["raised a: one", "cleared a: one", "raised a: one"]);
  expect(alarms.list()[0]?.sinceMs).toBe(3000);
});

test("words that are brought up to date are not told, and are those of the end", () => {
  expect(alarms.restate("a", "nothing")).toBe(false);
  alarms.raise("a", "minor", "2 minutes");
  expect(alarms.restate("a", "1 minute")).toBe(true);
  alarms.clear("a");
  expect(told).toEqual(["raised a: 2 minutes", "cleared a: 1 minute"]);
});

test("an alarm that nobody raised is not over", () => {
  alarms.clear("a");
  alarms.set("b", "major", undefined);
  expect(told).toEqual([]);
});

test("the oldest first", () => {
  alarms.raise("b", "minor", "b");
  nowMs = 500;
  alarms.raise("a", "minor", "a");
  expect(alarms.list().map(({ code }) => code)).toEqual(["a", "b"]);
});

test("the gateway tells its subscribers of both ends", async () => {
  const folder = await mkdtemp(join(tmpdir(), "merlon-alarms-"));
  const gateway = await openGateway(freshKernel(), folder);
  const abort = new AbortController();
  const events = gateway.events.subscribe(abort.signal);
  gateway.alarms.raise("a", "minor", "no room");
  gateway.alarms.clear("a");
  const first = await events.next();
  const seen: readonly GatewayEvent[] = first.done === true ? [] : first.value;
  expect(seen).toMatchObject([
    { kind: "alarm", code: "a", message: "no room" },
    { kind: "alarm-cleared", code: "a", message: "no room" },
  ]);
  abort.abort();
  await rm(folder, { recursive: true });
});
