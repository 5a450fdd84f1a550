// A log on disk that never stops the gateway: lines wait in a bounded queue, are written in batches, and the file is
// rotated by size. When the queue is full or the disk refuses, the lines that are lost are counted and the count is
// written as soon as writing works again.

import { appendFile, rename, rm, stat } from "node:fs/promises";

export interface LogFileLimits {
  readonly fileSizeBytesMax: number;
  /** Rotated files kept beside the current one: `flow.log.1` is the newest. */
  readonly rotatedCountMax: number;
  readonly queueLinesMax: number;
}

const defaultLimits: LogFileLimits = { fileSizeBytesMax: 16 * 1024 * 1024, rotatedCountMax: 4, queueLinesMax: 200_000 };

export class LogFile implements AsyncDisposable {
  readonly #path: string;
  readonly #limits: LogFileLimits;
  readonly #onFailure: (error: unknown) => void;
  #queue: string[] = [];
  #writing: Promise<void> | undefined;
  #sizeBytes: number | undefined;
  #lostCount = 0;

  /** `onFailure` is told once per failed batch. */
  constructor(path: string, onFailure: (error: unknown) => void, limits: Partial<LogFileLimits> = {}) {
    this.#path = path;
    this.#onFailure = onFailure;
    this.#limits = { ...defaultLimits, ...limits };
  }

  /** Lines lost since the last one that could be written. */
  get lostCount(): number {
    return this.#lostCount;
  }

  /** Takes the line (without its line end) and returns at once. */
  write(line: string): void {
    if (this.#queue.length >= this.#limits.queueLinesMax) {
      this.#lostCount++;
      return;
    }
    this.#queue.push(line);
    this.#writing ??= this.#drain();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  async #drain(): Promise<void> {
    // The first batch waits for the end of the turn, so that a burst of events becomes one write.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const batch = this.#queue;
      this.#queue = [];
      const lost = this.#lostCount;
      const lines = lost === 0 ? batch : [`# ${lost} lines were lost before this one`, ...batch];
      try {
        await this.#append(`${lines.join("\n")}\n`);
        this.#lostCount -= lost;
      } catch (error) {
        this.#sizeBytes = undefined;
        this.#lostCount += batch.length;
        this.#onFailure(error);
      }
    }
    this.#writing = undefined;
  }

  async #append(text: string): Promise<void> {
    this.#sizeBytes ??= await sizeOf(this.#path);
    if (this.#sizeBytes > 0 && this.#sizeBytes + text.length > this.#limits.fileSizeBytesMax) {
      await this.#rotate();
      this.#sizeBytes = 0;
    }
    await appendFile(this.#path, text, { mode: 0o600 });
    this.#sizeBytes += Buffer.byteLength(text);
  }

  async #rotate(): Promise<void> {
    const { rotatedCountMax } = this.#limits;
    await rm(`${this.#path}.${rotatedCountMax}`, { force: true });
    for (let number = rotatedCountMax - 1; number >= 0; number--) {
      const from = number === 0 ? this.#path : `${this.#path}.${number}`;
      await rename(from, `${this.#path}.${number + 1}`).catch(ignoreMissing);
    }
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    ignoreMissing(error);
    return 0;
  }
}

function ignoreMissing(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
}
