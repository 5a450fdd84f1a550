// Short ways to write the statements that our rules are made of.

import type { NumberRange } from "@merlon/model/schema/value.ts";
import type { NftExpression, NftRule, NftStatement, NftValue } from "./program.ts";

export const iifname: NftExpression = { kind: "meta", key: "iifname" };
export const oifname: NftExpression = { kind: "meta", key: "oifname" };
export const l4proto: NftExpression = { kind: "meta", key: "l4proto" };
export const nfproto: NftExpression = { kind: "meta", key: "nfproto" };
export const pkttype: NftExpression = { kind: "meta", key: "pkttype" };
export const ctState: NftExpression = { kind: "ct", key: "state" };
export const ctMark: NftExpression = { kind: "ct", key: "mark" };

type Payload = Extract<NftExpression, { kind: "payload" }>;

export function payload(protocol: Payload["protocol"], field: Payload["field"]): NftExpression {
  return { kind: "payload", protocol, field };
}

export const accept: NftStatement = { kind: "verdict", verdict: { kind: "accept" } };
export const drop: NftStatement = { kind: "verdict", verdict: { kind: "drop" } };

export function goTo(chain: string): NftStatement {
  return { kind: "verdict", verdict: { kind: "goto", chain } };
}

export function jump(chain: string): NftStatement {
  return { kind: "verdict", verdict: { kind: "jump", chain } };
}

export function rule(...statements: NftStatement[]): NftRule {
  return { statements };
}

export function number(value: number): NftValue {
  return { kind: "number", value };
}

export function text(value: string): NftValue {
  return { kind: "text", value };
}

export function equals(left: NftExpression, value: NftValue): Extract<NftStatement, { kind: "match" }> {
  return { kind: "match", left, negated: false, right: { kind: "value", value } };
}

/** `ranges` must be normal: the kernel refuses overlapping intervals. */
export function inRanges(left: NftExpression, ranges: readonly NumberRange[]): NftStatement {
  const values = ranges.map(({ first, last }): NftValue =>
    first === last ? { kind: "number", value: first } : { kind: "numbers", first, last },
  );
  const only = values.length === 1 ? values[0] : undefined;
  return only === undefined
    ? { kind: "match", left, negated: false, right: { kind: "any-of", values } }
    : equals(left, only);
}

type State = "new" | "established" | "related" | "invalid" | "untracked";

export function inState(...states: State[]): NftStatement {
  return { kind: "match", left: ctState, negated: false, right: { kind: "states", states } };
}

export function setMark(value: number): NftStatement {
  return { kind: "set-mark", target: "ct", value };
}
