// The command line as a table: every option, and every way to mistype one.

import { describe, expect, test } from "vitest";
import { parseArguments, usage } from "./arguments.ts";

describe("parseArguments", () => {
  test.each([
    [[], { kind: "live" }],
    [["--check"], { kind: "check", json: false }],
    [["--check", "--json"], { kind: "check", json: true }],
    [["--json", "--check"], { kind: "check", json: true }],
    [["--help"], { kind: "help" }],
    [["-h", "--check"], { kind: "help" }],
  ])("%j", (words, expected) => {
    expect(parseArguments(words)).toEqual(expected);
  });

  test.each([
    [["--json"], "--check"],
    [["--chekc"], "--chekc"],
    [["check"], "check"],
    [["--check=yes"], "--check"],
    [["-x"], "-x"],
    [[""], ""],
  ])("%j is refused with the word in the message", (words, named) => {
    const result = parseArguments(words);
    expect(result.kind).toBe("wrong");
    expect(result.kind === "wrong" && result.message).toContain(named);
  });

  test("the usage names every option", () => {
    for (const option of ["--check", "--json", "--help"]) expect(usage).toContain(option);
  });
});
