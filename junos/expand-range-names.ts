// Names of interface ranges outside of `interfaces`: an entry of a list of interfaces that is called as a range becomes an
// entry for each member with all that stands in it, and a value of a list of interfaces becomes the members. Where logical
// interfaces are listed, a member is its unit 0, as on the original. The schema says what a list of interfaces is; a
// statement that names a single interface is left alone.

import type { Children, SchemaNode } from "@merlon/model/schema/node.ts";
import { sortChildren } from "./draft.ts";
import { fillFrom } from "./expand-groups.ts";
import type { Report } from "./report.ts";
import { indexOf, isHolder, rootSchema } from "./schema-index.ts";
import type { AnyList, Holder } from "./schema-index.ts";
import { childId } from "./tree.ts";
import type { ConfigNode, Inheritance } from "./tree.ts";

/** The members of each range by its name. */
export type RangeMembers = ReadonlyMap<string, ReadonlySet<string>>;

/** The tree with members in place of ranges; parts that name none are shared. */
export function expandRangeNames(tree: ConfigNode, members: RangeMembers, report: Report): ConfigNode {
  return members.size === 0 ? tree : expandAt(tree, rootSchema, { members, report }, true);
}

interface Ranges {
  readonly members: RangeMembers;
  readonly report: Report;
}

function expandAt(node: ConfigNode, schema: Holder, ranges: Ranges, atTop = false): ConfigNode {
  const { byWord } = indexOf(schema);
  const found: Found[] = [];
  const changed = new Map<string, ConfigNode>();
  for (const [id, child] of node.children) {
    const childSchema = byWord.get(child.word);
    if (childSchema === undefined || child.inactive || (atTop && child.word === "interfaces")) continue;
    const named = childSchema.kind === "list" ? membersNamed(child, childSchema, ranges) : undefined;
    const expanded =
      childSchema.kind === "leaf-list" ? withMembers(child, childSchema, ranges) : below(child, childSchema, ranges);
    if (named !== undefined) found.push({ id, entry: expanded, schema: childSchema as AnyList, names: named });
    else if (expanded !== child) changed.set(id, expanded);
  }
  if (found.length === 0 && changed.size === 0) return node;
  const children = new Map([...node.children].map(([id, child]) => [id, changed.get(id) ?? child]));
  for (const { id } of found) children.delete(id);
  for (const each of found) addMembers(each, children, ranges.report);
  const result = { ...node, children };
  if (found.length > 0) sortChildren(result, schema);
  return result;
}

interface Found {
  readonly id: string;
  readonly entry: ConfigNode;
  readonly schema: AnyList;
  readonly names: readonly string[];
}

function below(child: ConfigNode, schema: SchemaNode, ranges: Ranges): ConfigNode {
  const descends = isHolder(schema) && child.children.size > 0 && mayList(schema.children);
  return descends ? expandAt(child, schema, ranges) : child;
}

const listing = new WeakMap<Children, boolean>();

/** Whether interfaces may be listed anywhere below: a hundred thousand policies need not be looked through. */
function mayList(children: Children): boolean {
  const known = listing.get(children);
  if (known !== undefined) return known;
  const found = Object.entries(children).some(([word, schema]) => {
    if (schema.kind === "leaf-list") return schema.type.interfaces !== undefined;
    if (!isHolder(schema)) return false;
    return (schema.kind === "list" && kindOf(word, schema) !== undefined) || mayList(schema.children);
  });
  listing.set(children, found);
  return found;
}

/** The grammar of the original has some lists of interfaces with plain texts as names (`vlans v10 interface`). */
function kindOf(word: string, { keys: [key, ...others] }: AnyList): "device" | "unit" | undefined {
  return others.length > 0 ? undefined : (key?.type.interfaces ?? (word === "interface" ? "unit" : undefined));
}

/** The names of an entry's members where the entry is called as a range. */
function membersNamed({ word, keys }: ConfigNode, schema: AnyList, { members }: Ranges): readonly string[] | undefined {
  const kind = kindOf(word, schema);
  const names = kind === undefined ? undefined : members.get(keys[0] ?? "");
  return names === undefined ? undefined : namesFor(names, kind);
}

function namesFor(names: ReadonlySet<string>, kind: "device" | "unit" | undefined): readonly string[] {
  return [...names].map((name) => (kind === "unit" ? `${name}.0` : name));
}

/** What is written at a member, under its name or that of its unit, wins over what stands at the range. */
function addMembers({ entry, schema, names }: Found, children: Map<string, ConfigNode>, report: Report): void {
  const inherited: Inheritance = { from: "interface-range", name: entry.keys[0] ?? "" };
  for (const name of names) {
    const ids = [name, name.replace(/\.0$/, "")].map((one) => childId(entry.word, [one]));
    const id = ids.find((one) => children.get(one)?.inactive === false) ?? childId(entry.word, [name]);
    const present = children.get(id);
    const { comment: _, ...bare } = entry;
    const own: ConfigNode =
      present !== undefined && !present.inactive ? present : { ...bare, keys: [name], children: new Map(), inherited };
    children.set(id, fillFrom(own, schema, entry, inherited, report));
  }
}

function withMembers(
  node: ConfigNode,
  schema: Extract<SchemaNode, { kind: "leaf-list" }>,
  { members }: Ranges,
): ConfigNode {
  const kind = schema.type.interfaces;
  if (kind === undefined || !node.values.some((value) => members.has(value))) return node;
  const values = new Set(node.values.filter((value) => !members.has(value)));
  const inheritedValues = new Map(node.inheritedValues);
  for (const value of node.values) {
    const names = members.get(value);
    if (names === undefined) continue;
    for (const name of namesFor(names, kind)) {
      if (values.has(name) || values.has(name.replace(/\.0$/, ""))) continue;
      values.add(name);
      inheritedValues.set(name, { from: "interface-range", name: value });
    }
  }
  return { ...node, values: [...values], inheritedValues };
}
