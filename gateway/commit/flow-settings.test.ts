// Kernel settings that go with a policy: in which order they change with it, and what happens where they cannot.

import { rm } from "node:fs/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { KernelFailure } from "../kernel/kernel.ts";
import { freshGateway, restartedGateway, typeAs } from "../testing/test-gateway.ts";
import type { GatewayCase } from "../testing/test-gateway.ts";

let it: GatewayCase;
/** What has changed in the kernel, in order. */
let changes: string[];

const name = (word: string): string => `net.netfilter.nf_conntrack_tcp_${word}`;

beforeEach(async () => {
  it = await freshGateway("flow");
  changes = [];
  it.kernel.sysctls.set(name("be_liberal"), "0").set(name("timeout_time_wait"), "120");
  const write = it.kernel.writeSysctl.bind(it.kernel);
  const apply = it.kernel.applyTransaction.bind(it.kernel);
  it.kernel.writeSysctl = async (setting, value) => {
    await write(setting, value);
    changes.push(`${setting.replace(name(""), "")} ${value}`);
  };
  it.kernel.applyTransaction = async (...given) => {
    await apply(...given);
    if (given[0].some(({ kind }) => kind === "add-chain")) changes.push("policy");
  };
});
afterEach(() => rm(it.folder, { recursive: true }));

const commit = async (...lines: readonly string[]): Promise<readonly string[]> => {
  changes.length = 0;
  expect(await typeAs(it.gateway, "admin", ...lines, "commit")).toMatch("commit complete");
  return [...changes];
};

test("a start brings them in force", () => {
  expect(it.kernel.sysctls.get(name("loose"))).toBe("0");
});

test("what lets less pass comes before the policy, the rest behind it", async () => {
  expect(await commit("set system host-name other")).toEqual(["policy", "timeout_time_wait 2"]);
  const session = "security flow tcp-session";
  expect(await commit(`set ${session} no-syn-check`, `set ${session} no-sequence-check`)).toEqual([
    "policy",
    "loose 1",
    "be_liberal 1",
  ]);
  expect(await commit(`delete ${session} no-syn-check`, `set ${session} fin-invalidate-session`)).toEqual([
    "loose 0",
    "policy",
    "timeout_time_wait 1",
  ]);
});

test("a setting that the kernel refuses is an alarm, one that it does not have is nothing", async () => {
  await commit("set system host-name other");
  it.kernel.failNext("writeSysctl", new KernelFailure("read-only", ""));
  expect(await commit("set security flow tcp-session no-sequence-check")).toEqual(["policy"]);
  expect(it.gateway.alarms.list()).toMatchObject([
    {
      code: "kernel.flow-settings",
      message: `${name("be_liberal")} cannot be set to 1: sequence numbers are not checked`,
    },
  ]);
  it.kernel.sysctls.delete(name("timeout_close"));
  await commit("set security flow tcp-session rst-invalidate-session");
  expect(it.gateway.alarms.list()).toEqual([]);
});

test("a policy that the kernel refuses leaves the settings of the old one", async () => {
  const session = "security flow tcp-session";
  await commit(`set ${session} no-syn-check`);
  changes.length = 0;
  it.kernel.failNext("applyTransaction");
  expect(await typeAs(it.gateway, "admin", `delete ${session} no-syn-check`, "commit")).toMatch("error");
  expect(changes).toEqual(["loose 0", "loose 1"]);
  expect(await commit()).toEqual(["loose 0", "policy"]);
});

test("a commit that fails puts them back", async () => {
  await commit("set system host-name other");
  const apply = it.kernel.applyNetwork.bind(it.kernel);
  let refusals = 1;
  it.kernel.applyNetwork = async (steps) => {
    if (refusals-- > 0) throw new KernelFailure("no", "");
    await apply(steps);
  };
  const answer = await typeAs(it.gateway, "admin", "set security flow tcp-session no-syn-check", "commit");
  expect(answer).toMatch("error");
  expect(it.kernel.sysctls.get(name("loose"))).toBe("0");
  expect(await commit()).toContain("loose 1");
  // As a process finds them that takes over.
  it.kernel.sysctls.set(name("loose"), "0");
  await restartedGateway(it.kernel, it.folder, it.clocks);
  expect(it.kernel.sysctls.get(name("loose"))).toBe("1");
});
