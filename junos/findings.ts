// What reading a part of the tree adds to the whole: names that others may use, uses of names, and notices. It is kept with
// the part (`node-facts.ts`), and put together anew for each configuration; what was found below a node stays one piece.

import type { SchemaNode } from "@merlon/model/schema/node.ts";
import type { Notices } from "./notices.ts";
import type { References, Use } from "./references.ts";
import type { AnyList } from "./schema-index.ts";
import type { ConfigNode } from "./tree.ts";

export type Finding =
  /** Entries of a list with one key; `path` is that of one of them. */
  | { readonly kind: "names"; readonly list: AnyList; readonly names: string[]; readonly path: readonly string[] }
  | { readonly kind: "use"; readonly use: Use }
  | { readonly kind: "note"; readonly schema: SchemaNode; readonly node: ConfigNode; readonly path: readonly string[] }
  | { readonly kind: "keep"; readonly node: ConfigNode; readonly path: readonly string[]; readonly count: number }
  /** Of a part below. */
  | { readonly kind: "part"; readonly found: readonly Finding[] };

/** In the order in which they were found. */
export function putTogether(found: readonly Finding[], references: References, notices: Notices): void {
  for (const finding of found) {
    switch (finding.kind) {
      case "names":
        references.define(finding.list, finding.names, finding.path);
        break;
      case "use":
        references.use(finding.use);
        break;
      case "note":
        notices.note(finding.schema, finding.node, finding.path);
        break;
      case "keep":
        notices.keep(finding.node, finding.path, finding.count);
        break;
      case "part":
        putTogether(finding.found, references, notices);
        break;
    }
  }
}
