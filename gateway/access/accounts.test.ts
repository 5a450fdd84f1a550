// What the configuration says of accounts and of logging in, as the servers are told.

import { describe, expect, test } from "vitest";
import { loadForm } from "@merlon/junos/form.ts";
import { readConfiguration } from "@merlon/junos/read.ts";
import type { Configuration } from "@merlon/model/schema/configuration.ts";
import { accountOf, loginRulesOf, userNames } from "./accounts.ts";

function configurationOf(...lines: readonly string[]): Configuration {
  return readConfiguration(loadForm(lines.map((line) => `set ${line}\n`).join(""), { source: "test" }).tree)
    .configuration;
}

const at = "system login user ana authentication";

describe("accounts", () => {
  test.each<[lines: readonly string[], user: string, expected: object | undefined]>([
    [[], "ana", undefined],
    [[], "root", { user: "root", keys: [] }],
    [["system root-authentication encrypted-password x"], "root", { user: "root", keys: [], passwordHash: "x" }],
    [[`${at} encrypted-password x`], "ana", { user: "ana", keys: [], passwordHash: "x" }],
    [["system login user ana class super-user"], "ana", { user: "ana", keys: [] }],
    [
      [
        `${at} ssh-rsa "ssh-rsa AAAA a"`,
        `${at} ssh-ed25519 "ssh-ed25519 BBBB"`,
        `${at} ssh-ed25519 "ssh-ed25519 BBBB" from 10.*`,
      ],
      "ana",
      { user: "ana", keys: [{ text: "ssh-ed25519 BBBB", from: "10.*" }, { text: "ssh-rsa AAAA a" }] },
    ],
    // A key whose options are not enforced opens nothing, and neither does one beside `no-public-keys`.
    [[`${at} ssh-ed25519 "ssh-ed25519 B" key-options restrict`], "ana", { user: "ana", keys: [] }],
    [[`${at} ssh-ed25519 "ssh-ed25519 B"`, `${at} no-public-keys`], "ana", { user: "ana", keys: [] }],
  ])("%s: %s", (lines, user, expected) => {
    expect(accountOf(configurationOf(...lines), user)).toEqual(expected);
  });

  test("are listed by name", () => {
    expect(userNames(configurationOf("system login user b", "system login user a"))).toEqual(["a", "b"]);
  });

  test("an inactive user is none", () => {
    const { tree } = loadForm("system { login { inactive: user a { class super-user; } } }", { source: "test" });
    expect(accountOf(readConfiguration(tree).configuration, "a")).toBeUndefined();
  });
});

describe("rules of logging in", () => {
  test("have the defaults of the original", () => {
    expect(loginRulesOf(configurationOf())).toEqual({
      triesMax: 3,
      promptAttempts: 2,
      backoffMs: 5_000,
      loginTimeMs: 120_000,
      deniedSources: [],
    });
  });

  test("are those of the configuration", () => {
    const retry = "system login retry-options";
    const rules = loginRulesOf(
      configurationOf(
        `${retry} tries-before-disconnect 5`,
        `${retry} backoff-threshold 1`,
        `${retry} backoff-factor 10`,
        `${retry} maximum-time 30`,
        `${retry} lockout-period 2`,
        "system login deny-sources address 10.0.0.0/8",
        String.raw`system login message "one\ntwo"`,
        "system login announcement hello",
      ),
    );
    expect(rules).toMatchObject({
      triesMax: 5,
      promptAttempts: 1,
      backoffMs: 10_000,
      loginTimeMs: 30_000,
      lockoutMs: 120_000,
      message: "one\ntwo\n",
      announcement: "hello\n",
    });
    expect(rules.deniedSources).toHaveLength(1);
  });
});
