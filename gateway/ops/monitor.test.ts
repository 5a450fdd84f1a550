// What the monitor commands write while things happen, to whom, and when they end.

import { appendFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { subscribersMax } from "../event-hub.ts";
import type { FlowRecord } from "../log/flow-record.ts";
import { busyGateway } from "../testing/busy-gateway.ts";
import type { BusyGateway } from "../testing/busy-gateway.ts";
import { runCommand } from "../serve/command.ts";

let busy: BusyGateway;

beforeAll(async () => {
  busy = await busyGateway(join(import.meta.dirname, "golden/gateway.conf"));
});
afterAll(() => rm(busy.folder, { recursive: true }));

const record: FlowRecord = {
  kind: "session-deny",
  atMs: Date.UTC(2026, 10, 22, 7, 0, 1),
  sessionId: 0,
  fromZone: "users",
  toZone: "data",
  policy: { scope: "global", name: "no-telnet" },
  reason: "Denied by policy",
  source: "10.1.0.9",
  sourcePort: 5000,
  destination: "10.2.0.10",
  destinationPort: 23,
  protocol: 6,
  service: "junos-telnet",
  inInterface: "ge-0/0/0.0",
};
const opened: FlowRecord = {
  ...record,
  kind: "session-create",
  sessionId: 9,
  policy: { scope: "zone-pair", name: "sql" },
};

/** Reads what the line writes while `act` goes on, and ends it after so many pieces. */
async function watch(line: string, pieces: number, act: () => unknown): Promise<string> {
  const controller = new AbortController();
  const { more, text } = await runCommand(busy.gateway, line, { user: "ana", via: "cli", signal: controller.signal });
  const reader = (more ?? expect.fail(text))[Symbol.asyncIterator]();
  let seen = "";
  const next = reader.next();
  // The reader listens from its first question on.
  await new Promise((resolve) => setImmediate(resolve));
  await act();
  for (let at = 0, piece = await next; at < pieces && piece.done !== true; at++) {
    seen += piece.value;
    if (at + 1 < pieces) piece = await reader.next();
  }
  controller.abort();
  while ((await reader.next()).done !== true);
  return seen;
}

describe("monitor security", () => {
  const publish =
    (...records: readonly FlowRecord[]) =>
    (): void => {
      for (const one of records) busy.gateway.events.publish({ kind: "flow", record: one });
    };

  test("flow tells of sessions and refusals in a sentence each", async () => {
    const text = await watch("monitor security flow", 1, publish(record, opened));
    expect(text).toBe(
      "07:00:01.000 deny users → data tcp 10.1.0.9:5000 → 10.2.0.10:23 by no-telnet\n" +
        "07:00:01.000 open users → data tcp 10.1.0.9:5000 → 10.2.0.10:23 by sql\n",
    );
  });

  test.each([
    ["source-prefix 10.1.0.0/24", 2],
    ["destination-port 24", 0],
    ["from-zone data", 0],
    ["to-zone data source-port 5000", 2],
  ])("flow %s takes %i of two", async (words, count) => {
    const marker = { ...record, source: "10.1.0.9", destinationPort: 24, fromZone: "data", atMs: 0 };
    const text = await watch(
      `monitor security flow ${words}`,
      1,
      publish(record, opened, ...(count === 0 ? [marker] : [])),
    );
    expect(text.match(/07:00:01/g)?.length ?? 0).toBe(count);
  });

  test("packet-drop tells of refusals alone, with the configured name of the port", async () => {
    const text = await watch("monitor security packet-drop", 1, publish(opened, record));
    expect(text).toBe(
      "07:00:01.000:LSYS-ID-00 10.1.0.9/5000-->10.2.0.10/23;tcp,ge-0/0/0.0,Dropped by POLICY:Denied by policy no-telnet\n",
    );
  });

  test("nobody is left as a reader", async () => {
    await watch("monitor security flow", 1, publish(record));
    expect(busy.gateway.events.subscriberCount).toBe(0);
  });

  test("one reader too many is told so", async () => {
    const controller = new AbortController();
    for (let at = 0; at < subscribersMax; at++) busy.gateway.events.subscribe(controller.signal);
    const text = await watch("monitor security flow", 1, () => undefined);
    controller.abort();
    expect(text).toBe("error: 64 others are reading events already; try again when one of them has ended\n");
  });

  test("who cannot interrupt it cannot begin it", async () => {
    const { ok, text } = await runCommand(busy.gateway, "monitor security flow", { user: "ana", via: "cli" });
    expect([ok, text]).toEqual([false, "error: this command goes on until it is interrupted; it needs a shell\n"]);
  });
});

describe("monitor start", () => {
  test("writes what comes to a log", async () => {
    const path = join(busy.gateway.store.logsFolder, "flow.log");
    await writeFile(path, "before\n");
    const text = await watch("monitor start flow.log", 2, () => appendFile(path, "after\n"));
    expect(text).toBe("*** monitor started: flow.log ***\nafter\n");
  });

  test("of a log that is not there says which there are", async () => {
    const text = await watch("monitor start ../candidate.log", 1, () => undefined);
    expect(text).toBe('error: there is no log ../candidate.log; "show log" names those that there are\n');
  });
});
