// What login classes open: the predefined ones, permissions, and regular expressions beyond them, as tables of what is asked and
// what comes of it.

import { expect, test, describe } from "vitest";
import { loadForm } from "@merlon/junos/form.ts";
import { readConfiguration } from "@merlon/junos/read.ts";
import type { Configuration } from "@merlon/model/schema/configuration.ts";
import { accessOf, superUser } from "./access.ts";
import type { Access } from "./access.ts";
import { liveAccess } from "./live-access.ts";

function configurationOf(...lines: readonly string[]): Configuration {
  const loaded = loadForm(lines.map((line) => `set ${line}\n`).join(""), { source: "test" });
  const read = readConfiguration(loaded.tree);
  expect([...loaded.diagnostics, ...read.diagnostics].filter(({ severity }) => severity === "error")).toEqual([]);
  return read.configuration;
}

/** What a user of a class with these statements may do. */
function withClass(...statements: readonly string[]): Access {
  const own = statements.map((statement) => `system login class c ${statement}`);
  const access = accessOf(configurationOf(...own, "system login user u class c"), "u");
  if (access === undefined) throw new Error("the user is not let in");
  return access;
}

function predefined(name: string): Access {
  const access = accessOf(configurationOf(`system login user u class ${name}`), "u");
  if (access === undefined) throw new Error("the user is not let in");
  return access;
}

const commands = [
  "show security policies",
  "show log messages",
  "show configuration",
  "clear security flow session all",
  "clear system commit",
  "ping 10.0.0.1",
  "monitor security flow",
  "restart web-management",
  "request system logout user a",
  "request support information",
  "configure",
  "set",
  "commit",
  "load merge terminal",
  "rollback 0",
  "rollback 1",
  "file show x",
  "start shell",
  "set cli screen-length 0",
  "unheard of",
  "exit",
] as const;

const paths = [
  "system host-name a",
  "system login user a",
  "system root-authentication encrypted-password x",
  "security policies from-zone a to-zone b",
  "security ike proposal p",
  "interfaces eth1 unit 0",
  "routing-options static route 0/0",
  "applications application a",
  "snmp community c",
  "access profile p",
  "firewall family inet",
  "groups g security zones",
  "groups g",
  "apply-groups g",
  "unheard-of",
] as const;

describe("predefined classes", () => {
  test.each<[name: string, commands: readonly string[]]>([
    ["super-user", commands],
    ["superuser", commands],
    [
      "operator",
      [
        "show security policies",
        "show log messages",
        "show configuration",
        "clear security flow session all",
        "ping 10.0.0.1",
        "monitor security flow",
        "restart web-management",
        "set cli screen-length 0",
        "exit",
      ],
    ],
    ["read-only", ["show security policies", "show configuration", "set cli screen-length 0", "exit"]],
    ["unauthorized", ["set cli screen-length 0", "exit"]],
    ["no-such-class", ["set cli screen-length 0", "exit"]],
  ])("%s", (name, expected) => {
    const access = predefined(name);
    expect(commands.filter((command) => access.mayRun(command))).toEqual(expected);
    const isSuper = name.startsWith("super");
    expect(paths.filter((path) => access.mayConfigure(path.split(" ")))).toEqual(isSuper ? paths : []);
    expect(paths.filter((path) => access.mayView(path.split(" ")))).toEqual(isSuper ? paths : []);
    expect([access.unlimited, access.seesSecrets]).toEqual([isSuper, isSuper]);
  });

  test("cannot be changed by a class of the same name", () => {
    const configuration = configurationOf(
      "system login class read-only permissions all",
      "system login user u class read-only",
    );
    expect(accessOf(configuration, "u")?.mayRun("configure")).toBe(false);
  });
});

describe("permissions", () => {
  test.each<[words: string, sees: string, changes: string]>([
    ["view", "", ""],
    ["security", "security policies, security ike, groups g security", ""],
    ["[ configure security ]", "security policies, security ike, groups g security", ""],
    // Without configuration mode nothing is changed.
    ["security-control", "security policies, security ike, groups g security", ""],
    [
      "[ configure security-control ]",
      "security policies, security ike, groups g security",
      "security policies, security ike, groups g security",
    ],
    ["[ configure admin-control ]", "system login, system root", "system login, system root"],
    ["[ configure system-control ]", "system host, applications", "system host, applications"],
    ["[ configure interface-control routing ]", "interfaces, routing-options", "interfaces"],
    ["view-configuration", "every", ""],
    ["[ configure control ]", "every", "every"],
    ["[ configure all-control ]", "every", "every"],
    ["all", "every", "every"],
    ["[ floppy unified-edge ]", "", ""],
  ])("%s", (words, sees, changes) => {
    const access = withClass(`permissions ${words}`);
    const among = (list: string): readonly string[] =>
      paths.filter(
        (path) => list === "every" || list.split(", ").some((begin) => begin !== "" && path.startsWith(begin)),
      );
    expect(paths.filter((path) => access.mayView(path.split(" ")))).toEqual(among(sees));
    expect(paths.filter((path) => access.mayConfigure(path.split(" ")))).toEqual(among(changes));
  });

  test.each<[words: string, seesSecrets: boolean]>([
    ["view-configuration", false],
    ["secret", true],
    ["secret-control", true],
    ["control", true],
    ["all", true],
  ])("%s: secrets are seen: %s", (words, expected) => {
    expect(withClass(`permissions ${words}`).seesSecrets).toBe(expected);
  });

  test("who sees the configuration follows no packets", () => {
    expect(withClass("permissions [ view view-configuration ]").mayRun("monitor security flow")).toBe(false);
    expect(withClass("permissions [ view trace ]").mayRun("monitor security flow")).toBe(true);
    expect(withClass("permissions trace-control").mayRun("monitor security flow")).toBe(true);
  });

  test("who may roll back may do so in configuration mode alone", () => {
    expect(withClass("permissions rollback").mayRun("rollback 1")).toBe(false);
    expect(withClass("permissions [ rollback configure ]").mayRun("rollback 1")).toBe(true);
    expect(withClass("permissions configure").mayRun("rollback 1")).toBe(false);
    expect(withClass("permissions configure").mayRun("rollback")).toBe(true);
  });
});

describe("regular expressions", () => {
  test.each<[statements: string, line: string, expected: boolean]>([
    ["permissions view; allow-commands ping", "ping 10.0.0.1", true],
    ["permissions view; allow-commands ping", "traceroute 10.0.0.1", false],
    // What allows begins where the line begins, and what denies may stand anywhere.
    ["permissions view; allow-commands system", "request system reboot", false],
    ["permissions all; deny-commands system", "request system reboot", false],
    ["permissions all; deny-commands system", "show version", true],
    ['permissions view; deny-commands "show security"', "show security policies", false],
    ['permissions view; deny-commands "show security"', "show interfaces", true],
    ['permissions view; deny-commands "^show interfaces$"', "show interfaces", false],
    ['permissions view; deny-commands "^show interfaces$"', "show interfaces terse", true],
    ['permissions view; deny-commands "SHOW Sec"', "show security policies", false],
    // The match that reaches further counts; of two that reach as far the one that allows.
    ['permissions view; deny-commands show; allow-commands "show version"', "show version", true],
    ['permissions view; deny-commands show; allow-commands "show version"', "show interfaces", false],
    ['permissions view; allow-commands show; deny-commands "show version"', "show version", false],
    ['permissions view; allow-commands "show ver.*"; deny-commands "show ver.*"', "show version", true],
    ['allow-commands "(show version)|(show interfaces)"', "show interfaces terse", true],
    ['allow-commands "(show version)|(show interfaces)"', "show route", false],
    // Sets: whatever denies wins.
    [
      'permissions view; allow-commands-regexps [ "show version" ]; deny-commands-regexps [ show ]',
      "show version",
      false,
    ],
    ['permissions view; deny-commands-regexps [ "show log" "show route" ]', "show route", false],
    ['permissions view; deny-commands-regexps [ "show log" "show route" ]', "show interfaces", true],
  ])("%s: %s", (statements, line, expected) => {
    expect(withClass(...statements.split("; ")).mayRun(line)).toBe(expected);
  });

  test.each<[statements: string, path: string, expected: boolean]>([
    ['permissions [ configure ]; allow-configuration "interfaces eth1"', "interfaces eth1 unit 0", true],
    ['permissions [ configure ]; allow-configuration "interfaces eth1"', "interfaces eth2 unit 0", false],
    ['permissions view; allow-configuration "interfaces eth1"', "interfaces eth1 unit 0", false],
    ['permissions all; deny-configuration "system services"', "system services ssh", false],
    ['permissions all; deny-configuration "system services"', "system host-name", true],
    // A group does not lead around what is denied.
    ['permissions all; deny-configuration "system services"', "groups g system services ssh", false],
    ['permissions all; deny-configuration-regexps [ "security .*" "system login" ]', "security zones", false],
    ['permissions all; deny-configuration-regexps [ "security .*" "system login" ]', "interfaces eth1", true],
  ])("%s: %s", (statements, path, expected) => {
    expect(withClass(...statements.split("; ")).mayConfigure(path.split(" "))).toBe(expected);
  });

  test("one that could take for ever takes no time", () => {
    const access = withClass('allow-commands "(a+)+(b+)+(a|aa)+$"');
    expect(access.mayRun(`${"a".repeat(5_000)}!`)).toBe(false);
  });

  test("who has all permissions and an expression is not unlimited", () => {
    expect(withClass("permissions all").unlimited).toBe(true);
    expect(withClass("permissions all", "deny-commands x").unlimited).toBe(false);
    expect(withClass("permissions all", "deny-configuration x").unlimited).toBe(false);
  });
});

describe("users", () => {
  test("root is there without being configured, and nobody else", () => {
    const configuration = configurationOf("system host-name a");
    expect(accessOf(configuration, "root")?.unlimited).toBe(true);
    expect(accessOf(configuration, "admin")).toBeUndefined();
    expect(superUser("x").mayConfigure(["system"])).toBe(true);
  });

  test("without a class may do nothing", () => {
    const access = accessOf(configurationOf("system login user u full-name x"), "u");
    expect(access?.className).toBe("unauthorized");
    expect(commands.filter((command) => access?.mayRun(command) === true)).toEqual(["set cli screen-length 0", "exit"]);
  });

  test.each(["access-start 08:00; access-end 17:00", "allowed-days monday", "tenant t"])(
    "with %s are not let in",
    (line) => {
      const lines = line.split("; ").map((one) => `system login class c ${one}`);
      expect(accessOf(configurationOf(...lines, "system login user u class c"), "u")).toBeUndefined();
    },
  );

  test.each<[lines: string, expected: number | undefined]>([
    ["system login user u class c; system login class c idle-timeout 5", 300_000],
    ["system login user u class c; system login class c idle-timeout 0", Number.POSITIVE_INFINITY],
    ["system login user u class c; system login class c permissions view; system login idle-timeout 7", 420_000],
    ["system login user u class read-only", undefined],
  ])("%s: idle %s", (lines, expected) => {
    expect(accessOf(configurationOf(...lines.split("; ")), "u")?.idleTimeoutMs).toBe(expected);
  });

  test("follow the configuration in force", () => {
    let configuration = configurationOf("system login user u class super-user");
    const access = liveAccess(() => configuration, "u");
    expect(access?.mayRun("configure")).toBe(true);
    configuration = configurationOf("system login user u class read-only");
    expect([access?.mayRun("configure"), access?.mayRun("show version"), access?.className]).toEqual([
      false,
      true,
      "read-only",
    ]);
    configuration = configurationOf("system host-name a");
    expect([access?.mayRun("show version"), access?.mayView(["system"]), access?.className]).toEqual([
      false,
      false,
      "unauthorized",
    ]);
    expect(liveAccess(() => configuration, "u")).toBeUndefined();
  });
});
