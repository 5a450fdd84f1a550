// Commits in both forms: what comes into force, what must be confirmed and by whom, and what is said about mistakes.

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { NetconfClient } from "@merlon/netconf/client.ts";
import { textOf } from "@merlon/netconf/parse-xml.ts";
import { typeAs } from "../../testing/test-gateway.ts";
import { editConfig, errorsOf, NetconfCase } from "./testing/netconf-peer.ts";

let at: NetconfCase;
let ana: NetconfClient;

beforeEach(async () => {
  at = await NetconfCase.open();
  ana = await at.client({ user: "ana" });
});
afterEach(() => at[Symbol.asyncDispose]());

const hostName = (name: string): string => editConfig(`<system><host-name>${name}</host-name></system>`);
const confirmed = (inside = ""): string => `<commit><confirmed/>${inside}</commit>`;

async function refusal(answer: Promise<unknown>): Promise<string> {
  return (await errorsOf(answer)).join("\n");
}

function left(): number | undefined {
  return at.gateway.running?.unconfirmed?.countdown.leftMs;
}

/** The session has ended for the gateway, too. */
async function ended(): Promise<void> {
  for (let i = 0; i < 300 && left() !== undefined; i++) await new Promise((resolve) => setTimeout(resolve, 10));
}

describe("RFC", () => {
  test("commit, and a commit of nothing", async () => {
    await ana.rpc(hostName("a"));
    await ana.rpc("<commit/>");
    expect(at.gateway.hostName).toBe("a");
    await ana.rpc("<commit/>");
    expect(await typeAs(at.gateway, "bo", "show system commit")).toMatch(
      /^0 .* by ana via netconf\n1 .* by root via boot\n/,
    );
  });

  test.each([
    ["", 600_000],
    ["<confirm-timeout>90</confirm-timeout>", 90_000],
  ])("confirmed %s goes away when its time is over", async (timeout, leftMs) => {
    await ana.rpc(hostName("a"));
    await ana.rpc(confirmed(timeout));
    expect(left()).toBe(leftMs);
    at.case.clocks.pass(leftMs);
    await at.gateway.rollBackUnconfirmed();
    expect(at.gateway.hostName).toBe("merlon");
  });

  test("a second one prolongs, the session's own commit confirms", async () => {
    await ana.rpc(hostName("a"));
    await ana.rpc(confirmed("<confirm-timeout>90</confirm-timeout>"));
    await ana.rpc(confirmed("<confirm-timeout>300</confirm-timeout>"));
    expect(left()).toBe(300_000);
    await ana.rpc("<commit/>");
    expect(left()).toBeUndefined();
    await ana.close();
    expect(at.gateway.hostName).toBe("a");
  });

  test("it goes away with its session", async () => {
    await ana.rpc(hostName("a"));
    await ana.rpc(confirmed());
    await ana.close();
    await ended();
    expect(at.gateway.hostName).toBe("merlon");
  });

  test("with a word it stays, and whoever has the word confirms or cancels", async () => {
    const bo = await at.client({ user: "bo" });
    await ana.rpc(hostName("a"));
    await ana.rpc(confirmed("<persist>word</persist>"));
    await ana.close();
    expect(await refusal(bo.rpc("<commit/>"))).toMatch(/^in-use/);
    expect(await refusal(bo.rpc("<commit><persist-id>other</persist-id></commit>"))).toMatch(/^invalid-value/);
    expect(await refusal(bo.rpc("<cancel-commit/>"))).toMatch(/^in-use/);
    await bo.rpc("<commit><persist-id>word</persist-id></commit>");
    expect([left(), at.gateway.hostName]).toEqual([undefined, "a"]);
    await bo.rpc(hostName("b"));
    await bo.rpc(confirmed("<persist>again</persist>"));
    await bo.rpc("<cancel-commit><persist-id>again</persist-id></cancel-commit>");
    expect([left(), at.gateway.hostName]).toEqual([undefined, "a"]);
  });

  test("another session's waits for that session, at the shell anybody confirms", async () => {
    const bo = await at.client({ user: "bo" });
    await ana.rpc(hostName("a"));
    await ana.rpc(confirmed());
    expect(await refusal(bo.rpc("<commit/>"))).toContain(`by session ${ana.sessionId}`);
    expect(await refusal(bo.rpc("<lock><target><running/></target></lock>"))).toMatch(/^lock-denied/);
    await typeAs(at.gateway, "cy", "commit");
    expect(left()).toBeUndefined();
    await ana.close();
    expect(at.gateway.hostName).toBe("a");
  });

  test.each([
    [confirmed("<confirm-timeout>0</confirm-timeout>"), /^invalid-value .* \| confirm-timeout$/],
    [confirmed("<confirm-timeout>x</confirm-timeout>"), /^invalid-value/],
    [confirmed("<confirm-timeout>99999999</confirm-timeout>"), /^invalid-value/],
    ["<commit><persist>x</persist></commit>", /^invalid-value .* \| persist$/],
    [confirmed("<persist/>"), /^invalid-value/],
    ["<commit><persist-id>x</persist-id></commit>", /^invalid-value .* \| persist-id$/],
    ["<cancel-commit/>", /^operation-failed \| no commit waits/],
  ])("%s is refused", async (request, error) => {
    await ana.rpc(hostName("a"));
    expect(await refusal(ana.rpc(request))).toMatch(error);
    expect(at.gateway.hostName).toBe("merlon");
  });

  test("mistakes are all told, and nothing comes into force", async () => {
    const line = "set security policies from-zone web to-zone data policy";
    await ana.loadSet(
      `${line} p match source-address one destination-address two application three\n${line} p then permit\n`,
    );
    const errors = await errorsOf(ana.rpc("<commit/>"));
    expect(errors.map((error) => / (one|two|three)[;,]/.exec(error)?.[1])).toEqual(["one", "two", "three"]);
    expect(errors[0]).toContain("[edit security policies from-zone web to-zone data policy p match]");
    expect(at.gateway.running?.revision).toBe(1);
  });
});

describe("original", () => {
  const commit = (inside: string, attributes = ""): string =>
    `<commit-configuration${attributes}>${inside}</commit-configuration>`;

  test("check changes nothing", async () => {
    await ana.rpc(hostName("a"));
    await ana.rpc(commit("<check/>"));
    expect(at.gateway.hostName).toBe("merlon");
  });

  test("a log, and what exists for others", async () => {
    await ana.rpc(hostName("a"));
    await ana.rpc(commit("<log>because &lt;it&gt;</log><synchronize/><force-synchronize/><full/>"));
    expect(await typeAs(at.gateway, "bo", "show system commit")).toMatch(
      /^0 .* by ana via netconf\n {4}because <it>\n/,
    );
  });

  test.each([
    ["<confirmed/>", 600_000],
    ["<confirmed/><confirm-timeout>2</confirm-timeout>", 120_000],
    ["<confirm-timeout>2</confirm-timeout>", 120_000],
  ])("%s: minutes, and anybody confirms, also after the session", async (inside, leftMs) => {
    await ana.rpc(hostName("a"));
    await ana.rpc(commit(inside));
    expect(left()).toBe(leftMs);
    await ana.close();
    const bo = await at.client({ user: "bo" });
    expect(left()).toBe(leftMs);
    await bo.commit();
    expect([left(), at.gateway.hostName]).toEqual([undefined, "a"]);
  });

  test("at a time", async () => {
    await ana.rpc(hostName("a"));
    await ana.rpc(commit("<at-time>23:00</at-time><log>tonight</log>"));
    expect(at.gateway.scheduled.waiting).toMatchObject({ user: "ana", via: "netconf", comment: "tonight" });
  });

  test("in detail", async () => {
    const reply = await ana.rpc(commit("", ' detail="detail"'));
    const engine = reply.children[0]?.children[0];
    expect([reply.children[0]?.name, engine === undefined ? "" : textOf(engine, "name")]).toEqual([
      "commit-results",
      "re0",
    ]);
  });

  test.each([
    ["<at-time>06:00</at-time>", /^invalid-value .* is over; it is/],
    ["<at-time>23:00</at-time><confirmed/>", /^invalid-value .* exclude each other/],
    ["<confirmed/><confirm-timeout>0</confirm-timeout>", /^invalid-value/],
    [`<log>${"x".repeat(513)}</log>`, /^invalid-value .* \| log$/],
    ["<now/>", /^unknown-element .* \| now$/],
  ])("%s is refused", async (inside, error) => {
    await ana.rpc(hostName("a"));
    expect(await refusal(ana.rpc(commit(inside)))).toMatch(error);
    expect(at.gateway.hostName).toBe("merlon");
  });

  test("warnings come with the ok", async () => {
    await ana.loadSet("set snmp community public\n");
    const inDetail = await ana.rpc(commit("<check/>", ' detail="detail"'));
    expect(inDetail.children.at(-1)?.name).toBe("ok");
    const reply = await ana.rpc(commit(""));
    expect(reply.children.at(-1)?.name).toBe("ok");
    expect(reply.children.map((child) => textOf(child, "error-severity")).slice(0, -1)).toContain("warning");
  });
});
