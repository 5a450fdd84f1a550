// Sessions in pieces and as a whole: the same text, in the same order, and never more than fits.

import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { busyGateway, ip } from "../testing/busy-gateway.ts";
import type { BusyGateway } from "../testing/busy-gateway.ts";
import { typeAs } from "../testing/test-gateway.ts";
import { runCommand } from "../serve/command.ts";
import { operationNamed } from "./operations.ts";
import type { SessionList } from "./show-security-flow-session.ts";

let busy: BusyGateway;
const manyCount = 20_500;

beforeAll(async () => {
  busy = await busyGateway(join(import.meta.dirname, "golden/gateway.conf"));
});
afterAll(() => rm(busy.folder, { recursive: true }));

const ana = { user: "ana", via: "cli" };

async function streamed(line: string): Promise<string> {
  const { more } = await runCommand(busy.gateway, line, { ...ana, signal: new AbortController().signal });
  return (await Array.fromAsync(more ?? [])).join("");
}

/** So many sessions in place of the two; the first of them stands for all. */
async function withMany<T>(act: () => Promise<T>): Promise<T> {
  const before = busy.kernel.sessions;
  const [first] = before;
  if (first === undefined) throw new Error("there is no session");
  const { original } = first;
  busy.kernel.sessions = Array.from({ length: manyCount }, (_, at) => ({
    ...first,
    id: at + 1,
    original: { ...original, source: { family: 4 as const, value: 0x0a01_0000 + (at & 0xff) } },
  }));
  try {
    return await act();
  } finally {
    busy.kernel.sessions = before;
  }
}

test("the summary tells which sessions take the fast path, and how many could not be kept", async () => {
  const before = busy.kernel.sessions;
  busy.kernel.sessions = before.map((session, at) => (at === 0 ? { ...session, offloaded: true } : session));
  busy.kernel.sessionFailureCount = 17;
  try {
    const line = "show security flow session summary";
    expect(await typeAs(busy.gateway, "ana", line)).toMatch(/^Services-offload-sessions: 1\nFailed-sessions: 17$/m);
    expect(await typeAs(busy.gateway, "ana", `${line} | display xml`)).toMatch(
      /<active-services-offload-sessions>1<.*\n *<failed-sessions>17</,
    );
  } finally {
    busy.kernel.sessions = before;
    busy.kernel.sessionFailureCount = 0;
  }
});

describe("piece by piece", () => {
  test.each([
    "show security flow session",
    "show security flow session extensive",
    "show security flow session summary",
    "show security flow session count 1",
    "show security flow session destination-port 1",
    "show security flow session family inet nat",
  ])("%s is the text of the whole", async (line) => {
    expect(await streamed(line)).toBe(await typeAs(busy.gateway, "ana", line));
  });

  test("a kernel that fails is the last line", async () => {
    busy.kernel.failNext("dumpSessions");
    expect(await streamed("show security flow session")).toBe("error: dumpSessions was told to fail\n");
    expect(await streamed("show security flow session interface ge-9/9/9.0")).toMatch(
      /^error: interface ge-9\/9\/9\.0 is in no zone\n$/,
    );
  });

  test("a reader who has gone is written no more", async () => {
    await withMany(async () => {
      const controller = new AbortController();
      const operation = operationNamed("show-security-flow-session") ?? expect.fail();
      let pieces = 0;
      for await (const _ of operation.stream?.(busy.gateway, {}, ana, controller.signal) ?? []) {
        pieces++;
        controller.abort();
      }
      expect(pieces).toBe(1);
    });
  });

  test("all of many come, and are counted", async () => {
    await withMany(async () => {
      const text = await streamed("show security flow session");
      expect(text.match(/^Session ID: /gm)).toHaveLength(manyCount);
      expect(text.endsWith(`Total sessions: ${manyCount}\n`)).toBe(true);
    });
  });
});

test("what is made as a whole is limited, and says so in every form", async () => {
  await withMany(async () => {
    const answer = await operationNamed("show-security-flow-session")?.execute(busy.gateway, {}, ana);
    const data = answer?.data as SessionList;
    expect([data.sessions.length, data.totalCount]).toEqual([20_000, manyCount]);
    expect(answer?.text).toContain(
      "500 more sessions are not listed; name fewer with a filter\nTotal sessions: 20500\n",
    );
    const reply = answer?.reply?.() ?? expect.fail();
    const last = typeof reply.content === "string" ? [] : reply.content.slice(-6);
    expect(last[0]).toEqual({ name: "sessions-not-listed", content: "500" });
  });
});

describe("filters", () => {
  test.each([
    ["source-prefix 10.1.0.5/32", "4711"],
    ["source-prefix 10.1.0.0/24", "4711 4712"],
    ["destination-prefix 10.2.1.0/24", "4712"],
    ["protocol icmp", "4712"],
    ["from-zone users to-zone data", "4711 4712"],
    ["from-zone data", ""],
    ["zone data", "4711 4712"],
    ["interface ge-0/0/0.0", "4711 4712"],
    ["application junos-ms-sql", "4711"],
    ["policy-id 1", ""],
    ["packets-more-than 20", "4711"],
    ["packets-less-than 20", "4712"],
    ["bytes-more-than 100 bytes-less-than 8000", "4711"],
    ["duration-more-than 90", "4711 4712"],
    ["duration-less-than 90", ""],
    ["timeout-more-than 100", "4711"],
    ["family inet6", ""],
  ])("%s", async (words, expected) => {
    const text = await typeAs(busy.gateway, "ana", `show security flow session ${words}`);
    expect([...text.matchAll(/^Session ID: (\d+)/gm)].map(([, id]) => id).join(" ")).toBe(expected);
  });

  test("a session that is not there", async () => {
    expect(await typeAs(busy.gateway, "ana", "show security flow session session-identifier 1")).toBe(
      "error: there is no session 1\n",
    );
  });
});

describe("interfaces of sessions", () => {
  test("an address behind a static route is behind the interface of its route", async () => {
    const before = busy.kernel.sessions;
    const [first] = before;
    if (first === undefined) throw new Error("there is no session");
    busy.kernel.links = busy.kernel.links.map((link) => ({ ...link }));
    busy.kernel.sessions = [
      { ...first, reply: { ...first.reply, source: ip("10.99.7.7") } },
      { ...first, id: 5, original: { ...first.original, source: ip("2001:db8:ffff::1") } },
    ];
    const text = await typeAs(busy.gateway, "ana", "show security flow session");
    busy.kernel.sessions = before;
    expect([...text.matchAll(/If: (\S+),/g)].map(([, name]) => name)).toEqual([
      "ge-0/0/0.0", "ge-0/0/1.0", "ge-0/0/0.0", "ge-0/0/1.0",
    ]); // prettier-ignore
  });
});
