// Names with numbers in brackets by row: what each pattern means, and which are refused because they mean nothing or too much.

import { describe, expect, test } from "vitest";
import { expandNames } from "./expand-names.ts";

describe("names with numbers", () => {
  test.each<[pattern: string, names: string | undefined]>([
    ["ge-0/0/1", "ge-0/0/1"],
    ["ge-0/0/[0-3]", "ge-0/0/0 ge-0/0/1 ge-0/0/2 ge-0/0/3"],
    ["ge-0/0/[0-5,!2,!4]", "ge-0/0/0 ge-0/0/1 ge-0/0/3 ge-0/0/5"],
    ["ge-0/0/[!1-2,0-3]", "ge-0/0/0 ge-0/0/3"],
    ["ge-[0,2]/0/[1-2]", "ge-0/0/1 ge-0/0/2 ge-2/0/1 ge-2/0/2"],
    ["[9, 7, 7]x", "7x 9x"],
    ["[5-5]", "5"],
    ["a[", undefined],
    ["a]", undefined],
    ["a[]", undefined],
    ["a[x]", undefined],
    ["a[3-1]", undefined],
    ["a[1-2-3]", undefined],
    ["a[!1]", undefined],
    ["a[1,!1]", undefined],
    ["a[0-99999]", undefined],
    ["a[0-200]", undefined],
    ["[0-9][0-9][0-1]", undefined],
  ])("%s", (pattern, names) => {
    expect(expandNames(pattern, 100)?.join(" ")).toBe(names);
  });
});
