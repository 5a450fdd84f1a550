// Whether two trees say the same: words, values, order, marks and annotations. Where they were written does not count.

import type { ConfigNode } from "./tree.ts";

export function sameTree(a: ConfigNode, b: ConfigNode): boolean {
  return a === b || (sameNode(a, b) && sameChildren(a, b));
}

/** The nodes themselves, without their children. */
export function sameNode(a: ConfigNode, b: ConfigNode): boolean {
  return (
    a.kind === b.kind &&
    a.word === b.word &&
    sameWords(a.keys, b.keys) &&
    sameWords(a.values, b.values) &&
    sameMarks(a, b)
  );
}

export function sameMarks(a: ConfigNode, b: ConfigNode): boolean {
  return a.inactive === b.inactive && a.protected === b.protected && a.comment === b.comment;
}

export function sameWords(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((word, at) => word === b[at]);
}

function sameChildren(a: ConfigNode, b: ConfigNode): boolean {
  if (a.children === b.children) return true;
  if (a.children.size !== b.children.size) return false;
  const others = b.children.values();
  for (const child of a.children.values()) {
    const other = others.next().value;
    if (other === undefined || !sameTree(child, other)) return false;
  }
  return true;
}
