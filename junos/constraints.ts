// The commit constraints of the original's grammar as checks of a tree. A statement that Merlon enforces must keep them;
// for one that is kept without effect a violation is a warning, because nothing depends on it here.

import { junosConstraints } from "@merlon/model/schema/junos-constraints.ts";
import type { ConstraintLevel } from "@merlon/model/schema/junos-constraints.ts";
import { describeViolation, evaluate, readExpression } from "./constraint-expression.ts";
import type { Expression } from "./constraint-expression.ts";
import { factsOf, hasFacts } from "./node-facts.ts";
import type { Report } from "./report.ts";
import { indexOf, isHolder, rootSchema, wordsOf } from "./schema-index.ts";
import type { Holder } from "./schema-index.ts";
import { childId } from "./tree.ts";
import type { ConfigNode } from "./tree.ts";

/** A level of the way down: a container or an entry; a leaf counts as one more level of its parent. */
interface Level {
  readonly node: ConfigNode;
  readonly schema: Holder;
}

const expressions = new Map<string, Expression | undefined>();

function expressionOf(text: string): Expression | undefined {
  if (!expressions.has(text)) expressions.set(text, readExpression(text));
  return expressions.get(text);
}

export function checkConstraints(tree: ConfigNode, report: Report): void {
  const check = { report, highest: Number.POSITIVE_INFINITY, violationCount: 0 };
  walk([{ node: tree, schema: rootSchema }], junosConstraints(), [], false, check);
}

/** What the checks are about, and what they looked at. */
interface Check {
  readonly report: Report;
  /** The topmost level that was looked at: what kept its rules without a look above it, keeps them wherever it stands. */
  highest: number;
  violationCount: number;
}

function walk(
  levels: readonly Level[],
  constraints: ConstraintLevel,
  path: readonly string[],
  kept: boolean,
  state: Check,
): void {
  const here = levels.at(-1);
  if (here === undefined || constraints.below.size === 0) return;
  const { byWord } = indexOf(here.schema);
  for (const child of here.node.children.values()) {
    if (child.inactive) continue;
    const schema = byWord.get(child.word);
    if (schema === undefined) continue;
    const nameless = schema.kind === "list" && !schema.keyword;
    const below = constraints.below.get(child.word) ?? (nameless ? constraints : undefined);
    if (below === undefined) continue;
    const facts = hasFacts(child) ? factsOf(child) : undefined;
    if (facts?.keeps === below) continue;
    const { highest, violationCount } = state;
    state.highest = Number.POSITIVE_INFINITY;
    const childKept = kept || schema.kept === true;
    const childPath = [...path, ...wordsOf(schema, child.word, child.keys)];
    const own = [...levels, isHolder(schema) ? { node: child, schema } : here];
    const value = child.keys[0] ?? child.values[0] ?? "";
    const atValue = value === "" || byWordOf(schema, value) ? undefined : below.below.get(value);
    const texts = [...(below === constraints ? [] : below.here), ...(atValue?.here ?? [])];
    // The table does not say whether a rule of a list is one of its entries or of their names, one level further down.
    const bases = schema.kind === "list" ? [own, [...own, { node: child, schema }]] : [own];
    for (const text of texts) check(text, bases, value, child, childPath, childKept, state);
    if (isHolder(schema)) walk(own, below, childPath, childKept, state);
    if (facts !== undefined && state.highest >= levels.length && state.violationCount === violationCount)
      facts.keeps = below;
    state.highest = Math.min(highest, state.highest);
  }
}

function byWordOf(schema: unknown, word: string): boolean {
  return isHolder(schema as Holder) && indexOf(schema as Holder).byWord.has(word);
}

function check(
  text: string,
  bases: readonly (readonly Level[])[],
  value: string,
  node: ConfigNode,
  path: readonly string[],
  kept: boolean,
  state: Check,
): void {
  const expression = expressionOf(text);
  if (expression === undefined || isReference(expression)) return;
  const counts = bases.map((levels) => (words: readonly string[]) => count(words, levels, value, state));
  const values = counts.map((counted) => evaluate(expression, counted));
  const broken = counts[values.indexOf(false)];
  if (values.includes(true) || broken === undefined) return;
  state.violationCount += 1;
  const message = `"${path.slice(-2).join(" ")}" ${describeViolation(expression, value, broken)}`;
  const details = { path, hint: "this is a rule of the original's grammar" };
  if (kept) state.report.warning("schema.constraint", node.span, message, details);
  else state.report.error("schema.constraint", node.span, message, details);
}

/** Names of other lists are checked as references, with the nearest name as advice. */
function isReference(expression: Expression): boolean {
  if (expression.kind === "path") return expression.quantifier === "any" && expression.words.includes("$$");
  return expression.kind === "or" && expression.parts.every(isReference);
}

/** How many statements the path finds from the last level; undefined when it leads to what is not known. */
function count(words: readonly string[], levels: readonly Level[], value: string, state: Check): number | undefined {
  let from = levels;
  let at = 0;
  for (; words[at] === ".."; at++) from = from.slice(0, -1);
  const absolute = at === 0 && words[0] !== ".";
  if (words[0] === ".") at = 1;
  const start = absolute ? levels[0] : from.at(-1);
  state.highest = Math.min(state.highest, absolute ? 0 : from.length - 1);
  // A partition of the gateway sees names of the whole, and the table does not say which.
  if (start === undefined || ["logical-systems", "tenants"].includes(words[at] ?? "")) return undefined;
  return countFrom(
    start,
    words.slice(at).map((word) => ownWord(word, value)),
  );
}

function ownWord(word: string, value: string): string {
  return /^\$\$=\{(.*)\}$/.exec(word)?.[1] ?? (word === "$$" ? value : word);
}

const matches = (word: string, name: string): boolean => word === "<*>" || word === name;

function countFrom({ node, schema }: Level, words: readonly string[]): number | undefined {
  const [word, ...rest] = words;
  if (word === undefined) return 1;
  // `${x}` and `$$-IFL` depend on names that are not told apart here.
  if (/[$<]/.test(word) && word !== "<*>") return undefined;
  const { byWord, keywordless } = indexOf(schema);
  const childSchema = byWord.get(word);
  const nameless = keywordless[0];
  if (childSchema === undefined || (schema.kind === "container" && schema.open === true))
    return nameless?.schema.kind === "list" ? countEntries(node, schema, nameless.word, words) : undefined;
  if (childSchema.kind === "list") return countEntries(node, schema, word, rest);
  const child = node.children.get(childId(word));
  if (child === undefined || child.inactive) return 0;
  if (isHolder(childSchema)) return countFrom({ node: child, schema: childSchema }, rest);
  const [wanted] = rest;
  if (wanted !== undefined && /[$<]/.test(wanted) && wanted !== "<*>") return undefined;
  return wanted === undefined || child.values.some((value) => matches(wanted, value)) ? 1 : 0;
}

function countEntries(node: ConfigNode, schema: Holder, word: string, words: readonly string[]): number | undefined {
  const list = indexOf(schema).byWord.get(word);
  const [name, ...rest] = words;
  if (list?.kind !== "list" || list.keys.length !== 1) return undefined;
  if (name !== undefined && /[$<]/.test(name) && name !== "<*>") return undefined;
  // One entry is asked for by its name: lists of a hundred thousand are asked about each of their entries.
  const named = name === undefined || name === "<*>" ? undefined : node.children.get(childId(word, [name]));
  const entries = name === undefined || name === "<*>" ? node.children.values() : named === undefined ? [] : [named];
  let total = 0;
  for (const entry of entries) {
    if (entry.word !== word || entry.inactive) continue;
    const found = name === undefined ? 1 : countFrom({ node: entry, schema: list }, rest);
    if (found === undefined) return undefined;
    total += found;
  }
  return total;
}
