// An answer that is a picture, made anew again and again: it is drawn over the one before, as large as the terminal, until
// somebody has seen enough. Keys are those of the original: `q` ends, `f` keeps what stands there, `t` goes on.

import { cutText, shownText } from "./cell-width.ts";
import type { Key, KeyName } from "./key.ts";

export interface LiveTerminal {
  readonly write: (text: string) => Promise<void>;
  /** Undefined when no key will come any more, or `releaseKey` was called. */
  readonly nextKey: () => Promise<Key | undefined>;
  readonly releaseKey: () => void;
  /** An escape that waits for more was the Escape key. */
  readonly flushKeys: () => void;
  readonly size: () => { readonly columns: number; readonly rows: number };
}

const legend = "Quit=q or ESC, Freeze=f, Thaw=t, Up=^U, Down=^D";

/** Ends when the pictures do, or with `running`, which the keys abort. Throws what the maker of the pictures throws. */
export async function showLive(
  pictures: AsyncIterable<string>,
  terminal: LiveTerminal,
  running: AbortController,
): Promise<void> {
  const view = new LiveView(terminal);
  const keys = view.takeKeys(running);
  const maker = pictures[Symbol.asyncIterator]();
  const aborted = new Promise<undefined>((resolve) => {
    if (running.signal.aborted) resolve(undefined);
    else running.signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
  try {
    for (;;) {
      const step = await Promise.race([maker.next(), aborted]);
      if (step === undefined || step.done === true || running.signal.aborted) break;
      terminal.flushKeys();
      await view.show(step.value);
    }
  } finally {
    running.abort();
    terminal.releaseKey();
    await keys;
    await Promise.race([maker.return?.(), aborted]);
    await view.leave();
  }
}

class LiveView {
  readonly #terminal: LiveTerminal;
  #lines: readonly string[] = [];
  /** How many lines of the picture are above the window. */
  #above = 0;
  #isFrozen = false;
  #drawnRows = 0;
  /** One drawing after the other: keys and pictures come at any time. */
  #drawing: Promise<void> = Promise.resolve();

  constructor(terminal: LiveTerminal) {
    this.#terminal = terminal;
  }

  async show(picture: string): Promise<void> {
    if (this.#isFrozen) return;
    this.#lines = shownText(picture.endsWith("\n") ? picture.slice(0, -1) : picture).split("\n");
    await this.#draw();
  }

  async takeKeys(running: AbortController): Promise<void> {
    while (!running.signal.aborted) {
      const key = await this.#terminal.nextKey();
      if (key === undefined) return;
      if (key.kind === "named") await this.#takeNamed(key.name, running);
      else for (const character of key.text) await this.#takeCharacter(character, running);
    }
  }

  /** What comes next stands below the picture. */
  async leave(): Promise<void> {
    await this.#drawing;
    if (this.#drawnRows > 0) await this.#terminal.write("\r\n");
  }

  async #takeNamed(name: KeyName, running: AbortController): Promise<void> {
    switch (name) {
      case "escape":
      case "interrupt":
        return running.abort();
      case "up":
        return this.#scroll(-1);
      case "down":
      case "enter":
        return this.#scroll(1);
      case "erase-to-start":
      case "page-up":
        return this.#scroll(-this.#windowRows);
      case "end-of-input":
      case "page-down":
        return this.#scroll(this.#windowRows);
      case "redraw":
        this.#drawnRows = 0;
        return this.#draw();
      default:
    }
  }

  async #takeCharacter(character: string, running: AbortController): Promise<void> {
    switch (character.toLowerCase()) {
      case "q":
        return running.abort();
      case "f":
        this.#isFrozen = true;
        return this.#draw();
      case "t":
        this.#isFrozen = false;
        return this.#draw();
      default:
    }
  }

  /** Without the line that tells the keys. */
  get #windowRows(): number {
    return Math.max(1, this.#terminal.size().rows - 2);
  }

  async #scroll(rows: number): Promise<void> {
    this.#above += rows;
    await this.#draw();
  }

  #draw(): Promise<void> {
    this.#drawing = this.#drawing.then(() => this.#terminal.write(this.#drawn()));
    return this.#drawing;
  }

  #drawn(): string {
    const { columns } = this.#terminal.size();
    const rows = this.#windowRows;
    this.#above = Math.max(0, Math.min(this.#above, this.#lines.length - rows));
    const seen = this.#lines.slice(this.#above, this.#above + rows);
    const left = this.#lines.length - this.#above - seen.length;
    const hidden = this.#lines.length > seen.length ? `, ${this.#above} lines above, ${left} below` : "";
    const lines = [...seen, `${legend}${hidden}${this.#isFrozen ? ", frozen" : ""}`];
    const begin = this.#drawnRows === 0 ? "\u001b[H\u001b[2J" : "\u001b[H";
    this.#drawnRows = lines.length;
    // A full last column would take the next line with it.
    return `${begin}${lines.map((line) => `${cutText(line, columns - 1)}\u001b[K`).join("\r\n")}\u001b[J`;
  }
}
