// What `then permit { … }` demands beside letting the session pass: a tunnel, a log-in of the user, inspection. A permit whose
// demand nobody carries out is a deny: if it matched nothing, a later and broader permit would let the same traffic pass without
// what was demanded. Inspection by application services alone is left out, with a warning (`policy-shortfalls.ts`).

import { keptWords } from "@merlon/model/schema/node.ts";
import type { GlobalPolicy, ZonePairPolicy } from "./resolve-policy.ts";

type Policy = ZonePairPolicy | GlobalPolicy;

const inspection = "application-services";

/** Without these a session is still one that the operator permitted. */
const dispensable: ReadonlySet<string> = new Set([inspection]);

/** Why the policy cannot permit as it should, or undefined. */
export function unmetDemand(policy: Policy): string | undefined {
  const word = policy.then?.permit?.[keptWords]?.find((kept) => !dispensable.has(kept));
  return word === undefined ? undefined : `${word} is not carried out yet`;
}

/** Whether sessions should be inspected, and pass without it. */
export function passesUninspected(policy: Policy): boolean {
  return unmetDemand(policy) === undefined && policy.then?.permit?.[keptWords]?.includes(inspection) === true;
}
