// The regular expressions of a login class, as one judgement for commands and one for statements. Two forms exist: single
// expressions, where the match that reaches furthest into the line counts and allowing wins when both reach as far; and sets
// of expressions, where denying wins. What allows must match from the beginning of the line; what denies may match anywhere.

import { compilePattern } from "@merlon/model/linear-pattern.ts";
import type { Configuration } from "@merlon/model/schema/configuration.ts";

type LoginClass = NonNullable<NonNullable<Configuration["system"]>["login"]>["class"][number];

/** Whether the line is allowed; undefined when no expression says anything about it. */
type Judgement = (line: string) => boolean | undefined;

export interface ClassRules {
  /** Absent when the class has no such expressions. */
  readonly commands: Judgement | undefined;
  readonly configuration: Judgement | undefined;
}

export function classRules(own: LoginClass): ClassRules {
  const furthest = (allow: string | undefined, deny: string | undefined) =>
    judgement(list(allow), list(deny), (allowed, denied) => allowed >= denied);
  const denyFirst = (allow: readonly string[], deny: readonly string[]) => judgement(allow, deny, () => false);
  return {
    commands:
      denyFirst(own.allowCommandsRegexps, own.denyCommandsRegexps) ?? furthest(own.allowCommands, own.denyCommands),
    configuration:
      denyFirst(own.allowConfigurationRegexps, own.denyConfigurationRegexps) ??
      furthest(own.allowConfiguration, own.denyConfiguration),
  };
}

function list(expression: string | undefined): readonly string[] {
  return expression === undefined ? [] : [expression];
}

/** `allows` decides when both match; it is told how far each reaches. */
function judgement(
  allow: readonly string[],
  deny: readonly string[],
  allows: (allowed: number, denied: number) => boolean,
): Judgement | undefined {
  if (allow.length === 0 && deny.length === 0) return undefined;
  const allowing = allow.map(readAllowing);
  const denying = deny.map(readDenying);
  return (line) => {
    const allowed = furthestOf(allowing, line);
    const denied = furthestOf(denying, line);
    if (allowed === undefined) return denied === undefined ? undefined : false;
    return denied === undefined || allows(allowed, denied);
  };
}

type Reach = (line: string) => number | undefined;

function furthestOf(expressions: readonly Reach[], line: string): number | undefined {
  const reached = expressions.map((reach) => reach(line)).filter((length) => length !== undefined);
  return reached.length === 0 ? undefined : Math.max(...reached);
}

/** The schema refuses what cannot be read. Should it come through all the same, it allows nothing and denies all. */
function readAllowing(text: string): Reach {
  const pattern = compilePattern(text, { ignoreCase: true, fromStart: true });
  return "error" in pattern ? () => undefined : (line) => pattern.reach(line);
}

function readDenying(text: string): Reach {
  const pattern = compilePattern(text, { ignoreCase: true });
  return "error" in pattern ? (line) => line.length : (line) => pattern.reach(line);
}
