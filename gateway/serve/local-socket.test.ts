// The local socket as a client meets it: sessions that live as long as their connection, and requests that make no sense.

import { mkdtemp, rm } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sessionsMax } from "../candidate/candidates.ts";
import { GatewayClient, GatewayUnreachable } from "../client.ts";
import type { Gateway } from "../gateway.ts";
import { TestClocks, bootedGateway, freshKernel } from "../testing/test-gateway.ts";
import { LocalSocket } from "./local-socket.ts";

let folder: string;
let gateway: Gateway;
let socket: LocalSocket;
let client: GatewayClient;
let clocks: TestClocks;
let bugs: unknown[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "merlon-socket-"));
  clocks = new TestClocks();
  gateway = await bootedGateway(freshKernel(), folder, clocks);
  bugs = [];
  socket = await LocalSocket.listen(join(folder, "merlon.sock"), gateway, (error) => bugs.push(error));
  client = new GatewayClient(join(folder, "merlon.sock"));
});

afterEach(async () => {
  await socket[Symbol.asyncDispose]();
  expect(bugs).toEqual([]);
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** Status and body of a request as anybody could send it. */
function post(path: string, body: string): Promise<{ status: number | undefined; text: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ socketPath: join(folder, "merlon.sock"), method: "POST", path }, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => (text += chunk.toString()));
      response.on("end", () => resolve({ status: response.statusCode, text }));
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

describe("an answer that goes on", () => {
  const read = async (more: AsyncIterable<string> | undefined, then: () => void): Promise<string> => {
    let text = "";
    for await (const piece of more ?? []) {
      text += piece;
      then();
    }
    return text;
  };

  test("says what it has come to when it is ended, in a session", async () => {
    await using session = await client.openSession({ user: "ana" });
    const controller = new AbortController();
    const { concludes, more } = await client.stream({ line: "ping 10.9.9.9", session: session.id }, controller.signal);
    expect(concludes).toBe(true);
    const text = await read(more, () => controller.abort());
    expect(text).toMatch(/^PING 10\.9\.9\.9 [^]*\n--- 10\.9\.9\.9 ping statistics ---\n\d+ packets transmitted/);
    // The session goes on.
    expect((await session.run("show version")).ok).toBe(true);
  });

  test("without a session it just ends", async () => {
    const controller = new AbortController();
    const { more } = await client.stream({ line: "ping 10.9.9.9" }, controller.signal);
    expect(await read(more, () => controller.abort())).not.toContain("statistics");
  });

  test("who ended it before it began hears nothing", async () => {
    await expect(client.stream({ line: "ping 10.9.9.9" }, AbortSignal.abort())).rejects.toThrow(GatewayUnreachable);
  });

  test("a session that runs nothing, or is none, has nothing to end", async () => {
    await using session = await client.openSession({ user: "ana" });
    for (const id of [session.id, "none"])
      expect(await post("/v1/interrupt", JSON.stringify({ session: id }))).toEqual({
        status: 200,
        text: '{"ended":0}\n',
      });
    expect((await post("/v1/interrupt", "{}")).status).toBe(400);
  });
});

describe("sessions", () => {
  test("a session edits its own candidate by its id, and its user stands in the log", async () => {
    await using session = await client.openSession({ user: "ana" });
    expect((await session.run("configure private")).text).toContain("Entering configuration mode\n");
    expect((await session.run("set system host-name mine")).text).toBe("");
    expect((await client.run("show | compare")).text).toBe("");
    expect((await session.run("show system")).text).toContain("host-name mine;");
    expect((await session.run("run show system commit")).text).toMatch(/^0 .* by root via boot\n/);
    expect((await session.run("commit")).text).toBe("commit complete\n");
    expect((await client.run("show system commit")).text).toMatch(/^0 .* by ana via cli\n/);
  });

  test("operations and completion work on the session's candidate too", async () => {
    await using session = await client.openSession({ user: "ana" });
    await session.run("configure private");
    const text = "security { zones { security-zone secret; } }";
    await client.operation("load-configuration", { session: session.id, action: "merge", text });
    expect((await session.run("show | compare")).text).toContain("security-zone secret");
    expect((await client.run("show | compare")).text).toBe("");
    await expect(client.operation("load-configuration", { session: "gone", action: "merge", text })).rejects.toThrow(
      /has ended/,
    );
  });

  test("completion works on the session's candidate, and knows the level", async () => {
    await using session = await client.openSession({ user: "ana" });
    await session.run("configure private");
    await session.run("set security zones security-zone secret");
    const names = async (rest: Parameters<GatewayClient["complete"]>[1]) =>
      (await client.complete("show security-zone ", rest)).map(({ word }) => word);
    const at = ["security", "zones"];
    expect(await names({ session: session.id, at })).toEqual(["web", "data", "secret", "|"]);
    expect(await names({ at })).toEqual(["web", "data", "|"]);
    expect(await client.complete("set ", { session: "gone" })).toEqual([]);
  });

  test("hanging up ends it, and its lock with it", async () => {
    const session = await client.openSession({ user: "ana" });
    await session.run("configure exclusive");
    expect((await client.run("set system host-name x", "bo")).text).toContain("locked by:\n  ana via cli");
    await session[Symbol.asyncDispose]();
    for (let i = 0; i < 100 && gateway.candidates.editors().length > 0; i++) await new Promise(setImmediate);
    expect((await client.run("set system host-name x", "bo")).ok).toBe(true);
    expect((await session.run("commit")).text).toBe("error: this session has ended; open a new one\n");
  });

  test("an idle one is told", async () => {
    const session = await client.openSession({ user: "ana", idleLimitMs: 5000 });
    clocks.pass(5001);
    gateway.candidates.sweep();
    expect(await session.ended).toBe("idle");
  });

  test("too many are refused with a sentence", async () => {
    for (let i = 0; i < sessionsMax; i++) gateway.candidates.open({ user: "ana", via: "cli" });
    await expect(client.openSession({ user: "bo" })).rejects.toThrow(GatewayUnreachable);
    await expect(client.openSession({ user: "bo" })).rejects.toThrow(/256 sessions are open/);
  });
});

test("what does not fit into a line comes beside it", async () => {
  expect((await client.command({ line: "load set terminal", text: "set system host-name loaded" })).text).toBe(
    "load complete\n",
  );
  expect((await client.command({ line: "set host-name level", at: ["system"] })).ok).toBe(true);
  expect((await client.command({ line: "show system", at: [] })).text).toContain("host-name level;");
  const { text, notice } = await client.command({ line: "commit confirmed", confirmTimeoutMs: 45_000 });
  expect(text).toContain("rolled back in 45 seconds unless confirmed\n");
  expect(notice).toBe("# commit confirmed will be rolled back in 45 seconds");
});

test.each([
  ["/v1/command", "{}", 400],
  ["/v1/command", "nonsense", 400],
  ["/v1/command", '{"line":"show","user":""}', 400],
  ["/v1/command", '{"line":"commit confirmed","confirmTimeoutMs":0}', 400],
  ["/v1/command", `{"line":"commit confirmed","confirmTimeoutMs":${65_536 * 60_000}}`, 400],
  ["/v1/command", '{"line":"show","at":"system"}', 400],
  ["/v1/command", `{"line":"show","session":"${"x".repeat(65)}"}`, 400],
  ["/v1/complete", "{}", 400],
  ["/v1/complete", '{"line":"set ","at":"system"}', 400],
  ["/v1/session", '{"idleLimitMs":1}', 400],
  ["/v1/session", '{"user":7}', 400],
  ["/v1/nothing", "{}", 404],
])("POST %s %s is answered %i", async (path, body, status) => {
  expect((await post(path, body)).status).toBe(status);
});

test("what is wrong is a problem, and a refused operation says its sentence", async () => {
  const { text } = await post("/v1/operation/show-nothing", "{}");
  expect(JSON.parse(text)).toMatchObject({ status: 404, detail: "there is no operation show-nothing" });
  await expect(client.operation("show-security-zones", { zone: "nowhere" })).rejects.toThrow(
    /^there is no zone nowhere$/,
  );
});

test("the owner may do everything that is offered to the network", async () => {
  const change = JSON.stringify({ action: "set", text: "set system host-name changed", user: "ana" });
  expect(await post("/v1/configuration/change", change)).toMatchObject({ status: 200 });
  expect((await client.run("show system commit")).text).toMatch(/^0 .* by ana via cli\n/);
  const rpc = await post("/rpc", "<get-software-information/>");
  expect(rpc.text).toContain("<host-name>changed</host-name>");
});

describe("answers that are read while they are made", () => {
  const never = new AbortController().signal;

  test("an answer that is there comes whole", async () => {
    const { more, text, ok } = await client.stream({ line: "show version | match hostname" }, never);
    expect({ more, text, ok }).toEqual({ more: undefined, text: "Hostname: merlon\n", ok: true });
    expect(await client.stream({ line: "show versoin" }, never)).toMatchObject({ ok: false });
  });

  test("an endless one comes in pieces, until its reader goes away", async () => {
    const end = new AbortController();
    const { more, live } = await client.stream({ line: "monitor security packet-drop | match lost" }, end.signal);
    expect(live).toBe(true);
    const reader = more?.[Symbol.asyncIterator]();
    const first = reader?.next();
    // The subscription begins when the answer is first asked for.
    while (gateway.events.subscriberCount === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    gateway.events.publish({ kind: "lost", source: "packets", count: 3 });
    expect(await first).toEqual({ done: false, value: "... 3 events were lost (packets)\n" });
    end.abort();
    expect(await reader?.next()).toMatchObject({ done: true });
    while (gateway.events.subscriberCount > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  });

  test("line ends that only some know do not break it", async () => {
    const session = await client.openSession({ user: "ana" });
    await session.run("configure private");
    await session.run('annotate system "x"');
    await session.run("set system host-name one");
    const { text } = await client.stream({ line: `show nonsense\u2028x`, session: session.id }, never);
    expect(text).toContain("unknown statement");
    await session[Symbol.asyncDispose]();
  });
});
