// The state directory: revisions, which of them is in force, and the journal of a commit on its way.
//   revisions/000041.json   a committed configuration (revision.ts); the newest 50 are kept, as `rollback 0` to `49`
//   active.json             the revision in force
//   commit.journal          present only between "the kernel may change now" and "active.json says so"

import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { readIfThere, removeDurably, removeLeftovers, writeDurably } from "./durable-file.ts";
import { decodeActive, decodeJournal, decodeRevision, encodeRevision } from "./revision.ts";
import type { Active, Journal, Revision } from "./revision.ts";

/** As on the original: `rollback 0` to `rollback 49`. */
export const revisionsKeptMax = 50;

export class RevisionStore {
  readonly #folder: string;
  readonly #revisions: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.#revisions = join(folder, "revisions");
  }

  /** Makes the folders when they are missing and removes what killed writers left behind. */
  static async open(folder: string): Promise<RevisionStore> {
    const store = new RevisionStore(folder);
    await mkdir(store.#revisions, { recursive: true, mode: 0o700 });
    await removeLeftovers(folder);
    await removeLeftovers(store.#revisions);
    return store;
  }

  /** Undefined before the first commit. */
  async readActive(): Promise<Active | undefined> {
    const path = this.#path("active.json");
    const text = await readIfThere(path);
    return text === undefined ? undefined : decodeActive(text, path);
  }

  async writeActive(active: Active): Promise<void> {
    await writeDurably(this.#path("active.json"), JSON.stringify(active));
  }

  async readJournal(): Promise<Journal | undefined> {
    const path = this.#path("commit.journal");
    const text = await readIfThere(path);
    return text === undefined ? undefined : decodeJournal(text, path);
  }

  async writeJournal(journal: Journal): Promise<void> {
    await writeDurably(this.#path("commit.journal"), JSON.stringify(journal));
  }

  async removeJournal(): Promise<void> {
    await removeDurably(this.#path("commit.journal"));
  }

  /** Undefined when there is no such revision (any more). */
  async readRevision(number: number): Promise<Revision | undefined> {
    const path = this.#revisionPath(number);
    const text = await readIfThere(path);
    return text === undefined ? undefined : decodeRevision(text, path);
  }

  async writeRevision(revision: Revision): Promise<void> {
    await writeDurably(this.#revisionPath(revision.number), encodeRevision(revision));
  }

  async removeRevision(number: number): Promise<void> {
    await removeDurably(this.#revisionPath(number));
  }

  /** Numbers of the committed revisions, newest first. A revision newer than the active one never came into force. */
  async listRevisions(): Promise<readonly number[]> {
    const active = await this.readActive();
    const numbers = await this.#numbers();
    return numbers.filter((number) => active !== undefined && number <= active.revision);
  }

  /** One more than any number ever used, also by a commit that failed. */
  async nextNumber(): Promise<number> {
    return ((await this.#numbers())[0] ?? 0) + 1;
  }

  /** Removes revisions beyond those that rollback can reach. */
  async prune(): Promise<void> {
    for (const number of (await this.listRevisions()).slice(revisionsKeptMax)) await rm(this.#revisionPath(number));
  }

  async #numbers(): Promise<readonly number[]> {
    return (await readdir(this.#revisions))
      .flatMap((name) => {
        const match = /^(\d{6,})\.json$/.exec(name);
        return match === null ? [] : [Number(match[1])];
      })
      .toSorted((a, b) => b - a);
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }

  #revisionPath(number: number): string {
    return join(this.#revisions, `${String(number).padStart(6, "0")}.json`);
  }
}
