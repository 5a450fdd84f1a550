// A schema node whose children are made when they are first asked for: the whole grammar is far larger than what any one
// configuration walks through.

import type { Children, Container, Key, List } from "./node.ts";

/** The node with other children; its own are not asked for. */
export function withChildren<Node extends Container<Children> | List<readonly Key<string, unknown>[], Children>>(
  schema: Node,
  make: () => Children,
): Node {
  const copy: Record<string, unknown> = {};
  // A spread would read `children`, and so make those of every level that is copied.
  for (const member of Object.keys(schema)) if (member !== "children") copy[member] = schema[member as keyof Node];
  let made: Children | undefined;
  const get = (): Children => (made ??= make());
  return Object.defineProperty(copy, "children", { get, enumerable: true, configurable: true }) as Node;
}
