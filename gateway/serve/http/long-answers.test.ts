// Answers that take their time: events, sessions, text that is made while it is read; and what the commands that have a schema
// answer.

import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { subscribersMax } from "../../event-hub.ts";
import { operationNamed } from "../../ops/operations.ts";
import { readInput } from "../../ops/parse-operation.ts";
import { busyGateway } from "../../testing/busy-gateway.ts";
import { operationData } from "./operation-data.ts";
import { HttpCase } from "./testing/http-case.ts";

describe("answers that go on", () => {
  let http: HttpCase;
  let hangUp: AbortController;

  beforeEach(async () => {
    http = await HttpCase.open();
    hangUp = new AbortController();
  });
  afterEach(async () => {
    hangUp.abort();
    await http[Symbol.asyncDispose]();
  });

  async function open(path: string, { method = "GET", accept = "*/*" } = {}) {
    const response = await fetch(`http://127.0.0.1:${http.server.address.port}${path}`, {
      method,
      headers: { authorization: `Basic ${btoa(http.as("ana").as)}`, accept },
      signal: hangUp.signal,
    });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    return { response, next: async (): Promise<string> => (await reader?.read())?.value ?? "" };
  }

  const until = async (isSo: () => boolean): Promise<void> => {
    while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
  };

  test("events, one a line, until the client hangs up", async () => {
    const { response, next } = await open("/v1/events");
    expect(response.headers.get("content-type")).toBe("application/x-ndjson");
    await until(() => http.gateway.events.subscriberCount === 1);
    http.gateway.alarms.raise("test.alarm", "minor", "what is\u2028wrong");
    const line = await next();
    expect(line.split("\n")).toHaveLength(2);
    expect(JSON.parse(line)).toMatchObject({ kind: "alarm", code: "test.alarm", message: "what is\u2028wrong" });
    hangUp.abort();
    await until(() => http.gateway.events.subscriberCount === 0);
  });

  test("events for a page, of one kind, with losses among them", async () => {
    const { response, next } = await open("/v1/events?kind=committed", { accept: "text/event-stream" });
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    await until(() => http.gateway.events.subscriberCount === 1);
    http.gateway.alarms.raise("test.alarm", "minor", "not asked for");
    http.gateway.events.publish({ kind: "lost", source: "packets", count: 2 });
    expect(await next()).toBe('event: lost\ndata: {"kind":"lost","source":"packets","count":2}\n\n');
  });

  test("events of a kind that there is not, and too many readers", async () => {
    expect((await http.ask("/v1/events?kind=nothing")).status).toBe(400);
    const gone = new AbortController();
    for (let i = 0; i < subscribersMax; i++) http.gateway.events.subscribe(gone.signal);
    expect((await http.ask("/v1/events")).status).toBe(503);
    gone.abort();
  });

  test("a session is held by its connection, with its lock", async () => {
    const { next } = await open("/v1/session", { method: "POST" });
    const { session } = JSON.parse(await next()) as { session: string };
    const line = (text: string, as = http.as("ana")) => http.post("/v1/command", { line: text, session }, as);
    expect(JSON.parse((await line("configure exclusive")).text)).toMatchObject({ ok: true });
    expect((await line("show", http.as("bo"))).status).toBe(403);
    expect(await http.type("set system host-name x")).toContain("locked by:\n  ana via rest");
    hangUp.abort();
    await until(() => http.gateway.candidates.editors().length === 0);
    expect(await http.type("set system host-name x")).toBe("");
  });

  test("text that is made while it is read ends with its reader", async () => {
    const { response, next } = await open("/v1/operation/monitor-security-packet-drop", {
      method: "POST",
      accept: "text/plain",
    });
    expect(response.status).toBe(200);
    await until(() => http.gateway.events.subscriberCount === 1);
    http.gateway.events.publish({ kind: "lost", source: "packets", count: 3 });
    expect(await next()).toBe("... 3 events were lost (packets)\n");
    hangUp.abort();
    await until(() => http.gateway.events.subscriberCount === 0);
  });

  test("what came of requests is counted", async () => {
    await http.ask("/v1/nothing");
    await http.ask("/v1/configuration", { as: "" });
    await http.ask("/v1/configuration");
    const { httpAnswers } = http.gateway.events.counts;
    expect(Object.fromEntries(httpAnswers)).toEqual({ 200: 1, 401: 1, 404: 1 });
  });
});

describe("what operations answer fits its schema", () => {
  const inputs: Readonly<Record<string, Readonly<Record<string, string | true>>>> = {
    "request-system-api-token-create": { name: "ci", user: "root" },
    "show-interfaces": { extensive: true },
    "show-security-screen-statistics": { zone: "data" },
  };

  test.each(Object.keys(operationData))("%s", async (name) => {
    const busy = await busyGateway(join(import.meta.dirname, "../../ops/golden/gateway.conf"));
    try {
      busy.gateway.alarms.raise("test.alarm", "minor", "x");
      const operation = operationNamed(name);
      const parsed = operation && readInput(operation, inputs[name] ?? {});
      if (operation === undefined || parsed?.kind !== "operation") throw new Error(`${name} cannot be asked so`);
      const { data } = await operation.execute(busy.gateway, parsed.input, { user: "root", via: "cli" });
      const seen: unknown = JSON.parse(JSON.stringify(data));
      expect(operationData[name]?.safeParse(seen).error).toBeUndefined();
      // What the schema does not name would be missing in what it reads.
      expect(operationData[name]?.parse(seen)).toEqual(seen);
    } finally {
      await rm(busy.folder, { recursive: true });
    }
  });
});
