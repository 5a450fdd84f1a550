// Shows lines a page at a time, as the original does: `---(more 47%)---` at the bottom, and a key says how to go on. The
// lines may come from a text or from an answer that is still being made; what was shown is kept for going back, bounded.

import { compilePattern } from "@merlon/model/linear-pattern.ts";
import type { LinearPattern } from "@merlon/model/linear-pattern.ts";
import { rowCount } from "./cell-width.ts";
import type { Key } from "./key.ts";
import type { LineSource } from "./line-source.ts";

/** Lines, and their characters, that are kept for going back. */
const keptCountMax = 10_000;
const keptLengthMax = 4 * 1024 * 1024;

export interface PagerTerminal {
  readonly write: (text: string) => Promise<void>;
  readonly nextKey: () => Promise<Key | undefined>;
  /** What was typed behind the key that counted; it comes before other keys. */
  readonly putBack: (text: string) => void;
  /** Reads a pattern behind a prompt; undefined when it was given up. */
  readonly ask: (prompt: string) => Promise<string | undefined>;
  readonly columns: number;
  /** Lines of a page, the one of the prompt included. */
  readonly rows: number;
  /** What takes the prompt away again. */
  readonly erase: (prompt: string) => string;
}

export interface PageOptions {
  /** A page that ends the text waits for a key too. */
  readonly holds: boolean;
}

const help = `
  ---(Help for CLI automore)---
  Space, f        Next page
  Enter, j        Next line
  d               Next half of a page
  b               Page before
  u               Half of a page before
  k               Line before
  g, G            First page, last page
  /PATTERN        Search forward
  ?PATTERN        Search backward
  n               Search again
  N               Everything at once
  q, Ctrl-C       Quit
`;

type Step =
  | { readonly kind: "go"; readonly rows: number }
  | { readonly kind: "quit" }
  /** The prompt stays. */
  | { readonly kind: "stay" };

export async function page(source: LineSource, terminal: PagerTerminal, options: PageOptions): Promise<"end" | "quit"> {
  return new Pager(source, terminal, options).run();
}

class Pager {
  readonly #source: LineSource;
  readonly #terminal: PagerTerminal;
  readonly #options: PageOptions;
  readonly #kept: string[] = [];
  #keptLength = 0;
  /** The number of the first kept line, of the line that is shown next, and of the top of this page. */
  #first = 0;
  #at = 0;
  #top = 0;
  #pattern: LinearPattern | undefined;
  #searchesForward = true;

  constructor(source: LineSource, terminal: PagerTerminal, options: PageOptions) {
    this.#source = source;
    this.#terminal = terminal;
    this.#options = options;
  }

  get #pageRows(): number {
    return Math.max(1, this.#terminal.rows - 1);
  }

  async run(): Promise<"end" | "quit"> {
    let rows = this.#pageRows;
    let shown = "";
    const flush = async (): Promise<void> => {
      if (shown !== "") await this.#terminal.write(shown);
      shown = "";
    };
    for (;;) {
      if (this.#at >= this.#first + this.#kept.length && !this.#source.isReady) await flush();
      const line = await this.#line(this.#at);
      const need = line === undefined ? 0 : Math.min(this.#rowsOf(line), this.#pageRows);
      if (line === undefined && !this.#options.holds) {
        await flush();
        return "end";
      }
      if (line === undefined || need > rows) {
        await flush();
        const step = await this.#ask(line === undefined);
        if (step.kind === "quit" || (line === undefined && step.kind === "go" && step.rows > 0 && this.#isAtEnd))
          return step.kind === "quit" ? "quit" : "end";
        if (step.kind === "go") rows = step.rows;
        continue;
      }
      shown += `${line}\r\n`;
      rows -= need;
      this.#at++;
      this.#top = Math.max(this.#top, this.#lineAbove(this.#at, this.#pageRows));
    }
  }

  get #isAtEnd(): boolean {
    return this.#at >= this.#first + this.#kept.length;
  }

  #rowsOf(line: string): number {
    return rowCount(line, this.#terminal.columns);
  }

  /** The line of a number; undefined behind the last. */
  async #line(number: number): Promise<string | undefined> {
    while (number >= this.#first + this.#kept.length) {
      const line = await this.#source.next();
      if (line === undefined) return undefined;
      this.#kept.push(line);
      this.#keptLength += line.length;
      while (this.#kept.length > 1 && (this.#kept.length > keptCountMax || this.#keptLength > keptLengthMax)) {
        this.#keptLength -= this.#kept.shift()?.length ?? 0;
        this.#first++;
      }
    }
    return this.#kept[Math.max(0, number - this.#first)];
  }

  /** The line from which `rows` rows lead to the line of a number. */
  #lineAbove(number: number, rows: number): number {
    let left = rows;
    let at = number;
    while (at > this.#first) {
      left -= this.#rowsOf(this.#kept[at - 1 - this.#first] ?? "");
      if (left < 0) break;
      at--;
    }
    return at;
  }

  async #ask(isEnd: boolean): Promise<Step> {
    for (;;) {
      const { total } = this.#source;
      const percent = isEnd ? " 100%" : total === undefined ? "" : ` ${Math.floor((100 * this.#at) / total)}%`;
      const prompt = `---(more${percent})---`;
      await this.#terminal.write(prompt);
      const key = await this.#terminal.nextKey();
      await this.#terminal.write(this.#terminal.erase(prompt));
      if (key === undefined) return { kind: "quit" };
      const step = await this.#take(key);
      if (step.kind !== "stay") return step;
    }
  }

  async #take(key: Key): Promise<Step> {
    if (key.kind === "named") return this.#takeNamed(key.name);
    // Several at once were typed faster than they travelled: each counts, and those behind "/" or "q" are no keys of a page.
    const [character = ""] = key.text;
    if (key.text.length > character.length) this.#terminal.putBack(key.text.slice(character.length));
    return this.#takeCharacter(character);
  }

  async #takeNamed(name: Extract<Key, { kind: "named" }>["name"]): Promise<Step> {
    switch (name) {
      case "enter":
      case "down":
        return this.#takeCharacter("j");
      case "page-down":
      case "right":
        return this.#takeCharacter(" ");
      case "page-up":
      case "left":
        return this.#takeCharacter("b");
      case "up":
        return this.#takeCharacter("k");
      case "home":
        return this.#takeCharacter("g");
      case "end":
        return this.#takeCharacter("G");
      case "end-of-input":
        return this.#takeCharacter("d");
      case "interrupt":
        return { kind: "quit" };
      default:
        return { kind: "stay" };
    }
  }

  async #takeCharacter(character: string): Promise<Step> {
    const half = Math.max(1, Math.floor(this.#pageRows / 2));
    switch (character) {
      case " ":
      case "f":
        return { kind: "go", rows: this.#pageRows };
      case "j":
        return { kind: "go", rows: 1 };
      case "d":
        return { kind: "go", rows: half };
      case "b":
        return this.#showFrom(this.#lineAbove(this.#top, this.#pageRows));
      case "u":
        return this.#showFrom(this.#lineAbove(this.#top, half));
      case "k":
        return this.#showFrom(this.#lineAbove(this.#top, 1));
      case "g":
        return this.#showFrom(this.#first);
      case "G":
        return this.#showLast();
      case "N":
        return { kind: "go", rows: Number.POSITIVE_INFINITY };
      case "q":
      case "Q":
        return { kind: "quit" };
      case "h":
        await this.#terminal.write(help.replaceAll("\n", "\r\n"));
        return { kind: "stay" };
      case "/":
      case "?":
        return this.#askPattern(character);
      case "n":
        return this.#search(this.#searchesForward);
      default:
        return { kind: "stay" };
    }
  }

  async #showFrom(number: number): Promise<Step> {
    this.#at = number;
    this.#top = number;
    await this.#terminal.write("\r\n");
    return { kind: "go", rows: this.#pageRows };
  }

  async #showLast(): Promise<Step> {
    let end = this.#at;
    while ((await this.#line(end)) !== undefined) end++;
    this.#at = Math.max(this.#at, this.#lineAbove(end, this.#pageRows));
    return { kind: "go", rows: this.#pageRows };
  }

  async #askPattern(sign: "/" | "?"): Promise<Step> {
    const text = await this.#terminal.ask(sign);
    if (text === undefined || text === "") return { kind: "stay" };
    const pattern = compilePattern(text, { ignoreCase: true });
    if ("error" in pattern) {
      await this.#terminal.write(`${pattern.error}\r\n`);
      return { kind: "stay" };
    }
    this.#pattern = pattern;
    this.#searchesForward = sign === "/";
    return this.#search(this.#searchesForward);
  }

  async #search(forward: boolean): Promise<Step> {
    const pattern = this.#pattern;
    if (pattern === undefined) return { kind: "stay" };
    const found = forward ? await this.#findBelow(pattern) : this.#findAbove(pattern);
    if (found === undefined) {
      await this.#terminal.write("Pattern not found\r\n");
      return { kind: "stay" };
    }
    if (found > this.#at) await this.#terminal.write("...skipping\r\n");
    return this.#showFrom(found);
  }

  async #findBelow(pattern: LinearPattern): Promise<number | undefined> {
    for (let number = Math.max(this.#top + 1, this.#first); ; number++) {
      const line = await this.#line(number);
      if (line === undefined) return undefined;
      if (pattern.test(line)) return number;
    }
  }

  #findAbove(pattern: LinearPattern): number | undefined {
    for (let number = this.#top - 1; number >= this.#first; number--)
      if (pattern.test(this.#kept[number - this.#first] ?? "")) return number;
    return undefined;
  }
}
