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

const pair = "security policies from-zone web to-zone data";
const commit = (...lines: readonly string[]) => typeAs(gateway, "anna", "configure", ...lines, "commit");

test("a policy that was passed over is named with the reason", async () => {
  const [head, match] = [`set ${pair} policy users`, `set ${pair} policy users match`];
  const any = ["source-address any", "destination-address any", "application any", "source-identity alice"];
  const lines = [...any.map((term) => `${match} ${term}`), `${head} then permit`];
  expect(await commit(...lines, `insert ${pair} policy users before policy sql`)).toContain("commit complete");
  expect(await ask("web", "data")).toMatch(
    /^Policy: sql, .*\n {2}permitted by policy sql .*\n {2}Passed over: policy users: source-identity is not known yet\n/,
  );
});

test("a policy that demands what nobody carries out denies, and says so", async () => {
  expect(await commit(`set ${pair} policy sql then permit tunnel pair-policy back`)).toContain(
    "policy sql denies what it matches: tunnel is not carried out yet",
  );
  expect(await ask("web", "data")).toMatch(
    /^Policy: sql, action-type: deny, .*\n {2}denied by policy sql .*: tunnel is not carried out yet\n/,
  );
  const shown = await typeAs(gateway, "anna", "show security policies policy-name sql");
  expect(shown).toMatch(/State: enabled, .*\n {4}Denies what it matches: tunnel is not carried out yet\n/);
  expect(shown).toMatch(/Action: deny, log/);
  const xml = await typeAs(gateway, "anna", "show security policies policy-name sql | display xml");
  expect(xml).toContain("<action-type>deny</action-type>");
});

test("a family that is not forwarded is said before any policy", async () => {
  await commit("set security forwarding-options family inet mode drop");
  const sentence = "denied by security forwarding-options family inet mode drop, whatever the policies";
  expect(await ask("web", "data")).toContain(`${sentence} from-zone web to-zone data say`);
  const global =
    "show security match-policies global source-ip 10.1.0.5 destination-ip 10.2.0.5 protocol tcp destination-port 23";
  expect(await typeAs(gateway, "anna", global)).toContain(sentence);
  expect(await ask("web", "junos-host")).toContain("no policy from-zone web to-zone junos-host is configured");
});
