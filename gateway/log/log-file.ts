// A log on disk that never stops the gateway: lines wait in a bounded queue, are written in batches, and the file is
// rotated by size. When the queue is full or the disk refuses, the lines that are lost are counted and the count is
// written as soon as writing works again. What the kernel has taken outlives the process, but not a loss of power: nothing
// here waits for the disk.

import { createReadStream, createWriteStream } from "node:fs";
import { appendFile, rename, rm, stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";

export interface LogFileLimits {
  readonly fileSizeBytesMax: number;
  /** Rotated files kept beside the current one: `flow.log.0.gz` is the newest. */
  readonly rotatedCountMax: number;
  readonly queueLinesMax: number;
  readonly mode: number;
}

const defaultLimits: LogFileLimits = {
  fileSizeBytesMax: 16 * 1024 * 1024,
  rotatedCountMax: 4,
  queueLinesMax: 200_000,
  mode: 0o600,
};

export class LogFile implements AsyncDisposable {
  readonly #path: string;
  readonly #limits: LogFileLimits;
  readonly #onFailure: (error: unknown) => void;
  #queue: string[] = [];
  #writing: Promise<void> | undefined;
  #sizeBytes: number | undefined;
  #lostCount = 0;
  /** Lines of the present queue have been lost. */
  #isFull = false;

  /** `onFailure` is told once per failed batch, and once per queue that was full. */
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
    const { queueLinesMax } = this.#limits;
    if (this.#queue.length >= queueLinesMax) {
      this.#lostCount++;
      if (!this.#isFull) this.#onFailure(new Error(`more than ${queueLinesMax} lines wait to be written`));
      this.#isFull = true;
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
      this.#isFull = false;
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
    await appendFile(this.#path, text, { mode: this.#limits.mode });
    this.#sizeBytes += Buffer.byteLength(text);
  }

  async #rotate(): Promise<void> {
    // What an earlier rotation left half done.
    await this.#compress();
    await this.#shift();
    await rename(this.#path, `${this.#path}.0`);
    await this.#compress();
  }

  /** `.0` becomes `.0.gz`; broken off anywhere, it begins anew and loses nothing. */
  async #compress(): Promise<void> {
    const plain = `${this.#path}.0`;
    if ((await sizeOf(plain)) === 0) return rm(plain, { force: true });
    if (this.#limits.rotatedCountMax === 0) return rm(plain);
    const half = `${plain}.gz.half`;
    await pipeline(createReadStream(plain), createGzip(), createWriteStream(half, { mode: this.#limits.mode }));
    await rename(half, `${plain}.gz`);
    await rm(plain);
  }

  async #shift(): Promise<void> {
    const { rotatedCountMax } = this.#limits;
    for (let number = rotatedCountMax - 1; number >= 0; number--) {
      const from = `${this.#path}.${number}.gz`;
      if (number === rotatedCountMax - 1) await rm(from, { force: true });
      else await rename(from, `${this.#path}.${number + 1}.gz`).catch(ignoreMissing);
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
