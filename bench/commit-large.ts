// What editing and committing costs on a large configuration, over a kernel in memory: a table of the number of policies
// against the time of each command; before it, step by step, what preparing a change of one policy takes above the kernel,
// on a plain configuration and on a realistic rule set. Run: `node --expose-gc bench/commit-large.ts [POLICIES…] [--json |
// --before FILE]` (with the Node of this repository). Figures of a run stand in gateway/README.md.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { boot } from "@merlon/gateway/boot.ts";
import { Gateway } from "@merlon/gateway/gateway.ts";
import { FakeKernel } from "@merlon/gateway/kernel/fake-kernel.ts";
import { runCommand } from "@merlon/gateway/serve/command.ts";
import { RevisionStore } from "@merlon/gateway/store/revision-store.ts";
import { measureSteps } from "./commit-steps.ts";
import { readOptions } from "./figures.ts";
import type { Row } from "./figures.ts";
import { generateRuleSet } from "./generate-rule-set.ts";
import { generateConfiguration } from "./large-configuration.ts";
import { ruleSetShapes } from "./rule-set-shape.ts";
import { ruleSetText } from "./rule-set-text.ts";

const line = "set security policies from-zone web to-zone app policy allow-0 description";
const ana = { user: "ana", via: "cli" };

async function open(folder: string, kernel: FakeKernel): Promise<Gateway> {
  return new Gateway({
    kernel,
    store: await RevisionStore.open(folder),
    nowMs: () => Date.now(),
    monotonicMs: () => performance.now(),
    onAlarm: () => undefined,
  });
}

async function measure(policyCount: number): Promise<Record<string, number>> {
  const folder = await mkdtemp(join(tmpdir(), "merlon-bench-"));
  const kernel = FakeKernel.withDevices("eth0", "eth1", "eth2", "eth3", "eth4");
  const times: Record<string, number> = { policies: policyCount };
  const time = async (step: string, work: () => Promise<unknown>): Promise<void> => {
    const from = performance.now();
    await work();
    times[step] = Math.round(performance.now() - from);
    // The kernel in memory remembers every transaction; a real one does not.
    kernel.transactions.splice(0);
  };
  let gateway = await open(folder, kernel);
  const type = async (typed: string): Promise<void> => {
    const { ok, text } = await runCommand(gateway, typed, ana);
    if (!ok) throw new Error(text);
  };
  try {
    const text = generateConfiguration(policyCount);
    await time("first start", () => boot(gateway, { text, source: "bench" }));
    await time("set", () => type(`${line} one`));
    await time("10 sets", async () => {
      for (let i = 0; i < 10; i++) await type(`${line} number${i}`);
    });
    await time("compare", () => type("show | compare"));
    await time("check", () => type("commit check"));
    await time("commit", () => type("commit"));
    await type(`${line} two`);
    await time("set, commit", () => type("commit"));
    await time("show system commit", () => type("show system commit"));
    const session = gateway.candidates.open(ana);
    await runCommand(gateway, "configure private", { ...ana, session });
    await runCommand(gateway, `${line} private`, { ...ana, session });
    await time("private commit", async () => {
      const { ok, text: answer } = await runCommand(gateway, "commit", { ...ana, session });
      if (!ok) throw new Error(answer);
    });
    await type(`${line} kept`);
    await gateway.candidates[Symbol.asyncDispose]();
    gateway = await open(folder, kernel);
    await time("restart", () => boot(gateway, undefined));
    globalThis.gc?.();
    times["heap MB"] = Math.round(process.memoryUsage().heapUsed / 1e6);
    return times;
  } finally {
    await rm(folder, { recursive: true });
  }
}

function steps(policyCount: number): readonly Row[] {
  const [realistic] = ruleSetShapes;
  if (realistic === undefined) throw new Error("there is no shape of rule sets");
  return [
    ...measureSteps(`${policyCount} plain`, generateConfiguration(policyCount)),
    ...measureSteps(`${policyCount} realistic`, ruleSetText(generateRuleSet(policyCount, realistic))),
  ];
}

const { counts, show } = readOptions([1000, 10_000, 100_000]);
const rows: Row[] = counts.flatMap(steps);
for (const policyCount of counts) rows.push(await measure(policyCount));
show(rows);
