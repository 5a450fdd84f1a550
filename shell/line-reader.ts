// Reads one line at a prompt: takes keys, keeps the line and its history, draws it, asks for completions. What a person sees
// between two lines is written by others; a notice may come in between at any time.

import type { Candidate } from "@merlon/junos/complete.ts";
import { splitLine } from "@merlon/junos/split-line.ts";
import { shownText } from "./cell-width.ts";
import { commonBeginning, completionList, spaceStep } from "./completion.ts";
import type { Key, KeyName } from "./key.ts";
import type { KeyQueue } from "./key-queue.ts";
import {
  accept,
  completeWord,
  emptyLine,
  findInHistory,
  insert,
  press,
  recall,
  textBefore,
  textOf,
} from "./line-editor.ts";
import type { EditedLine } from "./line-editor.ts";
import { isOpenQuote } from "./line-parts.ts";
import { drawLine, leaveLine } from "./line-view.ts";
import type { LineView } from "./line-view.ts";
import type { TerminalSize } from "./shell-host.ts";

export interface ReaderOutput {
  readonly write: (text: string) => Promise<void>;
  readonly size: () => TerminalSize;
  /** Text with line ends of its own, in pages where it is long. */
  readonly show: (text: string) => Promise<void>;
}

export interface ReadOptions {
  /** What may stand next in a line that ends at the cursor; absent where nothing is completed. */
  readonly complete?: (before: string) => Promise<readonly Candidate[]>;
  readonly completesOnSpace?: boolean;
  /** Kept with the other lines of this name. */
  readonly history?: string;
  /** What is typed is not shown. */
  readonly secret?: boolean;
}

export type LineEnd =
  | { readonly kind: "line"; readonly text: string }
  /** Ctrl-C. */
  | { readonly kind: "interrupted" }
  /** Ctrl-D in an empty line, or nobody types any more. */
  | { readonly kind: "end"; readonly closed: boolean };

/** Text that must not get into a line: it would turn the direction of writing or hide. */
// oxlint-disable-next-line no-control-regex
const unwanted = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

export class LineReader {
  readonly #keys: KeyQueue;
  readonly #output: ReaderOutput;
  readonly #histories = new Map<string, EditedLine>();
  #prompt = "";
  #options: ReadOptions = {};
  #line: EditedLine = emptyLine;
  /** What stands on the terminal; undefined while no line is read. */
  #drawn: LineView | undefined;
  #search: { readonly query: string; readonly position: number; readonly before: EditedLine } | undefined;

  constructor(keys: KeyQueue, output: ReaderOutput) {
    this.#keys = keys;
    this.#output = output;
  }

  async read(prompt: string, options: ReadOptions = {}): Promise<LineEnd> {
    this.#prompt = prompt;
    this.#options = options;
    const { history = "" } = options;
    this.#line = this.#histories.get(history) ?? emptyLine;
    this.#search = undefined;
    await this.#draw();
    for (;;) {
      const key = await this.#keys.next();
      const end = key === undefined ? this.#closed() : await this.#take(key);
      if (end === undefined) continue;
      if (history !== "") this.#histories.set(history, accept(end.kind === "line" ? this.#line : this.#cleared()));
      await this.#leave(end.kind === "interrupted" ? "^C" : "");
      return end;
    }
  }

  /** Shows a text above the prompt, when one is there. */
  async notify(text: string): Promise<void> {
    const isReading = this.#drawn !== undefined;
    await this.farewell(text);
    if (isReading) await this.#draw();
  }

  /** Shows a text in place of the prompt, which does not come again. */
  async farewell(text: string): Promise<void> {
    const drawn = this.#drawn;
    this.#drawn = undefined;
    const leave = drawn === undefined ? "" : leaveLine(drawn, this.#output.size());
    await this.#output.write(leave + shownText(text).replaceAll("\n", "\r\n"));
  }

  /** The terminal has another size now: what is drawn begins anew below. */
  async resized(): Promise<void> {
    if (this.#drawn === undefined) return;
    this.#drawn = undefined;
    await this.#output.write(this.#output.size().kind === "none" ? "" : "\r\n");
    await this.#draw();
  }

  /** What was typed last is forgotten by no history: a line without its end is no line. */
  #closed(): LineEnd {
    const text = textOf(this.#line);
    return text.trim() === "" ? { kind: "end", closed: true } : { kind: "line", text };
  }

  #cleared(): EditedLine {
    return { ...this.#line, text: [], cursor: 0 };
  }

  async #take(key: Key): Promise<LineEnd | undefined> {
    switch (key.kind) {
      case "text":
        return this.#takeText(key.text);
      case "paste":
        return this.#takePaste(key.text);
      case "named":
        return this.#search === undefined ? this.#takeNamed(key.name) : this.#takeInSearch(key.name);
    }
  }

  async #takeText(text: string): Promise<undefined> {
    if (this.#search !== undefined) {
      // What is no character to be seen is none to be looked for.
      const visible = text.replaceAll(/\p{Cc}/gu, "");
      return this.#searchFor(this.#search.query + visible, this.#line.history.length);
    }
    const before = textBefore(this.#line);
    const { complete } = this.#options;
    // Several characters at once come from a paste or a program; only a `?` at the end of them can be a question.
    const asks = complete !== undefined && text.endsWith("?") && !this.#keys.isWaiting;
    if (asks && !isOpenQuote(before + text)) {
      this.#insert(text.slice(0, -1));
      await this.#draw();
      return this.#help(complete);
    }
    if (text === " " && complete !== undefined && this.#options.completesOnSpace === true && !this.#keys.isWaiting)
      return this.#space(complete, before);
    this.#insert(text);
    await this.#draw();
  }

  /** Whole lines of a paste are taken one after the other. */
  async #takePaste(text: string): Promise<undefined> {
    const [first = "", ...rest] = text.split(/\r\n|\r|\n/);
    this.#insert(first.replaceAll("\t", " "));
    await this.#draw();
    const keys = rest.flatMap((line): Key[] => [
      { kind: "named", name: "enter" },
      ...(line === "" ? [] : [{ kind: "text" as const, text: line.replaceAll("\t", " ") }]),
    ]);
    this.#keys.putBack(keys);
  }

  #insert(text: string): void {
    this.#line = insert(this.#line, text.replaceAll(unwanted, ""));
  }

  async #takeNamed(name: KeyName): Promise<LineEnd | undefined> {
    const { complete } = this.#options;
    switch (name) {
      case "enter":
        return { kind: "line", text: textOf(this.#line) };
      case "interrupt":
        return { kind: "interrupted" };
      case "end-of-input":
        if (this.#line.text.length === 0) return { kind: "end", closed: false };
        this.#line = press(this.#line, "delete");
        break;
      case "tab":
        if (complete !== undefined && !this.#keys.isWaiting) return this.#tab(complete);
        this.#insert(" ");
        break;
      case "search":
        if (this.#options.history === undefined) return undefined;
        this.#search = { query: "", position: this.#line.history.length, before: this.#line };
        break;
      case "redraw":
        return this.#redraw();
      default:
        this.#line = press(this.#line, name);
    }
    await this.#draw();
    return undefined;
  }

  // --- completion ----------------------------------------------------------------------------------------------------

  async #space(complete: NonNullable<ReadOptions["complete"]>, before: string): Promise<undefined> {
    const { partial } = splitLine(before);
    if (partial !== "" && !isOpenQuote(before)) {
      const step = spaceStep(await complete(before.slice(0, before.length - partial.length)), partial);
      if (step.kind === "ambiguous") {
        return this.#list(`'${partial}' is ambiguous.\n${completionList(step.candidates)}`, partial.length);
      }
      if (step.kind === "complete") this.#line = completeWord(this.#line, step.word, false);
    }
    this.#insert(" ");
    await this.#draw();
  }

  async #tab(complete: NonNullable<ReadOptions["complete"]>): Promise<undefined> {
    const before = textBefore(this.#line);
    const { partial } = splitLine(before);
    const candidates = await complete(before);
    const { word, whole } = commonBeginning(candidates, partial);
    if (!whole && word.length <= partial.length) return this.#listAll(candidates, partial);
    this.#line = completeWord(this.#line, word, whole);
    await this.#draw();
  }

  async #help(complete: NonNullable<ReadOptions["complete"]>): Promise<undefined> {
    const before = textBefore(this.#line);
    return this.#listAll(await complete(before), splitLine(before).partial);
  }

  async #listAll(candidates: readonly Candidate[], partial: string): Promise<undefined> {
    if (candidates.length > 0) return this.#list(completionList(candidates));
    return partial === "" ? this.#list("No valid completions\n") : this.#list("No valid completions\n", partial.length);
  }

  /** A text below the line, with a caret under the word at the cursor where it is wrong; then the line again. */
  async #list(text: string, caretBack?: number): Promise<undefined> {
    const drawn = this.#drawn;
    this.#drawn = undefined;
    const size = this.#output.size();
    if (drawn !== undefined) await this.#output.write(leaveLine(drawn, size));
    const caret = caretBack === undefined ? "" : `${" ".repeat(this.#caretColumn(caretBack))}^\n`;
    await this.#output.show(caret + text);
    await this.#draw();
  }

  #caretColumn(back: number): number {
    return ([...this.#prompt].length + this.#line.cursor - back) % Math.max(1, this.#output.size().columns);
  }

  // --- looking for an older line -------------------------------------------------------------------------------------

  async #takeInSearch(name: KeyName): Promise<LineEnd | undefined> {
    const search = this.#search;
    if (search === undefined) return undefined;
    switch (name) {
      case "search":
        return this.#searchFor(search.query, search.position);
      case "backspace":
        return this.#searchFor([...search.query].slice(0, -1).join(""), search.before.history.length);
      case "cancel":
      case "interrupt":
        this.#line = search.before;
        this.#search = undefined;
        await this.#draw();
        return undefined;
      default:
        this.#search = undefined;
        await this.#draw();
        return this.#takeNamed(name);
    }
  }

  async #searchFor(query: string, position: number): Promise<undefined> {
    const search = this.#search;
    if (search === undefined) return;
    const found = findInHistory(search.before, query, position);
    if (found !== undefined) this.#line = recall({ ...this.#line, position: -1 }, found);
    else if (query === "") this.#line = search.before;
    this.#search = { ...search, query, position: found ?? search.position };
    await this.#draw();
  }

  // --- drawing -------------------------------------------------------------------------------------------------------

  get #view(): LineView {
    if (this.#options.secret === true) return { prompt: this.#prompt, text: [], cursor: 0 };
    const { text, cursor } = this.#line;
    if (this.#search === undefined) return { prompt: this.#prompt, text, cursor };
    return { prompt: `(history search) '${this.#search.query}': `, text, cursor };
  }

  async #draw(): Promise<void> {
    const view = this.#view;
    const text = drawLine(this.#drawn, view, this.#output.size());
    this.#drawn = view;
    if (text !== "") await this.#output.write(text);
  }

  async #redraw(): Promise<undefined> {
    this.#drawn = undefined;
    await this.#output.write(this.#output.size().kind === "full" ? "\u001b[H\u001b[2J" : "\r\n");
    await this.#draw();
  }

  async #leave(mark: string): Promise<void> {
    const drawn = this.#drawn;
    this.#drawn = undefined;
    if (drawn === undefined) return;
    const size = this.#output.size();
    const text = leaveLine(drawn, size);
    await this.#output.write(mark === "" || size.kind === "none" ? text : text.replace(/\r\n$/, `${mark}\r\n`));
  }
}
