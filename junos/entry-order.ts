// The order of a node's children while it is being changed: a linked list over their ids, so that a thousand `insert`
// lines in a list of 100,000 policies cost a thousand steps and not a thousand copies of the list.

import assert from "node:assert/strict";

export class EntryOrder {
  private readonly nexts = new Map<string, string | undefined>();
  private readonly previouses = new Map<string, string | undefined>();
  private first: string | undefined;
  private last: string | undefined;

  constructor(ids: Iterable<string>) {
    for (const id of ids) this.append(id);
  }

  append(id: string): void {
    assert(!this.nexts.has(id));
    this.link(id, this.last, undefined);
  }

  remove(id: string): void {
    if (!this.nexts.has(id)) return;
    const next = this.nexts.get(id);
    const previous = this.previouses.get(id);
    this.nexts.delete(id);
    this.previouses.delete(id);
    if (previous === undefined) this.first = next;
    else this.nexts.set(previous, next);
    if (next === undefined) this.last = previous;
    else this.previouses.set(next, previous);
  }

  /** Both must be there and differ. */
  move(id: string, where: "before" | "after", anchor: string): void {
    assert(id !== anchor && this.nexts.has(id) && this.nexts.has(anchor));
    this.remove(id);
    if (where === "before") this.link(id, this.previouses.get(anchor), anchor);
    else this.link(id, anchor, this.nexts.get(anchor));
  }

  /** `newId` takes the place of `id`. */
  rename(id: string, newId: string): void {
    assert(this.nexts.has(id) && !this.nexts.has(newId));
    const next = this.nexts.get(id);
    const previous = this.previouses.get(id);
    this.remove(id);
    this.link(newId, previous, next);
  }

  *ids(): Generator<string> {
    for (let id = this.first; id !== undefined; id = this.nexts.get(id)) yield id;
  }

  private link(id: string, previous: string | undefined, next: string | undefined): void {
    this.previouses.set(id, previous);
    this.nexts.set(id, next);
    if (previous === undefined) this.first = id;
    else this.nexts.set(previous, id);
    if (next === undefined) this.last = id;
    else this.previouses.set(next, id);
  }
}
