// What it takes to change a policy: to load all of it, to commit one changed policy on top, to add one address, and the
// kernel memory that it lives in.

import { lowerTable } from "@merlon/compiler/nft/lower.ts";
import type { Ir } from "@merlon/compiler/ir.ts";
import { elementCount } from "@merlon/compiler/nft/packed-set.ts";
import type { NftCommand, NftElement, NftSet, NftTable } from "@merlon/compiler/nft/program.ts";
import { revokedSet } from "@merlon/compiler/nft/table-names.ts";
import { enforce } from "@merlon/gateway/commit/enforce.ts";
import { markElements } from "@merlon/gateway/commit/revocation.ts";
import { LinuxKernel } from "@merlon/gateway/kernel/linux-kernel.ts";
import { BenchGateway } from "./bench-gateway.ts";
import type { LoadThread } from "./load-thread.ts";
import { refusedSubject } from "./lookup.ts";
import type { SuitePlan } from "./lookup.ts";
import { timeMembers } from "./members.ts";
import type { Measurement } from "./measurement.ts";
import type { PreparedPolicy } from "./prepare-policy.ts";
import { quantile } from "./statistics.ts";
import type { Subject } from "./subject.ts";
import { withinNetwork } from "./within-network.ts";

const elementRounds = 50;
/** Loading is long enough to be measured well, and long. */
const roundsMax = 5;
/** Commits of one policy, one on top of the other; the first one meets code that has not run yet. */
const commitsPerLoad = 3;
/** With more policies this is done once: the first read-back alone takes seconds. */
const committedOftenMax = 10_000;

export async function measureChanges(plan: SuitePlan, thread: LoadThread): Promise<readonly Measurement[]> {
  const { policy, say } = plan;
  const rounds = Math.min(plan.rounds, roundsMax);
  const policies = policy.ruleSet.policyCount;
  const values = new Map<string, number[]>();
  const add = (subject: string, gateway: string, unit: string, value: number): void => {
    const key = JSON.stringify({ subject, gateway, policies, unit });
    values.set(key, [...(values.get(key) ?? []), value]);
  };
  const built = plan.subjects
    .filter((subject) => subject.filters && mayStart(subject, plan))
    .map((subject) => ({ subject, load: subject.build(policy) }));
  for (let round = 0; round < rounds; round++) {
    for (const { subject, load } of built) {
      say(`${policies} policies: loading ${subject.name}, round ${round + 1} of ${rounds}`);
      await using gateway = await BenchGateway.start(subject, policy, thread, load);
      add("load-time", subject.name, "ms", gateway.loaded.ms);
      add("kernel-memory", subject.name, "MB", gateway.loaded.kernelBytes / 1e6);
      if (subject.name === "merlon" && (round === 0 || policies <= committedOftenMax)) {
        const times = await withinNetwork(gateway.network.gateway, () => changeMerlon(policy));
        for (const [name, ms] of Object.entries(times)) add(name, "merlon", "ms", ms);
      }
    }
  }
  for (const [step, ms] of Object.entries(policy.timesMs)) add(`prepare-${step}`, "merlon", "ms", ms);
  return [...values].map(([key, taken]) => ({ ...(JSON.parse(key) as Omit<Measurement, "values">), values: taken }));
}

function mayStart(subject: Subject, { policy, say }: SuitePlan): boolean {
  const why = refusedSubject(subject, policy.ruleSet.policyCount);
  if (why !== undefined) say(`${subject.name} is left out: ${why}`);
  return why === undefined;
}

/**
 * What follows on the load: it is read back for the first time, and then one changed policy, from the IR to the answer of
 * the gateway's own commit: lowered, planned, applied, read back, compared.
 */
async function changeMerlon({ ir }: PreparedPolicy): Promise<Readonly<Record<string, number>>> {
  const kernel = new LinuxKernel();
  const firstRead = await timed(() => kernel.readTable());
  const commits: number[] = [];
  const sweeps: number[] = [];
  let now = ir;
  for (let generation = 2; generation < 2 + commitsPerLoad; generation++) {
    const [before, next] = [now, withOneChange(now)];
    const leftOver: NftCommand[] = [];
    const commit = async (): Promise<void> => {
      const { sweep, revoked } = await enforce(kernel, { next, before, generation });
      leftOver.push(...sweep, { kind: "delete-elements", set: revokedSet, elements: markElements(revoked) });
    };
    commits.push(await timed(commit));
    sweeps.push(await timed(() => kernel.applyTransaction(leftOver)));
    now = next;
  }
  const element = await timeElement(kernel, lowerTable(now, 1 + commitsPerLoad));
  const members = await timeMembers(kernel, now, 1 + commitsPerLoad);
  const times = {
    "first-read-back": firstRead,
    "commit-one-policy": quantile(commits, 0.5),
    "commit-sweep": quantile(sweeps, 0.5),
  };
  return { ...element, ...members, ...times };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}

/** The first policy of the first pair denies what it permitted, or the other way round. */
export function withOneChange(ir: Ir): Ir {
  const at = ir.contexts.findIndex(({ rules }) => rules.some(({ policy }) => policy.scope === "zone-pair"));
  return {
    ...ir,
    contexts: ir.contexts.map((context, index) => {
      if (index !== at) return context;
      const [first, ...rest] = context.rules;
      if (first === undefined) return context;
      return { ...context, rules: [{ ...first, action: first.action === "permit" ? "deny" : "permit" }, ...rest] };
    }),
  };
}

/**
 * The mean of taking one element out of the largest set of addresses, or putting it back, milliseconds: from the call to the
 * answer, and the processor's time in the kernel alone.
 */
async function timeElement(kernel: LinuxKernel, table: NftTable): Promise<Readonly<Record<string, number>>> {
  const found = largestAddressSet(table);
  if (found === undefined) return {};
  const { set, element } = found;
  const change = { set: set.name, elements: [element] };
  const startMs = performance.now();
  const used = process.cpuUsage();
  for (let round = 0; round < elementRounds; round++) {
    await kernel.applyTransaction([{ kind: "delete-elements", ...change }]);
    await kernel.applyTransaction([{ kind: "add-elements", ...change }]);
  }
  const updates = 2 * elementRounds;
  return {
    "element-update": (performance.now() - startMs) / updates,
    "element-update-in-kernel": process.cpuUsage(used).system / 1_000 / updates,
  };
}

/** With an element from its middle. Undefined where a policy needs no set. */
export function largestAddressSet(table: NftTable): { readonly set: NftSet; readonly element: NftElement } | undefined {
  const [set] = table.sets
    .filter(({ key }) => key.length === 1 && key[0] === "ipv4_addr")
    .toSorted((a, b) => elementCount(b) - elementCount(a));
  const elements = set?.elements.filter(({ key }) => key !== "rest") ?? [];
  const element = elements[Math.floor(elements.length / 2)];
  return set === undefined || element === undefined ? undefined : { set, element };
}
