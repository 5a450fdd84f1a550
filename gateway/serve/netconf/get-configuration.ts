// `<get-configuration>`, the original's way to read a configuration: candidate or committed, in four forms, whole or what
// a `<configuration>` selects, with groups carried out, or compared with an earlier commit.

import { compareTrees } from "@merlon/junos/compare.ts";
import { isForm } from "@merlon/junos/form.ts";
import { inherit } from "@merlon/junos/inherit.ts";
import type { ParsedElement } from "@merlon/netconf/parse-xml.ts";
import { escapeText } from "@merlon/netconf/print-element.ts";
import { inheritOptions } from "../../commit/prepare.ts";
import { parseRollback, readRollback } from "../../commit/read-rollback.ts";
import { filtered, printConfiguration, treeOf } from "./configuration-source.ts";
import type { Datastore } from "./configuration-source.ts";
import type { NetconfSession } from "./netconf-session.ts";
import { refuse } from "./rpc-refused.ts";
import { visibleTree } from "../../access/visible-tree.ts";

const datastores: Readonly<Record<string, Datastore>> = {
  active: "running",
  candidate: "candidate",
  committed: "running",
};

export async function getConfiguration(session: NetconfSession, request: ParsedElement): Promise<string> {
  const { attributes, children } = request;
  const { database = "candidate", format = "xml", compare } = attributes;
  const datastore = Object.hasOwn(datastores, database) ? datastores[database] : undefined;
  if (datastore === undefined) throw wrongAttribute("database", database, Object.keys(datastores));
  if (!isForm(format)) throw wrongAttribute("format", format, ["xml", "text", "set", "json"]);
  if (compare !== undefined) return compared(session, request, datastore);
  const visible = visibleTree(session.access, treeOf(session, datastore));
  const inherits = attributes["inherit"] !== undefined;
  const expanded = inherits ? inherit(visible, inheritOptions(session.gateway.world)).tree : visible;
  const tree = children.length === 0 ? expanded : filtered(expanded, children);
  return printConfiguration(tree, format);
}

/** What leads from an earlier commit to the candidate, as a patch; a line end alone when that is nothing. */
async function compared(session: NetconfSession, { attributes }: ParsedElement, datastore: Datastore): Promise<string> {
  const { compare = "", rollback = "0" } = attributes;
  const number = parseRollback(rollback);
  if (compare !== "rollback") throw wrongAttribute("compare", compare, ["rollback"]);
  if (number === undefined) throw wrongAttribute("rollback", rollback, ["0 to 49"]);
  const { candidates } = session.gateway;
  const after = treeOf(session, datastore);
  const isOwn = number === 0 && datastore === "candidate";
  const before = isOwn ? candidates.base(session.editing) : await readRollback(session.gateway, number);
  const [from, to] = [visibleTree(session.access, before), visibleTree(session.access, after)];
  return configurationInformation(compareTrees(from, to));
}

export function configurationInformation(output: string): string {
  const text = `<configuration-output>\n${escapeText(output)}</configuration-output>`;
  return `<configuration-information>\n${text}\n</configuration-information>\n`;
}

export function wrongAttribute(name: string, value: string, expected: readonly string[]): Error {
  const message = `${name}="${value.slice(0, 64)}" is not understood; it is one of ${expected.join(", ")}`;
  return refuse("bad-attribute", message, { badAttribute: name });
}
