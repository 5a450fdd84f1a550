// Match terms that the data plane cannot follow yet. A permit with one matches nothing: what it would have taken is left to the
// policies behind it, and whatever they permit is permitted on the original, too, by the one or by the other. A deny or reject
// ignores the term and refuses all that its other terms match.

import { keptWords } from "@merlon/model/schema/node.ts";
import type { GlobalPolicy, ZonePairPolicy } from "./resolve-policy.ts";

/** Why the term cannot be followed, or undefined. The words for "no restriction" restrict nothing. */
export function unsupportedTerm({ match }: ZonePairPolicy | GlobalPolicy): string | undefined {
  const kept = match?.[keptWords]?.[0];
  if (kept !== undefined) return `${kept} is not followed yet`;
  if (restricts(match?.dynamicApplication, ["any", "none"])) return "dynamic-application is not identified yet";
  if (restricts(match?.urlCategory, ["any", "none"])) return "url-category is not identified yet";
  return restricts(match?.sourceIdentity, ["any"]) ? "source-identity is not known yet" : undefined;
}

function restricts(values: readonly string[] | undefined, free: readonly string[]): boolean {
  return values !== undefined && values.length > 0 && !values.some((value) => free.includes(value));
}
