// Of which sessions the kernel needs to tell the gateway: of those that a policy logs. An event costs more than the
// session itself, and without any the kernel ends a full table of sessions in a quarter of the time.

import type { SessionInterest, Watch } from "../kernel/kernel.ts";
import type { RuleBook } from "./rule-book.ts";

export function sessionInterest(rules: RuleBook): SessionInterest {
  return {
    get any() {
      return rules.recordsAny;
    },
    wants: (mark) => rules.records(mark),
  };
}

/** From now on a commit changes what is told before the first packet meets its rules. */
export function followRules(watch: Watch, rules: RuleBook): void {
  rules.onReplaced = () => {
    if (!firstKnownMs.has(rules)) firstKnownMs.set(rules, Date.now());
    watch.reconsider();
  };
  watch.reconsider();
}

const firstKnownMs = new WeakMap<RuleBook, number>();

/** Since when events become records: a watch stood before, but nobody knew its rules. Undefined where nobody watches. */
export function recordedSinceMs(rules: RuleBook): number | undefined {
  return firstKnownMs.get(rules);
}
