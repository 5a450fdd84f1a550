// Random trees of the schema for the laws in the tests, in the order that every loaded tree has. Names and values come
// from one pool of words that holds what is hard to print: blanks, quotes, backslashes, braces, comment marks.

import fc from "fast-check";
import type { GeneratorValue } from "fast-check";
import type { SchemaNode } from "@merlon/model/schema/node.ts";
import type { ValueType } from "@merlon/model/schema/value.ts";
import { isMeaningless } from "./draft.ts";
import { compareKeys } from "./key-order.ts";
import { keepsAll } from "./resolve.ts";
import { indexOf, rootSchema } from "./schema-index.ts";
import type { AnyList, Holder } from "./schema-index.ts";
import { childId, emptyTree } from "./tree.ts";
import { unknownStatement, unknownWord } from "./unknown-statement.ts";
import type { ConfigNode } from "./tree.ts";

const pool = [
  "any", "a", "b", "web", "web-1", "db", "x.y", "set", "to", "before", "inactive:", "10.0.0.0/8", "10.1.1.1/24",
  "10.0.0.1", "0.0.0.0/0", "2001:db8::1", "2001:db8::/32", "2001:db8::1/64", "::/0", "0", "5", "80", "1500", "1400-1500",
  "http", "tcp", "17", "never", "60", "eth1", "eth10", "eth2", "ge-0/0/1", "ge-0/0/10", "eth1.0", "ge-0/0/1.5",
  "10.0.0.11/255.255.0.255", "two words", 'a "quoted" word', "back\\slash", "ends with \\", '\\"', "a\\\\b", "{ brace }",
  "[ list ]", "semi;colon", "# no comment", "/* no comment */", "*/", "über", "日本", "$9$abc|def", "'single'", "=", "!",
  "description", "junos-http",
]; // prettier-ignore

const comments = ["a comment", "two\nlines", 'with "quotes" ; { } #', "*", "/", "日本"];

const samples = new WeakMap<ValueType<unknown>, readonly string[]>();

export function samplesOf(type: ValueType<unknown>): readonly string[] {
  const known = samples.get(type);
  if (known !== undefined) return known;
  const words = Object.keys(type.words ?? {});
  const made = words.length > 0 ? words : pool.filter((word) => "value" in type.parse(word));
  samples.set(type, made);
  return made;
}

/** Trees of any size up to a few hundred nodes, with marks and comments. */
export const arbitraryTree: fc.Arbitrary<ConfigNode> = fc.gen().map((gen) => {
  const children = childrenOf(rootSchema, gen, 0);
  return { ...emptyTree, children };
});

/** The same, with statements that no schema knows on any level: such trees are loaded with `keepUnknown`. */
export const arbitraryTreeOfAnything: fc.Arbitrary<ConfigNode> = fc.gen().map((gen) => {
  const children = childrenOf(rootSchema, gen, 0, 20);
  return { ...emptyTree, children };
});

const chance = (gen: GeneratorValue, percent: number): boolean => gen(fc.integer, { min: 0, max: 99 }) < percent;
const pick = (gen: GeneratorValue, words: readonly string[]): string =>
  words[gen(fc.nat, Math.max(0, words.length - 1))] ?? "a";

/** `unknown` is the chance in percent that a level has statements that no schema knows. */
function childrenOf(schema: Holder, gen: GeneratorValue, depth: number, unknown = 0): Map<string, ConfigNode> {
  const children = new Map<string, ConfigNode>();
  const taken = new Set<string>();
  const kept = keptWordsOf(schema);
  // Of the imported statements few stand in one tree, because they are many.
  const count = kept.length === 0 || depth > 8 || (schema.kept !== true && !chance(gen, 5 >> depth)) ? 0 : 1;
  const chosen = new Set(Array.from({ length: count }, () => pick(gen, kept)));
  for (const [word, child] of indexOf(schema).byWord) {
    if (!hasSamples(child)) continue;
    if (child.kept === true ? !chosen.has(word) : !chance(gen, depth < 2 ? 70 : 40)) continue;
    const isTaken = child.choice !== undefined && taken.has(child.choice);
    if (isTaken) continue;
    const nodes =
      child.kind === "list"
        ? entriesOf(word, child, gen, depth, unknown)
        : [nodeOf(word, [], child, gen, depth, unknown)];
    for (const node of nodes) {
      if (child.kind === "container" && isMeaningless(node, child)) continue;
      children.set(childId(node.word, node.keys), node);
      if (child.choice !== undefined) taken.add(child.choice);
    }
  }
  if (chance(gen, keepsAll(schema) ? 80 : unknown))
    for (const node of unknownNodes(schema, gen, 0)) children.set(childId(node.word, node.keys), node);
  return children;
}

/** Words that no schema knows, in the shapes that they may have: on a line, as a list, in blocks, with marks anywhere. */
function unknownNodes(schema: Holder, gen: GeneratorValue, depth: number): ConfigNode[] {
  const { byWord, keywordless } = indexOf(schema);
  // Where values stand without keyword any word is one of them, or is mistyped.
  if (keywordless.length > 0) return [];
  const nodes = new Map<string, ConfigNode>();
  for (let left = gen(fc.integer, { min: 1, max: 3 }); left > 0; left--) {
    const word = pick(gen, chance(gen, 50) ? pool : ["area", "interface", "", "0.0.0.0", "unknown-statement"]);
    if (word !== unknownWord && byWord.has(word)) continue;
    const ends = depth > 3 || chance(gen, 30);
    const children = new Map<string, ConfigNode>();
    for (const child of ends ? [] : unknownNodes(unknownStatement, gen, depth + 1))
      children.set(childId(child.word, child.keys), child);
    const layout = pick(gen, ["", "block", "list"]);
    nodes.set(word, {
      ...markedNode(gen),
      kind: "list-entry",
      word: unknownWord,
      keys: [word],
      values: [],
      children,
      ...(layout === "block" || layout === "list" ? { layout } : {}),
    });
  }
  return [...nodes.values()];
}

function markedNode(gen: GeneratorValue): Pick<ConfigNode, "inactive" | "protected" | "comment"> {
  const marks = { inactive: chance(gen, 10), protected: chance(gen, 5) };
  return chance(gen, 10) ? { ...marks, comment: pick(gen, comments) } : marks;
}

const notChosen = new Set(["logical-systems", "tenants", unknownWord]);
const keptWords = new WeakMap<Holder, readonly string[]>();

function keptWordsOf(parent: Holder): readonly string[] {
  const known = keptWords.get(parent);
  if (known !== undefined) return known;
  const made = [...indexOf(parent).byWord].flatMap(([word, child]) =>
    child.kept === true && !notChosen.has(word) && hasSamples(child) ? [word] : [],
  );
  keptWords.set(parent, made);
  return made;
}

/** The pool holds a value for every key, or for the leaf. */
function hasSamples(schema: SchemaNode): boolean {
  if (schema.kind === "leaf" || schema.kind === "leaf-list") return samplesOf(schema.type).length > 0;
  return schema.kind !== "list" || schema.keys.every(({ type }) => samplesOf(type).length > 0);
}

function entriesOf(word: string, list: AnyList, gen: GeneratorValue, depth: number, unknown: number): ConfigNode[] {
  const count = Math.min(list.countMax, gen(fc.integer, { min: 1, max: 3 }));
  const entries = new Map<string, ConfigNode>();
  for (let at = 0; at < count; at++) {
    const keys: string[] = [];
    for (const { type, writtenAfter } of list.keys) {
      const isWritten = writtenAfter?.includes(keys.at(-1) ?? "") !== false;
      keys.push(isWritten ? pick(gen, samplesOf(type)) : "");
    }
    entries.set(childId(word, keys), nodeOf(word, keys, list, gen, depth, unknown));
  }
  const nodes = [...entries.values()];
  return list.ordered ? nodes : nodes.toSorted((a, b) => compareKeys(a.keys, b.keys));
}

function nodeOf(
  word: string,
  keys: readonly string[],
  schema: SchemaNode,
  gen: GeneratorValue,
  depth: number,
  unknown: number,
): ConfigNode {
  const base = { word, keys, ...markedNode(gen) };
  switch (schema.kind) {
    case "container":
      return { ...base, kind: "container", values: [], children: childrenOf(schema, gen, depth + 1, unknown) };
    case "list":
      return { ...base, kind: "list-entry", values: [], children: childrenOf(schema, gen, depth + 1, unknown) };
    case "leaf":
      return { ...base, kind: "leaf", values: [pick(gen, samplesOf(schema.type))], children: new Map() };
    case "leaf-list": {
      const known = samplesOf(schema.type);
      const values = new Set(Array.from({ length: gen(fc.integer, { min: 1, max: 4 }) }, () => pick(gen, known)));
      return { ...base, kind: "leaf-list", values: [...values], children: new Map() };
    }
    case "flag":
      return { ...base, kind: "flag", values: [], children: new Map() };
  }
}
