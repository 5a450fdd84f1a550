// Users that could do nothing are told of, and nothing is said of the others.

import { expect, test } from "vitest";
import { configurationOf } from "./testing/compile-text.ts";
import { checkLogins } from "./check-logins.ts";
import { DiagnosticList } from "./diagnostic-list.ts";

test.each<[lines: string, expected: readonly string[]]>([
  ["system host-name a", []],
  ["system login user u class super-user; system login user v class read-only", []],
  ["system login class c permissions view; system login user u class c", []],
  ["system login user u full-name x", ["login.no-class: user u has no class and can do nothing"]],
  ["system login user u class c", ["login.no-class: user u can do nothing: there is no login class c"]],
  [
    "system login class c allowed-days monday; system login user u class c",
    ["login.shut-out: user u cannot log in: allowed-days of class c is not enforced"],
  ],
  // A class of a predefined name is not asked, so what it restricts does not count.
  ["system login class read-only allowed-days monday; system login user u class read-only", []],
])("%s", (lines, expected) => {
  const diagnostics = new DiagnosticList();
  const text = lines
    .split("; ")
    .map((line) => `set ${line}\n`)
    .join("");
  checkLogins(configurationOf(text), diagnostics);
  const found = diagnostics.all();
  expect(found.map(({ code, message }) => `${code}: ${message}`)).toEqual(expected);
  expect(found.every(({ severity }) => severity === "warning")).toBe(true);
});
