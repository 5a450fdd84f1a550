// The state directory against what disks and killed processes do to it.

import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { noRuleIds } from "@merlon/compiler/rule-ids.ts";
import { DamagedFile } from "./checked-text.ts";
import type { Revision } from "./revision.ts";
import { RevisionStore, revisionsKeptMax } from "./revision-store.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "merlon-store-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

function revision(number: number): Revision {
  return {
    number,
    atMs: 1_700_000_000_000 + number,
    user: "ana",
    via: "cli",
    comment: `nr ${number} – “quoted”\nsecond line`,
    configuration: `system {\n    host-name gw${number};\n}\n`,
    ruleIds: { next: 20, ids: { "a b zone-pair x": 16 }, freed: [[17, 19]] },
  };
}

test("an empty directory has no active revision, no journal and starts counting at 1", async () => {
  const store = await RevisionStore.open(join(folder, "deep", "state"));
  expect(await store.readActive()).toBeUndefined();
  expect(await store.readJournal()).toBeUndefined();
  expect(await store.listRevisions()).toEqual([]);
  expect(await store.nextNumber()).toBe(1);
});

test("what was written is read back, by another store too", async () => {
  const store = await RevisionStore.open(folder);
  await store.writeRevision(revision(1));
  await store.writeJournal({ from: null, to: 1, generation: 1 });
  await store.writeActive({ revision: 1, generation: 1 });
  const other = await RevisionStore.open(folder);
  expect(await other.readRevision(1)).toEqual(revision(1));
  expect(await other.readJournal()).toEqual({ from: null, to: 1, generation: 1 });
  expect(await other.readActive()).toEqual({ revision: 1, generation: 1 });
  await other.removeJournal();
  expect(await other.readJournal()).toBeUndefined();
});

test("a revision without a comment keeps none", async () => {
  const store = await RevisionStore.open(folder);
  const { comment: _, ...plain } = revision(1);
  await store.writeRevision({ ...plain, ruleIds: noRuleIds });
  expect(await store.readRevision(1)).toEqual({ ...plain, ruleIds: noRuleIds });
});

test("a revision newer than the active one is not listed, and the next commit takes its place", async () => {
  const store = await RevisionStore.open(folder);
  for (const number of [1, 2, 3]) await store.writeRevision(revision(number));
  await store.writeActive({ revision: 2, generation: 5 });
  expect(await store.listRevisions()).toEqual([2, 1]);
  expect(await store.nextNumber()).toBe(3);
});

test("pruning keeps exactly what rollback can reach", async () => {
  const store = await RevisionStore.open(folder);
  for (let number = 1; number <= revisionsKeptMax + 3; number++) await store.writeRevision(revision(number));
  await store.writeActive({ revision: revisionsKeptMax + 3, generation: 1 });
  await store.prune();
  const kept = await store.listRevisions();
  expect(kept).toHaveLength(revisionsKeptMax);
  expect(kept.at(-1)).toBe(4);
  expect(await store.readRevision(3)).toBeUndefined();
});

test("a killed writer's leftovers vanish at the next start and the old content stands", async () => {
  const store = await RevisionStore.open(folder);
  await store.writeActive({ revision: 1, generation: 1 });
  await writeFile(join(folder, "active.json.new"), '{"revision":2,"gener');
  await writeFile(join(folder, "revisions", "000002.json.new"), "half");
  const next = await RevisionStore.open(folder);
  expect(await next.readActive()).toEqual({ revision: 1, generation: 1 });
  expect(await readdir(join(folder, "revisions"))).toEqual([]);
  expect((await readdir(folder)).toSorted()).toEqual(["active.json", "revisions"]);
});

test("a summary is read without the configuration, however long that is", async () => {
  const store = await RevisionStore.open(folder);
  const { configuration: _, ruleIds: __, ...summary } = revision(7);
  await store.writeRevision({ ...revision(7), configuration: "x".repeat(5_000_000), confirmTimeoutMs: 600_000 });
  expect(await store.readSummary(7)).toEqual({ ...summary, confirmTimeoutMs: 600_000 });
  expect(await store.readSummary(8)).toBeUndefined();
  const long = "\u{1F525}".repeat(256);
  await store.writeRevision({ ...revision(8), comment: long });
  expect((await store.readSummary(8))?.comment).toBe(long);
});

test("a revision of the first format is still read", async () => {
  const store = await RevisionStore.open(folder);
  const body = JSON.stringify(revision(1));
  const sha256 = createHash("sha256").update(body).digest("hex");
  await writeFile(join(folder, "revisions", "000001.json"), `${JSON.stringify({ format: 1, sha256 })}\n${body}\n`);
  expect(await store.readRevision(1)).toEqual(revision(1));
  expect((await store.readSummary(1))?.user).toBe("ana");
  await writeFile(
    join(folder, "revisions", "000001.json"),
    `${JSON.stringify({ format: 1, sha256 })}\n${body.replace("ana", "bo")}\n`,
  );
  await expect(store.readRevision(1)).rejects.toThrow(DamagedFile);
});

test("what must be confirmed stands in the pointer and in the journal", async () => {
  const store = await RevisionStore.open(folder);
  const unconfirmed = { returnTo: 3, deadlineMs: 1_700_000_000_000, leftMs: 599_000.5 };
  await store.writeActive({ revision: 4, generation: 9, unconfirmed });
  await store.writeJournal({ from: 3, to: 4, generation: 9, unconfirmed });
  expect(await store.readActive()).toEqual({ revision: 4, generation: 9, unconfirmed });
  expect(await store.readJournal()).toEqual({ from: 3, to: 4, generation: 9, unconfirmed });
});

test("the revision to return to is not pruned, and is not listed beyond fifty", async () => {
  const store = await RevisionStore.open(folder);
  for (let number = 1; number <= revisionsKeptMax + 5; number++) await store.writeRevision(revision(number));
  await store.writeActive({ revision: revisionsKeptMax + 5, generation: 1 });
  await store.prune(2);
  expect(await store.readRevision(2)).toBeDefined();
  expect(await store.readRevision(3)).toBeUndefined();
  expect(await store.listRevisions()).toHaveLength(revisionsKeptMax);
});

test("rescue configuration and the commit that waits come and go", async () => {
  const store = await RevisionStore.open(folder);
  const scheduled = {
    when: { kind: "time", atMs: 1_800_000_000_000 },
    requestedAtMs: 1_700_000_000_000,
    user: "ana",
    via: "cli",
    configuration: "system {\n}\n",
  } as const;
  expect(await store.readRescue()).toBeUndefined();
  expect(await store.readRescueSummary()).toBeUndefined();
  expect(await store.readScheduled()).toBeUndefined();
  await store.writeRescue(revision(3));
  await store.writeScheduled(scheduled);
  const other = await RevisionStore.open(folder);
  expect(await other.readRescue()).toEqual(revision(3));
  expect((await other.readRescueSummary())?.number).toBe(3);
  expect(await other.readScheduled()).toEqual(scheduled);
  await other.writeScheduled({ ...scheduled, when: { kind: "reboot" }, comment: "night" });
  expect(await store.readScheduled()).toMatchObject({ when: { kind: "reboot" }, comment: "night" });
  await writeFile(
    join(folder, "scheduled.json"),
    (await readFile(join(folder, "scheduled.json"), "utf8")).replace("night", "light"),
  );
  await expect(store.readScheduled()).rejects.toThrow(/scheduled\.json is damaged/);
  await other.removeRescue();
  await other.removeScheduled();
  expect(await store.readRescue()).toBeUndefined();
  expect(await store.readScheduled()).toBeUndefined();
});

describe("a damaged file is named, never half-read", () => {
  test.each([
    ["cut short", (text: string) => text.slice(0, -20)],
    ["one byte changed", (text: string) => text.replace("gw1", "gw2")],
    ["empty", () => ""],
    ["not JSON", () => "\u0000\u0001"],
    ["header alone", (text: string) => text.split("\n", 1)[0] ?? ""],
    ["another format", (text: string) => text.replace('"format":2', '"format":3')],
  ])("revision %s", async (_, damage) => {
    const store = await RevisionStore.open(folder);
    await store.writeRevision(revision(1));
    const path = join(folder, "revisions", "000001.json");
    await writeFile(path, damage(await readFile(path, "utf8")));
    await expect(store.readRevision(1)).rejects.toThrow(DamagedFile);
    await expect(store.readRevision(1)).rejects.toThrow(path);
  });

  test.each([["{"], ['{"revision":0,"generation":1}'], ['{"revision":1}'], ["[]"], [""]])(
    "active.json %s",
    async (text) => {
      const store = await RevisionStore.open(folder);
      await writeFile(join(folder, "active.json"), text);
      await expect(store.readActive()).rejects.toThrow(/active\.json is damaged.*put it back from a backup/s);
    },
  );

  test("journal", async () => {
    const store = await RevisionStore.open(folder);
    await writeFile(join(folder, "commit.journal"), '{"from":"x"}');
    await expect(store.readJournal()).rejects.toThrow(/commit\.journal is damaged/);
  });
});
