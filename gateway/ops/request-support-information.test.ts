// One text for somebody who shall help: every command answers, one that fails costs nothing but itself, and no secret is in
// it but as a hash.

import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { superUser } from "../access/access.ts";
import type { Access } from "../access/access.ts";
import { runCommand } from "../serve/command.ts";
import { busyGateway } from "../testing/busy-gateway.ts";
import type { BusyGateway } from "../testing/busy-gateway.ts";
import { typeAs } from "../testing/test-gateway.ts";
import { operationNamed } from "./operations.ts";
import { withoutSecrets } from "./request-support-information.ts";

let busy: BusyGateway;

beforeAll(async () => {
  busy = await busyGateway(join(import.meta.dirname, "golden/gateway.conf"));
});
afterAll(() => rm(busy.folder, { recursive: true }));

test("every command stands in it with its answer, and none is unknown", async () => {
  const text = await typeAs(busy.gateway, "ana", "request support information");
  expect(text).toContain("ana@gw1> show security policies hit-count\n\nLogical system: root-logical-system\n");
  expect(text).toContain("ana@gw1> show configuration\n\n");
  expect(text).not.toMatch(/^error: /m);
});

test("a command that fails says why, and the others answer", async () => {
  busy.kernel.failNext("readNeighbors");
  const text = await typeAs(busy.gateway, "ana", "request support information");
  expect(text).toContain("> show arp no-resolve\n\nerror: readNeighbors was told to fail\n");
  expect(text).toContain("Total entries: 1\n");
});

test("who may not run a command does not get its answer this way", async () => {
  const access: Access = { ...superUser("ana"), mayRun: (line) => !line.startsWith("show log") };
  const answer = await operationNamed("request-support-information")?.execute(
    busy.gateway,
    {},
    { user: "ana", via: "cli", access },
  );
  expect(answer?.text).toContain("> show log\n\nerror: permission denied\n");
  expect(answer?.text).toContain("> show version\n\nHostname: gw1\n");
});

test("piece by piece it is the same", async () => {
  const signal = new AbortController().signal;
  const { more } = await runCommand(busy.gateway, "request support information", { user: "ana", via: "cli", signal });
  const text = (await Array.fromAsync(more ?? [])).join("");
  expect(text).toBe(await typeAs(busy.gateway, "ana", "request support information"));
});

test.each([
  ['    encrypted-password "$6$x"; ## SECRET-DATA', '    encrypted-password "$6$x"; ## SECRET-DATA'],
  ['    secret "$9$abc"; ## SECRET-DATA', "    secret /* SECRET-DATA */; ## SECRET-DATA"],
  [
    '  inactive: pre-shared-key ascii-text "a ; b"; ## SECRET-DATA',
    "  inactive: pre-shared-key /* SECRET-DATA */; ## SECRET-DATA",
  ],
  ["host-name gw1;", "host-name gw1;"],
])("%j", (line, expected) => {
  expect(withoutSecrets(`a\n${line}\nb`)).toBe(`a\n${expected}\nb`);
});
