// Runs one suite over its numbers of policies. Suites are independent: each loads what it needs and leaves nothing.

import { measureChanges } from "./changes.ts";
import { measureCommits } from "./commits.ts";
import { measureEstablished } from "./established.ts";
import { measureFastPath } from "./fast-path.ts";
import { generateRuleSet } from "./generate-rule-set.ts";
import type { LoadThread } from "./load-thread.ts";
import { measureLookup } from "./lookup.ts";
import type { SuitePlan } from "./lookup.ts";
import type { Measurement } from "./measurement.ts";
import { measureNat } from "./nat.ts";
import type { Options, Suite } from "./options.ts";
import { preparePolicy } from "./prepare-policy.ts";
import { shapeNamed } from "./rule-set-shape.ts";
import { measureScreens } from "./screens.ts";
import { measureSessions } from "./sessions.ts";
import type { Subject } from "./subject.ts";
import { subjectNamed, subjects } from "./subjects.ts";

interface SuiteParts {
  readonly measure: (plan: SuitePlan, thread: LoadThread) => Promise<readonly Measurement[]>;
  readonly policies: readonly number[];
  /** What it measures when nobody says otherwise: 5 rounds of 150 ms. */
  readonly rounds?: number;
  readonly durationMs?: number;
  /** Over IPv6, where it is not the same. */
  readonly policiesIpv6?: readonly number[];
  /** Whom it measures with so many policies. */
  readonly subjects: (policyCount: number) => readonly Subject[];
}

/** To load 100,000 policies five times takes the others longer than everything else together. */
const loadedAtAnySize = ["merlon", "zone-split"];

/**
 * A core of a virtual machine is 1.5 times as fast at one moment as at the next, for some hundred milliseconds each. Only many pairs
 * of short measurements, one right after the other, tell a hundredth.
 */
const manyShortRounds = { rounds: 41, durationMs: 50 };

const suiteParts: Readonly<Record<Suite, SuiteParts>> = {
  lookup: {
    measure: measureLookup,
    policies: [10, 300, 3_000, 30_000, 100_000],
    policiesIpv6: [300, 3_000],
    subjects: () => subjects,
    ...manyShortRounds,
  },
  established: { measure: measureEstablished, policies: [300], subjects: () => subjects, ...manyShortRounds },
  changes: {
    measure: measureChanges,
    policies: [300, 3_000, 100_000],
    subjects: (count) => (count > 10_000 ? loadedAtAnySize.map(subjectNamed) : subjects),
  },
  sessions: { measure: measureSessions, policies: [300], subjects: () => subjects },
  commits: { measure: measureCommits, policies: [100, 3_000], subjects: () => [] },
  nat: { measure: measureNat, policies: [10], subjects: () => [], ...manyShortRounds },
  screens: { measure: measureScreens, policies: [10], subjects: () => [], ...manyShortRounds, rounds: 21 },
  "fast-path": { measure: measureFastPath, policies: [300], subjects: () => [] },
};

export async function runSuite(
  { suite, family }: Options["parts"][number],
  options: Options,
  thread: LoadThread,
  say: (line: string) => void,
): Promise<readonly Measurement[]> {
  const parts = suiteParts[suite];
  const counts = options.policies ?? (family === 6 ? parts.policiesIpv6 : undefined) ?? parts.policies;
  const measurements: Measurement[] = [];
  for (const count of counts) {
    say(`${count} policies: making and compiling the configuration`);
    const policy = preparePolicy(generateRuleSet(count, shapeNamed(options.shape), family));
    const { commits } = options;
    const rounds = options.rounds ?? parts.rounds ?? 5;
    const durationMs = options.durationMs ?? parts.durationMs ?? 150;
    const measured = options.subjects?.map(subjectNamed) ?? parts.subjects(count);
    const plan = { policy, subjects: measured, rounds, durationMs, commits, say };
    measurements.push(...(await parts.measure(plan, thread)));
  }
  return measurements;
}
