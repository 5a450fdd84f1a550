// Which policy decides, what it shadows, and traffic with the gateway itself, as an operator types it.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Gateway } from "../gateway.ts";
import { bootedGateway, freshKernel, typeAs } from "../testing/test-gateway.ts";

let folder: string;
let gateway: Gateway;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "merlon-match-"));
  gateway = await bootedGateway(freshKernel(), folder);
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

const ask = (from: string, to: string, more = ""): Promise<string> =>
  typeAs(
    gateway,
    "anna",
    `show security match-policies from-zone ${from} to-zone ${to} source-ip 10.1.0.5 destination-ip 10.2.0.5 ` +
      `protocol tcp destination-port 1433${more}`,
  );

test("one result unless more are asked for, and then those that it shadows in order", async () => {
  const one = await ask("web", "data");
  expect(one).toMatch(/^Policy: sql, action-type: permit, State: enabled, Index: \d+, Scope Policy: 0\n/);
  expect(one).not.toContain("shadowed");
  const all = await ask("web", "data", " result-count 16");
  expect(all).toMatch(
    /Policy: default-policy, action-type: deny, State: shadowed, Index: \d+, Scope Policy: 0\n {2}From zone: web, To zone: data\n$/,
  );
});

test.each(["0", "17"])("result-count %s is out of range", async (count) => {
  expect(await ask("web", "data", ` result-count ${count}`)).toContain("is not a number from 1 to 16");
});

test("traffic to the gateway itself without a policy is explained", async () => {
  expect(await ask("web", "junos-host")).toContain("no policy from-zone web to-zone junos-host is configured");
});
