// The state directory: revisions, which of them is in force, and the journal of a commit on its way.
//   revisions/000041.json   a committed configuration (revision.ts); the newest 50 are kept, as `rollback 0` to `49`
//   active.json             the revision in force
//   commit.journal          present only between "the kernel may change now" and "active.json says so"
//   rescue.json             what `rollback rescue` brings back
//   scheduled.json          the commit that waits for its time
//   candidate.log           what was edited and not committed (candidate-log.ts)
//   api-tokens.json         tokens of programs, as hashes
//   files/                  what operators saved (serve/shell/file-area.ts)
//   recorded                until when what happens was recorded (recording-mark.ts)

import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { CandidateLog } from "./candidate-log.ts";
import { readIfThere, readStartIfThere, removeDurably, removeLeftovers, writeDurably } from "./durable-file.ts";
import { makeFolder } from "./make-folder.ts";
import {
  decodeActive,
  decodeJournal,
  decodeRevision,
  decodeRevisionSummary,
  decodeScheduled,
  encodeRevision,
  encodeScheduled,
  isOldFormat,
} from "./revision.ts";
import type { Active, Journal, Revision, RevisionSummary, ScheduledCommit } from "./revision.ts";

/** As on the original: `rollback 0` to `rollback 49`. */
export const revisionsKeptMax = 50;
/** Header and summary of a revision file fit into this; a comment has at most 512 characters. */
const summarySizeBytesMax = 8192;

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
    await makeFolder(store.#revisions);
    await removeLeftovers(folder);
    await removeLeftovers(store.#revisions);
    return store;
  }

  /** Where operators keep files of their own (serve/shell/file-area.ts); it may be missing. */
  get filesFolder(): string {
    return this.#path("files");
  }

  /** Where the logs are written, beside the rest of the state. */
  get logsFolder(): string {
    return this.#folder;
  }

  /** Every record of sessions, refused packets and attacks. */
  get flowLogPath(): string {
    return this.#path("flow.log");
  }

  /** Until when was recorded (recording-mark.ts). */
  get recordingPath(): string {
    return this.#path("recorded");
  }

  /** The tokens of programs (token-file.ts). */
  get tokensPath(): string {
    return this.#path("api-tokens.json");
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

  /** Who committed it, when and why, without reading the configuration. */
  async readSummary(number: number): Promise<RevisionSummary | undefined> {
    return this.#readSummary(this.#revisionPath(number));
  }

  async writeRevision(revision: Revision): Promise<void> {
    await writeDurably(this.#revisionPath(revision.number), encodeRevision(revision));
  }

  async removeRevision(number: number): Promise<void> {
    await removeDurably(this.#revisionPath(number));
  }

  /** Numbers of the revisions that rollback can reach, newest first: `rollback 0` is the first of them. */
  async listRevisions(): Promise<readonly number[]> {
    return (await this.#committed()).slice(0, revisionsKeptMax);
  }

  /** The number of the next commit. A file that a refused or killed commit left under it is written over. */
  async nextNumber(): Promise<number> {
    return ((await this.readActive())?.revision ?? 0) + 1;
  }

  /** Removes revisions beyond those that rollback can reach; `kept` stays, however old it is. */
  async prune(kept?: number): Promise<void> {
    for (const number of (await this.#committed()).slice(revisionsKeptMax)) {
      if (number !== kept) await rm(this.#revisionPath(number), { force: true });
    }
  }

  /** Undefined when none was saved. */
  async readRescue(): Promise<Revision | undefined> {
    const path = this.#path("rescue.json");
    const text = await readIfThere(path);
    return text === undefined ? undefined : decodeRevision(text, path);
  }

  async readRescueSummary(): Promise<RevisionSummary | undefined> {
    return this.#readSummary(this.#path("rescue.json"));
  }

  async writeRescue(revision: Revision): Promise<void> {
    await writeDurably(this.#path("rescue.json"), encodeRevision(revision));
  }

  async removeRescue(): Promise<void> {
    await removeDurably(this.#path("rescue.json"));
  }

  async readScheduled(): Promise<ScheduledCommit | undefined> {
    const path = this.#path("scheduled.json");
    const text = await readIfThere(path);
    return text === undefined ? undefined : decodeScheduled(text, path);
  }

  async writeScheduled(scheduled: ScheduledCommit): Promise<void> {
    await writeDurably(this.#path("scheduled.json"), encodeScheduled(scheduled));
  }

  async removeScheduled(): Promise<void> {
    await removeDurably(this.#path("scheduled.json"));
  }

  /** The log of the shared candidate; `onError` hears of a failed write. */
  candidateLog(onError: (error: unknown) => void): CandidateLog {
    return new CandidateLog(this.#path("candidate.log"), onError);
  }

  async #readSummary(path: string): Promise<RevisionSummary | undefined> {
    const start = await readStartIfThere(path, summarySizeBytesMax);
    const text = start !== undefined && isOldFormat(start) ? await readIfThere(path) : start;
    return text === undefined ? undefined : decodeRevisionSummary(text, path);
  }

  /** A file newer than the active one never came into force. */
  async #committed(): Promise<readonly number[]> {
    const active = await this.readActive();
    return (await readdir(this.#revisions))
      .flatMap((name) => {
        const match = /^(\d{6,})\.json$/.exec(name);
        return match === null ? [] : [Number(match[1])];
      })
      .filter((number) => active !== undefined && number <= active.revision)
      .toSorted((a, b) => b - a);
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }

  #revisionPath(number: number): string {
    return join(this.#revisions, `${String(number).padStart(6, "0")}.json`);
  }
}
