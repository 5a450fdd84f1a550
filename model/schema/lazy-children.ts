// A schema node whose children are made when they are first asked for: the whole grammar is far larger than what any one
// configuration walks through.

import type { Children, Container, Key, List } from "./node.ts";

export function withChildren<Node extends Container<Children> | List<readonly Key<string, unknown>[], Children>>(
  schema: Node,
  make: () => Children,
): Node {
  let made: Children | undefined;
  return {
    ...schema,
    get children(): Children {
      made ??= make();
      return made;
    },
  };
}
