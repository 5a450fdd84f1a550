// What the kernel door costs for large tables: writing and reading back a table of one rule per policy, of one with hash
// elements, and a change on top, as a table of wall-clock and processor time. The rows are made here and not compiled, so
// that they stay the same whatever the compiler does.
// Run: `tools/setup/enclose.sh node --max-old-space-size=8000 bench/netlink-load.ts [POLICIES] [ELEMENTS]`.

import { diffTables } from "@merlon/compiler/nft/canonical-table.ts";
import { PackedSet, RowWriter } from "@merlon/compiler/nft/packed-set.ts";
import { planCommit } from "@merlon/compiler/nft/plan-commit.ts";
import type { NftChain, NftCommand, NftElement, NftRule, NftTable } from "@merlon/compiler/nft/program.ts";
import { equals, goTo, number, payload, setMark } from "@merlon/compiler/nft/statements.ts";
import { applyTransaction } from "@merlon/gateway/kernel/nf-tables/apply-transaction.ts";
import { readHits } from "@merlon/gateway/kernel/nf-tables/read-hits.ts";
import { readTable } from "@merlon/gateway/kernel/nf-tables/read-table.ts";
import { writeBatch } from "@merlon/gateway/kernel/nf-tables/write-command.ts";

const rows: Record<string, string | number>[] = [];

async function time<T>(step: string, count: number, work: () => Promise<T>): Promise<T> {
  const from = performance.now();
  const cpuFrom = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(cpuFrom);
  const wallMs = performance.now() - from;
  rows.push({
    step,
    count,
    "wall ms": Math.round(wallMs * 10) / 10,
    "user ms": Math.round(user / 1000),
    "kernel ms": Math.round(system / 1000),
    "µs each": Math.round((wallMs / count) * 10_000) / 10,
  });
  return result;
}

/** Policy for policy: an address, a port, a mark and a jump; every policy counts. */
function policyTable(count: number): NftTable {
  const rules = Array.from({ length: count }, (_, index): NftRule => {
    const host = 0x0a00_0000 + index;
    const address = { kind: "addresses", range: { family: 4, first: host, last: host } } as const;
    return {
      statements: [
        equals(payload("ip", "saddr"), address),
        equals(payload("tcp", "dport"), number(443)),
        setMark(index + 16),
        goTo("permit"),
      ],
      comment: `policy p${index}`,
    };
  });
  const hits = Array.from({ length: count }, (_, index): NftElement => ({ key: [number(index + 16)] }));
  return {
    family: "inet",
    name: "merlon",
    sets: [{ name: "hits", key: ["mark"], interval: false, counter: true, size: count + 1000, elements: hits }],
    chains: [{ name: "permit", rules: [] }, ...chainsOf(rules)],
  };
}

/** A thousand policies a chain, as in a hundred pairs of zones. */
function chainsOf(rules: readonly NftRule[]): readonly NftChain[] {
  const perChain = 1000;
  return Array.from({ length: Math.ceil(rules.length / perChain) }, (_, index) => ({
    name: `pair${index}`,
    rules: rules.slice(index * perChain, (index + 1) * perChain),
  }));
}

function elementTable(count: number): NftTable {
  const rows = new RowWriter(2, 1, count);
  for (let index = 0; index < count; index++)
    rows
      .push(index % 4096)
      .push(index)
      .push(index);
  const head = { name: "pairs", key: ["mark", "mark"], data: ["mark"], size: count } as const;
  return { family: "inet", name: "merlon", sets: [new PackedSet(head, rows.rows())], chains: [] };
}

async function measure(title: string, table: NftTable, count: number, change: readonly NftCommand[]): Promise<void> {
  const { install } = planCommit(undefined, table);
  await time(`${title}: bytes`, count, async () =>
    writeBatch(install, { firstSequence: 1, setInKernel: () => undefined }),
  );
  await time(`${title}: write`, count, () => applyTransaction(install));
  const found = await time(`${title}: read back`, count, readTable);
  const [difference] = found === undefined ? [] : diffTables(found, table);
  if (found === undefined || difference !== undefined) throw new Error(`read back wrongly: ${difference?.sentence}`);
  await time(`${title}: one change`, 1, () => applyTransaction(change));
}

const policyCount = Number(process.argv[2] ?? 100_000);
const elementCount = Number(process.argv[3] ?? 1_000_000);
const policyChange: readonly NftCommand[] = [
  { kind: "add-elements", set: "hits", elements: [{ key: [number(1)] }] },
  { kind: "add-rules", chain: "permit", rules: [{ statements: [setMark(1)] }] },
];
await measure("policies", policyTable(policyCount), policyCount, policyChange);
await time("policies: hits", policyCount, () => readHits("hits"));
await time("policies: delete", policyCount, () => applyTransaction([{ kind: "delete-table" }]));
const element: NftElement = { key: [number(0), number(0)], data: [number(0)] };
const changes = ["delete-elements" as const, "add-elements" as const];
await measure(
  "elements",
  elementTable(elementCount),
  elementCount,
  changes.map((kind) => ({ kind, set: "pairs", elements: [element] })),
);
await time("elements: read behind it", elementCount, readTable);
await time("elements: delete", elementCount, () => applyTransaction([{ kind: "delete-table" }]));
console.table(rows);
