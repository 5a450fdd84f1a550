// No password in plain text stays in a tree, wherever it stands and however it came there.

import { describe, expect, test } from "vitest";
import fc from "fast-check";
import { loadForm, printForm } from "@merlon/junos/form.ts";
import { emptyTree } from "@merlon/junos/tree.ts";
import type { ConfigNode } from "@merlon/junos/tree.ts";
import { hashPasswords, plainPasswordsMax, TooManyPasswords } from "./hash-passwords.ts";

const hash = (password: string): string => `hash-of-${password.length}`;

function tree(...lines: readonly string[]): ConfigNode {
  const { tree: loaded, diagnostics } = loadForm(lines.map((line) => `set ${line}\n`).join(""), { source: "test" });
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  return loaded;
}

describe("hashPasswords", () => {
  test.each<[before: string, after: string]>([
    [
      "system login user a authentication plain-text-password-value abcdef",
      "system login user a authentication encrypted-password hash-of-6",
    ],
    [
      "system root-authentication plain-text-password-value ab",
      "system root-authentication encrypted-password hash-of-2",
    ],
    [
      "groups g system login user <*> authentication plain-text-password-value abc",
      "groups g system login user <*> authentication encrypted-password hash-of-3",
    ],
  ])("%s", (before, after) => {
    expect(printForm(hashPasswords(tree(before), hash), "set")).toBe(`set ${after}\n`);
  });

  test("the one in plain text counts where a hash stands beside it", () => {
    const at = "system login user a authentication";
    const both = tree(`${at} encrypted-password old`, `${at} plain-text-password-value new`, `${at} no-public-keys`);
    const text = printForm(hashPasswords(both, hash), "set");
    expect(text).toContain("encrypted-password hash-of-3\n");
    expect(text).not.toContain("old");
    expect(text).toContain("no-public-keys");
  });

  test("a tree without any is the same tree", () => {
    const without = tree(
      "system host-name a",
      "system login user a authentication encrypted-password x",
      "groups g system",
    );
    expect(hashPasswords(without, hash)).toBe(without);
    expect(hashPasswords(emptyTree, hash)).toBe(emptyTree);
  });

  test("what it does not touch is shared", () => {
    const before = tree("system root-authentication plain-text-password-value a", "security zones security-zone z");
    const after = hashPasswords(before, hash);
    expect(after.children.get("security")).toBe(before.children.get("security"));
  });

  test("more than the limit are refused as a whole", () => {
    const users = (count: number): ConfigNode =>
      tree(
        ...Array.from(
          { length: count },
          (_, i) => `system login user u${i} authentication plain-text-password-value x`,
        ),
      );
    expect(() => hashPasswords(users(plainPasswordsMax + 1), hash)).toThrow(TooManyPasswords);
    expect(printForm(hashPasswords(users(plainPasswordsMax), hash), "set")).not.toContain("plain-text");
  });

  test("law: nothing of a password is left", () => {
    const password = fc.stringMatching(/^[A-Za-z0-9!#%&()*+,./:<=>?@^_-]{8,40}$/);
    fc.assert(
      fc.property(fc.uniqueArray(password, { minLength: 1, maxLength: 5 }), fc.boolean(), (passwords, inGroup) => {
        const at = inGroup ? "groups g system" : "system";
        const lines = passwords.map(
          (one, i) => `${at} login user u${i} authentication plain-text-password-value "${one}"`,
        );
        const text = printForm(hashPasswords(tree(...lines), hash), "json");
        for (const one of passwords) expect(text).not.toContain(one);
      }),
      { numRuns: 50 },
    );
  });
});
