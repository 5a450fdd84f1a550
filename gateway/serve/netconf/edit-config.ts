// The candidate as RFC 6241 changes it: `<edit-config>`, `<copy-config>`, `<delete-config>`, `<discard-changes>` and
// `<validate>`. A change counts whole or not at all, so every error option but `continue-on-error` is kept to.

import { readXml } from "@merlon/junos/read-xml.ts";
import type { ConfigNode } from "@merlon/junos/tree.ts";
import { hasErrors } from "@merlon/model/diagnostic.ts";
import type { Diagnostic } from "@merlon/model/diagnostic.ts";
import type { ParsedElement } from "@merlon/netconf/parse-xml.ts";
import { childOf, textOf } from "@merlon/netconf/parse-xml.ts";
import { applyChange } from "../../candidate/candidate-change.ts";
import type { CandidateChange } from "../../candidate/candidate-change.ts";
import { prepareAhead } from "../../commit/prepare-ahead.ts";
import { noRuleIds } from "@merlon/compiler/rule-ids.ts";
import { describeConflicts } from "../../candidate/describe-conflicts.ts";
import { datastoreIn, treeOf } from "./configuration-source.ts";
import { printErrors, rpcErrorsOf } from "./diagnostic-errors.ts";
import type { NetconfSession } from "./netconf-session.ts";
import { judgeFor } from "../../access/permitted-change.ts";
import { RpcRefused, refuse } from "./rpc-refused.ts";

/** How messages call the text of a request. */
export const requestSource = "<rpc>";

const defaultOperations = ["merge", "replace", "none"];
const testOptions = ["test-then-set", "set", "test-only"];
const errorOptions = ["stop-on-error", "rollback-on-error"];

type Load = Extract<CandidateChange, { kind: "load" }>;

export function editConfig(session: NetconfSession, request: ParsedElement): string {
  candidateOnly(datastoreIn(request, "target"));
  const defaultOperation = choice(request, "default-operation", defaultOperations) ?? "merge";
  const testOption = choice(request, "test-option", testOptions) ?? "set";
  choice(request, "error-option", errorOptions);
  const text = configurationIn(request);
  const change: Load = {
    kind: "load",
    action: defaultOperation === "replace" ? "update" : "merge",
    text,
    source: requestSource,
    guarded: true,
    ...(defaultOperation === "none" && { defaultOperation }),
  };
  return changed(session, change, testOption);
}

/** Carries out a change, or what is asked of it before; `<ok/>` with warnings. */
function changed(session: NetconfSession, change: Load, testOption: string): string {
  const judge = strict(judgeFor(session.access));
  const { candidates } = session.gateway;
  if (testOption === "set") return answered(candidates.apply(change, session.editing, judge).diagnostics, change.text);
  const before = session.tree;
  const loaded = judge(before, applyChange(before, change));
  const found = hasErrors(loaded.diagnostics) ? loaded.diagnostics : checked(session, loaded.tree);
  if (hasErrors(found) || testOption === "test-only") return answered(found, change.text);
  return answered(candidates.apply(change, session.editing, judge).diagnostics, change.text);
}

/** Deleting what is not there is an error in NETCONF and a warning at the shell. */
function strict(judge: ReturnType<typeof judgeFor>): typeof judge {
  return (before, loaded) => {
    const { diagnostics, tree } = judge(before, loaded);
    const missing = diagnostics.some(({ code }) => code === "edit.not-found");
    if (!missing) return { diagnostics, tree };
    const errors = diagnostics.map((one): Diagnostic =>
      one.code === "edit.not-found" ? { ...one, severity: "error" } : one,
    );
    return { tree: before, diagnostics: errors };
  };
}

export function answered(diagnostics: readonly Diagnostic[], text = ""): string {
  const errors = rpcErrorsOf(diagnostics, text);
  if (hasErrors(diagnostics)) throw new RpcRefused(errors);
  return `${printErrors(errors)}<ok/>\n`;
}

export function copyConfig(session: NetconfSession, request: ParsedElement): string {
  candidateOnly(datastoreIn(request, "target"));
  const source = childOf(request, "source");
  if (source !== undefined && childOf(source, "config") !== undefined) {
    const text = configurationIn(source);
    return changed(session, { kind: "load", action: "update", text, source: requestSource, guarded: true }, "set");
  }
  if (datastoreIn(request, "source") === "candidate")
    throw refuse("invalid-value", "source and target are the same configuration", { badElement: "source" });
  session.gateway.candidates.discard(session.editing);
  return "<ok/>\n";
}

export function deleteConfig(_: NetconfSession, request: ParsedElement): string {
  const target = datastoreIn(request, "target");
  const message =
    target === "running"
      ? "the configuration in force cannot be deleted"
      : "the candidate is not deleted; discard-changes makes it what is in force";
  throw refuse("operation-not-supported", message, { badElement: target });
}

export function discardChanges(session: NetconfSession): string {
  session.gateway.candidates.discard(session.editing);
  return "<ok/>\n";
}

/** Changes nothing, and confirms nothing (RFC 6241, 8.6). */
export function validate(session: NetconfSession, request: ParsedElement): string {
  const source = childOf(request, "source");
  if (source === undefined || childOf(source, "config") === undefined) {
    const datastore = datastoreIn(request, "source");
    if (datastore === "running") return answered(checked(session, treeOf(session, "running")));
    const { tree, conflicts } = session.gateway.candidates.toCommit(session.editing);
    if (conflicts.length > 0) return answered(describeConflicts(conflicts));
    return answered(checked(session, tree));
  }
  const text = configurationIn(source);
  const { tree, diagnostics } = readXml(text, { source: requestSource });
  return answered(hasErrors(diagnostics) ? diagnostics : checked(session, tree), text);
}

/** What a commit of the tree would say. */
function checked({ gateway }: NetconfSession, tree: ConfigNode): readonly Diagnostic[] {
  const ruleIds = gateway.running?.prepared.ruleIds ?? noRuleIds;
  const preparation = prepareAhead(tree, ruleIds, gateway.world);
  return preparation.ok ? preparation.prepared.diagnostics : preparation.diagnostics;
}

function candidateOnly(target: "candidate" | "running"): void {
  if (target === "candidate") return;
  const message = "the configuration in force changes by commit alone: edit the candidate and commit it";
  throw refuse("operation-not-supported", message, { badElement: "running" });
}

/** The text of the `<configuration>` in the `<config>`. */
function configurationIn(request: ParsedElement): string {
  if (childOf(request, "url") !== undefined)
    throw refuse("operation-not-supported", "configurations are not read from a URL", { badElement: "url" });
  const config = childOf(request, "config");
  if (config === undefined) throw refuse("missing-element", "<config> is missing", { badElement: "config" });
  const [configuration, second] = config.children;
  if (configuration?.name !== "configuration" || second !== undefined) {
    const name = configuration?.name === "configuration" ? second?.name : configuration?.name;
    const message = "<config> holds one <configuration>";
    throw refuse("unknown-element", message, { badElement: name ?? "config" });
  }
  return configuration.source ?? "";
}

/** One of the words, or what the caller takes for none. */
function choice(request: ParsedElement, name: string, words: readonly string[]): string | undefined {
  const word = textOf(request, name);
  if (word === undefined || words.includes(word)) return word;
  const why =
    word === "continue-on-error" ? "would leave half of a change in the candidate" : "is not one of its values";
  throw refuse("invalid-value", `${name} "${word.slice(0, 64)}" ${why}: ${words.join(", ")}`, { badElement: name });
}
