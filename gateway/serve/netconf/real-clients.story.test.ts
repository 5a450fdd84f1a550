// ncclient and PyEZ as Debian has them, unchanged: what operators' tools ask for, step by step. They speak to a gateway over a
// kernel in memory through a local socket, and once to a whole one over SSH.

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { Server } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { enclosed } from "../../kernel/story-watch.ts";
import { initial } from "../../testing/test-gateway.ts";
import { NetconfCase } from "./testing/netconf-peer.ts";
import { serveNetconf } from "./serve-netconf.ts";

/** Debian's own, where its packages are seen. */
const python = "/usr/bin/python3";
const script = join(import.meta.dirname, "testing/real-clients.py");
const run = promisify(execFile);

const missing = [python, "/usr/lib/python3/dist-packages/ncclient", "/usr/lib/python3/dist-packages/jnpr"].find(
  (file) => !existsSync(file),
);

let at: NetconfCase;
let server: Server;
let path: string;

beforeEach(async () => {
  at = await NetconfCase.open();
  path = join(at.case.folder, "netconf.sock");
  server = createServer({ allowHalfOpen: true }, (socket) => void serveNetconf(at.gateway, socket, { user: "ana" }));
  await new Promise<void>((resolve) => server.listen(path, resolve));
});
afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
  await at[Symbol.asyncDispose]();
});

async function steps(client: string, way = path): Promise<Readonly<Record<string, unknown>>> {
  const { stdout } = await run(python, [script, way, client]);
  const lines = stdout.trim().split("\n");
  return Object.fromEntries(
    lines
      .map((line) => JSON.parse(line) as { step: string; result: unknown })
      .map(({ step, result }) => [step, result]),
  );
}

/** A gateway of its own with SSH, as anybody starts one to try things. */
async function scratchGateway(): Promise<AsyncDisposable & { readonly way: string }> {
  const file = join(at.case.folder, "scratch.conf");
  const user = 'user ana { class super-user; authentication { plain-text-password-value "ana1"; } }';
  await writeFile(file, `system { login { ${user} } services { netconf { ssh; } } }\n${initial.text}`);
  const main = join(import.meta.dirname, "../../../cli/main.ts");
  const child = spawn(process.execPath, [main, "lab", "gateway", "--quiet", "--config", file, "--netconf-port", "0"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "close");
  const [first] = (await Promise.race([once(child.stdout, "data"), ended])) as [Buffer | number];
  const ready = JSON.parse(String(first)) as { readonly netconf: { readonly port: number } };
  return {
    way: `ssh:${ready.netconf.port}:ana:ana1`,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

const unknownStatement = 'unknown statement "hostname"; did you mean "host-name"?';
const oneHost = /<data .*<configuration .*<system> <host-name>one<\/host-name> <\/system> <\/configuration> <\/data>$/;
const sorted = ["interfaces", "security", "system"];

test.skipIf(missing !== undefined)("ncclient, as for any server", async () => {
  expect(await steps("default")).toEqual({
    version: 2,
    "edit-config": true,
    validate: true,
    commit: true,
    "get-config": expect.stringMatching(oneHost),
    get: expect.stringMatching(oneHost),
    "wrong edit": { error: "RPCError", message: unknownStatement },
    "edit running": { error: "RPCError", message: expect.stringContaining("changes by commit alone") },
    discard: true,
    "edit again": true,
    "commit confirmed": true,
    confirm: true,
    "copy-config": true,
    "delete-config": { error: "RPCError", message: "there is no configuration <startup> here" },
    "kill itself": { error: "RPCError", message: "a session ends itself by close-session" },
  });
  expect(at.gateway.running?.unconfirmed).toBeUndefined();
  expect(at.gateway.hostName).toBe("two");
});

test.skipIf(missing !== undefined || !enclosed)("ncclient, as for the original, over SSH", async () => {
  await using scratch = await scratchGateway();
  expect(await steps("junos", scratch.way)).toEqual({
    set: true,
    compare: "[edit system] + host-name three;",
    "commit check": true,
    commit: true,
    "get text": "system { host-name three; login { user a",
    "get set": expect.stringMatching(/ address 10\.2\.0\.1\/24$/),
    "get json": sorted,
    "get xml": "three",
    "merge text": true,
    rollback: true,
    "rolled back": "[edit system] - host-name three;",
    "rollback 0": true,
    "wrong set": { error: "RPCError", message: unknownStatement },
    "command text": expect.stringMatching(/^0 .* by ana via net/),
    "display set": expect.stringMatching(/^set system host-name three set system login user ana/),
    confirmed: true,
    confirm: true,
    unknown: { error: "RPCError", message: "syntax error" },
  });
});

test.skipIf(missing !== undefined)("PyEZ", async () => {
  const results = "load-configuration-results";
  expect(await steps("pyez")).toEqual({
    facts: "ok",
    lock: true,
    set: results,
    diff: "[edit] + system { + host-name five; + }",
    check: true,
    commit: true,
    "no diff": null,
    text: results,
    xml: results,
    wrong: { error: "ConfigLoadError", message: expect.stringContaining(unknownStatement) },
    update: results,
    rollback: true,
    "rollback 1": true,
    "rolled back": "[edit] - system { - host-name five; - }",
    back: true,
    unlock: true,
    confirmed: true,
    confirm: true,
    "get text": "configuration-text",
    "get set": "configuration-set",
    "get json": expect.anything(),
    "get xml": "configuration",
    "get filter": "eight",
    cli: expect.stringMatching(/^0 .* by a/),
    "cli set": "set system host-name eight",
    unknown: { error: "RpcError", message: "syntax error" },
    "private set": results,
    "private diff": "[edit system] - host-name eight; + host-name nine;",
    "private commit": true,
    "exclusive set": results,
    "after exclusive": null,
    closed: false,
  });
  expect(at.gateway.hostName).toBe("nine");
});

test("the clients are there to be tested with", ({ skip }) => {
  if (missing !== undefined) skip(`${missing} is missing: install python3-ncclient and python3-junos-eznc`);
});
