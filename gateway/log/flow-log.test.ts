// Kernel events as flow records: whose policy it was, what is recorded, and why a session ended.

import { beforeEach, describe, expect, test } from "vitest";
import { systemRuleIds } from "@merlon/compiler/ir.ts";
import type { Action, Ir, RuleId } from "@merlon/compiler/ir.ts";
import { parseIp } from "@merlon/model/ip/address.ts";
import type { IpAddress } from "@merlon/model/ip/address.ts";
import type { KernelSession, LoggedPacket } from "../kernel/kernel.ts";
import { flowRecordOf } from "./flow-log.ts";
import { RuleBook } from "./rule-book.ts";
import { ServiceNames } from "./service-names.ts";
import { SessionEndings } from "./session-endings.ts";

const startMs = Date.UTC(2026, 10, 22, 6, 30);
let nowMs: number;
let rules: RuleBook;
let endings: SessionEndings;

beforeEach(() => {
  nowMs = startMs;
  rules = new RuleBook();
  endings = new SessionEndings(() => nowMs);
  rules.replace(policies({ 17: "permit", 18: "deny" }));
});

function policies(actions: Readonly<Record<number, Action>>, sessionClose = true): Ir {
  const all = Object.entries(actions).map(([id, action]) => ({
    id: Number(id) as RuleId,
    policy: { scope: "zone-pair" as const, name: `policy-${id}` },
    match: { kind: "packets" as const, source: any, destination: any, services: "any" as const },
    action,
    log: { sessionInit: true, sessionClose },
    count: false,
    origin: { path: [] },
  }));
  return {
    zones: [],
    interfaces: [],
    addressSets: new Map(),
    contexts: [{ fromZone: "web", toZone: "data", rules: all }],
    network: { links: [], routes: [] },
  };
}

const any = { kind: "any" } as const;

function address(text: string): IpAddress {
  const found = parseIp(text);
  if (found === undefined) throw new Error(text);
  return found;
}

function session(more: Partial<KernelSession> = {}): KernelSession {
  const [source, destination] = [address("10.1.0.2"), address("10.2.0.2")];
  return {
    id: 7,
    mark: 17,
    original: { source, destination, protocol: 6, sourcePort: 40_000, destinationPort: 5432 },
    reply: { source: destination, destination: source, protocol: 6, sourcePort: 5432, destinationPort: 40_000 },
    startedNs: BigInt(nowMs - 5_000) * 1_000_000n,
    endedNs: BigInt(nowMs) * 1_000_000n,
    tcpState: "ESTABLISHED",
    ...more,
  };
}

const contextNow = () => ({ rules, endings, services: new ServiceNames(undefined), nowMs: () => nowMs });

function closed(more: Partial<KernelSession> = {}) {
  return flowRecordOf({ kind: "session-closed", session: session(more) }, contextNow());
}

const reasonOf = (more: Partial<KernelSession> = {}): string | undefined => closed(more)?.reason;

describe("why a session ended, by itself", () => {
  test.each<[what: string, change: Partial<KernelSession>, reason: string]>([
    ["reset", { tcpState: "CLOSE" }, "TCP RST"],
    ["closed by both sides", { tcpState: "TIME_WAIT" }, "TCP FIN"],
    ["closed by both sides, the last answer missing", { tcpState: "LAST_ACK" }, "TCP FIN"],
    ["closed by the client alone", { tcpState: "FIN_WAIT" }, "idle Timeout"],
    ["closed by the server alone", { tcpState: "CLOSE_WAIT" }, "idle Timeout"],
    ["idle", {}, "idle Timeout"],
    ["never answered", { tcpState: "SYN_SENT" }, "idle Timeout"],
  ])("%s", (_, change, reason) => {
    expect(reasonOf(change)).toBe(reason);
  });

  test("a session of UDP has no state", () => {
    const { tcpState: _, ...udp } = session();
    const record = flowRecordOf({ kind: "session-closed", session: udp }, contextNow());
    expect(record).toMatchObject({ reason: "idle Timeout", elapsedSeconds: 5, policy: { name: "policy-17" } });
  });
});

describe("why a session was ended", () => {
  const endAll = () => endings.begin(({ mark }) => (mark === 17 ? "CLI" : undefined));

  test("the reason counts while it goes on and as long as its events are late, by the time of the end", () => {
    {
      using _ = endAll();
      expect(reasonOf()).toBe("CLI");
      nowMs += 20;
    }
    const within = { endedNs: BigInt(nowMs - 10) * 1_000_000n };
    nowMs += 5_000;
    expect(reasonOf(within)).toBe("CLI");
    // Ended by itself since: its event comes before that of the other.
    expect(reasonOf({ endedNs: BigInt(nowMs) * 1_000_000n })).toBe("idle Timeout");
    expect(reasonOf({ endedNs: BigInt(startMs - 5) * 1_000_000n })).toBe("idle Timeout");
  });

  test("others that end meanwhile have reasons of their own", () => {
    rules.replace(policies({ 17: "permit", 19: "permit" }));
    using _ = endAll();
    expect(reasonOf({ mark: 19 })).toBe("idle Timeout");
    expect(reasonOf({ tcpState: "TIME_WAIT" })).toBe("TCP FIN");
    expect(reasonOf({ tcpState: "CLOSE" })).toBe("TCP RST");
  });

  test("of several the first that has a reason counts", () => {
    using _1 = endings.begin(() => undefined);
    using _2 = endAll();
    using _3 = endings.begin(() => "policy changed");
    expect(reasonOf()).toBe("CLI");
    expect(reasonOf({ mark: 18 })).toBeUndefined();
  });

  test("without times in the kernel, the time of the event counts", () => {
    const { endedNs: _, ...untimed } = session();
    const record = () => flowRecordOf({ kind: "session-closed", session: untimed }, contextNow());
    {
      using _all = endAll();
      expect(record()).toMatchObject({ reason: "CLI", elapsedSeconds: 0 });
    }
    nowMs += 10;
    expect(record()).toMatchObject({ reason: "idle Timeout" });
  });

  test("a thousand of them are not remembered", () => {
    for (let i = 0; i < 1_000; i++) {
      using _ = endAll();
    }
    expect(reasonOf()).toBe("CLI");
    const endedNs = BigInt(nowMs) * 1_000_000n;
    nowMs += 120_000;
    expect(reasonOf({ endedNs })).toBe("idle Timeout");
  });
});

describe("a session whose policy a commit took away", () => {
  test.each<[what: string, next: Readonly<Record<number, Action>>]>([
    ["is gone", {}],
    ["denies", { 17: "deny" }],
    ["rejects", { 17: "reject" }],
  ])("is recorded as the policy was that let it pass, when that %s", (_, next) => {
    rules.replace(policies(next, false));
    expect(closed()).toMatchObject({ kind: "session-close", policy: { name: "policy-17" }, fromZone: "web" });
    // Twice is as once, and a policy that is back speaks for itself.
    rules.replace(policies(next, false));
    expect(closed()).toBeDefined();
    rules.replace(policies({ 17: "permit" }, false));
    expect(closed()).toBeUndefined();
  });

  test("says so", () => {
    expect(rules.isRetired(17)).toBe(false);
    rules.replace(policies({ 17: "deny" }));
    expect(rules.isRetired(17)).toBe(false);
    rules.replace(policies({}));
    expect(rules.isRetired(17)).toBe(true);
  });
});

test("only sessions of policies that log are recorded", () => {
  expect(closed({ mark: 18 })).toBeUndefined();
  expect(closed({ mark: 999 })).toBeUndefined();
  rules.replace(policies({ 17: "permit" }, false));
  expect(closed()).toBeUndefined();
  const opened = flowRecordOf({ kind: "session-opened", session: session() }, contextNow());
  expect(opened).toMatchObject({ kind: "session-create", sourcePort: 40_000 });
});

test("a session's records name the interface that it came in by, where one is known", () => {
  const ir = (...interfaces: readonly string[]): Ir => ({
    ...policies({ 17: "permit" }),
    interfaces: interfaces.map((name) => ({
      name,
      device: name.replaceAll("/", "-").replace(".0", ""),
      zone: "web",
      hostInbound: { services: [], terms: [] },
      origin: { path: [] },
    })),
  });
  const named = () => {
    const opened = flowRecordOf({ kind: "session-opened", session: session() }, contextNow());
    return [opened?.inInterface, closed()?.inInterface];
  };
  rules.replace(ir("ge-0/0/3.0"));
  expect(named()).toEqual(["ge-0/0/3.0", "ge-0/0/3.0"]);
  rules.replace(ir("ge-0/0/3.0", "ge-0/0/4.0"));
  expect(named()).toEqual([undefined, undefined]);
  const origin = { path: [] };
  const links = [
    {
      name: "ge-0/0/4",
      device: "ge-0-0-4",
      up: true,
      addresses: [{ address: address("10.1.0.1"), length: 24 }],
      origin,
    },
  ];
  rules.replace({ ...ir("ge-0/0/3.0", "ge-0/0/4.0"), network: { links, routes: [] } });
  expect(named()).toEqual(["ge-0/0/4.0", "ge-0/0/4.0"]);
});

test("a policy that denies because its permit cannot be carried out says why", () => {
  const ir = policies({ 18: "deny" });
  const [context] = ir.contexts;
  const unmet = (context?.rules ?? []).map((rule) => ({ ...rule, unmet: "tunnel is not carried out yet" }));
  const tuple = { source: address("10.1.0.2"), destination: address("10.2.0.2"), protocol: 6 };
  const reason = () =>
    flowRecordOf({ kind: "packet-logged", packet: { mark: 18, tuple, prefix: "deny", length: 60 } }, contextNow())
      ?.reason;
  expect(reason()).toBe("Denied by policy");
  rules.replace({ ...ir, contexts: [{ fromZone: "web", toZone: "data", rules: unmet }] });
  expect(reason()).toBe("Denied by policy (tunnel is not carried out yet)");
});

test("a packet of a family that is not forwarded is recorded with the zones of its devices", () => {
  const tuple = { source: address("fd00::1"), destination: address("fd00::2"), protocol: 6 };
  const packet: LoggedPacket = { mark: systemRuleIds.modeDrop, tuple, prefix: "deny", inDevice: "eth9", length: 60 };
  expect(flowRecordOf({ kind: "packet-logged", packet }, contextNow())).toMatchObject({
    policy: { name: "mode-drop" },
    fromZone: "none",
    reason: "Denied by policy",
  });
});
