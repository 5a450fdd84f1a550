// Sessions that stand: packets of one UDP flow, and a TCP connection full of data in packets of 1,500 bytes. They never meet
// the policy again, so what is measured is the way to that decision.

import type { BenchGateway } from "./bench-gateway.ts";
import type { LoadThread } from "./load-thread.ts";
import { inTurn, startGateways } from "./lookup.ts";
import type { SuitePlan } from "./lookup.ts";
import type { Measurement } from "./measurement.ts";
import { measureInTurn, rateSample } from "./round-robin.ts";
import type { Sample } from "./round-robin.ts";

const gigabitsPerByte = 8 / 1e9;

export async function measureEstablished(plan: SuitePlan, thread: LoadThread): Promise<readonly Measurement[]> {
  const { policy, rounds, durationMs, say } = plan;
  await using gateways = await startGateways(plan, thread);
  return await measureInTurn({
    gateways: inTurn(gateways.started),
    policies: policy.ruleSet.policyCount,
    rounds,
    measure: (gateway) => sampleEstablished(gateway, durationMs),
    onRound: (round) => say(`established sessions: round ${round + 1} of ${rounds}`),
  });
}

export async function sampleEstablished(gateway: BenchGateway, durationMs: number): Promise<Sample> {
  return {
    "established-packets": rateSample(await gateway.establishedPackets(durationMs), "packets/s"),
    "established-stream": rateSample(await gateway.streamBytes(durationMs), "Gbit/s", gigabitsPerByte),
  };
}
