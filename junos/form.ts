// The four forms of a configuration: curly braces, set lines, XML and JSON. One name for each, one function to print any
// of them, and one to load a text of which nobody has said what form it has.

import { printJson } from "./json-form.ts";
import { loadConfiguration } from "./load.ts";
import type { Loaded, LoadOptions } from "./load.ts";
import { promptPattern } from "./parse.ts";
import { printTree } from "./print.ts";
import { readJson } from "./read-json.ts";
import { readXml } from "./read-xml.ts";
import { printSetLines } from "./set-lines.ts";
import { emptyTree } from "./tree.ts";
import type { ConfigNode } from "./tree.ts";
import { printXml } from "./xml-form.ts";

export const forms = ["text", "set", "xml", "json"] as const;
export type Form = (typeof forms)[number];

export function isForm(word: string): word is Form {
  return (forms as readonly string[]).includes(word);
}

/** The whole tree in a form; every form ends with a line end, and an empty tree is an empty text in `text` and `set`. */
export function printForm(tree: ConfigNode, form: Form): string {
  switch (form) {
    case "text":
      return printTree(tree);
    case "set":
      return printSetLines(tree)
        .map((line) => `${line}\n`)
        .join("");
    case "xml":
      return printXml(tree);
    case "json":
      return printJson(tree);
  }
}

/**
 * The form of a text, told by its first mark; braces and set lines may be mixed and count as `text`. Lines that were pasted
 * with the prompt of a device tell nothing.
 */
export function formOf(text: string): Exclude<Form, "set"> {
  const lines = text
    .slice(0, startLength)
    .replace(/^\ufeff/, "")
    .split("\n");
  const first = lines.map((line) => line.trim()).find((line) => line !== "" && !promptPattern.test(line)) ?? "";
  // No statement begins with `<` or `{`.
  return first.startsWith("<") ? "xml" : first.startsWith("{") ? "json" : "text";
}

/** A form shows itself within so many characters, or the text is taken for braces. */
const startLength = 4096;

/** Loads a text of any form as a whole configuration. */
export function loadForm(text: string, options: Omit<LoadOptions, "action">): Loaded {
  switch (formOf(text)) {
    case "xml":
      return readXml(text, options);
    case "json":
      return readJson(text, options);
    case "text":
      return loadConfiguration(emptyTree, text, { ...options, action: "override" });
  }
}
