// Locks: who has one, who is told so, and that none outlives its session.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { NetconfClient } from "@merlon/netconf/client.ts";
import { idleLimitMs } from "../../candidate/candidates.ts";
import { typeAs } from "../../testing/test-gateway.ts";
import { editConfig, errorsOf, linesOf, NetconfCase } from "./testing/netconf-peer.ts";

let at: NetconfCase;
let ana: NetconfClient;
let bo: NetconfClient;

beforeAll(async () => {
  at = await NetconfCase.open();
});
afterAll(() => at[Symbol.asyncDispose]());
beforeEach(async () => {
  [ana, bo] = [await at.client({ user: "ana" }), await at.client({ user: "bo" })];
});
afterEach(async () => {
  await Promise.all([ana, bo].map((client) => client.close().catch(() => undefined)));
  at.gateway.candidates.discard();
});

const request = (verb: string, target: string): string => `<${verb}><target><${target}/></target></${verb}>`;
const hostName = (name: string): string => editConfig(`<system><host-name>${name}</host-name></system>`);

async function refusal(answer: Promise<unknown>): Promise<string> {
  return (await errorsOf(answer)).join("\n");
}

describe.each([
  ["RFC", request("lock", "candidate"), request("unlock", "candidate")],
  ["original", "<lock-configuration/>", "<unlock-configuration/>"],
  ["original, opened", "<open-configuration><exclusive/></open-configuration>", "<close-configuration/>"],
])("the candidate, in the words of the %s", (_, lock, unlock) => {
  test("others neither lock nor edit nor commit", async () => {
    await ana.rpc(lock);
    expect(await refusal(bo.lock())).toMatch(/^lock-denied \| configuration database locked by:/);
    expect(await refusal(bo.rpc(hostName("x")))).toMatch(
      /^operation-failed \| configuration database locked by:\n {2}ana via netconf/,
    );
    expect(await refusal(bo.commit())).toMatch(/locked by/);
    await ana.rpc(unlock);
    expect(await refusal(bo.lock())).toBe("");
  });

  test("what was edited under it goes with it, unless it was committed", async () => {
    await ana.rpc(lock);
    await ana.rpc(hostName("kept"));
    await ana.commit();
    await ana.rpc(hostName("gone"));
    await ana.rpc(unlock);
    expect(await linesOf(bo)).toContain("set system host-name kept");
    expect(await bo.compare()).toBe("");
  });

  test("a session that ends, in whatever way, leaves none behind", async () => {
    await ana.rpc(lock);
    await ana.rpc(hostName("gone"));
    await bo.rpc(`<kill-session><session-id>${ana.sessionId}</session-id></kill-session>`);
    expect(await refusal(bo.lock())).toBe("");
    expect(await bo.compare()).toBe("");
  });
});

test("the reply names the session that has it; 0 for somebody at the shell", async () => {
  await ana.lock();
  const reply = async () => {
    const session = at.connect({ user: "cy" });
    session.peer.write(`<rpc>${request("lock", "candidate")}</rpc>]]>]]>`);
    session.peer.end();
    let text = "";
    for await (const bytes of session.peer as AsyncIterable<Buffer>) text += bytes.toString();
    return text;
  };
  expect(await reply()).toContain(`<session-id>${ana.sessionId}</session-id>\n</error-info>`);
  await ana.unlock();
  const shell = at.gateway.candidates.open({ user: "dee", via: "cli" });
  at.gateway.candidates.configure(shell, "exclusive");
  expect(await reply()).toContain("<session-id>0</session-id>\n</error-info>");
  at.gateway.candidates.close(shell);
});

test("no lock is granted over changes that are not committed", async () => {
  await ana.rpc(hostName("x"));
  expect(await refusal(bo.lock())).toMatch(/^lock-denied \| configuration database modified/);
  await ana.discard();
  expect(await refusal(bo.lock())).toBe("");
});

test.each([
  ["twice", async () => (await ana.lock(), ana.lock()), /^lock-denied \| this session holds the lock already/],
  ["what is not locked", () => ana.unlock(), /^operation-failed \| this session holds no lock of the candidate/],
  ["another's", async () => (await bo.lock(), ana.unlock()), /^operation-failed/],
  ["the start-up configuration", () => ana.rpc(request("lock", "startup")), /^operation-not-supported/],
  ["nothing", () => ana.rpc("<lock/>"), /^missing-element .* \| target$/],
  ["what was never opened", () => ana.rpc("<close-configuration/>"), /^operation-failed/],
  [
    "a database of the original",
    () => ana.rpc("<open-configuration><dynamic/></open-configuration>"),
    /^operation-not-supported .* \| dynamic$/,
  ],
])("locking or unlocking %s is refused", async (_, work, error) => {
  expect(await refusal(work())).toMatch(error);
});

test("the lock of the running configuration keeps others from committing, at the shell too", async () => {
  await ana.rpc(request("lock", "running"));
  expect(await refusal(bo.rpc(request("lock", "running")))).toMatch(
    /^lock-denied \| running configuration locked by:\n {2}ana/,
  );
  expect(await refusal(ana.rpc(request("lock", "running")))).toMatch(
    /^lock-denied \| this session holds the lock already/,
  );
  await bo.rpc(hostName("later"));
  expect(await refusal(bo.commit())).toMatch(/running configuration locked/);
  expect(await typeAs(at.gateway, "cy", "commit")).toContain("running configuration locked by:\n  ana");
  expect(await refusal(bo.rpc(request("unlock", "running")))).toMatch(/^operation-failed/);
  expect(await refusal(ana.commit())).toBe("");
  await ana.close();
  await bo.rpc(hostName("now"));
  expect(await refusal(bo.commit())).toBe("");
});

test("a session that loses its lock for being idle ends", async () => {
  await ana.lock();
  at.case.clocks.pass(idleLimitMs + 1);
  expect(await refusal(bo.lock())).toBe("");
  await expect(ana.rpc("<get/>")).rejects.toThrow();
});

test("private candidates are nobody else's, and conflicts are told", async () => {
  const open = "<open-configuration><private/></open-configuration>";
  await ana.rpc(open);
  await bo.rpc(open);
  await ana.rpc(hostName("ana"));
  await bo.rpc(hostName("bo"));
  expect(await linesOf(ana)).toContain("set system host-name ana");
  expect(await linesOf(bo)).toContain("set system host-name bo");
  await ana.commit();
  expect(await refusal(bo.commit())).toMatch(/somebody else has committed a change of this statement/);
  expect(await refusal(bo.rpc("<validate><source><candidate/></source></validate>"))).toMatch(/somebody else/);
  await bo.discard();
  expect(await bo.compare()).toBe("");
  await bo.rpc("<close-configuration/>");
  expect(await linesOf(bo)).toContain("set system host-name ana");
});
