// What the golden file does not show: options, the fast path, and a gateway on which nothing is in force.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { boot } from "../boot.ts";
import type { Gateway } from "../gateway.ts";
import type { FakeKernel } from "../kernel/fake-kernel.ts";
import { freshKernel, initial, openGateway, typeAs } from "../testing/test-gateway.ts";

const line = "show security flow status";
let folder: string;
let kernel: FakeKernel;
let gateway: Gateway;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "merlon-flow-status-"));
  kernel = freshKernel();
  gateway = await openGateway(kernel, folder);
});
afterEach(() => rm(folder, { recursive: true }));

const start = (more: string): Promise<unknown> =>
  boot(gateway, { source: "test.conf", text: `${initial.text} security { ${more} }` });

test("nothing is in force", async () => {
  const text = await typeAs(gateway, "ana", line);
  expect(text).toContain("    Inet forwarding mode: drop\n    Inet6 forwarding mode: drop\n");
  expect(text).toContain("Fast path status: off\n");
});

test("a family that is not forwarded", async () => {
  await start("forwarding-options { family { inet6 { mode drop; } } }");
  const text = await typeAs(gateway, "ana", line);
  expect(text).toContain("    Inet forwarding mode: flow based\n    Inet6 forwarding mode: drop\n");
});

test("options of TCP", async () => {
  await start("flow { tcp-mss { all-tcp { mss 1350; } } tcp-session { no-sequence-check; } }");
  const text = await typeAs(gateway, "ana", line);
  expect(text).toContain("    TCP sequence check: off\n    TCP MSS: 1350\n");
  const xml = await typeAs(gateway, "ana", `${line} | display xml`);
  expect(xml).toMatch(/<flow-tcp-sequence-check>off<.*\n *<flow-tcp-mss>1350</);
});

test.each([
  ["", "    Fast path status: on\n    Interfaces: eth1.0, eth2.0\n"],
  ["forwarding-options { services-offload { disable; } }", "    Fast path status: off\n  Flow Drop-flow"],
])("the fast path, with %j", async (statement, wanted) => {
  kernel.fastDevices = new Set(["eth1", "eth2"]);
  await start(statement);
  expect(await typeAs(gateway, "ana", line)).toContain(wanted);
});
