// The syntax of a source file, reduced to what the house rules ask for: imports, exports, functions with their length,
// uses of globals, comments and strings, each with its line. Parsed by the parser of rolldown, because TypeScript 7 has
// no JavaScript API and a scan by regular expressions takes words in strings and comments for code.

import { parseSync } from "rolldown/utils";
import type { SourceFile } from "./source-tree.ts";

export interface Syntax {
  readonly imports: readonly Import[];
  readonly exports: readonly Export[];
  /** Functions with a body; a callback has the name of the function that it is given to, as `describe()`. */
  readonly functions: readonly { readonly name: string; readonly line: number; readonly lineCount: number }[];
  /** `Date.now`, `new Date`, `process.env`, `setTimeout()`: roots that are not members of something else. */
  readonly uses: readonly { readonly name: string; readonly line: number; readonly argumentCount: number }[];
  readonly comments: readonly { readonly text: string; readonly line: number }[];
  readonly strings: readonly { readonly value: string; readonly line: number; readonly property?: string }[];
}

export interface Import {
  readonly specifier: string;
  readonly line: number;
  /** `url` is `new URL("./x.ts", import.meta.url)`, the way a worker or a program file is named. */
  readonly kind: "static" | "dynamic" | "re-export" | "url";
}

export interface Export {
  readonly kind: "named" | "default" | "re-export" | "re-export-all";
  readonly name: string;
  readonly line: number;
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

const cache = new WeakMap<SourceFile, Syntax>();

/** Throws with file and line when the file is not TypeScript. */
export function syntaxOf(file: SourceFile): Syntax {
  const known = cache.get(file);
  if (known !== undefined) return known;
  const { program, comments, errors } = parseSync(file.path, file.text, { sourceType: "module" });
  const lineOf = lineIndex(file.text);
  const [error] = errors;
  if (error !== undefined) throw new Error(`${file.path}: ${error.message}`);
  const found: Collected = { imports: [], exports: [], functions: [], uses: [], strings: [], lineOf };
  visit(program as unknown as Node, undefined, found);
  const { lineOf: _, ...lists } = found;
  const syntax = { ...lists, comments: comments.map(({ value, start }) => ({ text: value, line: lineOf(start) })) };
  cache.set(file, syntax);
  return syntax;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer E)[] ? E[] : T[K] };
type Collected = Mutable<Omit<Syntax, "comments">> & { lineOf: (offset: number) => number };

function lineIndex(text: string): (offset: number) => number {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  };
}

function visit(node: Node, parent: Node | undefined, found: Collected): void {
  collectModuleSyntax(node, found);
  collectUse(node, parent, found);
  const string = stringOf(node);
  if (string !== undefined && parent?.["source"] !== node) {
    const property = parent?.type === "Property" && parent["value"] === node ? nameOf(parent["key"]) : undefined;
    found.strings.push({ value: string, line: found.lineOf(node.start), ...(property !== undefined && { property }) });
  }
  if (node.type === "TemplateElement" && isRecord(node["value"])) {
    found.strings.push({ value: String(node["value"]["cooked"]), line: found.lineOf(node.start) });
  }
  if (/Function/.test(node.type) && isNode(node["body"])) {
    const line = found.lineOf(node.start);
    found.functions.push({ name: functionName(node, parent), line, lineCount: found.lineOf(node.end) - line + 1 });
  }
  for (const [field, child] of Object.entries(node)) {
    if (field === "typeAnnotation" || field === "typeParameters" || field === "returnType") continue;
    if (isNode(child)) visit(child, node, found);
    else if (Array.isArray(child)) for (const one of child) if (isNode(one)) visit(one, node, found);
  }
}

function collectModuleSyntax(node: Node, found: Collected): void {
  const line = found.lineOf(node.start);
  const source = stringOf(node["source"]);
  switch (node.type) {
    case "ImportDeclaration":
      found.imports.push({ specifier: source ?? "", line, kind: "static" });
      break;
    case "ImportExpression":
      if (source !== undefined) found.imports.push({ specifier: source, line, kind: "dynamic" });
      break;
    case "ExportAllDeclaration":
      found.imports.push({ specifier: source ?? "", line, kind: "re-export" });
      found.exports.push({ kind: "re-export-all", name: "*", line });
      break;
    case "ExportDefaultDeclaration":
      found.exports.push({ kind: "default", name: "default", line });
      break;
    case "ExportNamedDeclaration":
      if (source !== undefined) found.imports.push({ specifier: source, line, kind: "re-export" });
      found.exports.push(...exportedNames(node).map((name) => exportOf(name, source !== undefined, line)));
      break;
    case "NewExpression": {
      const [first, second] = argumentsOf(node);
      const specifier = stringOf(first);
      if (specifier === undefined || nameOf(node["callee"]) !== "URL" || second?.type !== "MemberExpression") break;
      // A URL is relative with and without `./`, unlike the name of a package.
      if (!/^[a-z]+:/.test(specifier)) {
        found.imports.push({ specifier: specifier.startsWith(".") ? specifier : `./${specifier}`, line, kind: "url" });
      }
    }
  }
}

function exportOf(name: string, fromElsewhere: boolean, line: number): Export {
  if (name === "default") return { kind: "default", name, line };
  return { kind: fromElsewhere ? "re-export" : "named", name, line };
}

function exportedNames(node: Node): readonly string[] {
  const declaration = node["declaration"];
  if (isNode(declaration)) {
    if (!Array.isArray(declaration["declarations"])) return [nameOf(declaration["id"]) ?? ""];
    return declaration["declarations"].map((one) => (isNode(one) ? (nameOf(one["id"]) ?? "") : ""));
  }
  const specifiers = Array.isArray(node["specifiers"]) ? node["specifiers"] : [];
  return specifiers.map((one) => (isNode(one) ? (nameOf(one["exported"]) ?? "") : ""));
}

function collectUse(node: Node, parent: Node | undefined, found: Collected): void {
  const line = found.lineOf(node.start);
  if (node.type === "MemberExpression") {
    const root = isNode(node["object"]) && node["object"].type === "Identifier" ? nameOf(node["object"]) : undefined;
    const argumentCount = parent?.type === "CallExpression" ? argumentsOf(parent).length : 0;
    if (root !== undefined)
      found.uses.push({ name: `${root}.${nameOf(node["property"]) ?? "?"}`, line, argumentCount });
  } else if (node.type === "NewExpression" || node.type === "CallExpression") {
    const callee = node["callee"];
    if (!isNode(callee) || callee.type !== "Identifier") return;
    const name = node.type === "NewExpression" ? `new ${nameOf(callee)}` : `${nameOf(callee)}()`;
    found.uses.push({ name, line, argumentCount: argumentsOf(node).length });
  }
}

function functionName(node: Node, parent: Node | undefined): string {
  const own = nameOf(node["id"]);
  if (own !== undefined) return own;
  if (parent?.type === "VariableDeclarator") return nameOf(parent["id"]) ?? "a function";
  if (parent?.type === "Property" || parent?.type === "MethodDefinition") return nameOf(parent["key"]) ?? "a function";
  if (parent?.type === "CallExpression") return `${calleeRoot(parent)}()`;
  return "a function";
}

/** `describe` for `describe(…)`, `describe.each(…)(…)` and `describe.skipIf(x)(…)`. */
function calleeRoot(call: Node): string {
  let callee: unknown = call["callee"];
  while (isNode(callee) && callee.type !== "Identifier") callee = callee["object"] ?? callee["callee"] ?? callee["tag"];
  return nameOf(callee) ?? "a callback";
}

function argumentsOf(node: Node): readonly Node[] {
  return Array.isArray(node["arguments"]) ? node["arguments"].filter(isNode) : [];
}

function nameOf(node: unknown): string | undefined {
  if (!isNode(node)) return undefined;
  if (typeof node["name"] === "string") return node["name"];
  return typeof node["value"] === "string" ? node["value"] : undefined;
}

function stringOf(node: unknown): string | undefined {
  return isNode(node) && node.type === "Literal" && typeof node["value"] === "string" ? node["value"] : undefined;
}

function isNode(value: unknown): value is Node {
  return isRecord(value) && typeof value["type"] === "string" && typeof value["start"] === "number";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
