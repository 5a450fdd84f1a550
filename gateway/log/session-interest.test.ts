// The kernel tells of a session when a policy logs it: from the commit on that says so, and not before the first.

import { rm } from "node:fs/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseIp } from "@merlon/model/ip/address.ts";
import type { KernelEvent, KernelSession } from "../kernel/kernel.ts";
import { freshGateway, typeAs } from "../testing/test-gateway.ts";
import type { GatewayCase } from "../testing/test-gateway.ts";
import { RuleBook } from "./rule-book.ts";
import { followRules, sessionInterest } from "./session-interest.ts";

const policy = "security policies from-zone web to-zone data policy logged";
const log = `set ${policy} then log`;

let it: GatewayCase;
let told: KernelEvent[];

beforeEach(async () => {
  it = await freshGateway("interest");
  told = [];
  const watch = await it.kernel.watch((event) => told.push(event), sessionInterest(it.gateway.rules));
  followRules(watch, it.gateway.rules);
});
afterEach(() => rm(it.folder, { recursive: true }));

async function commit(...lines: readonly string[]): Promise<void> {
  await typeAs(it.gateway, "admin", ...lines, "commit");
}

const permitted = [
  `set ${policy} match source-address any`,
  `set ${policy} match destination-address any`,
  `set ${policy} match application any`,
  `set ${policy} then permit`,
];

function idOf(name: string): number {
  const rules = it.gateway.running?.prepared.ir.contexts.flatMap((context) => context.rules) ?? [];
  const id = rules.find((rule) => rule.policy.name === name)?.id;
  if (id === undefined) throw new Error(`there is no policy ${name}`);
  return id;
}

/** Whether a session with this mark is told of when it begins. */
function isTold(mark: number): boolean {
  const before = told.length;
  const source = parseIp("10.1.0.2") ?? expect.fail();
  const tuple = { source, destination: source, protocol: 17, sourcePort: 1, destinationPort: 2 };
  const session: KernelSession = { id: 1, mark, original: tuple, reply: tuple };
  it.kernel.emit({ kind: "session-opened", session });
  return told.length > before;
}

test("a policy that begins to log is told of, its upper bits do not matter, and others are not", async () => {
  await commit(...permitted);
  const id = idOf("logged");
  expect(isTold(id)).toBe(false);
  await commit(`${log} session-close`);
  expect(isTold(id)).toBe(true);
  expect(isTold((0x0500_0000 | id) >>> 0)).toBe(true);
  expect(isTold(id + 1_000)).toBe(false);
  expect(isTold(0)).toBe(false);
});

test.each(["session-init", "session-close"])("%s is enough", async (when) => {
  await commit(...permitted, `${log} ${when}`);
  expect(isTold(idOf("logged"))).toBe(true);
});

test("a policy that logs no more is not told of", async () => {
  await commit(...permitted, `${log} session-init`);
  await commit(`delete ${policy} then log`);
  expect(isTold(idOf("logged"))).toBe(false);
});

test.each([
  ["is gone", [`delete ${policy}`]],
  ["denies now", [`delete ${policy} then permit`, `set ${policy} then deny`]],
])("sessions of a policy that %s are told of, because they end only now", async (_, lines) => {
  await commit(...permitted, `${log} session-close`);
  const id = idOf("logged");
  await commit(...lines);
  expect(isTold(id)).toBe(true);
});

test("a denying policy that logs packets needs no events of sessions", async () => {
  await commit(...permitted.slice(0, 3), `set ${policy} then deny`, `${log} session-init`);
  expect(isTold(idOf("logged"))).toBe(false);
});

test("without any policy that logs, the kernel is asked for no events", () => {
  const rules = new RuleBook();
  const changes: boolean[] = [];
  const interest = sessionInterest(rules);
  followRules({ reconsider: () => changes.push(interest.any), [Symbol.dispose]: () => {} }, rules);
  const ir = it.gateway.running?.prepared.ir ?? expect.fail();
  const quiet = ir.contexts.map((context) => ({
    ...context,
    rules: context.rules.map((rule) => ({
      ...rule,
      log: { sessionInit: rule.action !== "permit", sessionClose: false },
    })),
  }));
  rules.replace({ ...ir, contexts: quiet });
  rules.replace(ir);
  rules.replace({ ...ir, contexts: quiet });
  expect(changes).toEqual([false, false, true, false]);
});

test("the interest changes before the kernel has the new rules", async () => {
  await commit(...permitted);
  let early: boolean | undefined;
  const before = it.kernel.transactions.length;
  const follow = it.gateway.rules.onReplaced;
  it.gateway.rules.onReplaced = () => {
    follow?.();
    early = it.kernel.transactions.length === before && isTold(idOf("logged"));
  };
  await commit(`${log} session-init`);
  expect(early).toBe(true);
});
