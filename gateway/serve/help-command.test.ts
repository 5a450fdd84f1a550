// What `help` tells of statements and commands, in both modes.

import { describe, expect, test } from "vitest";
import { helpCommand } from "./help-command.ts";

const text = (line: string, mode: "operational" | "configuration" = "configuration"): string =>
  helpCommand(line.split(" ").slice(1), mode).text;

describe("help apropos", () => {
  test("finds statements in configuration mode, with what they are", () => {
    expect(text("help apropos host-name")).toContain("set system host-name\n    ");
    expect(text("help apropos land")).toMatch(/set security screen ids-option <\S+> tcp land\n/);
    expect(text("help ap macsec")).toContain("(kept without effect)");
  });

  test("finds commands in operational mode", () => {
    const found = text("help apropos hit", "operational");
    expect(found).toContain("show security policies hit-count\n    ");
    expect(found).not.toContain("set ");
  });

  test("is bounded, and says when there is nothing", () => {
    expect(text("help apropos a").split("\n").length).toBeLessThan(410);
    expect(text("help apropos a")).toContain("there is more");
    expect(text("help apropos zzzzz")).toContain('nothing has to do with "zzzzz"');
  });
});

describe("help reference", () => {
  test("of a statement", () => {
    const told = text("help reference security flow tcp-mss all-tcp mss");
    expect(told).toMatch(/^set security flow tcp-mss all-tcp mss <\S+>\n\n {4}\S.*\n {4}Effect: enforced\n/);
    expect(text("help reference set security zones")).toContain("  security-zone <zone-name>");
    expect(text("help topic security macsec")).toContain("Effect: none");
  });

  test("of a command", () => {
    expect(text("help reference show security flow session", "operational")).toMatch(
      /^show security flow session\n\n.*\n {4}NETCONF: <get-flow-session-information>\n\nParameters:\n/,
    );
    expect(text("help reference commit", "operational")).toContain("Put the candidate into force");
  });

  test.each(["help nonsense", "help reference", "help reference nonsense", `help apropos ${"x".repeat(300)}`])(
    "%s is refused",
    (line) => {
      expect(helpCommand(line.split(" ").slice(1), "configuration").ok).toBe(false);
    },
  );

  test("help alone shows the commands", () => {
    expect(helpCommand([], "operational").text).toContain("help apropos TEXT");
  });
});
