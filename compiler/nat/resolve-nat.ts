// `security nat` as typed configuration into the IR. Mistakes are diagnostics; a rule that Merlon cannot follow stays in the
// IR and refuses what it matches, and a warning says so.

import type { Configuration } from "@merlon/model/schema/configuration.ts";
import { keptWords, origin } from "@merlon/model/schema/node.ts";
import type { HasOrigin } from "@merlon/model/schema/node.ts";
import { ruleIdOf } from "../rule-ids.ts";
import type { RuleIdTable } from "../rule-ids.ts";
import type { IrNat, NatKind, NatRule, NatRuleSet, NatSide, Refusal, SourceRuleSet, StaticAction } from "./ir-nat.ts";
import type { DestinationAction, SourceAction } from "./ir-nat.ts";
import type { NatContext } from "./nat-context.ts";
import { destinationActionOf, sourceActionOf } from "./nat-actions.ts";
import { resolveNatMatch } from "./resolve-nat-match.ts";
import type { NatTerms } from "./resolve-nat-match.ts";
import { refuseRule } from "./refuse-rule.ts";
import { resolveDestinationPools, resolveSourcePools } from "./resolve-nat-pools.ts";
import { bySpecificity, refuseSameContext, resolveSide } from "./resolve-nat-side.ts";
import type { SideWords } from "./resolve-nat-side.ts";
import { staticActionOf } from "./static-action.ts";

type RuleDraft<A> = Omit<NatRule<A>, "id">;
type SetDraft<A> = Omit<NatRuleSet<A>, "rules"> & { readonly rules: readonly RuleDraft<A>[] };

/** The IR without the numbers of its rules. */
export interface NatDraft extends Omit<IrNat, NatKind> {
  readonly static: readonly SetDraft<StaticAction>[];
  readonly destination: readonly SetDraft<DestinationAction>[];
  readonly source: readonly (SetDraft<SourceAction> & Pick<SourceRuleSet, "to">)[];
}

/** Undefined where nothing is translated. */
export function resolveNat(configuration: Configuration, context: NatContext): NatDraft | undefined {
  const nat = configuration.security?.nat;
  if (nat === undefined) return undefined;
  const sourcePools = resolveSourcePools(nat.source, context);
  const destinationPools = resolveDestinationPools(nat.destination, context);
  const random = nat.source?.portRandomization?.disable !== true;
  const source = resolveSets("source", nat.source?.ruleSet ?? [], context, (rule, set) =>
    sourceActionOf(rule, set.name, { pools: sourcePools, random }, context),
  );
  const draft: NatDraft = {
    sourcePools,
    destinationPools,
    static: resolveSets("static", nat.static?.ruleSet ?? [], context, (rule, set) =>
      staticActionOf(rule, set.name, context),
    ),
    destination: resolveSets("destination", nat.destination?.ruleSet ?? [], context, (rule, set) =>
      destinationActionOf(rule, set.name, destinationPools, context),
    ),
    source: source.flatMap((set) => (set.to === undefined ? [] : [{ ...set, to: set.to }])),
  };
  const sets = [draft.static, draft.destination, draft.source];
  return sets.every((list) => list.length === 0) && sourcePools.length + destinationPools.length === 0
    ? undefined
    : draft;
}

interface RuleWords extends HasOrigin {
  readonly name: string;
  readonly match?: NatTerms | undefined;
}

interface SetWords<R> extends HasOrigin {
  readonly name: string;
  readonly from?: SideWords;
  readonly to?: SideWords;
  readonly rule: readonly R[];
}

function resolveSets<R extends RuleWords, S extends SetWords<R>, A>(
  kind: NatKind,
  sets: readonly (S & SetWords<R>)[],
  context: NatContext,
  actionOf: (rule: R, set: S) => A | Refusal,
): readonly (SetDraft<A | Refusal> & { readonly to?: NatSide })[] {
  const placed = sets.flatMap((set) => {
    const from = resolveSide(kind, set, "from", context);
    const to = kind === "source" ? resolveSide(kind, set, "to", context) : undefined;
    return from === undefined || (kind === "source" && to === undefined) ? [] : [{ set, from, to }];
  });
  refuseSameContext(kind, placed, context.diagnostics);
  return bySpecificity(placed).map(({ set, from, to }) => ({
    name: set.name,
    from,
    ...(to === undefined ? {} : { to }),
    origin: set[origin],
    rules: set.rule.map((rule): RuleDraft<A | Refusal> => {
      const { gap, ...match } = resolveNatMatch(kind, set.name, rule, { from, to }, context);
      const kept = set[keptWords]?.[0];
      const because = kept === undefined ? gap : `${kept} of its rule set is not followed yet`;
      const action = because === undefined ? actionOf(rule, set) : refuseRule(kind, set.name, rule, because, context);
      return { name: rule.name, match, action, origin: rule[origin] };
    }),
  }));
}

/** What the numbers of NAT rules are tied to. No zone and no interface has such a name, so they meet no policy's key. */
export function natRuleKeys(draft: NatDraft | undefined): readonly string[] {
  if (draft === undefined) return [];
  return natKinds.flatMap((kind) => draft[kind].flatMap((set) => set.rules.map((rule) => natRuleKey(kind, set, rule))));
}

export const natKinds: readonly NatKind[] = ["static", "destination", "source"];

function natRuleKey(kind: NatKind, set: { readonly name: string }, rule: { readonly name: string }): string {
  return `nat/${kind} ${set.name} ${rule.name}`;
}

export function numberedNat(draft: NatDraft, ruleIds: RuleIdTable): IrNat {
  const numbered = <A, S extends SetDraft<A>>(kind: NatKind, sets: readonly S[]) =>
    sets.map((set) => ({
      ...set,
      rules: set.rules.map((rule) => ({ id: ruleIdOf(ruleIds, natRuleKey(kind, set, rule)), ...rule })),
    }));
  return {
    ...draft,
    static: numbered<StaticAction, NatDraft["static"][number]>("static", draft.static),
    destination: numbered<DestinationAction, NatDraft["destination"][number]>("destination", draft.destination),
    source: numbered<SourceAction, NatDraft["source"][number]>("source", draft.source),
  };
}
