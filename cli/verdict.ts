// What the policy says about a flow, as data with one sentence: the same that the gateway's `match-policies` says.

import { explainDecision, formatPolicy } from "@merlon/compiler/explain.ts";
import { interpret, passedOver } from "@merlon/compiler/interpret.ts";
import { hostZone } from "@merlon/compiler/ir.ts";
import type { Action, FlowPacket, Ir, IrRule, PolicyName } from "@merlon/compiler/ir.ts";
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
  /** Policies before it that would match and are not in force; absent when there are none. */
  readonly passedOver?: readonly PassedOverPolicy[];
}

interface PassedOverPolicy {
  readonly policy: string;
  readonly scope: PolicyName["scope"];
  readonly because: string;
  readonly place?: string;
}

/** The first of them: a configuration may have very many. */
const passedOverMax = 16;

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
  const { policy } = decision.rule;
  const others = [...passedOver(ir, flow).take(passedOverMax)].map(({ rule, because }) => ({
    policy: rule.policy.name,
    scope: rule.policy.scope,
    because,
    ...placeOf(rule),
  }));
  return {
    ...common,
    policy: policy.name,
    scope: policy.scope,
    ...placeOf(decision.rule),
    ...(others.length === 0 ? {} : { passedOver: others }),
  };
}

function placeOf({ origin: { span } }: IrRule): { readonly place?: string } {
  return span === undefined ? {} : { place: `${span.source}:${span.line}:${span.column}` };
}

/** `permitted by policy db from-zone web to-zone db`, where that is written, and which policies were passed over. */
export function printVerdict({ sentence, place, passedOver: others = [] }: Verdict): string {
  const lines = [
    sentence,
    ...(place === undefined ? [] : [`  at ${place}`]),
    ...others.flatMap(({ because, place: written, policy: name, scope }) => [
      `  passed over: ${formatPolicy({ scope, name })}: ${because}`,
      ...(written === undefined ? [] : [`    at ${written}`]),
    ]),
  ];
  return `${lines.join("\n")}\n`;
}
