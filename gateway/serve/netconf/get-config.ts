// `<get-config>` and `<get>` (RFC 6241, 7.1 and 7.7), with subtree filters.

import type { ParsedElement } from "@merlon/netconf/parse-xml.ts";
import { childOf } from "@merlon/netconf/parse-xml.ts";
import { datastoreIn, filtered, printConfiguration, treeOf } from "./configuration-source.ts";
import type { Datastore } from "./configuration-source.ts";
import type { NetconfSession } from "./netconf-session.ts";
import { refuse } from "./rpc-refused.ts";
import { visibleTree } from "../../access/visible-tree.ts";

export function getConfig(session: NetconfSession, request: ParsedElement): string {
  return data(session, datastoreIn(request, "source"), childOf(request, "filter"));
}

/** Configuration alone: what is not configured is asked for by operational requests, as on the original. */
export function get(session: NetconfSession, request: ParsedElement): string {
  return data(session, "running", childOf(request, "filter"));
}

function data(session: NetconfSession, datastore: Datastore, filter: ParsedElement | undefined): string {
  const type = filter?.attributes["type"] ?? "subtree";
  if (type !== "subtree") {
    const message = "filters are subtrees; other types are not offered";
    throw refuse("bad-attribute", message, { badAttribute: "type", badElement: "filter" });
  }
  const visible = visibleTree(session.access, treeOf(session, datastore));
  const tree = filter === undefined ? visible : selected(visible, filter);
  if (tree === undefined || tree.children.size === 0) return "<data/>\n";
  return `<data>\n${printConfiguration(tree, "xml")}</data>\n`;
}

/** A filter that holds nothing selects nothing. */
function selected(tree: Parameters<typeof filtered>[0], { children }: ParsedElement): typeof tree | undefined {
  return children.some(({ name }) => name === "configuration") ? filtered(tree, children) : undefined;
}
