// Every subscriber gets every event once, and a slow one only harms itself.

import { expect, test } from "vitest";
import type { GatewayEvent } from "./api.ts";
import { EventHub, queueCountMax } from "./event-hub.ts";

function alarm(code: string): GatewayEvent {
  return { kind: "alarm", atMs: 0, code, message: "" };
}

async function take(batches: AsyncGenerator<readonly GatewayEvent[]>): Promise<readonly GatewayEvent[]> {
  const result = await batches.next();
  return result.done === true ? [] : result.value;
}

test("events before the subscription are not seen, later ones are, by all", async () => {
  const hub = new EventHub();
  const gone = new AbortController();
  hub.publish(alarm("before"));
  const first = hub.subscribe(gone.signal);
  const second = hub.subscribe(gone.signal);
  hub.publish(alarm("a"));
  hub.publish(alarm("b"));
  expect(await take(first)).toEqual([alarm("a"), alarm("b")]);
  expect(await take(second)).toEqual([alarm("a"), alarm("b")]);
  const waiting = take(first);
  hub.publish(alarm("c"));
  expect(await waiting).toEqual([alarm("c")]);
});

test("a subscriber that does not read loses what is beyond its queue and is told how much", async () => {
  const hub = new EventHub();
  const batches = hub.subscribe(new AbortController().signal);
  for (let i = 0; i < queueCountMax + 5; i++) hub.publish(alarm("x"));
  const batch = await take(batches);
  expect(batch).toHaveLength(queueCountMax + 1);
  expect(batch.at(-1)).toEqual({ kind: "lost", source: "subscriber", count: 5 });
  hub.publish(alarm("y"));
  expect(await take(batches)).toEqual([alarm("y")]);
});

test("an aborted subscription ends and is forgotten", async () => {
  const hub = new EventHub();
  const gone = new AbortController();
  const batches = hub.subscribe(gone.signal);
  const waiting = batches.next();
  expect(hub.subscriberCount).toBe(1);
  gone.abort();
  expect((await waiting).done).toBe(true);
  expect(hub.subscriberCount).toBe(0);
});
