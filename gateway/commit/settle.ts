// What follows the switch to a new policy: sessions that it cut off are ended, with their reason for the log, and the
// previous generation is deleted. Packets on their way through that one get a moment first.

import { setTimeout as sleep } from "node:timers/promises";
import type { NftCommand } from "@merlon/compiler/nft/program.ts";
import type { Alarms } from "../alarms.ts";
import { sessionMarkMask } from "../kernel/kernel.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { policyChanged, policyDeleted } from "../log/close-reason.ts";
import type { RuleBook } from "../log/rule-book.ts";
import type { SessionEndings } from "../log/session-endings.ts";
import type { RulesetCheck } from "../ruleset-check.ts";
import type { Enforced } from "./enforce.ts";
import type { SessionQuestion } from "./plan-session-review.ts";
import { reportNetwork } from "./report-network.ts";
import { markElements } from "./revocation.ts";

/** The parts of a gateway that have to do with it. */
export interface Settling {
  readonly kernel: Kernel;
  readonly rules: RuleBook;
  readonly endings: SessionEndings;
  readonly alarms: Alarms;
  readonly checked: RulesetCheck;
}

export async function settle(gateway: Settling, enforced: Enforced, graceMs: number): Promise<void> {
  const { alarms } = gateway;
  const { revoked, review, sweep, network, lostSettings, offloads } = enforced;
  // Packets on the fast path do not ask whether their session is revoked.
  if (revoked.size > 0 && offloads) await endRevoked(gateway, revoked);
  await sleep(graceMs);
  if (revoked.size > 0) await endRevoked(gateway, revoked);
  if (review !== undefined) await reviewSessions(gateway, review);
  const cleared: readonly NftCommand[] =
    revoked.size === 0 ? [] : [{ kind: "delete-elements", set: "revoked", elements: markElements(revoked) }];
  await sweepTable(gateway, enforced.verifiedAt, [...sweep, ...cleared]);
  reportNetwork(alarms, network);
  alarms.set("kernel.flow-settings", "major", lostSettings.length === 0 ? undefined : lostSettings.join("; "));
}

/**
 * What was read back and compared is known to be good, and so is what is left when nobody but us deletes some of it: the
 * table need not be read once more because of our own change.
 */
async function sweepTable(
  { kernel, checked }: Settling,
  verifiedAt: number,
  commands: readonly NftCommand[],
): Promise<void> {
  const before = await kernel.readRulesetGeneration();
  await kernel.applyTransaction(commands);
  checked.found(verifiedAt);
  checked.stepped({ before, after: await kernel.readRulesetGeneration() });
}

async function endRevoked({ kernel, rules, endings }: Settling, revoked: ReadonlySet<number>): Promise<void> {
  using _ = endings.begin(({ mark }) => {
    if (!revoked.has(mark & sessionMarkMask)) return undefined;
    return rules.isRetired(mark) ? policyDeleted : policyChanged;
  });
  await kernel.endSessions(revoked);
}

/** Ended sessions whose reasons are kept, a number and a word each; those beyond are asked again. */
const reasonsMax = 200_000;

/** Asks every session, and ends those that may not go on. */
export async function reviewSessions({ kernel, endings }: Settling, question: SessionQuestion): Promise<void> {
  // The end of a session is told without its label, by which it may have been judged.
  const ended = new Map<number, string>();
  using _ = endings.begin((session) => {
    const reason = ended.get(session.id);
    if (reason !== undefined || ended.size < reasonsMax) return reason;
    return question(session)?.kind === "end" ? policyChanged : undefined;
  });
  await kernel.reviewSessions((session) => {
    const verdict = question(session);
    if (verdict?.kind === "end" && ended.size < reasonsMax) ended.set(session.id, verdict.reason ?? policyChanged);
    return verdict;
  });
}
