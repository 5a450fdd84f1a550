// The statements of the original's grammar that are not written by hand: made from the imported facts, level by level as
// they are asked for, because sixteen thousand statements are more than any configuration uses.

import file from "./junos/statements.json" with { type: "json" };
import { decodeNode } from "./fact-file.ts";
import type { FactFile, FactHierarchy, FactKey, FactNode, FactValue } from "./fact-file.ts";
import { factType, secretType } from "./fact-type.ts";
import { helpOf } from "./junos-help.ts";
import { withChildren } from "./lazy-children.ts";
import { container, flag, key, leaf, leafList, list } from "./node.ts";
import type { Children, Key, ListPaths, OneLine, SchemaNode } from "./node.ts";

/** The top hierarchies. */
export function junosStatements(): Children {
  const { hierarchies } = file satisfies FactFile;
  return Object.fromEntries(
    hierarchies.map((hierarchy) => [hierarchy.word, nodeOf(hierarchy, hierarchy.word, hierarchy.nodes.length - 1)]),
  );
}

function childrenOf(hierarchy: FactHierarchy, numbers: Readonly<Record<string, number>>): Children {
  return Object.fromEntries(Object.entries(numbers).map(([word, number]) => [word, nodeOf(hierarchy, word, number)]));
}

/** Leaves that the original marks as secret, although the facts give them a plain type. */
const secretWord =
  /^(?:(?:[a-z-]+-)?(?:password|secret)|plain-text-password-value|ascii-text|hexadecimal|passphrase|cak)$/;

/** A `key` that is a number says which of several keys, or which tunnel; one of digits is the key (MACsec). */
function isSecret(word: string, type: string | undefined): boolean {
  return secretWord.test(word) || (word === "key" && type === "string");
}

function nodeOf(hierarchy: FactHierarchy, word: string, number: number): SchemaNode {
  const line = hierarchy.nodes[number];
  if (line === undefined) throw new Error(`the facts have no node ${number}`);
  const fact = decodeNode(line);
  const flags = new Set(fact.flags);
  const help = helpOf(word, fact);
  const common = { kept: true, ...choiceOf(fact), ...(fact.xml === undefined ? {} : { xmlName: fact.xml }) } as const;
  const children = (): Children => childrenOf(hierarchy, fact.children ?? {});
  const type = factType(fact.type ?? "string", fact.limit ?? "");
  switch (fact.kind) {
    case "flag":
      return flag(help, common);
    case "leaf": {
      const typed = isSecret(word, fact.type) ? secretType(type) : type;
      return leaf(help, typed, { ...common, ...referenceOf(fact), positional: flags.has("nokeyword") });
    }
    case "leaf-list":
      return leafList(help, type, { ...common, ...referenceOf(fact), ...countOf(flags) });
    case "list": {
      const options = {
        keyword: !flags.has("nokeyword"),
        block: flags.has("homogeneous") && !flags.has("nokeyword"),
        ordered: !flags.has("sorted"),
        oneLine: oneLineOf(flags),
        ...countOf(flags),
      };
      return withChildren(list(help, (fact.keys ?? []).map(keyOf), {}, { ...common, ...options }), children);
    }
    case "container":
    case "presence": {
      // The original writes `family inet { … }` on every level.
      const inline = word === "family";
      const options = { presence: fact.kind === "presence", inline, oneLine: oneLineOf(flags) };
      return withChildren(container(help, {}, { ...common, ...options }), children);
    }
  }
}

function keyOf(fact: FactKey): Key<string, unknown> {
  const { name, word, type, limit, writtenAfter } = fact;
  return key(name, factType(type ?? "string", limit ?? ""), {
    ...(word === undefined ? {} : { word }),
    ...(writtenAfter === undefined ? {} : { writtenAfter }),
    ...referenceOf(fact),
  });
}

function choiceOf({ choice }: FactNode): { choice?: string; choiceCase?: string } {
  if (choice === undefined) return {};
  const at = choice.lastIndexOf(":");
  return { choice: choice.slice(0, at), choiceCase: choice.slice(at + 1) };
}

function referenceOf({ refersTo }: FactValue): { refersToOneOf?: ListPaths } {
  if (refersTo === undefined) return {};
  return { refersToOneOf: refersTo.map((path) => path.split(" ").filter((word) => !word.startsWith("<"))) };
}

function oneLineOf(flags: ReadonlySet<string>): OneLine {
  if (flags.has("oneliner")) return "always";
  return flags.has("oneliner-plus") ? "single" : "never";
}

function countOf(flags: ReadonlySet<string>): { countMax?: number } {
  const max = [...flags].find((name) => name.startsWith("max="));
  return max === undefined ? {} : { countMax: Number(max.slice(4)) };
}
