// The file of remembered answers: what is written is read, and damage is noticed.

import fc from "fast-check";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { anyRangeSet } from "@merlon/compiler/testing/arbitrary-ir.ts";
import { encodeChecked } from "../store/checked-text.ts";
import { readAnswerFile, writeAnswerFile } from "./answer-file.ts";

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "merlon-names-"));
  path = join(folder, "names.json");
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

test("law: what is written is read", async () => {
  const answer = fc.record(
    {
      name: fc.domain(),
      family: fc.constantFrom(4 as const, 6 as const),
      ttlSeconds: fc.nat(100_000),
      atMs: fc.nat(1_000_000),
      ranges: anyRangeSet,
    },
    { requiredKeys: ["name", "ttlSeconds", "atMs", "ranges"] },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(answer, { maxLength: 5 }), async (answers) => {
      await writeAnswerFile(path, answers);
      expect(await readAnswerFile(path, 2_000_000)).toEqual(answers);
    }),
    { numRuns: 30 },
  );
});

test("no file is no answers", async () => {
  expect(await readAnswerFile(path, 0)).toEqual([]);
});

test("an answer from the future, which a wrong clock wrote, is one of now", async () => {
  await writeAnswerFile(path, [{ name: "a", ttlSeconds: 60, atMs: 9_000, ranges: { ipv4: [], ipv6: [] } }]);
  expect((await readAnswerFile(path, 5_000))[0]?.atMs).toBe(5_000);
});

const good = { name: "a", ttlSeconds: 60, atMs: 0, ranges: [["192.0.2.1", "192.0.2.1"]] };

test.each<[string, unknown]>([
  ["no list", {}],
  ["a TTL below zero", [{ ...good, ttlSeconds: -1 }]],
  ["another IP version", [{ ...good, family: 5 }]],
  ["no address", [{ ...good, ranges: [["here", "there"]] }]],
  ["two IP versions", [{ ...good, ranges: [["192.0.2.1", "2001:db8::1"]] }]],
  ["a range that ends before it begins", [{ ...good, ranges: [["192.0.2.2", "192.0.2.1"]] }]],
  ["too many names", Array.from({ length: 4_097 }, () => good)],
])("%s is refused", async (_, body) => {
  await writeFile(path, encodeChecked(1, {}, body));
  await expect(readAnswerFile(path, 0)).rejects.toMatchObject({ name: "DamagedFile" });
});

test("a changed byte is noticed", async () => {
  await writeFile(path, encodeChecked(1, {}, [good]));
  const text = await readFile(path, "utf8");
  await writeFile(path, text.replaceAll("192.0.2.1", "192.0.2.2"));
  await expect(readAnswerFile(path, 0)).rejects.toThrow("checksum");
});
