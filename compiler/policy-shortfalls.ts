// Policies that do other than they say, for the warnings of a commit: one warning for each reason, with the names.

import type { Origin } from "@merlon/model/diagnostic.ts";
import type { Configuration } from "@merlon/model/schema/configuration.ts";
import { origin } from "@merlon/model/schema/node.ts";
import type { DiagnosticList } from "./diagnostic-list.ts";
import { passesUninspected, unmetDemand } from "./permit-demands.ts";
import type { GlobalPolicy, ZonePairPolicy } from "./resolve-policy.ts";
import { unsupportedTerm } from "./unsupported-term.ts";

type Policy = ZonePairPolicy | GlobalPolicy;

type Code = "policy.not-inspected" | "policy.denied" | "policy.passed-over" | "policy.refuses-more";

interface Shortfall {
  readonly code: Code;
  readonly because: string;
}

/** Policies with the same shortfall, in their order. */
interface Found extends Shortfall {
  readonly at: Origin;
  count: number;
  /** The first of them. */
  readonly names: string[];
}

const namesShownMax = 5;

export function warnShortfalls(configuration: Configuration, diagnostics: DiagnosticList): void {
  const policies = configuration.security?.policies;
  const all = new Map<string, Found>();
  for (const list of [...(policies?.fromZone ?? []).map(({ policy }) => policy), policies?.global?.policy ?? []])
    for (const [key, found] of foundIn(list)) add(all, key, found, found.count, found.names);
  for (const found of all.values()) warn(found, diagnostics);
}

const foundBefore = new WeakMap<readonly Policy[], ReadonlyMap<string, Found>>();

/** Looked for once in each list: those of most pairs are the ones of an earlier configuration. */
function foundIn(list: readonly Policy[]): ReadonlyMap<string, Found> {
  const known = foundBefore.get(list);
  if (known !== undefined) return known;
  const all = new Map<string, Found>();
  for (const policy of list) {
    const shortfall = shortfallOf(policy);
    if (shortfall === undefined) continue;
    const { code, because } = shortfall;
    add(all, `${code} ${because}`, { ...shortfall, at: policy[origin] }, 1, [policy.name]);
  }
  foundBefore.set(list, all);
  return all;
}

function add(
  all: Map<string, Found>,
  key: string,
  { code, because, at }: Pick<Found, "code" | "because" | "at">,
  count: number,
  names: readonly string[],
): void {
  const found = all.get(key) ?? { code, because, at, count: 0, names: [] };
  found.count += count;
  found.names.push(...names.slice(0, namesShownMax - found.names.length));
  all.set(key, found);
}

function shortfallOf(policy: Policy): Shortfall | undefined {
  const unmet = unmetDemand(policy);
  if (unmet !== undefined) return { code: "policy.denied", because: unmet };
  const term = unsupportedTerm(policy);
  const permits = policy.then?.permit !== undefined;
  if (term !== undefined) return { code: permits ? "policy.passed-over" : "policy.refuses-more", because: term };
  return passesUninspected(policy) ? { code: "policy.not-inspected", because: "" } : undefined;
}

function warn({ code, because, at, count, names }: Found, diagnostics: DiagnosticList): void {
  const one = count === 1;
  const more = count > names.length ? ` and ${count - names.length} more` : "";
  const who = one ? `policy ${names[0] ?? ""}` : `${count} policies (${names.join(", ")}${more})`;
  switch (code) {
    case "policy.not-inspected":
      diagnostics.warning(
        code,
        at,
        `${who} ${one ? "permits" : "permit"} with application-services, and the traffic passes without inspection`,
        "deny it, or accept that the addresses and ports alone decide",
      );
      return;
    case "policy.denied":
      diagnostics.warning(
        code,
        at,
        `${who} ${one ? "denies what it matches" : "deny what they match"}: ${because}`,
        "delete what is not carried out, and what it matches is permitted without it",
      );
      return;
    case "policy.passed-over":
      diagnostics.warning(
        code,
        at,
        `${who} ${one ? "matches" : "match"} nothing: ${because}`,
        "the policies behind it decide; write it with addresses and applications",
      );
      return;
    case "policy.refuses-more":
      diagnostics.warning(
        code,
        at,
        `${who} ${one ? "refuses whatever the rest of it" : "refuse whatever the rest of them"} matches: ${because}`,
        "write it with addresses and applications",
      );
  }
}
