// Parts by their keys over two configurations: shared where they say the same, and never taken for what they are not.

import { describe, expect, test } from "vitest";
import { SharedParts } from "./shared-parts.ts";

const old = { terms: [1] };
const before: ReadonlyMap<string, { terms: number[] }> = new Map([["web", old]]);

describe("parts of an earlier configuration", () => {
  test("are taken where their keys say all", () => {
    const parts = new SharedParts(before);
    expect(parts.get("web", () => ({ terms: [2] }))).toBe(old);
    expect(parts.all()).toBe(before);
  });

  test("are taken where they are equal, and are not found before that, where the keys do not say all", () => {
    const parts = new SharedParts(before, false);
    expect(parts.find("web")).toBeUndefined();
    expect(parts.get("web", () => ({ terms: [1] }))).toBe(old);
    expect(parts.find("web")).toBe(old);
    expect(new SharedParts(before, false).get("web", () => ({ terms: [2] }))).toEqual({ terms: [2] });
  });

  test("a new part joins them, and the earlier ones stay as they were", () => {
    const parts = new SharedParts(before);
    const made = parts.get("mail", () => ({ terms: [3] }));
    expect(parts.get("mail", () => ({ terms: [4] }))).toBe(made);
    expect([...parts.all().keys()]).toEqual(["web", "mail"]);
    expect(before.size).toBe(1);
  });
});
