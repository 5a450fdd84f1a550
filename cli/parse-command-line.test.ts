// Words of the command line: which command, which options, and the sentence for what is wrong.

import { describe, expect, test } from "vitest";
import type { Command } from "./command.ts";
import { commands } from "./commands.ts";
import { commandHelp, generalHelp } from "./help.ts";
import { parseCommandLine } from "./parse-command-line.ts";

const lineOf = (text: string): ReturnType<typeof parseCommandLine> =>
  parseCommandLine(
    text.split(" ").filter((word) => word !== ""),
    commands,
  );

describe("what is called", () => {
  test.each<[line: string, command: string, positionals: string[], values: object, switches: string[]]>([
    ["config convert --to set a.conf", "config convert", ["a.conf"], { to: "set" }, []],
    ["config convert a.conf --to=set", "config convert", ["a.conf"], { to: "set" }, []],
    ["config check --json -", "config check", ["-"], {}, ["json"]],
    ["config check -- --odd-name", "config check", ["--odd-name"], {}, []],
    ["config diff a b --set --exit-code", "config diff", ["a", "b"], {}, ["set", "exit-code"]],
    ["config show a security zones", "config show", ["a", "security", "zones"], {}, []],
    ["match a --batch -", "match", ["a"], { batch: "-" }, []],
    ["compile a --generation 3", "compile", ["a"], { generation: "3" }, []],
  ])("%s", (text, command, positionals, values, switches) => {
    const line = lineOf(text);
    expect(line).toMatchObject({ kind: "run", call: { positionals, values } });
    if (line.kind !== "run") return;
    expect(line.command.words.join(" ")).toBe(command);
    expect([...line.call.switches].toSorted()).toEqual(switches.toSorted());
  });

  test.each<[line: string, about: string | undefined]>([
    ["help", undefined],
    ["--help", undefined],
    ["-h", undefined],
    ["help config", undefined],
    ["help match", "match"],
    ["help config diff", "config diff"],
    ["config diff --help", "config diff"],
    ["config diff -h a b c d", "config diff"],
  ])("help: %s", (text, about) => {
    const line = lineOf(text);
    expect(line.kind).toBe("help");
    expect(line.kind === "help" ? line.command?.words.join(" ") : "").toBe(about);
  });

  test.each(["--version", "-V"])("version: %s", (text) => {
    expect(lineOf(text)).toEqual({ kind: "version" });
  });
});

describe("what is wrong", () => {
  test.each<[line: string, message: string]>([
    ["", "a command is missing"],
    ["convert", 'there is no command "convert"; there are config, match, compile, cli, lab, help'],
    ["confg check a", 'there is no command "confg"; did you mean "config"?'],
    ["config", '"config" needs one of convert, check, diff, show'],
    ["config --json", '"config" needs one of convert, check, diff, show'],
    ["config chck a", 'there is no command "config chck"; did you mean "check"?'],
    ["config xyz a", 'there is no command "config xyz"; there are convert, check, diff, show'],
    ["help xyz", 'there is no command "xyz"; there are config, match, compile, cli, lab, help'],
    ["config check", "something is missing: the command takes FILE"],
    ["config diff a", "something is missing: the command takes FILE-A FILE-B"],
    ["config check a b", '"b" is too much: the command takes FILE'],
    ["config check a --joson", 'there is no option --joson; did you mean "--json"?'],
    ["config check a -x", "there is no option -x"],
    ["config check a --json=yes", "Option '--json' does not take an argument"],
    ["compile a --generation", "Option '--generation <value>' argument missing"],
    ["compile a --generation 1 --generation 2", "--generation is given twice"],
  ])("%s", (text, message) => {
    expect(lineOf(text)).toMatchObject({ kind: "wrong", message });
  });
});

describe("help", () => {
  test("names every command, in lines that fit a terminal", () => {
    const text = generalHelp(commands);
    for (const { words, summary } of commands) expect(text).toContain(`  ${words.join(" ").padEnd(14)}  ${summary}\n`);
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  const byName = commands.map((command) => [command.words.join(" "), command] as const);
  test.each<readonly [name: string, command: Command]>(byName)(
    "of %s names its options and good examples",
    (_, command) => {
      const text = commandHelp(command);
      expect(text.startsWith(`${command.summary}\n\nusage: merlon ${command.words.join(" ")} `)).toBe(true);
      for (const name of Object.keys(command.options)) expect(text).toContain(`  --${name}`);
      expect(command.examples.length).toBeGreaterThan(0);
      for (const example of command.examples) {
        const called = /merlon ([^|<>]*)/.exec(example)?.[1] ?? "";
        expect(lineOf(called), example).toMatchObject({ kind: "run", command });
      }
    },
  );
});
