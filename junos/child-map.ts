// The children of a node by `childId`, in configured order. A configuration may have a million nodes, and most have one to
// five children: a few are a plain list, whose ids are worked out when they are asked for, and only many are a real map.
// `Draft` alone changes one; everybody else sees a `ReadonlyMap`.

import { childId } from "./tree.ts";
import type { ConfigNode } from "./tree.ts";

/** Up to here looking at each child is as fast as a map, and takes a third of the memory. */
export const listedCountMax = 8;

export class ChildMap implements ReadonlyMap<string, ConfigNode> {
  private few: readonly ConfigNode[] = noNodes;
  private many: Map<string, ConfigNode> | undefined;

  constructor(entries: ReadonlyMap<string, ConfigNode> | readonly (readonly [string, ConfigNode])[] = []) {
    const count = "size" in entries ? entries.size : entries.length;
    if (count > listedCountMax) this.many = new Map(entries);
    else if (count > 0) this.few = ("size" in entries ? [...entries] : entries).map(([, node]) => node);
  }

  get size(): number {
    return this.many === undefined ? this.few.length : this.many.size;
  }

  get(id: string): ConfigNode | undefined {
    if (this.many !== undefined) return this.many.get(id);
    for (const node of this.few) if (hasId(node, id)) return node;
    return undefined;
  }

  has(id: string): boolean {
    return this.many === undefined ? this.get(id) !== undefined : this.many.has(id);
  }

  /** `id` is that of the node. A new child stands behind the others. */
  set(id: string, node: ConfigNode): this {
    if (this.many !== undefined) {
      this.many.set(id, node);
      return this;
    }
    const at = this.few.findIndex((one) => hasId(one, id));
    // Always a list of exactly the size: one that grows by itself keeps room for sixteen more.
    if (at >= 0) this.few = this.few.with(at, node);
    else if (this.few.length < listedCountMax) this.few = this.few.concat(node);
    else {
      this.many = new Map(this.entries()).set(id, node);
      this.few = noNodes;
    }
    return this;
  }

  delete(id: string): boolean {
    if (this.many !== undefined) return this.many.delete(id);
    const left = this.few.filter((node) => !hasId(node, id));
    const found = left.length < this.few.length;
    if (found) this.few = left;
    return found;
  }

  keys(): MapIterator<string> {
    return this.many === undefined ? this.few.values().map(idOf) : this.many.keys();
  }

  values(): MapIterator<ConfigNode> {
    return this.many === undefined ? this.few.values() : this.many.values();
  }

  entries(): MapIterator<[string, ConfigNode]> {
    return this.many === undefined
      ? this.few.values().map((node): [string, ConfigNode] => [idOf(node), node])
      : this.many.entries();
  }

  [Symbol.iterator](): MapIterator<[string, ConfigNode]> {
    return this.entries();
  }

  forEach(visit: (node: ConfigNode, id: string, map: ReadonlyMap<string, ConfigNode>) => void): void {
    for (const [id, node] of this) visit(node, id, this);
  }
}

const noNodes: readonly ConfigNode[] = [];

function idOf({ word, keys }: ConfigNode): string {
  return childId(word, keys);
}

/** Without making the id of the node. */
function hasId({ word, keys }: ConfigNode, id: string): boolean {
  const [key] = keys;
  if (key === undefined) return word === id;
  if (keys.length > 1) return childId(word, keys) === id;
  return (
    id.length === word.length + 1 + key.length &&
    id.charCodeAt(word.length) === 0 &&
    id.endsWith(key) &&
    id.startsWith(word)
  );
}
