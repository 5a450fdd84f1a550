// The curve of the lookup: what a new session costs, by the number of policies, for Merlon and for its peers.

import { BenchGateway } from "./bench-gateway.ts";
import type { LoadThread } from "./load-thread.ts";
import type { Measurement } from "./measurement.ts";
import type { PreparedPolicy } from "./prepare-policy.ts";
import { measureInTurn, rateSample } from "./round-robin.ts";
import type { Sample } from "./round-robin.ts";
import { quantile } from "./statistics.ts";
import type { Subject } from "./subject.ts";

export interface SuitePlan {
  readonly policy: PreparedPolicy;
  readonly subjects: readonly Subject[];
  readonly rounds: number;
  readonly durationMs: number;
  /** Of the suite `commits`. Undefined: by the number of policies. */
  readonly commits: number | undefined;
  readonly say: (line: string) => void;
}

/** A subject that cannot be loaded is left out, with a word. */
export async function measureLookup(plan: SuitePlan, thread: LoadThread): Promise<readonly Measurement[]> {
  const { policy, rounds, durationMs, say } = plan;
  const policies = policy.ruleSet.policyCount;
  await using gateways = await startGateways(plan, thread);
  return await measureInTurn({
    gateways: inTurn(gateways.started),
    policies,
    rounds,
    measure: (gateway) => sampleLookup(gateway, durationMs),
    onRound: (round) => say(`${policies} policies: round ${round + 1} of ${rounds}`),
  });
}

/** Those against whom a hundredth counts are measured in every round, the others in some. */
export function inTurn(gateways: readonly BenchGateway[]) {
  return gateways.map((gateway) => ({
    name: gateway.subject.name,
    gateway,
    every: near.has(gateway.subject.name) ? 1 : farEvery,
  }));
}

const near: ReadonlySet<string> = new Set(["merlon", "plain", "conntrack", "zone-split"]);
const farEvery = 8;

export async function sampleLookup(gateway: BenchGateway, durationMs: number): Promise<Sample> {
  const flows = await gateway.newFlows(durationMs);
  const connections = await gateway.connections(durationMs);
  const { connectNs, disturbed } = connections;
  return {
    "new-flows": rateSample(flows, "flows/s"),
    connections: rateSample(connections, "connections/s"),
    "first-packet": { value: quantile(connectNs, 0.5) / 1_000, unit: "µs", disturbed },
    "first-packet-p99": { value: quantile(connectNs, 0.99) / 1_000, unit: "µs", disturbed },
  };
}

export interface StartedGateways extends AsyncDisposable {
  readonly started: readonly BenchGateway[];
}

export async function startGateways(
  { policy, subjects, say }: Pick<SuitePlan, "policy" | "subjects" | "say">,
  thread: LoadThread,
): Promise<StartedGateways> {
  const started: BenchGateway[] = [];
  for (const subject of subjects) {
    const why = refusedSubject(subject, policy.ruleSet.policyCount);
    if (why !== undefined) {
      say(`${subject.name} is left out: ${why}`);
      continue;
    }
    say(`${policy.ruleSet.policyCount} policies: loading ${subject.name}`);
    try {
      started.push(await BenchGateway.start(subject, policy, thread));
    } catch (error) {
      say(`${subject.name} is left out: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return {
    started,
    [Symbol.asyncDispose]: async () => {
      for (const gateway of started) await gateway[Symbol.asyncDispose]();
    },
  };
}

/** Why a subject is not measured with so many policies here. */
export function refusedSubject(subject: Subject, policyCount: number): string | undefined {
  if (policyCount > subject.policyCountMax) return `more than ${subject.policyCountMax} policies would take too long`;
  return subject.unavailable();
}
