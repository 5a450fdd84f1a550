// What was worked out from a node of a published tree is kept with the node: whether it inherits anything, what was read
// from it, its text. A published node never changes and an edit shares whatever it does not touch, so a configuration
// that was looked at before is looked at again only where it was changed. Everything kept here is what would be worked
// out anew: it makes things faster and decides nothing, and it goes when the node goes.

import type { ConfigNode } from "./tree.ts";
import type { FilledNode } from "./expand-groups.ts";
import type { NodeText } from "./print.ts";
import type { Reading } from "./read.ts";
import type { ConstraintLevel } from "@merlon/model/schema/junos-constraints.ts";

export interface NodeFacts {
  /** Whether something at or below it inherits by a statement of its own. */
  asksToInherit: boolean | undefined;
  /** What groups brought to it last. */
  filled: FilledNode | undefined;
  reading: Reading | undefined;
  text: NodeText | undefined;
  /** The rules of the grammar that it keeps, whatever stands around it. */
  keeps: ConstraintLevel | undefined;
}

const facts = new WeakMap<ConfigNode, NodeFacts>();

export function factsOf(node: ConfigNode): NodeFacts {
  const known = facts.get(node);
  if (known !== undefined) return known;
  const made = { asksToInherit: undefined, filled: undefined, reading: undefined, text: undefined, keeps: undefined };
  facts.set(node, made);
  return made;
}

/**
 * Whether it is worth it: entries of lists with something in them, and what holds entries. A configuration has some such
 * nodes for each policy and address, and several times as many others, which are short.
 */
export function hasFacts({ kind, children }: ConfigNode): boolean {
  if (kind === "list-entry") return children.size > 0;
  if (kind !== "container") return false;
  for (const child of children.values()) if (child.kind === "list-entry") return true;
  return false;
}
