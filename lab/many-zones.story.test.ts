// Hundreds of pairs of zones with policies of their own, as lists and as lookups: the kernel takes the table, and one with a
// policy more on top, without half a minute between them, holds it as it is, and nft can list it.

import { describe, expect, test } from "vitest";
import type { Compilation } from "@merlon/compiler/compile.ts";
import { diffTables } from "@merlon/compiler/nft/canonical-table.ts";
import { lowerTable } from "@merlon/compiler/nft/lower.ts";
import { planCommit } from "@merlon/compiler/nft/plan-commit.ts";
import type { NftTable } from "@merlon/compiler/nft/program.ts";
import { compileText, policyLines } from "@merlon/compiler/testing/compile-text.ts";
import { manyPairsText } from "@merlon/compiler/testing/many-pairs-text.ts";
import { LinuxKernel } from "@merlon/gateway/kernel/linux-kernel.ts";
import { StoryNetwork } from "@merlon/gateway/kernel/story-network.ts";
import { runNft } from "@merlon/gateway/kernel/story-tool.ts";
import { enclosed, skipReason } from "@merlon/gateway/kernel/story-watch.ts";

const zoneCount = 16;
/** A commit takes 0.5 s where nothing else runs. */
const commitMaxMs = 10_000;

function configuration(policies: number): string {
  return manyPairsText(
    { zones: zoneCount, policies },
    "[ junos-ssh junos-http junos-dns-udp junos-ping junos-pingv6 ]",
  );
}

async function commit(kernel: LinuxKernel, table: NftTable): Promise<number> {
  const before = await kernel.readTable();
  const { install, sweep } = planCommit(before, table);
  const startMs = performance.now();
  await kernel.applyTransaction(install);
  await kernel.applyTransaction(sweep);
  return performance.now() - startMs;
}

async function difference(kernel: LinuxKernel, table: NftTable): Promise<unknown> {
  const found = await kernel.readTable();
  return found === undefined ? "there is no table" : diffTables(found, table);
}

describe.skipIf(!enclosed)(`many zones${skipReason}`, () => {
  test.each([
    ["lists", 3, "dport @values_"],
    ["lookups", 10, "l4proto tcp goto pair_z15_z15_ip4_6_g2"],
  ])("%s", async (_, policyCount, listed) => {
    await using _network = await StoryNetwork.create();
    const kernel = new LinuxKernel();
    const text = configuration(policyCount);
    const first: Compilation = compileText(text);
    const table = lowerTable(first.ir, 1);
    expect(await commit(kernel, table)).toBeLessThan(commitMaxMs);
    expect(await difference(kernel, table)).toEqual([]);
    const more = policyLines(["z0", "z1"], "more", { source: "h0", application: "junos-smtp" });
    const next = lowerTable(compileText(text + more, first.ruleIds).ir, 2, { before: first.ir });
    expect(await commit(kernel, next)).toBeLessThan(commitMaxMs);
    expect(await difference(kernel, next)).toEqual([]);
    const last = await runNft("list", "chain", "inet", "merlon", "pair_z15_z15_g2");
    expect(last.replaceAll(/meta |ip protocol /g, "")).toContain(listed);
  });
});
