// What the operating system says about files, in words that help.

import { describe, expect, test } from "vitest";
import { explainFileError, SetupError } from "./setup-error.mjs";

const failure = (code: string) => Object.assign(new Error(code), { code });

describe("explainFileError", () => {
  test.each([
    ["EROFS", "read-only file system"],
    ["EACCES", "belongs to another user"],
    ["EPERM", "belongs to another user"],
    ["ENOSPC", "The disk is full"],
    ["EDQUOT", "The disk is full"],
  ])("%s → %s", (code, words) => {
    const explained = explainFileError(failure(code), "/a/b");
    expect(explained).toBeInstanceOf(SetupError);
    expect(String(explained)).toContain(words);
    expect(String(explained)).toContain("/a/b");
  });

  test("anything else stays what it is", () => {
    for (const other of [failure("EIO"), new TypeError("bug"), "text", undefined])
      expect(explainFileError(other, "/a")).toBe(other);
  });
});
