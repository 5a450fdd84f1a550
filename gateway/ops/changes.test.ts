// Operational commands that change something: counters that begin again, neighbors that are forgotten, a kernel that is
// written again; what they touch, and what they leave alone.

import { mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runCommand } from "../serve/command.ts";
import { busyGateway } from "../testing/busy-gateway.ts";
import type { BusyGateway } from "../testing/busy-gateway.ts";
import { expectEnforced, typeAs } from "../testing/test-gateway.ts";

let busy: BusyGateway;
const type = (line: string): Promise<string> => typeAs(busy.gateway, "ana", line);

beforeEach(async () => {
  busy = await busyGateway(join(import.meta.dirname, "golden/gateway.conf"));
});
afterEach(() => rm(busy.folder, { recursive: true }));

describe("clear security policies hit-count", () => {
  const countOf = async (policy: string): Promise<string | undefined> =>
    new RegExp(` ${policy} +(\\d+) `).exec(await type("show security policies hit-count"))?.[1];

  test.each([
    ["", "0", "0"],
    [" policy-name sql", "0", "9"],
    [" from-zone users to-zone data", "0", "9"],
    [" from-zone data to-zone users", "37", "9"],
    [" policy-name nobody", "37", "9"],
  ])("with%s", async (words, sql, telnet) => {
    await type(`clear security policies hit-count${words}`);
    expect([await countOf("sql"), await countOf("no-telnet")]).toEqual([sql, telnet]);
    expectEnforced(busy.gateway, busy.kernel);
  });

  test("in one transaction, so that no packet meets the set without its elements", async () => {
    const before = busy.kernel.transactions.length;
    await type("clear security policies hit-count");
    const [transaction, ...more] = busy.kernel.transactions.slice(before);
    expect(transaction?.map(({ kind }) => kind)).toEqual(["delete-elements", "add-elements"]);
    expect(more).toEqual([]);
  });
});

describe("clear arp and clear ipv6 neighbors", () => {
  test.each([
    ["clear arp", "10.1.0.5        deleted\n10.2.0.99       deleted\n"],
    ["clear arp all", "10.1.0.5        deleted\n10.2.0.99       deleted\n"],
    ["clear arp interface ge-0/0/0.0", "10.1.0.5        deleted\n"],
    ["clear arp hostname 10.2.0.99", "10.2.0.99       deleted\n"],
    ["clear arp hostname 10.2.0.10", "error: there is no entry for 10.2.0.10\n"],
    ["clear ipv6 neighbors", "fe80::5         deleted\n"],
    ["clear ipv6 neighbors host fe80::6", "error: there is no entry for fe80::6\n"],
  ])("%s", async (line, expected) => {
    const before = busy.kernel.neighbors.length;
    expect(await type(line)).toBe(expected);
    const gone = expected.match(/deleted/g)?.length ?? 0;
    expect(busy.kernel.neighbors).toHaveLength(before - gone);
    // What an administrator has set himself stays.
    expect(busy.kernel.neighbors.some(({ state }) => state === "permanent")).toBe(true);
  });
});

test.each([
  "show security policies from-zone users to-zone nowhere",
  "show security policies hit-count from-zone nowhere",
  "show security flow session zone nowhere",
  "clear security policies hit-count to-zone nowhere",
  "clear security flow session zone nowhere",
])("%s: a zone that is not there is said so", async (line) => {
  expect(await type(line)).toBe("error: there is no zone nowhere\n");
  const { more } = await runCommand(busy.gateway, line, {
    user: "ana",
    via: "cli",
    signal: new AbortController().signal,
  });
  if (more !== undefined) expect((await Array.fromAsync(more)).join("")).toBe("error: there is no zone nowhere\n");
  expect(await type(line.replace("nowhere", "junos-host"))).not.toContain("there is no zone");
});

describe("request security policies", () => {
  const vandalise = (): void =>
    busy.kernel.tamper(
      (table) =>
        table && {
          ...table,
          chains: table.chains.map((chain) => ({ ...chain, rules: chain.name === "forward" ? [] : chain.rules })),
        },
    );

  test("check finds what was changed, and changes nothing", async () => {
    vandalise();
    const shown = await type("request security policies check");
    expect(shown).toMatch(
      /^Policies in the kernel: out of sync, \d+ differences? \(revision 1, generation 1\)\n {2}\S/,
    );
    expect(await type("request security policies check")).toBe(shown);
  });

  test("a table that is gone is said so", async () => {
    busy.kernel.tamper(() => undefined);
    expect(await type("request security policies check")).toContain("  the table is gone\n");
  });

  test("resync writes it again under a new generation, whether or not there was a difference", async () => {
    vandalise();
    expect(await type("request security policies resync")).toMatch(
      /^Policies of revision 1 written .* generation 2; \d+ differences? w/,
    );
    expectEnforced(busy.gateway, busy.kernel);
    expect(await type("request security policies resync")).toContain("generation 3; there was no difference\n");
    expect(await type("request security policies check")).toContain("in sync (revision 1, generation 3)");
  });

  test("a kernel that refuses leaves things as they were, and its words are the answer", async () => {
    busy.kernel.failNext("applyTransaction");
    expect(await type("request security policies resync")).toBe("error: applyTransaction was told to fail\n");
    expect(await type("request security policies check")).toContain("in sync");
  });
});

describe("logs and files", () => {
  test("are listed and shown, in the form of tools too", async () => {
    await writeFile(join(busy.gateway.store.logsFolder, "audit.log"), "ana did it\n");
    expect(await type("show log")).toMatch(
      /^-rw-[rwx-]{6} {2}1 root {2}wheel {10}11 \d{4}-\d\d-\d\d \d\d:\d\d audit\.log\n$/,
    );
    expect(await type("show log messages")).toBe("ana did it\n");
    expect(await type("show log audit.log | display xml")).toContain("<file-content>\nana did it\n</file-content>");
    expect(await type("show log nothing")).toBe(
      'error: there is no log nothing; "show log" names those that there are\n',
    );
    expect(await type("file show /var/log/audit.log")).toBe("ana did it\n");
    expect(await type("file list ~ | display xml")).toContain('<directory junos:name="~">');
    expect(await type("file list /etc")).toBe("error: /etc: No such file or directory\n");
    expect(await type("file checksum md5 audit.log")).toMatch(/^MD5 \(audit\.log\) = [0-9a-f]{32}\n$/);
    await mkdir(join(busy.gateway.store.logsFolder, "log"));
    await writeFile(join(busy.gateway.store.logsFolder, "log/old.0.gz"), "no gzip");
    expect(await type("show log old.0.gz")).toBe("error: old.0.gz cannot be read: incorrect header check\n");
    const { more } = await runCommand(busy.gateway, "show log old.0.gz", {
      user: "ana",
      via: "cli",
      signal: new AbortController().signal,
    });
    expect((await Array.fromAsync(more ?? [])).join("")).toBe(
      "error: old.0.gz cannot be read: incorrect header check\n",
    );
    const { filesFolder, logsFolder } = busy.gateway.store;
    await mkdir(filesFolder, { recursive: true });
    for (const name of ["mine.txt", "audit.log"]) await writeFile(join(filesFolder, name), "saved\n");
    await symlink("/etc/passwd", join(filesFolder, "link"));
    expect(await type("file delete /var/tmp/mine.txt")).toBe("");
    for (const name of ["mine.txt", "../active.json", "old.0.gz", "link", "/etc/passwd", "."])
      expect(await type(`file delete ${name}`)).toBe(`error: ${name}: No such saved file\n`);
    expect(await type("file delete audit.log")).toBe("");
    expect(await readFile(join(logsFolder, "audit.log"), "utf8")).toBe("ana did it\n");
    expect(await type("file show ../active.json")).toBe("error: ../active.json: No such file or directory\n");
  });
});
