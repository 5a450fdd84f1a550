// Who hears what, by configuration; and the forms of a line.

import { describe, expect, test } from "vitest";
import { loadConfiguration } from "@merlon/junos/load.ts";
import { readConfiguration } from "@merlon/junos/read.ts";
import { emptyTree } from "@merlon/junos/tree.ts";
import { logLine } from "./log-message.ts";
import type { LogMessage } from "./log-message.ts";
import { planLogs } from "./log-plan.ts";

function planOf(...lines: readonly string[]) {
  const text = lines.map((line) => `set ${line}\n`).join("");
  const { tree, diagnostics } = loadConfiguration(emptyTree, text, { action: "set", source: "test.conf" });
  expect(diagnostics).toEqual([]);
  return planLogs(readConfiguration(tree).configuration);
}

const atMs = Date.UTC(2026, 10, 2, 3, 4, 5, 678);
const base = { atMs, program: "RT_FLOW", fields: [], sentence: "s" } as const;
const open: LogMessage = {
  ...base,
  facility: 1,
  severity: 6,
  name: "RT_FLOW_SESSION_CREATE",
  category: "session-open",
};
const close: LogMessage = { ...open, name: "RT_FLOW_SESSION_CLOSE", category: "session-close" };
const deny: LogMessage = { ...open, name: "RT_FLOW_SESSION_DENY", category: "session-deny" };
const attack: LogMessage = { ...base, facility: 1, severity: 3, name: "RT_SCREEN_TCP", category: "screen" };
const login: LogMessage = {
  ...base,
  facility: 10,
  severity: 6,
  program: "sshd",
  processId: 7,
  name: "SSHD_LOGIN_FAILED",
};
const typed: LogMessage = { ...base, facility: 23, severity: 6, program: "mgd", name: "UI_CMDLINE_READ_LINE" };
const gap: LogMessage = {
  ...base,
  facility: 3,
  severity: 4,
  program: "merlon",
  name: "MERLON_LOG_GAP",
  category: "session-gap",
};
const messages = { open, close, deny, gap, attack, login, typed };
const heard = (hears: (message: LogMessage) => boolean) =>
  Object.entries(messages).flatMap(([name, message]) => (hears(message) ? [name] : []));

describe("security log", () => {
  const siem = "security log stream siem";
  test.each<[string, readonly string[], readonly string[]]>([
    ["everything about traffic", [], ["open", "close", "deny", "gap", "attack"]],
    ["sessions", [`${siem} category session`], ["open", "close", "deny", "gap"]],
    ["two kinds", [`${siem} category session-close`, `${siem} category screen`], ["close", "gap", "attack"]],
    ["a kind that there is not", [`${siem} category ipsec`], []],
    ["by severity", [`${siem} severity error`], ["attack"]],
    ["attacks", [`${siem} filter threat-attack`], ["attack"]],
  ])("%s", (_, lines, names) => {
    const { streams } = planOf(`${siem} host 192.0.2.9`, ...lines);
    expect(streams.map(({ hears }) => heard(hears))).toEqual([names]);
  });

  test("where and how", () => {
    const { streams } = planOf(
      "security log source-address 192.0.2.1",
      "security log format sd-syslog",
      "security log rate-cap 100",
      "security log transport protocol tls",
      "security log transport tls-profile ours",
      `${siem} host 192.0.2.9`,
      "security log stream other host collector.example port 1514",
      "security log stream other format syslog",
      "security log stream other transport protocol udp",
      "security log stream other rate-limit 5",
      "security log stream nowhere category all",
    );
    expect(
      streams.map(({ name, collector, trustProfiles, form, ratePerSecond }) => ({
        name,
        collector,
        trustProfiles,
        form,
        ratePerSecond,
      })),
    ).toEqual([
      {
        name: "security log stream siem",
        collector: { host: "192.0.2.9", port: 6514, protocol: "tls", sourceAddress: "192.0.2.1" },
        trustProfiles: ["ours"],
        form: { kind: "structured" },
        ratePerSecond: 100,
      },
      {
        name: "security log stream other",
        collector: { host: "collector.example", port: 1514, protocol: "udp", sourceAddress: "192.0.2.1" },
        trustProfiles: [],
        form: { kind: "plain" },
        ratePerSecond: 5,
      },
    ]);
  });

  test.each<[string, readonly string[], number, readonly string[]]>([
    ["stream", [], 1, ["gap", "login"]],
    ["event", ["security log mode event"], 0, ["open", "close", "deny", "gap", "attack", "login"]],
    ["both", ["security log mode stream-event"], 1, ["open", "close", "deny", "gap", "attack", "login"]],
    ["none", ["security log disable"], 0, ["gap", "login"]],
  ])("mode %s", (_, lines, streamCount, names) => {
    const host = ["any info", "interactive-commands none"].map((words) => `system syslog host 192.0.2.8 ${words}`);
    const { streams } = planOf(`${siem} host 192.0.2.9`, ...host, ...lines);
    const system = streams.filter(({ name }) => name.startsWith("system"));
    expect(streams.length - system.length).toBe(streamCount);
    expect(system.map(({ hears }) => heard(hears))).toEqual([names]);
  });
});

describe("system syslog", () => {
  test("files, their sizes, and what a line must hold", () => {
    const { files } = planOf(
      "system syslog archive size 2m files 3",
      "system syslog file logins authorization info",
      "system syslog file logins match FAILED",
      "system syslog file commands interactive-commands any",
      "system syslog file commands archive size 100k",
      "system syslog file commands archive world-readable",
      "system syslog file commands structured-data brief",
    );
    expect(
      files.map(({ name, sizeBytesMax, filesMax, worldReadable, form, hears }) => [
        name,
        sizeBytesMax,
        filesMax,
        worldReadable,
        form,
        heard(hears),
      ]),
    ).toEqual([
      ["logins", 2 * 1024 ** 2, 3, false, { kind: "plain" }, ["login"]],
      ["commands", 100 * 1024, 10, true, { kind: "structured", brief: true }, ["typed"]],
    ]);
    expect(files[0]?.shows?.("SSHD_LOGIN_FAILED")).toBe(true);
    expect(files[0]?.shows?.("UI_LOGIN_EVENT")).toBe(false);
  });
});

describe("lines", () => {
  const message: LogMessage = {
    ...login,
    fields: [
      ["username", 'a"]\\\n'],
      ["n", 1],
    ],
    sentence: "no\u001b[2J",
  };
  test.each([
    [
      { kind: "structured" },
      String.raw`<86>1 2026-11-02T03:04:05.678Z gw sshd 7 SSHD_LOGIN_FAILED [junos@2636.1.1.1.2.129 username="a\"\]\\?" n="1"] no?[2J`,
    ],
    [
      { kind: "structured", brief: true },
      String.raw`<86>1 2026-11-02T03:04:05.678Z gw sshd 7 SSHD_LOGIN_FAILED [junos@2636.1.1.1.2.129 username="a\"\]\\?" n="1"]`,
    ],
    [{ kind: "plain" }, "<86>Nov  2 03:04:05 gw sshd[7]: SSHD_LOGIN_FAILED: no?[2J"],
    [
      { kind: "plain", prefix: "edge", explicitPriority: true, excludeHostname: true },
      "<86>Nov  2 03:04:05 edge: sshd[7]: %AUTH-6-SSHD_LOGIN_FAILED: no?[2J",
    ],
  ] as const)("%j", (form, line) => {
    expect(logLine(message, "gw", form)).toBe(line);
  });
});
