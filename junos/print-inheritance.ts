// `| display inheritance`: the expanded configuration, with three `##` lines before each statement that was not written at
// its place. They name it as the original does: a list entry by its last key, a leaf by its value, others by their word.

import type { ConfigNode, Inheritance } from "./tree.ts";
import { printTree } from "./print.ts";

/** The text of an expanded tree, whole or at a level (`at`: set-style words). */
export function printInheritance(expanded: ConfigNode, options: { readonly at?: readonly string[] } = {}): string {
  return printTree(expanded, { ...options, remarks: remarksOf });
}

/** The lines before a statement, without indentation. */
function remarksOf(node: ConfigNode): readonly string[] {
  const lines: string[] = [];
  if (node.inherited !== undefined) lines.push(sentence(nameOf(node), node.inherited));
  for (const [value, inherited] of node.inheritedValues ?? []) lines.push(sentence(value, inherited));
  return lines.length === 0 ? lines : ["##", ...lines, "##"];
}

function nameOf(node: ConfigNode): string {
  return node.keys.at(-1) ?? (node.kind === "leaf" ? node.values[0] : undefined) ?? node.word;
}

function sentence(name: string, { from, name: source }: Inheritance): string {
  switch (from) {
    case "group":
      return `## '${name}' was inherited from group '${source}'`;
    case "interface-range":
      return `## '${name}' was expanded from interface-range '${source}'`;
    case "apply-path":
      return `## '${name}' was expanded from apply-path '${source}'`;
  }
}
