// The real `nft` and the real kernel: every transaction is accepted, and what is read back is what was written. Runs in
// namespaces of its own: `tools/setup/enclose.sh npx vitest run compiler`.

import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import type { Ir } from "../ir.ts";
import { anyIr } from "../testing/arbitrary-ir.ts";
import { emptyIr } from "../testing/compile-text.ts";
import { applyCommands } from "./apply-commands.ts";
import { diffTables, sameTable } from "./canonical-table.ts";
import { lowerTable } from "./lower.ts";
import { planCommit } from "./plan-commit.ts";
import { printTable, printTransaction } from "./print.ts";
import type { NftTable } from "./program.ts";
import { readNftJson } from "./read-back.ts";

const enclosed = process.env["MERLON_ENCLOSED"] === "1";
const why = enclosed ? "" : " (skipped: runs only inside tools/setup/enclose.sh)";

const maxBuffer = 256 * 1024 * 1024;

function nft(flags: readonly string[], input = ""): string {
  const result = spawnSync("nft", flags, { input, encoding: "utf8", maxBuffer });
  if (result.status !== 0) throw new Error(`nft ${flags.join(" ")}: ${result.stderr}\n${input.slice(0, 20_000)}`);
  return result.stdout;
}

function load(commands: Parameters<typeof printTransaction>[0]): void {
  if (commands.length > 0) nft(["-f", "-"], printTransaction(commands));
}

function readBack(flags = "-j"): NftTable | undefined {
  const listing = spawnSync("nft", [flags, "list", "table", "inet", "merlon"], { encoding: "utf8", maxBuffer });
  return listing.status === 0 ? readNftJson(JSON.parse(listing.stdout)) : undefined;
}

/** Commits and sweeps, and checks after each step that the kernel has what the model says. */
function commit(desired: NftTable): void {
  const actual = readBack();
  const { install, sweep } = planCommit(actual, desired);
  load(install);
  const installed = applyCommands(actual, install)!;
  expect(diffTables(readBack()!, installed)).toEqual([]);
  load(sweep);
  expect(diffTables(readBack()!, desired)).toEqual([]);
  expect(sameTable(readBack("-nj")!, desired)).toBe(true);
}

afterEach(() => {
  if (enclosed) spawnSync("nft", ["delete", "table", "inet", "merlon"]);
});

describe.skipIf(!enclosed)(`nft and the kernel${why}`, () => {
  test("random policies load, read back equal, and replace each other", { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(fc.array(anyIr, { minLength: 2, maxLength: 4 }), (irs) => {
        for (const [index, ir] of irs.entries()) commit(lowerTable(ir, index + 1));
        nft(["delete", "table", "inet", "merlon"]);
        expect(readBack()).toBeUndefined();
      }),
      { numRuns: 40 },
    );
  });

  test("the table printed for people loads as well", () => {
    fc.assert(
      fc.property(anyIr, (ir) => {
        const desired = lowerTable(ir, 5);
        nft(["-f", "-"], printTable(desired));
        expect(diffTables(readBack()!, desired)).toEqual([]);
        nft(["delete", "table", "inet", "merlon"]);
      }),
      { numRuns: 30 },
    );
  });

  const table = "inet merlon";
  test.each<[string, string, RegExp]>([
    ["a rule", `insert rule ${table} forward accept`, /^chain forward: rule 1 does not belong there: accept$/],
    [
      "a rule of another kind",
      `add rule ${table} live limit rate 3/second drop`,
      /^chain live: rule 2 does not belong there: <.*limit.*> drop$/,
    ],
    [
      "an xt-less match",
      `add rule ${table} permit tcp flags syn counter packets 5 bytes 6 drop`,
      /^chain permit: rule 3 does not belong/,
    ],
    [
      "a policy",
      `add chain ${table} forward { policy accept; }`,
      /^chain forward is .*policy accept.* instead of .*policy drop/,
    ],
    [
      "a base chain",
      `add chain ${table} door { type filter hook forward priority 5; policy accept; }`,
      /^chain door does not belong there$/,
    ],
    [
      "a chain at ingress",
      `add chain ${table} early { type filter hook ingress device "lo" priority 0; }`,
      /^chain early does not belong there$/,
    ],
    [
      "a nat chain",
      `add chain ${table} n { type nat hook prerouting priority -100; }`,
      /^chain n does not belong there$/,
    ],
    [
      "a commented chain that is called from the policy",
      `add chain ${table} aside { comment "x"; }\nadd rule ${table} policy_g1 jump aside`,
      /^chain policy_g1: rule 3 does not belong there: jump aside$/,
    ],
    ["a plain chain", `add chain ${table} idle`, /^chain idle does not belong there$/],
    [
      "a set",
      `add set ${table} friends { type ipv4_addr; flags dynamic,timeout; timeout 5s; size 9; }`,
      /^set friends does not belong there$/,
    ],
    [
      "a set of an odd type",
      `add set ${table} macs { type ether_addr; elements = { 00:11:22:33:44:55 } ; }`,
      /^set macs does not belong there$/,
    ],
    [
      "an odd map",
      `add map ${table} nat { type ipv4_addr : ipv4_addr; elements = { 10.0.0.1 : 10.0.0.2 } ; }`,
      /^map nat does not belong there$/,
    ],
    ["a counter", `add counter ${table} mine`, /^counter mine does not belong there$/],
    ["a quota", `add quota ${table} q over 100 mbytes`, /^quota q does not belong there$/],
    [
      "a connection helper",
      `add ct helper ${table} h { type "ftp" protocol tcp; }`,
      /^ct helper h does not belong there$/,
    ],
    ["a mark", `add element ${table} hits { 4242 }`, /^set hits: element 4242 does not belong there$/],
    ["a noted mark", `add element ${table} hits { 4242 comment "mine" }`, /^set hits is .*mine.* instead of/],
    ["a missing mark", `delete element ${table} revoked { 0 }`, /^set revoked: element 0 is missing$/],
    ["an emptied chain", `flush chain ${table} deny_log`, /^chain deny_log: rule 1 is missing: ct mark @hits$/],
  ])("%s changed by hand is seen and repaired", (_, command, sentence) => {
    const desired = lowerTable(emptyIr, 1);
    commit(desired);
    nft(["-f", "-"], command);
    const [difference] = diffTables(readBack()!, desired);
    expect(difference?.sentence).toMatch(sentence);
    commit(desired);
    commit(lowerTable(emptyIr, 2));
  });

  test("counters of marks outlive a commit", () => {
    commit(lowerTable(emptyIr, 1));
    nft(["-f", "-"], `delete element ${table} hits { 2 }\nadd element ${table} hits { 2 counter packets 7 bytes 8 }`);
    commit(lowerTable(emptyIr, 2));
    expect(nft(["list", "set", "inet", "merlon", "hits"])).toContain("packets 7 bytes 8");
  });

  test("a transaction that fails changes nothing", () => {
    const desired = lowerTable(emptyIr, 1);
    commit(desired);
    const next = planCommit(readBack(), lowerTable(emptyIr, 2)).install;
    expect(() => load([...next, { kind: "delete-chain", name: "absent" }])).toThrow(/No such file/);
    expect(sameTable(readBack()!, desired)).toBe(true);
  });

  test("thousands of rules and elements take seconds", { timeout: 60_000 }, () => {
    const ir = largeIr(2_000);
    const started = performance.now();
    commit(lowerTable(ir, 1));
    commit(lowerTable(ir, 2));
    expect(performance.now() - started).toBeLessThan(20_000);
  });
});

/** One pair of zones with many policies, each with addresses of its own. */
function largeIr(count: number): Ir {
  const at = { path: ["test"] };
  const hosts = Array.from({ length: count }, (_, index) => 0x0a00_0000 + index * 4);
  const action = "permit" as const;
  return {
    ...emptyIr,
    zones: [{ name: "a", kind: "security", origin: at }],
    interfaces: [{ name: "e.0", device: "e", zone: "a", hostInbound: { services: [], terms: "any" }, origin: at }],
    addressSets: new Map(
      hosts.map((host, index) => [
        `global:h${index}`,
        {
          ipv4: [
            { first: host, last: host },
            { first: host + 2, last: host + 2 },
          ],
          ipv6: [],
        },
      ]),
    ),
    contexts: [
      {
        fromZone: "a",
        toZone: "a",
        rules: hosts.map((_, index) => ({
          id: (16 + index) as Ir["contexts"][number]["rules"][number]["id"],
          policy: { scope: "zone-pair", name: `p${index}` },
          match: {
            kind: "packets",
            source: { kind: "sets", names: [`global:h${index}`], excluded: false },
            destination: { kind: "any" },
            services: [
              { kind: "ports", protocol: 6, source: { first: 0, last: 65_535 }, destination: { first: 22, last: 22 } },
            ],
          },
          action,
          log: { sessionInit: false, sessionClose: false },
          count: false,
          origin: at,
        })),
      },
    ],
  };
}
