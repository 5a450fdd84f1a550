// `security flow` and `tcp-options` from their text to what the kernel is told, and what then happens to packets.

import { describe, expect, test } from "vitest";
import { parseIp } from "@merlon/model/ip/address.ts";
import type { IpAddress } from "@merlon/model/ip/address.ts";
import { lowerTable } from "../nft/lower.ts";
import type { NftTable } from "../nft/program.ts";
import { compileText, policyLines, zoneLines } from "../testing/compile-text.ts";
import { runTable } from "../testing/run-table.ts";
import type { Outcome, WirePacket } from "../testing/run-table.ts";
import { withFastDevices } from "./fast-devices.ts";
import { defaultFlowOptions } from "./flow-options.ts";
import type { FlowOptions } from "./flow-options.ts";
import { kernelSettings } from "./kernel-settings.ts";

const session = "set security flow tcp-session";

function lines(...texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join("");
}

describe("what is said, and what is meant", () => {
  test.each<[text: string, changes: Partial<FlowOptions>]>([
    ["set system host-name gw", {}],
    ["set security flow aging early-ageout 5", {}],
    ["set security flow aging low-watermark 50", {}],
    ["set security flow aging high-watermark 90", { aging: { idleSeconds: 20, beginPercent: 90, endPercent: 90 } }],
    [
      lines(
        "set security flow aging high-watermark 90",
        "set security flow aging low-watermark 50",
        "set security flow aging early-ageout 5",
      ),
      { aging: { idleSeconds: 5, beginPercent: 90, endPercent: 50 } },
    ],
    [`${session} no-syn-check`, { synCheck: false }],
    [`${session} no-sequence-check`, { sequenceCheck: false }],
    [`${session} rst-sequence-check`, {}],
    [`${session} strict-syn-check`, {}],
    [`${session} tcp-initial-timeout 4`, { seconds: { initial: 4, closed: 2, reset: 10 } }],
    [`${session} rst-invalidate-session`, { seconds: { initial: 20, closed: 2, reset: 1 } }],
    [`${session} fin-invalidate-session`, { seconds: { initial: 20, closed: 1, reset: 10 } }],
    [`${session} time-wait-state`, { seconds: { initial: 20, closed: 150, reset: 10 } }],
    [`${session} time-wait-state session-timeout 9`, { seconds: { initial: 20, closed: 9, reset: 10 } }],
    [`${session} time-wait-state session-ageout`, { seconds: { initial: 20, closed: 1800, reset: 10 } }],
    [
      lines(`${session} time-wait-state session-timeout 30`, `${session} time-wait-state apply-to-half-close-state`),
      { seconds: { initial: 20, halfClosed: 30, closed: 30, reset: 10 } },
    ],
    [
      lines(`${session} time-wait-state session-timeout 30`, `${session} fin-invalidate-session`),
      { seconds: { initial: 20, closed: 1, reset: 10 } },
    ],
    ["set security flow tcp-mss all-tcp mss 1350", { segmentSizeMax: 1350 }],
    ["set security forwarding-options services-offload disable", { offload: false }],
    ["set security forwarding-options family inet6 mode flow-based", {}],
    ["set security forwarding-options family inet6 mode packet-based", {}],
    ["set security forwarding-options family inet6 mode drop", { droppedFamilies: [6] }],
    ["set security forwarding-options family inet mode drop", { droppedFamilies: [4] }],
  ])("%s", (text, changes) => {
    expect(compileText(text).ir.flow).toEqual({ ...defaultFlowOptions, ...changes });
  });

  test("one policy that asks for sequence checks has them made for all, with a word", () => {
    const asks = policyLines(["a", "b"], "p", { then: "permit tcp-options sequence-check-required" });
    const without = compileText(zoneLines("a", "b") + asks);
    expect(without.diagnostics).toEqual([]);
    const { ir, diagnostics } = compileText(lines(`${session} no-sequence-check`) + zoneLines("a", "b") + asks);
    expect(ir.flow?.sequenceCheck).toBe(true);
    expect(diagnostics).toMatchObject([{ code: "flow.sequence-check-for-all", severity: "warning" }]);
    expect(diagnostics[0]?.message).toMatch(/^policy p asks for sequence checks/);
  });

  test("watermarks the wrong way round", () => {
    const { ir, diagnostics } = compileText(
      lines("set security flow aging high-watermark 50", "set security flow aging low-watermark 60"),
    );
    expect(ir.flow?.aging).toMatchObject({ beginPercent: 50, endPercent: 50 });
    expect(diagnostics).toMatchObject([{ code: "flow.watermarks", severity: "warning" }]);
  });

  test("a policy that does not permit asks for nothing", () => {
    const text = policyLines(["a", "b"], "p", {
      then: "permit no-services-offload, permit tcp-options initial-tcp-mss 99",
    });
    const rulesOf = (then: string) =>
      compileText(zoneLines("a", "b") + then).ir.contexts.flatMap(({ rules }) => rules.slice(0, 1));
    expect(rulesOf(text)[1]).toMatchObject({ tcp: { segmentSizeToClient: 99 }, offload: false });
    expect(rulesOf(policyLines(["a", "b"], "p", { then: "deny" }))[1]).not.toHaveProperty("tcp");
  });
});

test("what the kernel is told", () => {
  const values = (flow: FlowOptions) =>
    Object.fromEntries(kernelSettings(flow).map(({ name, value }) => [name.replace(/^.*conntrack_tcp_/, ""), value]));
  expect(values(defaultFlowOptions)).toEqual({
    loose: "0",
    be_liberal: "0",
    timeout_syn_sent: "20",
    timeout_syn_recv: "20",
    timeout_fin_wait: "120",
    timeout_close_wait: "60",
    timeout_time_wait: "2",
    timeout_close: "10",
  });
  const seconds = { initial: 4, halfClosed: 9, closed: 9, reset: 1 };
  const free = { ...defaultFlowOptions, synCheck: false, sequenceCheck: false, seconds };
  expect(values(free)).toMatchObject({ loose: "1", be_liberal: "1", timeout_fin_wait: "9", timeout_close: "1" });
  // Only what lets fewer packets pass comes before a change of policy.
  const strictOf = (flow: FlowOptions) => kernelSettings(flow).filter(({ strict }) => strict).length;
  expect([strictOf(defaultFlowOptions), strictOf(free)]).toEqual([2, 0]);
});

function address(text: string): IpAddress {
  const found = parseIp(text);
  if (found === undefined) throw new Error(text);
  return found;
}

const flags = { syn: 2, synAck: 18, ack: 16, fin: 1, rst: 4, pushAck: 24, synEcn: 2 + 64 + 128 } as const;

function packet(more: Partial<WirePacket> = {}, family: 4 | 6 = 4): WirePacket {
  const [source, destination] = family === 4 ? ["10.0.0.1", "10.0.0.2"] : ["2001:db8::1", "2001:db8::2"];
  return {
    iifname: "eth-a",
    oifname: "eth-b",
    source: address(source ?? ""),
    destination: address(destination ?? ""),
    protocol: 6,
    sourcePort: 40_000,
    destinationPort: 80,
    state: "new",
    ctMark: 0,
    ...more,
  };
}

describe("a policy that asks for SYN where the others do not", () => {
  const policies =
    policyLines(["a", "b"], "strict", { application: "junos-http", then: "permit tcp-options syn-check-required" }) +
    policyLines(["a", "b"], "free", {});
  const table = (check: boolean): NftTable =>
    lowerTable(compileText((check ? "" : lines(`${session} no-syn-check`)) + zoneLines("a", "b") + policies).ir, 1);

  test.each<[what: string, change: Partial<WirePacket>, verdict: Outcome["verdict"]]>([
    ["SYN", { tcpFlags: flags.syn }, "accept"],
    ["SYN with ECN", { tcpFlags: flags.synEcn }, "accept"],
    ["SYN and ACK", { tcpFlags: flags.synAck }, "drop"],
    ["ACK", { tcpFlags: flags.ack }, "drop"],
    ["data", { tcpFlags: flags.pushAck }, "drop"],
    ["FIN", { tcpFlags: flags.fin }, "drop"],
    ["SYN and FIN", { tcpFlags: flags.syn | flags.fin }, "drop"],
    ["RST", { tcpFlags: flags.rst }, "drop"],
    ["nothing", { tcpFlags: 0 }, "drop"],
    ["ACK to another policy", { tcpFlags: flags.ack, destinationPort: 81 }, "accept"],
    ["UDP", { protocol: 17, destinationPort: 80 }, "accept"],
  ])("%s", (_, change, verdict) => {
    for (const family of [4, 6] as const) {
      const outcome = runTable(table(false), "forward", packet(change, family));
      expect(outcome.verdict).toBe(verdict);
      // What is dropped leaves no mark behind, so that an answer cannot bring it to life.
      expect(outcome.ctMark !== 0).toBe(verdict === "accept");
      expect(outcome.counted).toHaveLength(verdict === "accept" ? 1 : 0);
    }
  });

  test("of all flags that a packet can have, SYN without ACK, FIN and RST", () => {
    const lowered = table(false);
    for (let tcpFlags = 0; tcpFlags < 256; tcpFlags++) {
      const begins = (tcpFlags & flags.syn) !== 0 && (tcpFlags & (flags.ack | flags.fin | flags.rst)) === 0;
      expect(runTable(lowered, "forward", packet({ tcpFlags })).verdict).toBe(begins ? "accept" : "drop");
    }
  });

  test("where the kernel asks every session, no rule does", () => {
    const names = (check: boolean) => table(check).chains.map(({ name }) => name);
    expect(names(true).filter((name) => name.startsWith("syn_"))).toEqual([]);
    expect(names(false).filter((name) => name.startsWith("syn_"))).toEqual(["syn_1_g1"]);
  });

  test("times of the application come behind it", () => {
    const text =
      lines(
        `${session} no-syn-check`,
        "set applications application w protocol tcp destination-port 80 inactivity-timeout 300",
      ) +
      zoneLines("a", "b") +
      policyLines(["a", "b"], "strict", { application: "w", then: "permit tcp-options syn-check-required" });
    const lowered = lowerTable(compileText(text).ir, 1);
    expect(runTable(lowered, "forward", packet())).toMatchObject({ verdict: "accept", timeout: "tcp_300" });
    expect(runTable(lowered, "forward", packet({ tcpFlags: flags.ack })).verdict).toBe("drop");
  });
});

describe("segments without a session", () => {
  const table = (...zones: readonly string[]): NftTable => {
    const text =
      zoneLines("a", "b") + zones.map((zone) => `set security zones security-zone ${zone} tcp-rst\n`).join("");
    return lowerTable(compileText(text + policyLines(["a", "b"], "p", {})).ir, 1);
  };

  test.each<[what: string, zones: readonly string[], change: Partial<WirePacket>, rejected: Outcome["rejected"]]>([
    ["are dropped silently", [], { state: "invalid" }, undefined],
    ["are answered where the zone says so", ["a"], { state: "invalid" }, "tcp-reset"],
    ["are not answered where another zone does", ["b"], { state: "invalid" }, undefined],
    ["are answered when their session was revoked", ["a"], { state: "established", ctMark: 0 }, "tcp-reset"],
    ["are only of TCP", ["a"], { state: "invalid", protocol: 17 }, undefined],
  ])("%s", (_, zones, change, rejected) => {
    for (const family of [4, 6] as const) {
      const outcome = runTable(table(...zones), "forward", packet({ tcpFlags: flags.ack, ...change }, family));
      expect(outcome.verdict).toBe("drop");
      expect(outcome.rejected).toBe(rejected);
    }
  });

  test("are not answered on a secure wire, and that is said", () => {
    const wire = "set security forwarding-options secure-wire w interface [ eth-a.0 eth-b.0 ]\n";
    const family = ["a", "b"].map((zone) => `set interfaces eth-${zone} unit 0 family ethernet-switching\n`).join("");
    const reset = "set security zones security-zone a tcp-rst\n";
    const { ir, diagnostics } = compileText(wire + family + zoneLines("a", "b") + reset);
    expect(ir.interfaces.every((entry) => entry.wire !== undefined)).toBe(true);
    expect(diagnostics.filter(({ code }) => code === "flow.no-reset-on-wire")).toHaveLength(1);
    expect(lowerTable(ir, 1).sets.map(({ name }) => name)).not.toContain("resetting");
    expect(lowerTable(withFastDevices(ir, new Set(["eth-a", "eth-b"])), 1).flowtables).toBeUndefined();
  });

  test("cost nothing where no zone answers them", () => {
    expect(table().sets.map(({ name }) => name)).not.toContain("resetting");
    expect(table("a").sets.find(({ name }) => name === "resetting")?.elements).toHaveLength(1);
  });
});

describe("segments", () => {
  const text = (mss: number | undefined) =>
    (mss === undefined ? "" : lines(`set security flow tcp-mss all-tcp mss ${mss}`)) +
    zoneLines("a", "b") +
    policyLines(["a", "b"], "p", {
      application: "junos-http",
      then: "permit tcp-options initial-tcp-mss 1200, permit tcp-options reverse-tcp-mss 1100",
    }) +
    policyLines(["a", "b"], "q", {});

  /** What a SYN that says 1460 says behind the gateway. */
  function sizeAfter(table: NftTable, mark: number, tcpFlags: number, says: number, protocol = 6): number | undefined {
    const chain = table.chains.find(({ name }) => name === "segments_g1");
    if (chain === undefined) return undefined;
    const only: NftTable = { ...table, chains: [chain] };
    return (
      runTable(only, "forward", packet({ ctMark: mark, tcpFlags, segmentSize: says, protocol })).segmentSize ?? says
    );
  }

  test.each<[what: string, all: number | undefined, policy: "p" | "q", flags: number, says: number, after: number]>([
    ["no limit", undefined, "q", flags.syn, 1460, 1460],
    ["of all", 1350, "q", flags.syn, 1460, 1350],
    ["of all, answered", 1350, "q", flags.synAck, 1460, 1350],
    ["of all, smaller already", 1350, "q", flags.syn, 536, 536],
    ["of all, no SYN", 1350, "q", flags.ack, 1460, 1460],
    ["of the policy, to the client", undefined, "p", flags.syn, 1460, 1200],
    ["of the policy, to the server", undefined, "p", flags.synAck, 1460, 1100],
    ["of another policy", undefined, "q", flags.syn, 1460, 1460],
    ["of both, the smaller", 1150, "p", flags.syn, 1460, 1150],
    ["of both, the smaller to the server", 1150, "p", flags.synAck, 1460, 1100],
    ["of 65,535 bytes", 65_535, "q", flags.syn, 1460, 1460],
  ])("%s", (_, all, policy, tcpFlags, says, after) => {
    const { ir } = compileText(text(all));
    const id = ir.contexts.flatMap(({ rules }) => rules).find((rule) => rule.policy.name === policy)?.id ?? 0;
    const table = lowerTable(ir, 1);
    expect(sizeAfter(table, id, tcpFlags, says)).toBe(after);
    expect(sizeAfter(table, id, tcpFlags, says, 17)).toBe(says);
  });

  test("without any limit there is no chain", () => {
    const { chains } = lowerTable(compileText(zoneLines("a", "b") + policyLines(["a", "b"], "q", {})).ir, 1);
    expect(chains.map(({ name }) => name)).not.toContain("segments_g1");
  });
});

test("sessions with times of their application have those of TCP's beginning and end, too", () => {
  const timeouts = (more: string) => {
    const text =
      more +
      lines("set applications application w protocol tcp destination-port 80 inactivity-timeout 300") +
      zoneLines("a", "b") +
      policyLines(["a", "b"], "p", { application: "w" });
    return lowerTable(compileText(text).ir, 1).timeouts;
  };
  expect(timeouts("")).toMatchObject([{ name: "tcp_300", seconds: { syn_sent: 20, time_wait: 2, close: 10 } }]);
  // An object in use cannot change: other times have another name.
  expect(timeouts(lines(`${session} tcp-initial-timeout 9`, `${session} rst-invalidate-session`))).toMatchObject([
    { name: "tcp_300_9_k_2_1", seconds: { syn_sent: 9, syn_recv: 9, fin_wait: 120, close: 1 } },
  ]);
});
