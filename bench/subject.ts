// What is measured against what: every subject is a gateway that has been given the same policy in its own way. Merlon
// is one of them and goes the whole way from the text; the others get rules made of the same IR.

import type { Ir } from "@merlon/compiler/ir.ts";
import type { RuleSet } from "./rule-set.ts";

export interface LoadedPolicy {
  readonly ruleSet: RuleSet;
  /** The rule set as a configuration. */
  readonly text: string;
  /** What Merlon's compiler makes of it. */
  readonly ir: Ir;
}

export interface Subject {
  readonly name: string;
  /** For people, in tables. */
  readonly title: string;
  /** Whether it decides by policies; plain forwarding and bare connection tracking pass everything. */
  readonly filters: boolean;
  /** More policies than this it is not asked for: loading or one single packet would take too long. */
  readonly policyCountMax: number;
  /** Why it cannot run here, such as a program that is not installed. */
  readonly unavailable: () => string | undefined;
  /** Adds what the subject learns about the network that it stands in; called in the gateway's namespace. */
  readonly locate?: (policy: LoadedPolicy) => Promise<LoadedPolicy>;
  /**
   * Makes what the gateway loads. Calling the result brings it into force in the gateway's namespace, in which the
   * calling thread then stands until it is done; that alone is the time of loading.
   */
  readonly build: (policy: LoadedPolicy) => () => Promise<void>;
}
