// The hidden form of secrets: a known example, and that every text comes back.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hideSecrets } from "./hide-secrets.ts";
import { loadConfiguration } from "./load.ts";
import { printSetLines } from "./set-lines.ts";
import { fromSecretText, isSecretText, toSecretText } from "./secret-text.ts";
import { emptyTree } from "./tree.ts";

describe("the form", () => {
  test("an example of others is read", () => {
    expect(fromSecretText("$9$LbHX-wg4Z")).toBe("lc");
  });

  test("every text comes back, always in one form", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 80 }), (secret) => {
        const hidden = toSecretText(secret);
        expect(isSecretText(hidden)).toBe(true);
        expect(fromSecretText(hidden)).toBe(secret);
        expect(toSecretText(secret)).toBe(hidden);
      }),
    );
  });

  test.each(["", "$9$", "$9$!!", "$8$x", "hello", "$9$LbHX-wg4Zx"])("%j is none", (text) => {
    expect(fromSecretText(text)).toBeUndefined();
  });
});

const sak = "00112233445566778899aabbccddeeff";
const association = "security macsec connectivity-association a";

describe("in a configuration", () => {
  const load = (...lines: readonly string[]) =>
    loadConfiguration(emptyTree, lines.map((line) => `set ${line}\n`).join(""), { action: "set", source: "x" });
  const secret = "correct horse battery staple";

  test.each([
    ["security ike policy p pre-shared-key ascii-text", `"${secret}"`],
    ["system radius-server 192.0.2.1 secret", `"${secret}"`],
    ["groups g system radius-server 192.0.2.1 secret", `"${secret}"`],
    [`${association} secure-channel c security-association 0 key`, sak],
    [`${association} pre-shared-key cak`, sak],
    [`${association} fallback-key cak`, sak],
  ])("%s", (statement, value) => {
    const { tree, diagnostics } = load("system host-name gw", `${statement} ${value}`);
    expect(diagnostics).toEqual([]);
    const hidden = hideSecrets(undefined, tree);
    const lines = printSetLines(hidden);
    expect(lines.join("\n")).not.toMatch(/staple|aabbccddeeff/);
    expect(lines.join("\n")).toContain(`${statement} "$9$`);
    // It is loaded as it is printed, and stays so.
    const again = load(...lines.map((line) => line.replace(/^set /, "")));
    expect(again.diagnostics).toEqual([]);
    expect(hideSecrets(undefined, again.tree)).toBe(again.tree);
    expect(hideSecrets(hidden, hidden)).toBe(hidden);
  });

  test("hashes, and what is no secret, stay as they are", () => {
    const { tree } = load(
      'system login user u authentication encrypted-password "$6$a$b"',
      "system host-name secret",
      'security ike policy p pre-shared-key ascii-text "$9$LbHX-wg4Z"',
      `${association} pre-shared-key ckn 0a1b`,
      "system ntp server 192.0.2.1 key 5",
      "interfaces gr-0/0/0 unit 0 tunnel key 7",
    );
    expect(hideSecrets(undefined, tree)).toBe(tree);
  });

  test("a long secret is read again", () => {
    const long = "x".repeat(200);
    const { tree } = load(`security ike policy p pre-shared-key ascii-text ${long}`);
    const lines = printSetLines(hideSecrets(undefined, tree)).map((line) => line.replace(/^set /, ""));
    expect(load(...lines).diagnostics).toEqual([]);
  });
});
