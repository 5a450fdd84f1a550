// What `then permit { … }` demands beside letting the session pass. Where traffic would pass without it — a tunnel, a log-in
// of the user — the policy matches nothing; inspection by application services is left out with one warning for all policies.

import type { Configuration } from "@merlon/model/schema/configuration.ts";
import { keptWords, origin } from "@merlon/model/schema/node.ts";
import type { DiagnosticList } from "./diagnostic-list.ts";
import type { GlobalPolicy, ZonePairPolicy } from "./resolve-policy.ts";

type Policy = ZonePairPolicy | GlobalPolicy;

const inspection = "application-services";

/** Without these a session is still one that the operator permitted. */
const dispensable: ReadonlySet<string> = new Set([inspection]);

/** Why the policy cannot permit what it should, or undefined. */
export function unmetDemand(policy: Policy): string | undefined {
  const word = policy.then?.permit?.[keptWords]?.find((kept) => !dispensable.has(kept));
  return word === undefined ? undefined : `${word} is not carried out yet`;
}

interface Inspected {
  readonly first: Policy | undefined;
  readonly count: number;
}

const inspectedBefore = new WeakMap<readonly Policy[], Inspected>();

/** Looked for once in each list: those of most pairs are the ones of an earlier configuration. */
function inspectedOf(list: readonly Policy[]): Inspected {
  const known = inspectedBefore.get(list);
  if (known !== undefined) return known;
  const found = list.filter(({ then }) => then?.permit?.[keptWords]?.includes(inspection) === true);
  const made = { first: found[0], count: found.length };
  inspectedBefore.set(list, made);
  return made;
}

/** One warning for all policies that permit with application services. */
export function warnUninspected(configuration: Configuration, diagnostics: DiagnosticList): void {
  const policies = configuration.security?.policies;
  let first: Policy | undefined;
  let count = 0;
  for (const list of [...(policies?.fromZone ?? []).map(({ policy }) => policy), policies?.global?.policy ?? []]) {
    const inspected = inspectedOf(list);
    first ??= inspected.first;
    count += inspected.count;
  }
  if (first === undefined) return;
  const who = count === 1 ? `policy ${first.name} permits` : `${count} policies permit`;
  diagnostics.warning(
    "policy.not-inspected",
    first[origin],
    `${who} with application-services, and the traffic passes without inspection`,
    "deny it, or accept that the addresses and ports alone decide",
  );
}
