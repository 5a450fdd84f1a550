// One change of a candidate, as data: applied at once when it is asked for, and applied again in the same order when a
// restarted gateway restores what was edited and not committed.

import { changeLines } from "@merlon/junos/change-lines.ts";
import { editTree } from "@merlon/junos/edit.ts";
import { formOf } from "@merlon/junos/form.ts";
import { loadConfiguration } from "@merlon/junos/load.ts";
import type { Loaded, LoadOptions } from "@merlon/junos/load.ts";
import { readJson } from "@merlon/junos/read-json.ts";
import { readXml } from "@merlon/junos/read-xml.ts";
import type { ConfigNode } from "@merlon/junos/tree.ts";
import { hasErrors } from "@merlon/model/diagnostic.ts";
import type { Diagnostic } from "@merlon/model/diagnostic.ts";

export type CandidateChange =
  /** One line of the configuration mode, relative to the level `at` (set-style words). */
  | { readonly kind: "edit"; readonly line: string; readonly at?: readonly string[] }
  | {
      readonly kind: "load";
      readonly action: LoadOptions["action"];
      readonly text: string;
      /** The name of the text in diagnostics. */
      readonly source: string;
      /** The level that the text is relative to. */
      readonly at?: readonly string[];
      /** Statements that are not known are kept, by the operator's choice or because they were committed so. */
      readonly keepUnknown?: boolean;
      /** An override by an operator, which does not change what is protected; it is not asked again when replayed. */
      readonly guarded?: boolean;
      /** Of a change in XML: what is not asked for does not happen. */
      readonly defaultOperation?: "none";
    };

/** The changed tree, or with errors the tree as it was: a text that is half understood is not loaded at all. */
export function applyChange(tree: ConfigNode, change: CandidateChange): Loaded {
  const loaded = carryOut(tree, change);
  return hasErrors(loaded.diagnostics) ? { tree, diagnostics: loaded.diagnostics } : loaded;
}

function carryOut(tree: ConfigNode, change: CandidateChange): Loaded {
  switch (change.kind) {
    case "edit":
      return editTree(tree, change.line, { source: "<prompt>", ...(change.at === undefined ? {} : { at: change.at }) });
    case "load": {
      const { kind: _, text, ...options } = change;
      return loadAnyForm(tree, text, options);
    }
  }
}

/** XML and JSON name all levels from the top, and hold no command lines. */
function loadAnyForm(
  tree: ConfigNode,
  text: string,
  options: LoadOptions & { readonly defaultOperation?: "none" },
): Loaded {
  const { action, at, ...others } = options;
  const form = formOf(text);
  if (form === "text" || action === "set" || action === "patch" || at !== undefined)
    return loadConfiguration(tree, text, options);
  const read = form === "xml" ? readXml : readJson;
  return read(text, { ...others, base: tree, action });
}

/** What was done, as the commands that lead from one tree to the other: for a change that must not be kept as it was typed. */
export function changeBetween(before: ConfigNode, after: ConfigNode, typed: CandidateChange): CandidateChange {
  const text = changeLines(before, after)
    .map((line) => `${line}\n`)
    .join("");
  const keepUnknown = typed.kind === "load" && typed.keepUnknown === true ? { keepUnknown: true } : {};
  return { kind: "load", action: "set", text, source: "<hashed>", ...keepUnknown };
}

/** Applies recorded changes. Those that are not accepted any more are left out; their errors are answered. */
export function replayChanges(
  tree: ConfigNode,
  changes: readonly CandidateChange[],
): { readonly tree: ConfigNode; readonly errors: readonly Diagnostic[] } {
  const errors: Diagnostic[] = [];
  let replayed = tree;
  for (let at = 0; at < changes.length;) {
    // Lines typed at the top go in one by one only when they fail together: a tree of 100,000 policies is copied once.
    const lines = plainLines(changes, at);
    const together = lines.length > 1 ? loadLines(replayed, lines) : undefined;
    if (together !== undefined) {
      replayed = together;
      at += lines.length;
      continue;
    }
    for (const change of changes.slice(at, at + Math.max(1, lines.length))) {
      const { tree: next, diagnostics } = applyChange(replayed, change);
      replayed = next;
      errors.push(...diagnostics.filter(({ severity }) => severity === "error"));
    }
    at += Math.max(1, lines.length);
  }
  return { tree: replayed, errors };
}

function plainLines(changes: readonly CandidateChange[], from: number): readonly string[] {
  const lines: string[] = [];
  for (let at = from; at < changes.length; at++) {
    const change = changes[at];
    if (change?.kind !== "edit" || (change.at?.length ?? 0) > 0) break;
    lines.push(change.line);
  }
  return lines;
}

function loadLines(tree: ConfigNode, lines: readonly string[]): ConfigNode | undefined {
  const text = lines.map((line) => `${line}\n`).join("");
  const loaded = loadConfiguration(tree, text, { action: "set", source: "candidate.log" });
  return hasErrors(loaded.diagnostics) ? undefined : loaded.tree;
}
