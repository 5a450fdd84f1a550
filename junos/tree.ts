// The configuration as a tree: exactly what the operator wrote, in order, with marks and comments, before it has types.
// Text, set lines, XML and JSON are all forms of this tree; `Configuration` is read from it. Nodes are never changed once
// they are visible to others: an edit makes new nodes along its path and shares the rest.

import type { Span } from "@merlon/model/diagnostic.ts";

export interface ConfigNode {
  readonly kind: "container" | "list-entry" | "leaf" | "leaf-list" | "flag";
  /** The keyword; for a leaf without keyword the name that the schema gives it (`ip-prefix`). */
  readonly word: string;
  /** The key values of a list entry, in the schema's order. */
  readonly keys: readonly string[];
  /** One value for a leaf, any number for a leaf-list, none otherwise. */
  readonly values: readonly string[];
  /** By `childId`, in configured order. */
  readonly children: ReadonlyMap<string, ConfigNode>;
  /** Kept, printed, and without effect (`inactive:`). */
  readonly inactive: boolean;
  /** May not be changed until unprotected (`protect:`). */
  readonly protected: boolean;
  /** The text of the annotation printed before the statement, without comment marks. */
  readonly comment?: string;
  readonly span?: Span;
  /**
   * Of a statement that no schema knows: whether what stands below it was written in a block or as a list in brackets. It
   * is for printing alone and does not count, like the span.
   */
  readonly layout?: "block" | "list";
  /** In an expanded tree: where the statement comes from when it was not written at its place. */
  readonly inherited?: Inheritance;
  /** In an expanded leaf-list with values of its own: where the others come from. */
  readonly inheritedValues?: ReadonlyMap<string, Inheritance>;
}

/** `group`: by `apply-groups`; `interface-range`: as a member of the range; `apply-path`: an address found by the path. */
export interface Inheritance {
  readonly from: "group" | "interface-range" | "apply-path";
  readonly name: string;
}

export const emptyTree: ConfigNode = {
  kind: "container",
  word: "",
  keys: [],
  values: [],
  children: new Map(),
  inactive: false,
  protected: false,
};

/** What makes a child unique in its parent: its word, and its keys when it is a list entry. */
export function childId(word: string, keys: readonly string[] = []): string {
  return keys.length === 0 ? word : `${word}\u0000${keys.join("\u0000")}`;
}

/** The child at a path of ids, or undefined. */
export function nodeAt(tree: ConfigNode, path: readonly string[]): ConfigNode | undefined {
  let node: ConfigNode | undefined = tree;
  for (const id of path) node = node?.children.get(id);
  return node;
}
