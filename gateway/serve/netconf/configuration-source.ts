// Which configuration a request means, what its user may see of it, and its text in a reply.

import { wrongPath } from "@merlon/junos/locate.ts";
import { printJson } from "@merlon/junos/json-form.ts";
import { printTree } from "@merlon/junos/print.ts";
import { printSetLines } from "@merlon/junos/set-lines.ts";
import { subtree } from "@merlon/junos/subtree.ts";
import type { ConfigNode } from "@merlon/junos/tree.ts";
import { emptyTree } from "@merlon/junos/tree.ts";
import { printXml } from "@merlon/junos/xml-form.ts";
import type { Form } from "@merlon/junos/form.ts";
import type { ParsedElement } from "@merlon/netconf/parse-xml.ts";
import { childOf } from "@merlon/netconf/parse-xml.ts";
import { escapeText } from "@merlon/netconf/print-element.ts";
import { filterTree } from "@merlon/netconf/subtree-filter.ts";
import { rpcErrorsOf } from "./diagnostic-errors.ts";
import type { NetconfSession } from "./netconf-session.ts";
import { refuse, RpcRefused } from "./rpc-refused.ts";

/** The configuration namespace of the original. */
const configurationNamespace = "http://xml.juniper.net/xnm/1.1/xnm";

export type Datastore = "candidate" | "running";

/** What `<source>` or `<target>` names; a `<config>` inside it is the caller's. Throws `RpcRefused`. */
export function datastoreIn(request: ParsedElement, holder: "source" | "target"): Datastore {
  const place = childOf(request, holder);
  const name = place?.children[0]?.name;
  if (name === undefined) throw refuse("missing-element", `<${holder}> is missing`, { badElement: holder });
  if (name === "candidate" || name === "running") return name;
  const message =
    name === "url"
      ? "configurations are not read from or written to a URL"
      : `there is no configuration <${name}> here`;
  throw refuse(name === "url" || name === "startup" ? "operation-not-supported" : "bad-element", message, {
    badElement: name,
  });
}

export function runningTree({ gateway }: NetconfSession): ConfigNode {
  return gateway.running?.prepared.tree ?? emptyTree;
}

export function treeOf(session: NetconfSession, datastore: Datastore): ConfigNode {
  return datastore === "candidate" ? session.tree : runningTree(session);
}

/** What the `<configuration>` elements select of a tree; all of it when there are none. */
export function filtered(tree: ConfigNode, filters: readonly ParsedElement[]): ConfigNode {
  const configurations = filters.filter(({ name }) => name === "configuration");
  // One that is empty asks for everything.
  if (configurations.some(({ children }) => children.length === 0)) return tree;
  return filterTree(
    tree,
    configurations.flatMap(({ children }) => children),
  );
}

/** What stands at a path, in set-style words; nothing when that is nothing. Throws `RpcRefused` for a place that cannot be. */
export function filteredAt(tree: ConfigNode, path: readonly string[]): ConfigNode {
  const part = subtree(tree, path);
  if (part !== undefined) return part;
  const wrong = wrongPath(path);
  if (wrong.length > 0) throw new RpcRefused(rpcErrorsOf(wrong));
  return emptyTree;
}

/** As it stands in a reply: XML as it is, the other forms as text in the element that the original gives them. */
export function printConfiguration(tree: ConfigNode, form: Form): string {
  switch (form) {
    case "xml":
      return printXml(tree).replace("<configuration ", `<configuration xmlns="${configurationNamespace}" `);
    case "text":
      return inElement("configuration-text", printTree(tree));
    case "set":
      return inElement(
        "configuration-set",
        printSetLines(tree)
          .map((line) => `${line}\n`)
          .join(""),
      );
    case "json":
      return escapeText(printJson(tree));
  }
}

/** A line end in front, as the original has it. */
export function inElement(name: string, text: string): string {
  return `<${name} xmlns="${configurationNamespace}">\n${escapeText(text)}</${name}>\n`;
}
