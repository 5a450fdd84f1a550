// What `clear security flow session` ends, over sessions that are put into a kernel in memory.

import { rm } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseIp } from "@merlon/model/ip/address.ts";
import type { IpAddress } from "@merlon/model/ip/address.ts";
import type { KernelEvent, KernelSession } from "../kernel/kernel.ts";
import { flowRecordOf } from "../log/flow-log.ts";
import { freshGateway, typeAs } from "../testing/test-gateway.ts";
import type { GatewayCase } from "../testing/test-gateway.ts";

let it: GatewayCase;
const closed: KernelEvent[] = [];

beforeEach(async () => {
  it = await freshGateway("clear-session");
  closed.length = 0;
  await it.kernel.watch((event) => {
    if (event.kind === "session-closed") closed.push(event);
  });
  const sql = it.gateway.running?.prepared.ir.contexts
    .flatMap(({ rules }) => rules)
    .find(({ policy }) => policy.name === "sql");
  const host = it.gateway.running?.prepared.ir.interfaces[0]?.hostInbound.ruleId;
  if (sql === undefined || host === undefined) throw new Error("the test configuration has no such policy");
  it.kernel.sessions = [
    session(1, sql.id, "10.1.0.2", "10.2.0.2", 40_000, 1433),
    session(2, sql.id, "10.1.0.3", "10.2.0.2", 40_001, 1433),
    session(3, sql.id, "2001:db8::1", "2001:db8::2", 40_000, 22),
    { ...session(4, sql.id, "10.1.0.4", "10.2.0.9", 40_000, 80, 17), reply: tuple("10.2.0.2", "10.1.0.4", 80, 9, 17) },
    session(5, host, "10.1.0.2", "10.1.0.1", 40_000, 22),
    session(6, 0xff_0000, "10.1.0.2", "10.2.0.2", 40_007, 1433),
  ];
});

afterEach(() => rm(it.folder, { recursive: true }));

function address(text: string): IpAddress {
  const found = parseIp(text);
  if (found === undefined) throw new Error(text);
  return found;
}

function tuple(from: string, to: string, sourcePort: number, destinationPort: number, protocol = 6) {
  return { source: address(from), destination: address(to), protocol, sourcePort, destinationPort };
}

function session(
  id: number,
  mark: number,
  from: string,
  to: string,
  sourcePort: number,
  destinationPort: number,
  protocol = 6,
): KernelSession {
  return {
    id,
    mark,
    original: tuple(from, to, sourcePort, destinationPort, protocol),
    reply: tuple(to, from, destinationPort, sourcePort, protocol),
  };
}

const left = (): readonly number[] => it.kernel.sessions.map(({ id }) => id);
const type = (words: string): Promise<string> => typeAs(it.gateway, "admin", `clear security flow session ${words}`);

test.each<[words: string, ended: readonly number[]]>([
  ["all", [1, 2, 3, 4]],
  ["source-prefix 10.1.0.2", [1]],
  ["source-prefix 10.1.0.2/31", [1, 2]],
  ["source-prefix 10.0.0.0/8 destination-port 1433", [1, 2]],
  ["destination-prefix 2001:db8::/32", [3]],
  ["source-port 40001", [2]],
  ["protocol udp", [4]],
  ["protocol tcp family inet", [1, 2]],
  ["family inet6", [3]],
  ["application ssh", [3]],
  ["application junos-ms-sql", [1, 2]],
  ["application junos-http", []],
  ["nat", [4]],
  ["zone web", [1, 2, 3, 4]],
  ["zone data protocol udp", [4]],
  ["interface eth2.0", [1, 2, 3, 4]],
  ["session-identifier 2", [2]],
])("%s", async (words, ended) => {
  expect(await type(words)).toBe(`${ended.length} active sessions cleared\n`);
  // Sessions with the gateway itself and those that no policy of ours let pass stay.
  expect(left()).toEqual([1, 2, 3, 4, 5, 6].filter((id) => !ended.includes(id)));
});

describe("what cannot be done is said", () => {
  test.each([
    ["", /say which sessions/],
    ["session-identifier 99", /there is no session 99/],
    ["session-identifier 5", /there is no session 5/],
    ["interface eth9.0", /interface eth9\.0 is in no zone/],
    ["source-prefix nonsense", /nonsense/],
  ])("%s", async (words, message) => {
    expect(await type(words)).toMatch(message);
    expect(left()).toHaveLength(6);
  });

  test("an interface that shares its zone", async () => {
    await typeAs(
      it.gateway,
      "admin",
      "set interfaces eth3 unit 0",
      "set security zones security-zone data interfaces eth3",
    );
    expect(await typeAs(it.gateway, "admin", "commit")).toMatch("commit complete");
    expect(await type("interface eth2.0")).toMatch(/zone data has other interfaces/);
  });
});

test("their close records say so, and those of others do not", async () => {
  await type("source-prefix 10.1.0.2");
  const reasons = () => closed.map((event) => flowRecordOf(event, { ...contextOf(), nowMs: it.clocks.nowMs })?.reason);
  expect(reasons()).toEqual(["CLI"]);
  it.clocks.pass(2_000);
  it.kernel.emit({
    kind: "session-closed",
    session: session(2, it.kernel.sessions[0]?.mark ?? 0, "10.1.0.3", "10.2.0.2", 1, 1433),
  });
  expect(reasons().at(-1)).toBe("idle Timeout");
});

function contextOf() {
  const { rules, endings, services } = it.gateway;
  return { rules, endings, services };
}

test("a commit that takes the policy away, or lets it deny, says so in the close records", async () => {
  const reasonsAfter = async (...lines: readonly string[]): Promise<readonly unknown[]> => {
    closed.length = 0;
    expect(await typeAs(it.gateway, "admin", ...lines, "commit")).toMatch("commit complete");
    return closed.map((event) => flowRecordOf(event, { ...contextOf(), nowMs: it.clocks.nowMs })?.reason);
  };
  const policy = "security policies from-zone web to-zone data policy sql";
  const sessions = it.kernel.sessions;
  expect(await reasonsAfter(`delete ${policy} then`, `set ${policy} then deny`)).toEqual(
    Array<string>(4).fill("policy changed"),
  );
  await typeAs(it.gateway, "admin", "rollback 1", "commit");
  it.kernel.sessions = sessions;
  expect(await reasonsAfter(`delete ${policy}`)).toEqual(Array<string>(4).fill("policy deleted"));
});
