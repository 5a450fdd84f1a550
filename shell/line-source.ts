// The lines of an answer, whether it stands there whole or is still being made. A line without end is cut, so that nothing
// grows; when somebody ends the answer no line follows, even if its maker does not listen. Each line that is taken may go
// into a file as well.

import { shownText } from "./cell-width.ts";
import type { TextPipe } from "./text-pipe.ts";

const lineLengthMax = 64 * 1024;

export class LineSource {
  /** The next one last. */
  #lines: string[];
  readonly #more: AsyncIterator<string> | undefined;
  readonly #signal: AbortSignal;
  readonly #aborted: Promise<undefined>;
  #rest = "";
  #hasEnded: boolean;
  /** How many lines there are, when all are known. */
  readonly total: number | undefined;
  readonly #copy: TextPipe | undefined;

  constructor(text: string, more: AsyncIterable<string> | undefined, signal: AbortSignal, copy?: TextPipe) {
    this.#copy = copy;
    this.#lines = linesOf(text).toReversed();
    this.#more = more?.[Symbol.asyncIterator]();
    this.#hasEnded = more === undefined;
    this.#signal = signal;
    this.#aborted = new Promise((resolve) => {
      if (signal.aborted) resolve(undefined);
      else signal.addEventListener("abort", () => resolve(undefined), { once: true });
    });
    this.total = more === undefined ? this.#lines.length : undefined;
  }

  /** The next line is there at once. */
  get isReady(): boolean {
    return this.#lines.length > 0 || this.#hasEnded;
  }

  /** Undefined behind the last line. Throws what the maker of the answer throws. */
  async next(): Promise<string | undefined> {
    while (this.#lines.length === 0 && !this.#hasEnded) await this.#pull();
    if (this.#signal.aborted) return undefined;
    const line = this.#lines.pop();
    if (line !== undefined) await this.#copy?.give(`${line}\n`);
    return line;
  }

  /** Pieces as they come, each with whole characters only. */
  async *pieces(): AsyncGenerator<string> {
    for (let line = await this.next(); line !== undefined; line = await this.next()) {
      let text = `${line}\n`;
      const length = text.length;
      while (this.#lines.length > 0 && text.length < lineLengthMax) text += `${this.#lines.pop() ?? ""}\n`;
      await this.#copy?.give(text.slice(length));
      yield text;
    }
  }

  /** Tells the maker that nobody reads any more. */
  async close(): Promise<void> {
    this.#hasEnded = true;
    await Promise.race([this.#more?.return?.(), this.#aborted]);
  }

  /** Called when no line is left. */
  async #pull(): Promise<void> {
    const step = await Promise.race([this.#more?.next(), this.#aborted]);
    if (step === undefined || step.done === true) {
      this.#hasEnded = true;
      if (this.#rest !== "") this.#lines = [shownText(this.#rest)];
      this.#rest = "";
      return;
    }
    const text = this.#rest + step.value;
    const end = text.lastIndexOf("\n") + 1;
    this.#rest = text.slice(end);
    this.#lines = linesOf(text.slice(0, end)).toReversed();
    if (this.#rest.length > lineLengthMax) {
      this.#lines.unshift(shownText(this.#rest));
      this.#rest = "";
    }
  }
}

function linesOf(text: string): readonly string[] {
  if (text === "") return [];
  return shownText(text.endsWith("\n") ? text.slice(0, -1) : text).split("\n");
}
