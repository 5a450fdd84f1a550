// Hashes of other systems are understood, and those that are made are understood by other systems: the expected ones come from
// crypt(3) of another program.

import { describe, expect, test } from "vitest";
import { hashPassword, passwordLengthMax, verifyPassword } from "./password-hash.ts";

const hashes = {
  md5: "$1$abcdefgh$cHJi5PXp/ki/ktXzqlk6I1",
  sha256: "$5$abcdefgh$gruCpC7VkOTspMQTTSAR8mtlO9Upms.fwqE5y16JVM.",
} as const;

describe("a password", () => {
  test.each(Object.entries(hashes))("is verified against %s", async (_, hash) => {
    expect(await verifyPassword("secret", hash)).toBe(true);
    expect(await verifyPassword("Secret", hash)).toBe(false);
    expect(await verifyPassword("", hash)).toBe(false);
  });

  test("is hashed with SHA-512 and a salt of its own", async () => {
    const [one, two] = [hashPassword("pässword ☃"), hashPassword("pässword ☃")];
    expect(one).toMatch(/^\$6\$[./0-9A-Za-z]{16}\$[./0-9A-Za-z]{86}$/);
    expect(one).not.toBe(two);
    expect(await verifyPassword("pässword ☃", one)).toBe(true);
    expect(await verifyPassword("passwort", one)).toBe(false);
  });

  test.each<[what: string, hash: string | undefined]>([
    ["no hash", undefined],
    ["an empty hash", ""],
    ["a locked one", "*"],
    ["a locked one that looks like a failure", "*0"],
    ["another scheme", "$9$abcdefgh"],
    ["traditional DES", "ab4yZJ0HlCGvs"],
    ["a hash that is cut", "$6$abcdefgh"],
    ["the salt alone", "$6$abcdefgh$"],
    ["something with a line end", "$6$abc\nd$x"],
    ["a placeholder", "$ABC123"],
  ])("never fits %s", async (_, hash) => {
    expect(await verifyPassword("secret", hash)).toBe(false);
    expect(await verifyPassword("", hash)).toBe(false);
  });

  test.each([`${"x".repeat(passwordLengthMax)}x`, "secret\0more"])(
    "that cannot be one is refused: %#",
    async (word) => {
      expect(await verifyPassword(word, hashes.sha256)).toBe(false);
    },
  );

  test("is verified with others at the same time, and too many are refused rather than kept", async () => {
    const answers = await Promise.all(Array.from({ length: 200 }, () => verifyPassword("secret", hashes.md5)));
    const rightCount = answers.filter(Boolean).length;
    expect(rightCount).toBeGreaterThanOrEqual(64);
    expect(rightCount).toBeLessThan(200);
    expect(await verifyPassword("secret", hashes.md5)).toBe(true);
  });
});
