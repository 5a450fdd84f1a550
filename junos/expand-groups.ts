// Configuration groups: what `apply-groups` brings to a level. The tree is walked once from the top; each level knows the
// parts of groups that stand at the same place (its sources), in order of priority: groups applied at the level itself
// before those applied above it, in the order in which they are named, and a group before the groups applied inside it.
// What is written at its place wins over every source; among sources the first one wins; values of leaf-lists add up.

import type { SchemaNode } from "@merlon/model/schema/node.ts";
import { isMeaningless, sortChildren } from "./draft.ts";
import { decideGroup } from "./group-conditions.ts";
import type { GatewayIdentity } from "./group-conditions.ts";
import { isInheritance } from "./group-schema.ts";
import { factsOf, hasFacts } from "./node-facts.ts";
import type { Report } from "./report.ts";
import { indexOf, isHolder, rootSchema, wordsOf } from "./schema-index.ts";
import type { Holder } from "./schema-index.ts";
import { didYouMean } from "@merlon/model/did-you-mean.ts";
import { childId, emptyTree } from "./tree.ts";
import type { ConfigNode, Inheritance } from "./tree.ts";
import { isWildcard, matchesPattern, patternOf } from "./wildcard.ts";

/** Statements that groups may bring; a configuration of 100,000 policies has a tenth of it. */
export const inheritedCountMax = 10_000_000;

/** The tree with what its levels inherit, without `groups` and `apply-groups`. A part that inherits nothing is shared. */
export function expandGroups(tree: ConfigNode, identity: GatewayIdentity, report: Report): ConfigNode {
  return new GroupExpansion(tree, identity, report).expand(tree, rootSchema, [], undefined);
}

/** The node with what `content`, a node of the same place, brings to it. */
export function fillFrom(
  node: ConfigNode,
  schema: Holder | undefined,
  content: ConfigNode,
  inherited: Inheritance,
  report: Report,
): ConfigNode {
  const source = { node: content, inherited, chain: [] };
  return new GroupExpansion(emptyTree, {}, report).expand(node, schema, [source], undefined);
}

/** A part of a group at the same place as a level. */
interface Source {
  readonly node: ConfigNode;
  readonly inherited: Inheritance;
  /** The groups that led here, the last one being the group of the node. */
  readonly chain: readonly string[];
}

/** What came out when the same parts of groups were brought to a node before. */
export interface FilledNode {
  readonly schema: Holder | undefined;
  readonly sources: readonly Source[];
  readonly result: ConfigNode;
  /** Statements that the groups brought. */
  readonly count: number;
}

/** The way from the top to a level; undefined at the top. */
type Way = { readonly node: ConfigNode; readonly parent: Way } | undefined;

class GroupExpansion {
  private readonly groups = new Map<string, ConfigNode>();
  private readonly identity: GatewayIdentity;
  private readonly report: Report;
  /** Statements with an error that is reported already. */
  private readonly reported = new Set<ConfigNode>();
  private inheritedCount = 0;

  constructor(tree: ConfigNode, identity: GatewayIdentity, report: Report) {
    this.identity = identity;
    this.report = report;
    for (const child of tree.children.values())
      if (child.word === "groups") this.groups.set(child.keys[0] ?? "", child);
  }

  /** `above` are the parts of groups, applied further up, that stand at this place. */
  expand(node: ConfigNode, schema: Holder | undefined, above: readonly Source[], way: Way): ConfigNode {
    const sources = this.sourcesAt(node, above, way);
    const children = new Map<string, ConfigNode>();
    const emptied: string[] = [];
    let changed = false;
    for (const [id, child] of node.children) {
      const expanded = this.own(child, schema, sources, way);
      if (expanded !== undefined) children.set(id, expanded);
      if (expanded !== undefined && expanded !== child && isEmpty(expanded, schema)) emptied.push(id);
      changed ||= expanded !== child;
    }
    const grown = this.bringAll(children, schema, sources, way);
    if (!changed && !grown) return node;
    // What held nothing but its own `apply-groups-except` kept the inherited statement away and goes now.
    for (const id of emptied) children.delete(id);
    const result = { ...node, children };
    if (grown && schema !== undefined) sortChildren(result, schema);
    return result;
  }

  /** A child that was written here, with what it inherits; undefined when it has done its work. */
  private own(
    child: ConfigNode,
    schema: Holder | undefined,
    sources: readonly Source[],
    way: Way,
  ): ConfigNode | undefined {
    if (isInheritance(child.word)) return undefined;
    return child.inactive ? child : this.filled(child, schema, sources, way);
  }

  /** Adds what the sources have and the level has not. True when something was added. */
  private bringAll(
    children: Map<string, ConfigNode>,
    schema: Holder | undefined,
    sources: readonly Source[],
    way: Way,
  ): boolean {
    let grown = false;
    for (const source of sources) {
      for (const [id, child] of source.node.children) {
        const present = children.get(id);
        // An inactive statement is as if it were not there, so it does not keep the inherited one away.
        if (child.inactive || (present !== undefined && !present.inactive)) continue;
        if (isInheritance(child.word) || (way === undefined && child.word === "when")) continue;
        if (child.keys.some(isWildcard) || hasRival(children, child, schema)) continue;
        if (!this.mayBring(child)) return grown;
        const filled = this.filled(bareNode(child, source.inherited), schema, sources, way);
        if (isEmpty(filled, schema)) continue;
        children.set(id, filled);
        grown = true;
      }
    }
    return grown;
  }

  private mayBring(child: ConfigNode): boolean {
    this.inheritedCount += 1;
    if (this.inheritedCount === inheritedCountMax + 1) {
      this.report.error("inherit.too-large", child.span, `groups bring more than ${inheritedCountMax} statements`, {
        hint: "apply the groups at fewer levels, or with narrower patterns",
      });
    }
    return this.inheritedCount <= inheritedCountMax;
  }

  /** The child with what the sources of its parent bring to it. */
  private filled(child: ConfigNode, schema: Holder | undefined, sources: readonly Source[], way: Way): ConfigNode {
    switch (child.kind) {
      case "leaf":
      case "flag":
        return child;
      case "leaf-list":
        return sources.length === 0 ? child : withValues(child, below(sources, child));
      case "container":
      case "list-entry": {
        const childSchema = schema === undefined ? undefined : indexOf(schema).byWord.get(child.word);
        const holder = childSchema !== undefined && isHolder(childSchema) ? childSchema : undefined;
        return this.filledHolder(child, holder, below(sources, child), { node: child, parent: way });
      }
    }
  }

  /** As `expand`. What asks for nothing itself depends on its sources alone, and is brought the same as the last time. */
  private filledHolder(node: ConfigNode, schema: Holder | undefined, sources: readonly Source[], way: Way): ConfigNode {
    if (!hasFacts(node) || asksToInherit(node)) return this.expand(node, schema, sources, way);
    if (sources.length === 0) return node;
    if (sources.some((source) => asksToInherit(source.node))) return this.expand(node, schema, sources, way);
    const facts = factsOf(node);
    const { filled } = facts;
    if (filled !== undefined && filled.schema === schema && sameSources(filled.sources, sources)) {
      const count = this.inheritedCount + filled.count;
      if (count <= inheritedCountMax) {
        this.inheritedCount = count;
        return filled.result;
      }
    }
    const before = this.inheritedCount;
    const result = this.expand(node, schema, sources, way);
    if (this.inheritedCount <= inheritedCountMax)
      facts.filled = { schema, sources, result, count: this.inheritedCount - before };
    return result;
  }

  private sourcesAt(node: ConfigNode, above: readonly Source[], way: Way): readonly Source[] {
    const applied = activeValues(node, "apply-groups");
    if (applied === undefined && above.length === 0) return above;
    const found: Source[] = [];
    const seen = new Set<ConfigNode>();
    const take = (source: Source): void => {
      if (seen.has(source.node)) return;
      seen.add(source.node);
      found.push(source);
      const inner = activeValues(source.node, "apply-groups");
      if (inner !== undefined) for (const one of this.closure(inner, way, source.chain)) take(one);
    };
    if (applied !== undefined) for (const one of this.closure(applied, way, [])) take(one);
    const excepted = activeValues(node, "apply-groups-except");
    const names = excepted === undefined ? undefined : this.namesOf(excepted, way);
    for (const source of above)
      if (names === undefined || !source.chain.some((group) => names.includes(group))) take(source);
    return found;
  }

  /** The parts of the groups that an `apply-groups` names, and of the groups applied inside them, at one level. */
  private closure(applied: ConfigNode, way: Way, chain: readonly string[]): Source[] {
    const found: Source[] = [];
    const seen = new Set(chain);
    const visit = (statement: ConfigNode, at: readonly string[]): void => {
      for (const name of this.namesOf(statement, way)) {
        if (seen.has(name)) continue;
        seen.add(name);
        const group = this.group(name, statement, way);
        if (group === undefined) continue;
        const inner = [...at, name];
        const levels = levelsOf(group, way);
        const inherited = { from: "group", name } as const;
        for (const node of levels.at(-1) ?? []) found.push({ node, inherited, chain: inner });
        for (const nodes of levels.toReversed()) {
          for (const node of nodes) {
            const next = activeValues(node, "apply-groups");
            if (next !== undefined) visit(next, inner);
          }
        }
      }
    };
    visit(applied, chain);
    return found;
  }

  /** The names of a statement; `${node}` is the name of this gateway's node, and nothing where it has none. */
  private namesOf(statement: ConfigNode, way: Way): readonly string[] {
    const { word, values } = statement;
    if (!values.includes("${node}")) return values;
    const { node } = this.identity;
    if (node === undefined) this.warnNoNode(statement, pathOf(way), `${word} "\${node}" means no group`);
    return values.flatMap((name) => (name === "${node}" ? (node ?? []) : name));
  }

  /** The group; undefined when it is inactive, when its conditions are not met, or, with an error, when there is none. */
  private group(name: string, statement: ConfigNode, way: Way): ConfigNode | undefined {
    const group = this.groups.get(name);
    if (group === undefined) {
      this.complain(statement, pathOf(way), "inherit.unknown-group", `there is no group "${name}"`, () => {
        return didYouMean(name, this.groups.keys()) ?? `add it: set groups ${name} …`;
      });
      return undefined;
    }
    return !group.inactive && this.counts(group, name) ? group : undefined;
  }

  private counts(group: ConfigNode, name: string): boolean {
    const decision = decideGroup(group, this.identity);
    switch (decision.kind) {
      case "met":
        return true;
      case "unmet":
      // Somebody who does not say what the configuration is for has no second look at it.
      case "not-yet":
        return false;
      case "no-node":
        this.warnNoNode(group, ["groups", name, "when"], `group "${name}", which asks for the node, is not applied`);
        return false;
      case "wrong": {
        const { condition, message, hint } = decision;
        const path = ["groups", name, "when", condition.word];
        this.complain(condition, path, "inherit.condition", `group "${name}" is not applied: ${message}`, () => hint);
        return false;
      }
    }
  }

  private warnNoNode(statement: ConfigNode, path: readonly string[], what: string): void {
    if (this.reported.has(statement)) return;
    this.reported.add(statement);
    this.report.warning("inherit.no-node", statement.span, `${what}: this gateway is no node of a cluster`, {
      path,
      hint: "start it, or ask, with --node node0 or --node node1",
    });
  }

  private complain(
    statement: ConfigNode,
    path: readonly string[],
    code: string,
    message: string,
    hint: () => string,
  ): void {
    if (this.reported.has(statement)) return;
    this.reported.add(statement);
    this.report.error(code, statement.span, message, { path, hint: hint() });
  }
}

/** Whether a statement at or below the node decides about inheritance. Such statements vanish even where they are inactive. */
function asksToInherit(node: ConfigNode): boolean {
  const facts = hasFacts(node) ? factsOf(node) : undefined;
  if (facts?.asksToInherit !== undefined) return facts.asksToInherit;
  let asks = false;
  for (const child of node.children.values()) {
    asks = isInheritance(child.word) || (!child.inactive && child.children.size > 0 && asksToInherit(child));
    if (asks) break;
  }
  if (facts !== undefined) facts.asksToInherit = asks;
  return asks;
}

function sameSources(a: readonly Source[], b: readonly Source[]): boolean {
  return a.length === b.length && a.every((source, at) => isSameSource(source, b[at]));
}

/** Through which groups it came matters to `apply-groups-except` alone, which such a node has not. */
function isSameSource({ node, inherited }: Source, other: Source | undefined): boolean {
  return node === other?.node && inherited.from === other.inherited.from && inherited.name === other.inherited.name;
}

/** For each level from the top of the group down the way, the nodes of the group that stand there. */
function levelsOf(group: ConfigNode, way: Way): (readonly ConfigNode[])[] {
  const levels: (readonly ConfigNode[])[] = [[group]];
  const steps: ConfigNode[] = [];
  for (let at = way; at !== undefined; at = at.parent) steps.push(at.node);
  for (const step of steps.toReversed()) {
    const nodes = levels.at(-1) ?? [];
    levels.push(nodes.length === 0 ? nodes : nodes.flatMap((node) => matching(node, step)));
  }
  return levels;
}

function below(sources: readonly Source[], child: ConfigNode): readonly Source[] {
  if (sources.length === 0) return sources;
  return sources.flatMap(({ node, ...rest }) => matching(node, child).map((inner) => ({ ...rest, node: inner })));
}

const noNodes: readonly ConfigNode[] = [];
const patterns = new WeakMap<ConfigNode, ReadonlyMap<string, readonly ConfigNode[]>>();

/** The active children of a group's node that mean the same place as `target`: the one of its name, then patterns. */
function matching(node: ConfigNode, target: ConfigNode): readonly ConfigNode[] {
  const exact = node.children.get(childId(target.word, target.keys));
  const same = exact === undefined || exact.inactive ? noNodes : [exact];
  if (target.keys.length === 0) return same;
  const candidates = patternsOf(node).get(target.word);
  if (candidates === undefined) return same;
  return [...same, ...candidates.filter(({ keys }) => keys.every((key, at) => matchesKey(key, target.keys[at] ?? "")))];
}

function matchesKey(key: string, name: string): boolean {
  return isWildcard(key) ? matchesPattern(patternOf(key), name) : key === name;
}

/** The active children with patterns among their keys, by word. */
function patternsOf(node: ConfigNode): ReadonlyMap<string, readonly ConfigNode[]> {
  const known = patterns.get(node);
  if (known !== undefined) return known;
  const found = [...node.children.values()].filter(({ inactive, keys }) => !inactive && keys.some(isWildcard));
  const made = Map.groupBy(found, ({ word }) => word);
  patterns.set(node, made);
  return made;
}

function activeValues(node: ConfigNode, word: string): ConfigNode | undefined {
  const statement = node.children.get(word);
  return statement === undefined || statement.inactive ? undefined : statement;
}

/** A container that nothing came into, and that means nothing by itself. */
function isEmpty(node: ConfigNode, parent: Holder | undefined): boolean {
  if (node.kind !== "container" || parent === undefined) return false;
  const schema = indexOf(parent).byWord.get(node.word);
  return schema !== undefined && isHolder(schema) && isMeaningless(node, schema);
}

/** An active statement of the same choice stands there already: `deny` keeps an inherited `permit` away. */
function hasRival(children: ReadonlyMap<string, ConfigNode>, child: ConfigNode, schema: Holder | undefined): boolean {
  const rivals = schema === undefined ? undefined : indexOf(schema).rivals.get(child.word);
  if (rivals === undefined) return false;
  for (const other of children.values()) if (!other.inactive && rivals.includes(other.word)) return true;
  return false;
}

/** The inherited statement itself, before anything is filled into it. Protection and annotation stay in the group. */
function bareNode(node: ConfigNode, inherited: Inheritance): ConfigNode {
  const { comment: _, ...rest } = node;
  const values = node.kind === "leaf-list" ? [] : node.values;
  return { ...rest, values, children: new Map(), protected: false, inherited };
}

/** A leaf-list with the values of its sources behind its own. */
function withValues(node: ConfigNode, sources: readonly Source[]): ConfigNode {
  const values = new Set(node.values);
  const inheritedValues = new Map<string, Inheritance>();
  for (const source of sources) {
    for (const value of source.node.values) {
      if (values.has(value)) continue;
      values.add(value);
      if (source.inherited.name !== node.inherited?.name) inheritedValues.set(value, source.inherited);
    }
  }
  if (values.size === node.values.length) return node;
  return { ...node, values: [...values], ...(inheritedValues.size === 0 ? {} : { inheritedValues }) };
}

/** The set-style words of the way. */
function pathOf(way: Way): string[] {
  const nodes: ConfigNode[] = [];
  for (let at = way; at !== undefined; at = at.parent) nodes.push(at.node);
  const path: string[] = [];
  let schema: Holder | undefined = rootSchema;
  for (const { word, keys } of nodes.toReversed()) {
    const child: SchemaNode | undefined = schema === undefined ? undefined : indexOf(schema).byWord.get(word);
    path.push(...(child === undefined ? [word, ...keys] : wordsOf(child, word, keys)));
    schema = child !== undefined && isHolder(child) ? child : undefined;
  }
  return path;
}
