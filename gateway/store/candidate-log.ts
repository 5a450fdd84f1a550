// What was edited and not committed, kept on disk as the changes themselves, one JSON line each, so that an edit costs a
// line and never the whole configuration. Written behind, at most once a second: a killed gateway loses the last second
// of editing and nothing that was committed. A line that was cut short by a killed writer is not read.

import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { z } from "zod";
import type { CandidateChange } from "../candidate/candidate-change.ts";
import { readIfThere, removeDurably, writeDurably } from "./durable-file.ts";

const writeDelayMs = 1000;
/** More changes than this, or more text, are folded into one that holds the whole configuration. */
export const changesMax = 20_000;
export const changesSizeMax = 16 * 1024 * 1024;

const changeSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("edit"), line: z.string(), at: z.array(z.string()).readonly().exactOptional() }),
  z.object({
    kind: z.literal("load"),
    action: z.custom<Extract<CandidateChange, { kind: "load" }>["action"]>((action) => typeof action === "string"),
    text: z.string(),
    source: z.string(),
    at: z.array(z.string()).readonly().exactOptional(),
    keepUnknown: z.boolean().exactOptional(),
    defaultOperation: z.literal("none").exactOptional(),
  }),
]);

export class CandidateLog implements AsyncDisposable {
  readonly #path: string;
  readonly #onError: (error: unknown) => void;
  /** Lines that belong into the file; the first `#writtenCount` of them are there. */
  #lines: string[] = [];
  #sizeChars = 0;
  /** How many lines there were before the first one. */
  #droppedCount = 0;
  #writtenCount = 0;
  /** The file holds lines that do not belong there any more. */
  #stale = false;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(path: string, onError: (error: unknown) => void) {
    this.#path = path;
    this.#onError = onError;
  }

  /** How many changes there were until now: what stands before this mark can be dropped later. */
  get mark(): number {
    return this.#droppedCount + this.#lines.length;
  }

  /** The changes that an earlier gateway has left; they stay until they are dropped. */
  async read(): Promise<readonly CandidateChange[]> {
    const text = (await readIfThere(this.#path)) ?? "";
    const lines = text.split("\n").slice(0, -1);
    const changes = lines.flatMap((line): CandidateChange[] => {
      const parsed = changeSchema.safeParse(parseLine(line));
      return parsed.success ? [parsed.data] : [];
    });
    this.#replace(changes.map((change) => JSON.stringify(change)));
    this.#writtenCount = changes.length === lines.length && text.endsWith("\n") ? this.#lines.length : 0;
    this.#stale = this.#writtenCount === 0 && text !== "";
    return changes;
  }

  /** Adds a change; `whole` is asked for the whole configuration when the log has grown too long. */
  append(change: CandidateChange, whole: () => string): void {
    if (change.kind === "load" && change.action === "override" && (change.at?.length ?? 0) === 0) this.drop(this.mark);
    const line = JSON.stringify(change);
    this.#lines.push(line);
    this.#sizeChars += line.length;
    const isTooLong =
      this.#lines.length > changesMax || this.#sizeChars - (this.#lines[0]?.length ?? 0) > changesSizeMax;
    if (isTooLong) {
      const all: CandidateChange = {
        kind: "load",
        action: "override",
        text: whole(),
        source: "candidate.log",
        keepUnknown: true,
      };
      this.drop(this.mark - 1);
      this.#replace([JSON.stringify(all)]);
    }
    this.#writeLater();
  }

  /** Takes out the changes before `mark`: they are committed, or discarded. */
  drop(mark: number): void {
    const count = mark - this.#droppedCount;
    if (count <= 0) return;
    this.#droppedCount = mark;
    this.#replace(this.#lines.slice(count));
    this.#writtenCount = 0;
    this.#stale = true;
    this.#writeLater();
  }

  /** Writes what is not on disk yet; never throws. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing = this.#writing
      .then(() => this.#write())
      .catch((error: unknown) => {
        // The next write begins anew, so that nothing is missing in the middle.
        this.#stale = true;
        this.#onError(error);
      });
    return this.#writing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.flush();
  }

  #replace(lines: string[]): void {
    this.#lines = lines;
    this.#sizeChars = lines.reduce((sum, line) => sum + line.length, 0);
  }

  #writeLater(): void {
    this.#timer ??= setTimeout(() => void this.flush(), writeDelayMs).unref();
  }

  async #write(): Promise<void> {
    const lines = this.#lines;
    const count = lines.length;
    if (this.#stale) {
      this.#stale = false;
      this.#writtenCount = count;
      if (count === 0) await removeDurably(this.#path);
      else await writeDurably(this.#path, lines.map((line) => `${line}\n`).join(""));
      return;
    }
    const fresh = lines.slice(this.#writtenCount, count);
    if (fresh.length === 0) return;
    this.#writtenCount = count;
    const file = await open(this.#path, constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND, 0o600);
    try {
      await file.writeFile(fresh.map((line) => `${line}\n`).join(""));
      await file.datasync();
    } finally {
      await file.close();
    }
  }
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
