// A tree that is being changed. Nodes of the tree it came from are never touched: a node is copied at most once per draft,
// when the first change comes below it, so 100,000 `set` lines copy each node once and one line copies only its path.
// `finish` restores what every tree keeps: children in the order of the schema, no empty container without meaning.
// A statement that was read whole is finished at once (`release`), so that a large text needs no book of all its nodes.

import type { Span } from "@merlon/model/diagnostic.ts";
import { ChildMap } from "./child-map.ts";
import { EntryOrder } from "./entry-order.ts";
import { compareKeys } from "./key-order.ts";
import { childId } from "./tree.ts";
import type { ConfigNode } from "./tree.ts";
import type { SchemaNode } from "@merlon/model/schema/node.ts";
import { indexOf, isHolder } from "./schema-index.ts";
import type { Holder } from "./schema-index.ts";
import type { Step } from "./resolve.ts";
import { unknownWord } from "./unknown-statement.ts";

/** A node that belongs to the draft alone. */
export type DraftNode = { -readonly [Member in keyof ConfigNode]: ConfigNode[Member] };

interface Ownership {
  readonly schema: Holder;
  readonly parent: DraftNode | undefined;
  readonly id: string;
  /** A child was added or moved, so the order must be looked at. */
  grown: boolean;
}

const noChildren: ReadonlyMap<string, ConfigNode> = new ChildMap();

/** A node with more children, or values, stays owned to the end: to copy it again and again would be slow. */
const copiedCountMax = 16;

export class Draft {
  readonly root: DraftNode;
  private readonly owned = new Map<DraftNode, Ownership>();
  /** The values of long leaf-lists that belong to the draft. */
  private readonly members = new Map<DraftNode, Set<string>>();
  /** Words that no schema knows and that lost all that stood below them: they stood there for that alone, and vanish. */
  private readonly emptied = new Set<DraftNode>();
  /** Those of them that were written since then, so that they stay. */
  private readonly rewritten = new Set<DraftNode>();
  /** The order of children, where entries were moved or renamed; their maps get it when it matters. */
  private readonly orders = new Map<DraftNode, EntryOrder>();

  constructor(base: ConfigNode, schema: Holder) {
    this.root = { ...base, children: new ChildMap(base.children) };
    this.owned.set(this.root, { schema, parent: undefined, id: "", grown: false });
  }

  /** The child as a node of this draft, or undefined when there is none. */
  own(parent: DraftNode, id: string, schema: Holder): DraftNode | undefined {
    const child = parent.children.get(id);
    if (child === undefined) return undefined;
    if (this.owned.has(child)) return child;
    const copy: DraftNode = {
      ...child,
      children: child.children.size === 0 ? noChildren : new ChildMap(child.children),
    };
    this.childrenOf(parent).set(id, copy);
    this.owned.set(copy, { schema, parent, id, grown: false });
    return copy;
  }

  /** The container or list entry that the step names, made when it is not there yet. */
  enter(parent: DraftNode, step: Step & { readonly schema: Holder }): DraftNode {
    const id = childId(step.word, step.keys);
    const existing = this.own(parent, id, step.schema);
    if (existing !== undefined) {
      if (existing.word === unknownWord) this.rewritten.add(existing);
      return existing;
    }
    const kind = step.schema.kind === "list" ? "list-entry" : "container";
    const node = newNode(kind, step);
    this.add(parent, id, node);
    this.owned.set(node, { schema: step.schema, parent, id, grown: false });
    return node;
  }

  /** Sets a leaf or flag, or adds to a leaf-list. Marks and comment of an existing statement stay. */
  assign(parent: DraftNode, step: Step): DraftNode {
    const id = childId(step.word);
    const existing = parent.children.get(id);
    if (step.schema.kind === "leaf-list") return this.extend(parent, id, step, existing);
    const kind = step.schema.kind === "leaf" ? "leaf" : "flag";
    const fresh = newNode(kind, step);
    const node =
      existing === undefined ? fresh : { ...existing, kind: fresh.kind, values: fresh.values, span: step.span };
    this.add(parent, id, node);
    return node;
  }

  /** Puts an own copy in the place of the child, so that its marks can be changed. */
  loosen(parent: DraftNode, id: string): DraftNode | undefined {
    const child = parent.children.get(id);
    if (child === undefined || this.owned.has(child) || this.members.has(child)) return child;
    const parentSchema = this.owned.get(parent)?.schema;
    const schema = parentSchema === undefined ? undefined : indexOf(parentSchema).byWord.get(child.word);
    // A container must be owned: without its marks it may mean nothing and vanish.
    if (schema !== undefined && isHolder(schema)) return this.own(parent, id, schema);
    const copy: DraftNode = { ...child };
    this.childrenOf(parent).set(id, copy);
    return copy;
  }

  setValues(parent: DraftNode, id: string, values: readonly string[]): void {
    const node = this.loosen(parent, id);
    if (node === undefined) return;
    node.values = [...values];
    if (this.members.has(node)) this.members.set(node, new Set(values));
  }

  remove(parent: DraftNode, id: string): void {
    for (let at: DraftNode | undefined = parent; at?.word === unknownWord; at = this.owned.get(at)?.parent)
      this.rewritten.delete(at);
    this.detach(parent, id);
  }

  private detach(parent: DraftNode, id: string): void {
    const children = this.childrenOf(parent);
    children.delete(id);
    this.orders.get(parent)?.remove(id);
    if (children.size === 0 && parent.word === unknownWord) this.emptied.add(parent);
  }

  removeAll(parent: DraftNode): void {
    parent.children = noChildren;
    this.orders.delete(parent);
  }

  /** Moves a child next to another one. */
  move(parent: DraftNode, id: string, where: "before" | "after", anchorId: string): void {
    this.orderOf(parent).move(id, where, anchorId);
  }

  /** Moves a child before all others of its word. */
  moveFirst(parent: DraftNode, id: string): void {
    const order = this.orderOf(parent);
    const word = parent.children.get(id)?.word;
    for (const other of order.ids()) {
      if (other === id || parent.children.get(other)?.word !== word) continue;
      order.move(id, "before", other);
      return;
    }
  }

  /** Puts a node with another id in the place of a child. */
  rename(parent: DraftNode, id: string, newId: string, node: ConfigNode): void {
    this.orderOf(parent).rename(id, newId);
    const children = this.childrenOf(parent);
    children.delete(id);
    children.set(newId, node);
  }

  /** A copy of a child that shares nothing with it, to stand under another id. */
  clone(node: ConfigNode, schema: SchemaNode): DraftNode {
    for (const parent of this.orders.keys()) if (this.isBelow(parent, node)) this.settle(parent);
    return cloneNode(node, schema);
  }

  add(parent: DraftNode, id: string, node: ConfigNode): void {
    const children = this.childrenOf(parent);
    if (!children.has(id)) {
      const ownership = this.owned.get(parent);
      if (ownership !== undefined) {
        ownership.grown = true;
        for (const rival of this.rivalsOf(parent, node.word)) this.remove(parent, childId(rival.word, rival.keys));
      }
      this.orders.get(parent)?.append(id);
    }
    children.set(id, node);
  }

  /** The children that a new child of this word replaces, because both belong to one choice. */
  rivalsOf(parent: DraftNode, word: string): ConfigNode[] {
    const ownership = this.owned.get(parent);
    const words = ownership === undefined ? undefined : indexOf(ownership.schema).rivals.get(word);
    return words === undefined ? [] : [...parent.children.values()].filter((child) => words.includes(child.word));
  }

  /** The finished tree. The draft must not be used afterwards. */
  finish(): ConfigNode {
    for (const parent of this.orders.keys()) this.settle(parent);
    // Parents are owned before their children, so the reverse order meets children first and empty parents vanish in turn.
    for (const node of [...this.owned.keys()].toReversed()) this.complete(node);
    this.owned.clear();
    this.members.clear();
    return this.root;
  }

  /**
   * Finishes a child now, when nothing below it is being changed: it no longer belongs to the draft. When more comes into
   * it later after all, it is copied again, which is why only a small one is let go.
   */
  release(parent: DraftNode, id: string): void {
    const node = parent.children.get(id);
    if (node === undefined || node.children.size > copiedCountMax || !this.owned.has(node)) return;
    if (this.orders.size > 0 && (this.orders.has(parent) || this.orders.has(node))) return;
    for (const child of node.children.values()) if (this.owned.has(child)) return;
    this.complete(node);
    this.owned.delete(node);
  }

  private complete(node: DraftNode): void {
    const ownership = this.owned.get(node);
    if (ownership === undefined) return;
    const { schema, parent, id, grown } = ownership;
    if (grown) sortChildren(node, schema);
    const vanishes =
      isMeaningless(node, schema) || (this.emptied.has(node) && !this.rewritten.has(node) && isBare(node));
    if (parent !== undefined && vanishes && parent.children.get(id) === node) this.detach(parent, id);
  }

  private extend(parent: DraftNode, id: string, step: Step, existing: ConfigNode | undefined): DraftNode {
    const known = existing === undefined ? undefined : this.members.get(existing);
    if (existing === undefined || known === undefined) return this.extendCopy(parent, id, step, existing);
    const node: DraftNode = existing;
    for (const value of step.values) {
      if (known.has(value)) continue;
      known.add(value);
      (node.values as string[]).push(value);
    }
    node.span = step.span;
    return node;
  }

  /** A new node with the values of both; a long one is kept at hand for more of them. */
  private extendCopy(parent: DraftNode, id: string, step: Step, existing: ConfigNode | undefined): DraftNode {
    const node = existing === undefined ? newNode("leaf-list", step) : { ...existing, span: step.span };
    const values = new Set(existing?.values);
    for (const value of step.values) values.add(value);
    node.values = Array.from(values);
    if (values.size > copiedCountMax) this.members.set(node, values);
    this.add(parent, id, node);
    return node;
  }

  private orderOf(parent: DraftNode): EntryOrder {
    const known = this.orders.get(parent);
    if (known !== undefined) return known;
    const order = new EntryOrder(parent.children.keys());
    this.orders.set(parent, order);
    const ownership = this.owned.get(parent);
    if (ownership !== undefined) ownership.grown = true;
    return order;
  }

  /** Gives the children of a node the order that was made for them. */
  private settle(parent: DraftNode): void {
    const order = this.orders.get(parent);
    if (order === undefined) return;
    this.orders.delete(parent);
    const children: [string, ConfigNode][] = [];
    for (const id of order.ids()) {
      const child = parent.children.get(id);
      if (child !== undefined) children.push([id, child]);
    }
    parent.children = new ChildMap(children);
  }

  private isBelow(node: DraftNode, top: ConfigNode): boolean {
    for (let at: DraftNode | undefined = node; at !== undefined; at = this.owned.get(at)?.parent)
      if (at === top) return true;
    return false;
  }

  private childrenOf(node: DraftNode): ChildMap {
    if (node.children === noChildren) node.children = new ChildMap();
    return node.children as ChildMap;
  }
}

function newNode(
  kind: ConfigNode["kind"],
  step: { word: string; keys: readonly string[]; values: readonly string[]; span: Span },
): DraftNode {
  const { word, keys, values, span } = step;
  return { kind, word, keys, values, children: noChildren, inactive: false, protected: false, span };
}

/** A container that means nothing when empty, without marks: it would print as an empty statement. */
export function isMeaningless(node: ConfigNode, schema: Holder): boolean {
  return schema.kind === "container" && !schema.presence && isBare(node);
}

/** Nothing stands below it, and nothing is said about it. */
function isBare(node: ConfigNode): boolean {
  return node.children.size === 0 && !node.inactive && !node.protected && node.comment === undefined;
}

/** A copy that shares nothing with the node, so that both can be changed; empty containers without meaning are left out. */
export function cloneNode(node: ConfigNode, schema: SchemaNode): DraftNode {
  if (!isHolder(schema)) return { ...node, values: [...node.values] };
  const { byWord } = indexOf(schema);
  const children = new ChildMap();
  for (const [id, child] of node.children) {
    const childSchema = byWord.get(child.word);
    if (childSchema === undefined) continue;
    const copy = cloneNode(child, childSchema);
    if (!isHolder(childSchema) || !isMeaningless(copy, childSchema)) children.set(id, copy);
  }
  const copy = { ...node, children };
  sortChildren(copy, schema);
  return copy;
}

/** Brings children into the order of the schema; entries of a list without order of its own are sorted by their keys. */
export function sortChildren(node: DraftNode, schema: Holder): void {
  const { order, byWord } = indexOf(schema);
  const compare = (a: ConfigNode, b: ConfigNode): number => {
    if (a.word !== b.word) return (order.get(a.word) ?? order.size) - (order.get(b.word) ?? order.size);
    const list = byWord.get(a.word);
    return list?.kind === "list" && !list.ordered ? compareKeys(a.keys, b.keys) : 0;
  };
  let previous: ConfigNode | undefined;
  let sorted = true;
  for (const child of node.children.values()) {
    if (previous !== undefined && compare(previous, child) > 0) sorted = false;
    previous = child;
  }
  if (!sorted) node.children = new ChildMap([...node.children].toSorted(([, a], [, b]) => compare(a, b)));
}
