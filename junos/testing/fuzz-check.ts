// What must hold for every text, however broken: loading returns, every error has a place inside the text, the base is as
// it was, and what was loaded is a sound tree that prints, reads back from every form, and compares.

import type { Diagnostic } from "@merlon/model/diagnostic.ts";
import { changeLines } from "../change-lines.ts";
import { compareTrees } from "../compare.ts";
import { forms, loadForm, printForm } from "../form.ts";
import type { Form } from "../form.ts";
import { inherit } from "../inherit.ts";
import { loadConfiguration } from "../load.ts";
import type { Loaded } from "../load.ts";
import { printTree } from "../print.ts";
import { readConfiguration } from "../read.ts";
import { readJson } from "../read-json.ts";
import { readXml } from "../read-xml.ts";
import { sameTree } from "../same-tree.ts";
import type { ConfigNode } from "../tree.ts";
import type { FuzzInput } from "./fuzz-inputs.ts";

/** What does not hold; undefined when all is well. The first words name the law, so that a shrunk text breaks the same one. */
export function checkInput(input: FuzzInput): string | undefined {
  try {
    return brokenLaw(input);
  } catch (error) {
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    const place = stack
      ?.split("\n")
      .find((line) => line.trimStart().startsWith("at "))
      ?.trim();
    return `thrown: ${message.slice(0, 300)} ${place ?? ""}`;
  }
}

function brokenLaw(input: FuzzInput): string | undefined {
  const { base, text, random } = input;
  const before = printTree(base);
  const { tree, diagnostics } = loadInput(input);
  return (
    brokenPlace(diagnostics, text) ??
    (printTree(base) === before ? undefined : "base: the base was changed") ??
    lossy(tree, "text") ??
    (random.chance(30) ? lossy(tree, random.pick(forms)) : undefined) ??
    (random.chance(30) ? brokenChange(base, tree) : undefined) ??
    (random.chance(30) ? brokenMeaning(tree) : undefined)
  );
}

function loadInput({ form, action, text, keepUnknown, base }: FuzzInput): Loaded {
  switch (form) {
    case "xml":
      return readXml(text, { source: "fuzz", keepUnknown, base });
    case "json":
      return readJson(text, { source: "fuzz", keepUnknown, base });
    case "text":
    case "set":
    case "patch":
      return loadConfiguration(base, text, { action, source: "fuzz", keepUnknown });
  }
}

/** Lines and columns count from 1; the place behind the last character of a line, and one more, is a place too. */
export function brokenPlace(diagnostics: readonly Diagnostic[], text: string): string | undefined {
  const lines = text.split("\n");
  for (const { severity, code, span, message } of diagnostics) {
    if (code === "load.too-many") continue;
    if (span === undefined) {
      if (severity === "error") return `place: no place for ${code} "${message}"`;
      continue;
    }
    const { line, column, endLine, endColumn } = span;
    const inside = (at: number, place: number, extra: number): boolean =>
      at >= 1 && at <= lines.length && place >= 1 && place <= (lines[at - 1]?.length ?? 0) + extra;
    const ordered = endLine > line || (endLine === line && endColumn >= column);
    if (!ordered || !inside(line, column, 1) || !inside(endLine, endColumn, 2) || span.source !== "fuzz")
      return `place: ${line}:${column}–${endLine}:${endColumn} of ${code} "${message}" is not in the text`;
  }
  return undefined;
}

/** The tree printed in a form and read again is the same tree, without an error. */
function lossy(tree: ConfigNode, form: Form): string | undefined {
  const printed = printForm(tree, form);
  const again = loadForm(printed, { source: "again", keepUnknown: true });
  const wrong = again.diagnostics.find(({ code }) => code !== "load.kept-unknown");
  if (wrong !== undefined) return `form: ${form} gives ${wrong.code} "${wrong.message}" at ${wrong.span?.line}`;
  return sameTree(again.tree, tree) ? undefined : `form: ${form} gives another tree`;
}

/** The comparison is empty when nothing changed; applied as a patch or as command lines it makes the change. */
function brokenChange(base: ConfigNode, tree: ConfigNode): string | undefined {
  const patch = compareTrees(base, tree);
  if ((patch === "") !== sameTree(base, tree)) return "compare: it is not empty exactly when the trees are the same";
  const lines = changeLines(base, tree);
  if ((lines.length === 0) !== sameTree(base, tree))
    return "change lines: not empty exactly when the trees are the same";
  const load = (text: string, action: "patch" | "set"): string | undefined => {
    const { tree: made, diagnostics } = loadConfiguration(base, text, { action, source: "again", keepUnknown: true });
    const wrong = diagnostics.find(({ severity }) => severity === "error");
    // A patch may not change what is protected, and an annotation grows by its indentation in one.
    if (action === "patch" && (wrong?.code === "edit.protected" || wrong?.code === "syntax.too-long")) return undefined;
    if (wrong !== undefined)
      return `${action}: the change gives ${wrong.code} "${wrong.message}" at ${wrong.span?.line}`;
    return sameTree(made, tree) ? undefined : `${action}: the change gives another tree`;
  };
  return load(patch, "patch") ?? load(lines.join("\n"), "set");
}

/** The tree can be inherited and read, whatever it says. */
function brokenMeaning(tree: ConfigNode): string | undefined {
  const expanded = inherit(tree, { node: "node0" });
  readConfiguration(expanded.tree);
  const wrong = readConfiguration(tree).diagnostics.find(({ code }) => code === "schema.wrong-value");
  return wrong === undefined ? undefined : `read: a loaded tree has ${wrong.code} "${wrong.message}"`;
}
