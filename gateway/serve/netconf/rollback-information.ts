// `<get-rollback-information>`: an earlier configuration by its number, or what leads from one to another; and
// `<get-rescue-information>`, the one that `rollback rescue` would bring back.

import { compareTrees } from "@merlon/junos/compare.ts";
import { isForm } from "@merlon/junos/form.ts";
import type { Form } from "@merlon/junos/form.ts";
import { printTree } from "@merlon/junos/print.ts";
import type { ParsedElement } from "@merlon/netconf/parse-xml.ts";
import { textOf } from "@merlon/netconf/parse-xml.ts";
import { parseRollback, readRescue, readRescueText, readRollback } from "../../commit/read-rollback.ts";
import { printConfiguration } from "./configuration-source.ts";
import { configurationInformation } from "./get-configuration.ts";
import type { NetconfSession } from "./netconf-session.ts";
import { refuse } from "./rpc-refused.ts";
import { visibleTree } from "../../access/visible-tree.ts";

export async function getRollbackInformation(session: NetconfSession, request: ParsedElement): Promise<string> {
  const rollback = numberIn(request, "rollback") ?? 0;
  const compare = numberIn(request, "compare");
  const format = formIn(request);
  const tree = visibleTree(session.access, await readRollback(session.gateway, rollback));
  const content =
    compare === undefined
      ? `<configuration-information>\n${printConfiguration(tree, format)}</configuration-information>\n`
      : configurationInformation(
          compareTrees(visibleTree(session.access, await readRollback(session.gateway, compare)), tree),
        );
  return `<rollback-information>\n${content}</rollback-information>\n`;
}

export async function getRescueInformation(session: NetconfSession, request: ParsedElement): Promise<string> {
  const format = formIn(request);
  const tree = visibleTree(session.access, readRescue(await readRescueText(session.gateway)));
  const content = format === "text" ? configurationInformation(printTree(tree)) : printConfiguration(tree, format);
  return `<rescue-information>\n${content}</rescue-information>\n`;
}

function formIn(request: ParsedElement): Form {
  const form = textOf(request, "format") ?? request.attributes["format"] ?? "text";
  if (isForm(form)) return form;
  throw refuse("invalid-value", "format is one of text, set, xml and json", { badElement: "format" });
}

function numberIn(request: ParsedElement, name: string): number | undefined {
  const word = textOf(request, name);
  if (word === undefined) return undefined;
  const number = parseRollback(word);
  if (number === undefined) throw refuse("invalid-value", `${name} is a number from 0 to 49`, { badElement: name });
  return number;
}
