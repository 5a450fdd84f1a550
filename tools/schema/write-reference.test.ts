// The reference pages are what the schema says.

import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { referenceFolder, referencePages } from "./write-reference.ts";

test("the pages are current: run `node tools/schema/write-reference.ts`", () => {
  const pages = referencePages();
  expect(readdirSync(referenceFolder).toSorted()).toEqual([...pages.keys()].toSorted());
  for (const [name, text] of pages) expect(readFileSync(path.join(referenceFolder, name), "utf8"), name).toBe(text);
});

test("they say what is enforced and what is kept", () => {
  const security = referencePages().get("security.md") ?? "";
  expect(security).toContain("| `security zones security-zone <name>` | Security zone |  |  | yes |");
  expect(security).toContain("| `security nat source rule-set <name>` |");
  expect(security).toContain("`security ipsec`");
  expect(security).not.toContain("`security ipsec vpn");
});
