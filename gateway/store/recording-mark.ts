// Until when what happens was recorded: a small file whose time is moved on while the gateway runs, and whose word says
// whether it was stopped. Nothing of it is synced: after a loss of power it is some seconds older, and never newer than true.

import { readFile, stat, utimes, writeFile } from "node:fs/promises";

export interface RecordedUntil {
  /** Milliseconds since 1970. */
  readonly atMs: number;
  /** False where the process ended without a word. */
  readonly stopped: boolean;
}

const words = { recording: "recording\n", stopped: "stopped\n" } as const;

export class RecordingMark {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** Undefined before the first start. */
  async read(): Promise<RecordedUntil | undefined> {
    try {
      const [word, { mtimeMs }] = [await readFile(this.#path, "utf8"), await stat(this.#path)];
      return { atMs: Math.round(mtimeMs), stopped: word === words.stopped };
    } catch (error) {
      return missing(error);
    }
  }

  /** What happens is recorded from now on, or not any more. */
  async write(word: keyof typeof words, atMs: number): Promise<void> {
    await writeFile(this.#path, words[word], { mode: 0o600 });
    await this.#setTime(atMs);
  }

  /** It still is. Somebody may have deleted the file meanwhile. */
  async moveOn(atMs: number): Promise<void> {
    try {
      await this.#setTime(atMs);
    } catch (error) {
      missing(error);
      await this.write("recording", atMs);
    }
  }

  #setTime(atMs: number): Promise<void> {
    return utimes(this.#path, atMs / 1_000, atMs / 1_000);
  }
}

function missing(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  return undefined;
}
