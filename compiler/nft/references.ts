// What refers to what inside a table: the kernel refuses to delete a chain, set or timeout that is in use.

import { PackedSet } from "./packed-set.ts";
import { isVerdict } from "./print-statement.ts";
import type { NftChain, NftInstruction, NftRule, NftSet, NftVerdict } from "./program.ts";

export interface References {
  readonly chains: ReadonlySet<string>;
  readonly sets: ReadonlySet<string>;
  readonly timeouts: ReadonlySet<string>;
  readonly flowtables: ReadonlySet<string>;
  /** It holds something that Merlon does not understand, which may refer to anything. */
  readonly unknown: boolean;
}

const noReferences: References = {
  chains: new Set(),
  sets: new Set(),
  timeouts: new Set(),
  flowtables: new Set(),
  unknown: false,
};

export function referencesOfRules(rules: readonly NftRule[]): References {
  const chains = new Set<string>();
  const sets = new Set<string>();
  const timeouts = new Set<string>();
  const flowtables = new Set<string>();
  let unknown = false;
  for (const { statements } of rules) {
    for (const statement of statements) {
      switch (statement.kind) {
        case "verdict":
          addTarget(chains, statement.verdict);
          break;
        case "lookup":
          sets.add(statement.set);
          break;
        case "vmap":
          sets.add(statement.map);
          break;
        case "instructions":
          for (const instruction of statement.list) {
            addSet(sets, instruction);
            if (instruction.op === "offload") flowtables.add(instruction.flowtable);
          }
          break;
        case "set-timeout":
          timeouts.add(statement.timeout);
          break;
        case "foreign":
          unknown = true;
          break;
        case "match":
        case "set-mark":
        case "counter":
        case "log":
        case "reject":
          break;
      }
    }
  }
  return { chains, sets, timeouts, flowtables, unknown };
}

export function referencesOfChain(chain: NftChain): References {
  return referencesOfRules(chain.rules);
}

/** The chains that the elements of a verdict map lead to. */
export function referencesOfSet(set: Pick<NftSet, "elements" | "foreign">): References {
  const chains = new Set<string>();
  // Rows of numbers lead nowhere.
  if (set instanceof PackedSet) return { ...noReferences, chains };
  for (const { data } of set.elements) if (data !== undefined && isVerdict(data)) addTarget(chains, data);
  return { ...noReferences, chains, unknown: set.foreign !== undefined };
}

function addSet(sets: Set<string>, instruction: NftInstruction): void {
  if (instruction.op === "lookup" || instruction.op === "meter") sets.add(instruction.set);
  else if (instruction.op === "vmap") sets.add(instruction.map);
}

function addTarget(chains: Set<string>, verdict: NftVerdict): void {
  if ("chain" in verdict) chains.add(verdict.chain);
}
