// Carries the changes of one editor over to a configuration that others have changed meanwhile: what only one side changed
// is taken, what both changed differently is a conflict and stays as the editor has it. Unchanged subtrees are shared
// objects, so the cost is that of the changes and of the lists that they stand in, not of the whole configuration.

import { compareKeys } from "@merlon/junos/key-order.ts";
import { sameNode, sameTree } from "@merlon/junos/same-tree.ts";
import { indexOf, isHolder, rootSchema, wordsOf } from "@merlon/junos/schema-index.ts";
import type { Holder } from "@merlon/junos/schema-index.ts";
import { childId } from "@merlon/junos/tree.ts";
import type { ConfigNode } from "@merlon/junos/tree.ts";
import type { SchemaNode } from "@merlon/model/schema/node.ts";

/** Conflicts beyond this are not listed. */
export const conflictsMax = 100;

export interface Conflict {
  /** Set-style words. */
  readonly path: readonly string[];
  readonly mine: "changed" | "deleted" | "moved";
  readonly theirs: "changed" | "deleted" | "moved";
}

export interface Rebased {
  readonly tree: ConfigNode;
  readonly conflicts: readonly Conflict[];
}

/** `mine` and `theirs` both come from `base`. Where they conflict, the tree has what `mine` has. */
export function rebaseTree(base: ConfigNode, mine: ConfigNode, theirs: ConfigNode): Rebased {
  const conflicts: Conflict[] = [];
  const tree = rebaseNode({ base, mine, theirs }, rootSchema, [], conflicts);
  return { tree, conflicts };
}

interface Sides {
  readonly base: ConfigNode | undefined;
  readonly mine: ConfigNode;
  readonly theirs: ConfigNode;
}

type Path = readonly string[];

/** A statement that both sides have. */
function rebaseNode(sides: Sides, schema: SchemaNode | undefined, path: Path, conflicts: Conflict[]): ConfigNode {
  const { base, mine, theirs } = sides;
  if (mine === theirs || base === theirs) return mine;
  if (base === mine) return theirs;
  if (schema?.kind === "leaf-list") {
    const values = rebaseValues(base?.values ?? [], mine.values, theirs.values);
    const withValues = (node: ConfigNode): ConfigNode => ({ ...node, values });
    const same = {
      base: base === undefined ? undefined : withValues(base),
      mine: withValues(mine),
      theirs: withValues(theirs),
    };
    return ownPart(same, path, conflicts);
  }
  const own = ownPart(sides, path, conflicts);
  return schema === undefined || !isHolder(schema)
    ? own
    : { ...own, children: rebaseChildren(sides, schema, path, conflicts) };
}

/** Each value of a list is a statement of its own: what either side removed is gone, what either side added is there. */
function rebaseValues(base: readonly string[], mine: readonly string[], theirs: readonly string[]): readonly string[] {
  const [known, my] = [new Set(base), new Set(mine)];
  const kept = theirs.filter((value) => my.has(value) || !known.has(value));
  const there = new Set(theirs);
  return [...kept, ...mine.filter((value) => !known.has(value) && !there.has(value))];
}

/** Values, marks and annotation of the statement itself. */
function ownPart({ base, mine, theirs }: Sides, path: Path, conflicts: Conflict[]): ConfigNode {
  if (sameNode(mine, theirs)) return mine;
  if (base !== undefined && sameNode(base, mine)) return theirs;
  if (base === undefined || !sameNode(base, theirs)) report(conflicts, { path, mine: "changed", theirs: "changed" });
  return mine;
}

function rebaseChildren(
  { base, mine, theirs }: Sides,
  schema: Holder,
  path: Path,
  conflicts: Conflict[],
): ReadonlyMap<string, ConfigNode> {
  const { byWord, rivals } = indexOf(schema);
  const kept = new Map<string, ConfigNode>();
  for (const id of new Set([...theirs.children.keys(), ...mine.children.keys()])) {
    const [old, my, their] = [base?.children.get(id), mine.children.get(id), theirs.children.get(id)];
    const some = my ?? their;
    if (some === undefined) continue;
    const childSchema = byWord.get(some.word);
    const childPath = (): Path => [...path, ...wordsIn(childSchema, some)];
    const child =
      my !== undefined && their !== undefined
        ? my === their
          ? my
          : rebaseNode({ base: old, mine: my, theirs: their }, childSchema, childPath(), conflicts)
        : oneSided(old, my, their, () => childPath(), conflicts);
    // A list of values from which each side took what the other left is gone.
    if (child !== undefined && (child.kind !== "leaf-list" || child.values.length > 0)) kept.set(id, child);
  }
  dropRivals(kept, { base, mine, theirs }, rivals, path, conflicts);
  const order = mergedOrder([base, mine, theirs], kept, schema, path, conflicts);
  return new Map(
    order.flatMap((id) => {
      const child = kept.get(id);
      return child === undefined ? [] : [[id, child] as const];
    }),
  );
}

/** A statement that one side does not have: added by the other, or deleted here and perhaps changed there. */
function oneSided(
  base: ConfigNode | undefined,
  mine: ConfigNode | undefined,
  theirs: ConfigNode | undefined,
  path: () => Path,
  conflicts: Conflict[],
): ConfigNode | undefined {
  if (base === undefined) return mine ?? theirs;
  const left = mine ?? theirs;
  if (left === undefined || sameTree(base, left)) return undefined;
  const deleted = { mine: "deleted", theirs: "changed" } as const;
  report(conflicts, { path: path(), ...(mine === undefined ? deleted : { mine: "changed", theirs: "deleted" }) });
  return mine;
}

/** Of statements that exclude each other and were added on different sides, mine stays. */
function dropRivals(
  kept: Map<string, ConfigNode>,
  { base, mine, theirs }: Sides,
  rivals: ReadonlyMap<string, readonly string[]>,
  path: Path,
  conflicts: Conflict[],
): void {
  if (rivals.size === 0) return;
  for (const [id, child] of kept) {
    const others = rivals.get(child.word);
    if (others === undefined || !mine.children.has(id) || theirs.children.has(id)) continue;
    for (const [otherId, other] of kept) {
      if (!others.includes(other.word) || mine.children.has(otherId) || base?.children.has(otherId) === true) continue;
      kept.delete(otherId);
      report(conflicts, { path: [...path, child.word], mine: "changed", theirs: "changed" });
    }
  }
}

/**
 * The order of the side that moved entries, with what the other side added behind the entry that it stands behind there;
 * then the schema's order, which leaves only entries of ordered lists where they are.
 */
function mergedOrder(
  [base, mine, theirs]: readonly [ConfigNode | undefined, ConfigNode, ConfigNode],
  kept: ReadonlyMap<string, ConfigNode>,
  schema: Holder,
  path: Path,
  conflicts: Conflict[],
): readonly string[] {
  const common = new Set(
    [...(base?.children.keys() ?? [])].filter((id) => mine.children.has(id) && theirs.children.has(id)),
  );
  const [before, my, their] = [base, mine, theirs].map((side) =>
    [...(side?.children.keys() ?? [])].filter((id) => common.has(id)),
  ) as [string[], string[], string[]];
  const iMoved = !sameOrder(before, my);
  if (iMoved && !sameOrder(before, their) && !sameOrder(my, their)) {
    report(conflicts, { path, mine: "moved", theirs: "moved" });
  }
  const [first, second] = iMoved ? [mine, theirs] : [theirs, mine];
  const order = withAdditions(
    [...first.children.keys()].filter((id) => kept.has(id)),
    second,
    kept,
  );
  return inSchemaOrder(order, kept, schema);
}

/** `order` with the children of `side` that it lacks, each behind the child that it follows there. */
function withAdditions(
  order: readonly string[],
  side: ConfigNode,
  kept: ReadonlyMap<string, ConfigNode>,
): readonly string[] {
  const known = new Set(order);
  const behind = new Map<string | undefined, string[]>();
  let anchor: string | undefined;
  let count = 0;
  for (const id of side.children.keys()) {
    if (known.has(id)) anchor = id;
    else if (kept.has(id)) {
      count++;
      const list = behind.get(anchor);
      if (list === undefined) behind.set(anchor, [id]);
      else list.push(id);
    }
  }
  if (count === 0) return order;
  return [...(behind.get(undefined) ?? []), ...order.flatMap((id) => [id, ...(behind.get(id) ?? [])])];
}

function inSchemaOrder(
  order: readonly string[],
  kept: ReadonlyMap<string, ConfigNode>,
  schema: Holder,
): readonly string[] {
  const { order: positions, byWord } = indexOf(schema);
  const position = (word: string): number => positions.get(word) ?? positions.size;
  return order.toSorted((idA, idB) => {
    const [a, b] = [kept.get(idA), kept.get(idB)];
    if (a === undefined || b === undefined) return 0;
    if (a.word !== b.word) return position(a.word) - position(b.word);
    const list = byWord.get(a.word);
    return list?.kind === "list" && !list.ordered ? compareKeys(a.keys, b.keys) : 0;
  });
}

function sameOrder(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((id, at) => id === b[at]);
}

function wordsIn(schema: SchemaNode | undefined, { word, keys }: ConfigNode): readonly string[] {
  return schema === undefined ? childId(word, keys).split("\u0000") : wordsOf(schema, word, keys);
}

function report(conflicts: Conflict[], conflict: Conflict): void {
  if (conflicts.length < conflictsMax) conflicts.push(conflict);
}
