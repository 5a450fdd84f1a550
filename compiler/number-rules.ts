// The rules of contexts with their numbers. Whatever stood in an earlier configuration with the same number is the same
// object: the rule, the rules of its context, the list of contexts.

import { EarlierList } from "./earlier-list.ts";
import type { IrContext, IrRule } from "./ir.ts";
import type { ContextDraft } from "./resolve-contexts.ts";
import { ruleIdOf, ruleKey } from "./rule-ids.ts";
import type { RuleIdTable } from "./rule-ids.ts";

export interface NumberedContexts {
  readonly drafts: readonly ContextDraft[];
  /** Of the rules of each draft, in their order. */
  readonly keys: readonly (readonly string[])[];
  readonly contexts: readonly IrContext[];
  readonly ruleIds: RuleIdTable;
}

/** One context as it was. */
interface Numbered {
  readonly draft: ContextDraft;
  readonly keys: readonly string[];
  readonly context: IrContext;
}

export class RuleNumbers {
  readonly #before: NumberedContexts | undefined;
  readonly #byZones = new Map<string, Numbered>();

  constructor(before: NumberedContexts | undefined) {
    this.#before = before;
    for (const [at, draft] of (before?.drafts ?? []).entries()) {
      const [keys, context] = [before?.keys[at], before?.contexts[at]];
      if (keys !== undefined && context !== undefined) this.#byZones.set(zonesOf(draft), { draft, keys, context });
    }
  }

  /** What the numbers of the rules of each draft are tied to. */
  keysOf(drafts: readonly ContextDraft[]): readonly (readonly string[])[] {
    return drafts.map((draft) => {
      const known = this.#byZones.get(zonesOf(draft));
      if (known?.draft === draft) return known.keys;
      const { fromZone, toZone, rules } = draft;
      const keys = rules.map(({ policy }) => ruleKey(fromZone, toZone, policy));
      return known !== undefined && sameKeys(known.keys, keys) ? known.keys : keys;
    });
  }

  numbered(
    drafts: readonly ContextDraft[],
    keys: readonly (readonly string[])[],
    ruleIds: RuleIdTable,
  ): NumberedContexts {
    const now = drafts.map((draft, at) => this.#context(draft, keys[at] ?? [], ruleIds));
    const before = this.#before?.contexts;
    const isSame = before?.length === now.length && before.every((context, at) => context === now[at]);
    return { drafts, keys, contexts: isSame ? before : now, ruleIds };
  }

  #context(draft: ContextDraft, keys: readonly string[], ruleIds: RuleIdTable): IrContext {
    const known = this.#byZones.get(zonesOf(draft));
    const idOf = (at: number) => ruleIdOf(ruleIds, keys[at] ?? "");
    if (known?.draft === draft) {
      if (this.#before?.ruleIds === ruleIds) return known.context;
      if (known.context.rules.every(({ id }, at) => id === idOf(at))) return known.context;
    }
    const earlier = new EarlierList(known?.draft.rules ?? [], known?.context.rules ?? []);
    const rules = draft.rules.map((rule, at): IrRule => {
      const [id, was] = [idOf(at), earlier.valueOf(rule)];
      return was?.id === id ? was : { id, ...rule };
    });
    const { fromZone, toZone } = draft;
    return { fromZone, toZone, rules };
  }
}

function zonesOf({ fromZone, toZone }: ContextDraft): string {
  return `${fromZone} ${toZone}`;
}

export function sameKeys(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === b.length && a.every((key, at) => key === b[at]));
}
