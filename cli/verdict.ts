// What the policy says about a flow, as data with one sentence: the same that the gateway's `match-policies` says.

import { explainDecision } from "@merlon/compiler/explain.ts";
import { interpret } from "@merlon/compiler/interpret.ts";
import { hostZone } from "@merlon/compiler/ir.ts";
import type { Action, FlowPacket, Ir } from "@merlon/compiler/ir.ts";
import { didYouMean } from "@merlon/model/did-you-mean.ts";
import { shownWord } from "@merlon/model/shown-word.ts";

export const actions: readonly Action[] = ["permit", "deny", "reject"];

export interface Verdict {
  readonly action: Action;
  /** Absent when no policy was asked, because a zone is none that traffic passes. */
  readonly policy?: string;
  readonly scope?: string;
  readonly fromZone: string;
  readonly toZone: string;
  readonly sentence: string;
  /** Where the policy is written: `srx.conf:120:9`. */
  readonly place?: string;
}

/** What is wrong with the zones of a flow: the answer "denied" would hide a slip of the pen. */
export function wrongZone({ zones }: Ir, { fromZone, toZone }: FlowPacket): string | undefined {
  const names = [...zones.map(({ name }) => name), hostZone];
  const wrong = [fromZone, toZone].find((zone) => !names.includes(zone));
  if (wrong === undefined) return undefined;
  const near = didYouMean(wrong, names);
  return `there is no zone ${shownWord(wrong)}; ${near ?? `there are ${names.slice(0, 20).join(", ")}`}`;
}

export function verdictOf(ir: Ir, flow: FlowPacket): Verdict {
  const decision = interpret(ir, flow);
  const { fromZone, toZone } = flow;
  const common = { action: decision.action, fromZone, toZone, sentence: explainDecision(decision, flow) };
  if (decision.kind !== "rule") return common;
  const { policy, origin } = decision.rule;
  const place =
    origin.span === undefined ? {} : { place: `${origin.span.source}:${origin.span.line}:${origin.span.column}` };
  return { ...common, policy: policy.name, scope: policy.scope, ...place };
}

/** `permitted by policy db from-zone web to-zone db`, and where that is written. */
export function printVerdict({ sentence, place }: Verdict): string {
  return place === undefined ? `${sentence}\n` : `${sentence}\n  at ${place}\n`;
}
