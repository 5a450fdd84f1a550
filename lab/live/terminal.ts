// The terminal as a place to draw on: alternate screen, raw keys, only changed lines written, and everything put back as
// it was on any way out, a crash included. Sequences are xterm's, which every terminal of today and tmux understand.

import type { ReadStream, WriteStream } from "node:tty";
import type { Paint } from "../paint.ts";
import { KeyDecoder } from "@merlon/shell/key.ts";
import type { Key } from "@merlon/shell/key.ts";
import type { Screen, Size } from "./screen.ts";
import { paintLine } from "./span.ts";

/** Alternate screen, no line wrap, bracketed paste. */
const enter = "\u001b[?1049h\u001b[?7l\u001b[?2004h\u001b[2J";
const leave = "\u001b[?2004l\u001b[?7h\u001b[?25h\u001b[0m\u001b[?1049l";
/** A lone escape byte is the Escape key when nothing follows it for this long. */
const escapeTimeoutMs = 40;

export interface TerminalListener {
  readonly onKey: (key: Key) => void;
  readonly onResize: () => void;
}

export class Terminal implements Disposable {
  readonly #input: ReadStream;
  readonly #output: WriteStream;
  readonly #paint: Paint;
  readonly #listener: TerminalListener;
  readonly #decoder = new KeyDecoder();
  #drawn: readonly string[] = [];
  #escapeTimer: NodeJS.Timeout | undefined;
  #open = true;

  constructor(input: ReadStream, output: WriteStream, paint: Paint, listener: TerminalListener) {
    this.#input = input;
    this.#output = output;
    this.#paint = paint;
    this.#listener = listener;
    // Also after an uncaught error, when nobody disposes any more.
    process.once("exit", this.#restore);
    input.setRawMode(true);
    input.on("data", this.#read);
    output.on("resize", this.#resize);
    output.write(enter);
    input.resume();
  }

  get size(): Size {
    return { columns: this.#output.columns, rows: this.#output.rows };
  }

  /** Writes the lines that differ from what was drawn last. */
  draw(screen: Screen): void {
    if (!this.#open) return;
    const lines = screen.lines.map((line) => paintLine(line, this.#paint));
    const changed = lines.flatMap((text, row) =>
      text === this.#drawn[row] ? [] : [`\u001b[${row + 1};1H\u001b[2K${text}`],
    );
    const { row, column } = screen.cursor;
    // One write, with the cursor hidden meanwhile, so that nothing flickers.
    this.#output.write(`\u001b[?25l${changed.join("")}\u001b[${row + 1};${column + 1}H\u001b[?25h`);
    this.#drawn = lines;
  }

  /** Forgets what was drawn, so that the next draw writes everything. */
  redraw(): void {
    this.#drawn = [];
    this.#output.write("\u001b[2J");
  }

  [Symbol.dispose](): void {
    this.#restore();
    process.removeListener("exit", this.#restore);
    this.#input.removeListener("data", this.#read);
    this.#output.removeListener("resize", this.#resize);
    this.#input.pause();
  }

  readonly #restore = (): void => {
    if (!this.#open) return;
    this.#open = false;
    clearTimeout(this.#escapeTimer);
    try {
      this.#input.setRawMode(false);
      // Node writes to a terminal synchronously on Linux, so this works at `exit` too.
      this.#output.write(leave);
    } catch {
      // The terminal is gone; there is nothing to put back.
    }
  };

  readonly #resize = (): void => {
    this.redraw();
    this.#listener.onResize();
  };

  readonly #read = (bytes: Buffer): void => {
    clearTimeout(this.#escapeTimer);
    for (const key of this.#decoder.push(bytes)) this.#listener.onKey(key);
    this.#escapeTimer = setTimeout(() => {
      for (const key of this.#decoder.flush()) this.#listener.onKey(key);
    }, escapeTimeoutMs);
  };
}
