// `<command>`: a typed operational line, with its pipes, as a request. Its answer is what the request of that command would
// get, or the text of the shell where the line has pipes or the client wants text.

import type { ParsedElement } from "@merlon/netconf/parse-xml.ts";
import { printElement } from "@merlon/netconf/print-element.ts";
import { splitWords } from "@merlon/shell/line-parts.ts";
import { parseOperation } from "../../ops/parse-operation.ts";
import { runCommand } from "../command.ts";
import { requestOf } from "../display.ts";
import { expandLine } from "../expand-line.ts";
import { splitPipes } from "../pipe.ts";
import { filteredAt, printConfiguration, runningTree } from "./configuration-source.ts";
import { configurationInformation } from "./get-configuration.ts";
import type { NetconfSession } from "./netconf-session.ts";
import { formatOf, printOutput, runOperation } from "./operational-rpc.ts";
import type { ReplyFormat } from "./operational-rpc.ts";
import { refuse } from "./rpc-refused.ts";
import { visibleTree } from "../../access/visible-tree.ts";

/** The one routing engine that there is. */
const routingEngine = "re0";
const everywhere = /\s+invoke-on\s+(?:all-routing-engines|other-routing-engine)\s*$/;

export async function answerCommand(session: NetconfSession, request: ParsedElement): Promise<string> {
  const format = formatOf(request);
  const line = request.text.trim();
  if (line === "") throw refuse("missing-element", "the command is empty", { badElement: "command" });
  if (!everywhere.test(line)) return answerLine(session, line, format);
  const answer = await answerLine(session, line.replace(everywhere, ""), format);
  const item = `<re-name>${routingEngine}</re-name>\n${answer}`;
  const items = `<multi-routing-engine-item>\n${item}</multi-routing-engine-item>`;
  return `<multi-routing-engine-results>\n${items}\n</multi-routing-engine-results>\n`;
}

async function answerLine(session: NetconfSession, typed: string, format: ReplyFormat): Promise<string> {
  const line = expandLine(session.gateway, typed, session.caller)?.line ?? typed;
  const { command, pipes } = splitPipes(line);
  const words = splitWords(command) ?? [];
  const isConfiguration = words[0] === "show" && words[1] === "configuration";
  const parsed = isConfiguration ? undefined : parseOperation(words);
  // A line that edits or commits is none of these; there are requests for that.
  if (parsed?.kind === "unknown") {
    const { message, word = command.trim() } = parsed;
    throw refuse("operation-failed", `syntax error: ${message}`, { badElement: word });
  }
  const display = pipes.length === 1 && pipes[0]?.[0] === "display" ? pipes[0].slice(1).join(" ") : undefined;
  if (display === "xml rpc" && parsed !== undefined) {
    session.audit(line);
    return `${printElement(requestOf(parsed))}\n`;
  }
  const wanted = display === "xml" || display === "json" ? display : format;
  const hasOtherPipes = pipes.length > 0 && wanted !== display;
  if (wanted !== "text" && !hasOtherPipes) {
    session.audit(line);
    return parsed === undefined
      ? shownConfiguration(session, words.slice(2), wanted)
      : runOperation(session, parsed, wanted);
  }
  const answer = await runCommand(session.gateway, line, session.caller);
  if (!answer.ok) throw refuse("operation-failed", answer.text.replace(/^error: /, "").trimEnd(), { badElement: line });
  return isConfiguration ? configurationInformation(answer.text) : printOutput(answer.text);
}

function shownConfiguration(session: NetconfSession, path: readonly string[], form: "xml" | "json"): string {
  session.demand(["show configuration", ...path].join(" "));
  return printConfiguration(filteredAt(visibleTree(session.access, runningTree(session)), path), form);
}
