// `apply-path`: a prefix list that follows the addresses which stand elsewhere in the configuration, as in
// `apply-path "interfaces <*> unit <*> family inet address <*>"`. It is evaluated on the expanded tree. The last word of
// the path is what is collected: an address becomes its network, what is no address is passed over.

import { formatIp } from "@merlon/model/ip/address.ts";
import type { IpAddress } from "@merlon/model/ip/address.ts";
import { parsePrefix, rangeOfPrefix } from "@merlon/model/ip/prefix.ts";
import { shownWord } from "@merlon/model/shown-word.ts";
import { sortChildren } from "./draft.ts";
import { findStatements } from "./find-statements.ts";
import type { Report } from "./report.ts";
import { indexOf, isHolder, rootSchema } from "./schema-index.ts";
import type { Holder } from "./schema-index.ts";
import { childId } from "./tree.ts";
import type { ConfigNode, Inheritance } from "./tree.ts";
import { isWildcard, matchesPattern, patternOf } from "./wildcard.ts";

export const pathWordsMax = 64;
export const pathPrefixesMax = 16_384;
const itemWord = "prefix-list-item";

/** The tree with the prefixes that the paths find in each prefix list. */
export function applyPaths(tree: ConfigNode, report: Report): ConfigNode {
  const options = tree.children.get("policy-options");
  if (options === undefined || options.inactive) return tree;
  let changed = false;
  const lists = new Map<string, ConfigNode>();
  for (const [id, list] of options.children) {
    const path = list.word === "prefix-list" && !list.inactive ? list.children.get("apply-path") : undefined;
    const filled = path === undefined || path.inactive ? list : withPrefixes(list, path, tree, report);
    changed ||= filled !== list;
    lists.set(id, filled);
  }
  if (!changed) return tree;
  return { ...tree, children: new Map(tree.children).set("policy-options", { ...options, children: lists }) };
}

function withPrefixes(list: ConfigNode, path: ConfigNode, tree: ConfigNode, report: Report): ConfigNode {
  const [text = ""] = path.values;
  const place = ["policy-options", "prefix-list", list.keys[0] ?? "", "apply-path"];
  const words = text.split(/\s+/).filter((word) => word !== "");
  const found = new Set<string>();
  const search = { matches, inactiveToo: false, mayEndEarly: false };
  if (words.length > 0 && words.length <= pathWordsMax) {
    for (const statement of findStatements(tree, rootSchema, words, search)) {
      if (found.size <= pathPrefixesMax) add(statement.at(-1) ?? "", found);
    }
  }
  if (found.size === 0 || found.size > pathPrefixesMax) {
    const many = found.size > pathPrefixesMax;
    const message = many
      ? `the path finds more than ${pathPrefixesMax} prefixes`
      : `the path ${shownWord(text)} finds no address`;
    const hint = 'write a path such as "interfaces <*> unit <*> family inet address <*>"';
    if (many) report.error("inherit.path-too-wide", path.span, message, { path: place, hint });
    else report.warning("inherit.empty-path", path.span, message, { path: place, hint });
    return list;
  }
  const inherited: Inheritance = { from: "apply-path", name: text };
  const children = new Map(list.children);
  for (const prefix of found) {
    const id = childId(itemWord, [prefix]);
    if (children.get(id)?.inactive === false) continue;
    const { span } = path;
    const node = { word: itemWord, keys: [prefix], values: [], children: new Map(), inactive: false, protected: false };
    children.set(id, { ...node, kind: "list-entry", inherited, ...(span === undefined ? {} : { span }) });
  }
  if (children.size === list.children.size) return list;
  const filled = { ...list, children };
  const schema = prefixListSchema();
  if (schema !== undefined) sortChildren(filled, schema);
  return filled;
}

function prefixListSchema(): Holder | undefined {
  const options = indexOf(rootSchema).byWord.get("policy-options");
  const list = options !== undefined && isHolder(options) ? indexOf(options).byWord.get("prefix-list") : undefined;
  return list !== undefined && isHolder(list) ? list : undefined;
}

function matches(pattern: string, word: string): boolean {
  return isWildcard(pattern) ? matchesPattern(patternOf(pattern), word) : pattern === word;
}

function add(word: string, found: Set<string>): void {
  const prefix = parsePrefix(word);
  if (prefix === undefined) return;
  const { family, first } = rangeOfPrefix(prefix);
  // A range has the family and the value of an address of that family.
  found.add(`${formatIp({ family, value: first } as IpAddress)}/${prefix.length}`);
}
