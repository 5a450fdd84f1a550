// How long an operator waits for Tab and `?`, and for an answer to a line that he shortened, on a large configuration over a
// kernel in memory. Run: `node bench/completion.ts [POLICIES]` (with the Node of this repository). Figures of a run stand in
// gateway/serve/README.md.

import { boot } from "@merlon/gateway/boot.ts";
import { runCommand } from "@merlon/gateway/serve/command.ts";
import { completeCommand } from "@merlon/gateway/serve/complete-command.ts";
import { generateConfiguration } from "./large-configuration.ts";
import { openMemoryGateway } from "./memory-gateway.ts";

const policyCount = Number(process.argv[2] ?? 100_000);
const rounds = 7;

const pair = "security policies from-zone web to-zone app";
const lines = [
  "set security ",
  `set ${pair} policy `,
  `set ${pair} policy allow-1`,
  `set ${pair} policy allow-0 match source-address `,
  `set ${pair} policy allow-0 match source-address host-99`,
  `delete ${pair} policy allow-1`,
  `insert ${pair} policy allow-0 before policy `,
  "activate security ",
  "unprotect ",
  "delete security address-book global address host-5",
  "show configuration security address-book global address ",
  "show security policies from-zone w",
  `show configuration ${pair} policy allow-0 | display `,
  "rollback ",
];

await using memory = await openMemoryGateway();
const { gateway } = memory;
await boot(gateway, { text: generateConfiguration(policyCount), source: "bench" });
process.stdout.write(`${policyCount} policies; ms\nfirst\tmedian\tmost\tcandidates\tline\n`);
for (const line of lines) {
  const times: number[] = [];
  let count = 0;
  for (let round = 0; round < rounds; round++) {
    const fromMs = performance.now();
    count = (await completeCommand(gateway, line)).length;
    times.push(performance.now() - fromMs);
  }
  report(times, `${count}\t${line}`);
}
const times: number[] = [];
for (let round = 0; round < rounds; round++) {
  const fromMs = performance.now();
  await runCommand(gateway, "sh conf sec zo | disp set", { user: "ana", via: "cli" });
  times.push(performance.now() - fromMs);
}
report(times, "-\tsh conf sec zo | disp set");

function report(times: readonly number[], rest: string): void {
  const sorted = times.toSorted((a, b) => a - b);
  const shown = [times[0], sorted[Math.floor(sorted.length / 2)], sorted.at(-1)].map((ms) => (ms ?? 0).toFixed(1));
  process.stdout.write(`${shown.join("\t")}\t${rest}\n`);
}
