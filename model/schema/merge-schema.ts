// The hand-written schema and the imported facts as one: what is written by hand wins, statement by statement; every other
// statement of the facts takes its place beside it.

import { withChildren } from "./lazy-children.ts";
import type { Children, SchemaNode } from "./node.ts";

/** Hand-written statements keep their order; the others stand behind the statement that they follow in the facts. */
export function mergeChildren(written: Children, facts: Children): Children {
  const following = new Map<string | undefined, [string, SchemaNode][]>();
  let last: string | undefined;
  for (const [word, fact] of Object.entries(facts)) {
    if (Object.hasOwn(written, word)) last = word;
    else following.set(last, [...(following.get(last) ?? []), [word, fact]]);
  }
  const merged: [string, SchemaNode][] = [...(following.get(undefined) ?? [])];
  for (const [word, node] of Object.entries(written)) {
    const fact = facts[word];
    merged.push([word, fact === undefined ? node : mergeNode(node, fact)], ...(following.get(word) ?? []));
  }
  return Object.fromEntries(merged);
}

function mergeNode(written: SchemaNode, fact: SchemaNode): SchemaNode {
  const { choice, choiceCase } = fact;
  const choices = {
    ...(choice === undefined ? {} : { choice }),
    ...(choiceCase === undefined ? {} : { choiceCase }),
  };
  if (written.kind === "container" && fact.kind === "container") {
    return withChildren({ ...written, ...choices }, () => mergeChildren(written.children, fact.children));
  }
  if (written.kind === "list" && fact.kind === "list") {
    return withChildren({ ...written, ...choices }, () => mergeChildren(written.children, fact.children));
  }
  return { ...written, ...choices };
}
