// `protect`: a protected statement, and everything below it, can neither be changed nor deleted until it is unprotected.

import type { Span } from "@merlon/model/diagnostic.ts";
import type { ConfigNode } from "./tree.ts";
import type { Report } from "./report.ts";

/** Reports and returns true when the node or something below it is protected, so that it cannot be deleted or moved. */
export function protectionError(node: ConfigNode, path: readonly string[], span: Span, report: Report): boolean {
  const found = protectedIn(node);
  if (found === undefined) return false;
  refuseProtected(report, span, path, found);
  return true;
}

export function refuseProtected(report: Report, span: Span, path: readonly string[], node: ConfigNode): void {
  const name = [node.word, ...node.keys].join(" ");
  report.error("edit.protected", span, `"${name}" is protected and cannot be changed`, {
    path,
    hint: "unprotect it first",
  });
}

function protectedIn(node: ConfigNode): ConfigNode | undefined {
  if (node.protected) return node;
  for (const child of node.children.values()) {
    const found = protectedIn(child);
    if (found !== undefined) return found;
  }
  return undefined;
}
