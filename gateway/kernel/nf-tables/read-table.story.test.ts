// What others do to our table, and what they have beside it: seen, repaired or left alone. Runs only inside
// `tools/setup/enclose.sh`.

import { afterEach, describe, expect, test } from "vitest";
import { diffTables } from "@merlon/compiler/nft/canonical-table.ts";
import { lowerTable } from "@merlon/compiler/nft/lower.ts";
import { planCommit } from "@merlon/compiler/nft/plan-commit.ts";
import { emptyIr } from "@merlon/compiler/testing/compile-text.ts";
import { runNft } from "../story-tool.ts";
import { enclosed, skipReason } from "../story-watch.ts";
import { applyTransaction } from "./apply-transaction.ts";
import { readHits } from "./read-hits.ts";
import { readTable } from "./read-table.ts";
import { addChain, addSet, element, nftFile, number, numbers, read } from "./story-table.ts";

describe.skipIf(!enclosed)(`what others do${skipReason}`, () => {
  afterEach(async () => {
    if ((await readTable()) !== undefined) await applyTransaction([{ kind: "delete-table" }]);
  });

  describeOthers();
});

function describeOthers(): void {
  const table = "inet merlon";
  test.each<[string, string, RegExp]>([
    ["a rule", `insert rule ${table} forward accept`, /^chain forward: rule 1 does not belong there: accept$/],
    [
      "a rule of another kind",
      `add rule ${table} live limit rate 3/second drop`,
      /^chain live: rule 2 does not belong there: \[ limit .*\] drop$/,
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
      "a policy",
      `add chain ${table} forward { policy accept; }`,
      /^chain forward is .*policy accept.* instead of .*policy drop/,
    ],
    [
      "a set of an odd type",
      `add set ${table} macs { type ether_addr; elements = { 00:11:22:33:44:55 } ; }`,
      /^set macs does not belong there$/,
    ],
    [
      "a set with timeouts",
      `add set ${table} friends { type ipv4_addr; flags dynamic,timeout; timeout 5s; size 9; }`,
      /^set friends does not belong there$/,
    ],
    [
      "an xt-less match",
      `add rule ${table} permit tcp flags syn counter packets 5 bytes 6 drop`,
      /^chain permit: rule 3 does not belong/,
    ],
    [
      "a nat chain",
      `add chain ${table} n { type nat hook prerouting priority -100; }`,
      /^chain n does not belong there$/,
    ],
    [
      "a commented chain that is called from the policy",
      `add chain ${table} aside { comment "x"; }\nadd rule ${table} policy_g1 jump aside`,
      /^chain policy_g1: rule 4 does not belong there: jump aside$/,
    ],
    ["a plain chain", `add chain ${table} idle`, /^chain idle does not belong there$/],
    [
      "an odd map",
      `add map ${table} nat { type ipv4_addr : ipv4_addr; elements = { 10.0.0.1 : 10.0.0.2 } ; }`,
      /^map nat does not belong there$/,
    ],
    ["a quota", `add quota ${table} q over 100 mbytes`, /^quota q does not belong there$/],
    [
      "a connection helper",
      `add ct helper ${table} h { type "ftp" protocol tcp; }`,
      /^ct helper h does not belong there$/,
    ],
    ["a mark", `add element ${table} hits { 4242 }`, /^set hits: element 4242 does not belong there$/],
    ["a missing mark", `delete element ${table} revoked { 0 }`, /^set revoked: element 0 is missing$/],
    ["an emptied chain", `flush chain ${table} deny_log`, /^chain deny_log: rule 1 is missing: ct mark @hits$/],
    ["a counter", `add counter ${table} mine`, /^counter mine does not belong there$/],
    ["a noted mark", `add element ${table} hits { 4242 comment "mine" }`, /^set hits is .*mine.* instead of/],
    ["a sleeping table", `add table ${table} { flags dormant; }`, /^flag dormant does not belong there$/],
  ])("%s is seen and repaired", async (_, command, sentence) => {
    const desired = lowerTable(emptyIr, 1);
    await applyTransaction(planCommit(undefined, desired).install);
    await nftFile(command);
    const found = await read();
    expect(diffTables(found, desired)[0]?.sentence).toMatch(sentence);
    const { install, sweep } = planCommit(found, desired);
    await applyTransaction(install);
    await applyTransaction(sweep);
    expect(diffTables(await read(), desired)).toEqual([]);
  });

  test("counters of marks outlive a commit", async () => {
    await applyTransaction(planCommit(undefined, lowerTable(emptyIr, 1)).install);
    await nftFile(
      "delete element inet merlon hits { 2 }\nadd element inet merlon hits { 2 counter packets 7 bytes 8 }",
    );
    await applyTransaction(planCommit(await readTable(), lowerTable(emptyIr, 2)).install);
    expect((await readHits("hits")).get(2)).toEqual({ packets: 7, bytes: 8 });
  });

  test("tables of others are neither read nor touched", async () => {
    const theirs = `table ip merlon { set s { type mark; elements = { 7 } ; }\nchain c { type filter hook forward priority 0; accept; }\n}\ntable inet theirs { set s { type mark; elements = { 8 } ; }\nchain c { counter; }\n}\n`;
    await nftFile(theirs);
    const before = await runNft("list", "ruleset");
    expect(await readTable()).toBeUndefined();
    await applyTransaction([{ kind: "add-table" }, addSet({ name: "s", elements: [element(1)] }), addChain("c")]);
    const { sets, chains } = await read();
    expect([sets.map(({ elements }) => elements), chains]).toEqual([[[element(1)]], [{ name: "c", rules: [] }]]);
    await applyTransaction([{ kind: "delete-table" }]);
    expect(await runNft("list", "ruleset")).toBe(before);
    await nftFile("delete table ip merlon; delete table inet theirs");
  });

  test("our table reads well in nft's own listing", async () => {
    await applyTransaction([
      { kind: "add-table" },
      addSet({
        name: "hosts",
        key: ["ipv4_addr"],
        data: ["word"],
        interval: true,
        elements: [
          {
            key: [{ kind: "addresses", range: { family: 4, first: 0x0a00_0000, last: 0x0aff_ffff } }],
            data: [number(5)],
          },
          { key: "rest", data: [number(1)] },
        ],
      }),
      addSet({
        name: "wide",
        key: ["word", "word"],
        interval: "whole-key",
        elements: [{ key: [numbers(1, 2), numbers(5, 3)] }],
      }),
      addChain("c"),
      {
        kind: "add-rules",
        chain: "c",
        rules: [
          {
            statements: [
              {
                kind: "match",
                left: { kind: "payload", protocol: "tcp", field: "dport" },
                negated: false,
                right: { kind: "any-of", values: [number(22), numbers(80, 90)] },
              },
              { kind: "set-mark", target: "ct", value: 16 },
            ],
            comment: "policy p",
          },
        ],
      },
    ]);
    const listing = await runNft("list", "table", "inet", "merlon");
    expect(listing).toContain('tcp dport { 22, 80-90 } ct mark set 0x00000010 comment "policy p"');
    expect(listing).toContain("10.0.0.0/8 : 0.0.0.5, * : 0.0.0.1");
  });
}
