// The shell of a gateway over any terminal: prompts, lines, answers in pages, levels of the configuration mode. What a line
// means is the gateway's part; here stands what happens around it. A shell is fed bytes and writes text through its host.

import type { Candidate } from "@merlon/junos/complete.ts";
import { splitLine } from "@merlon/junos/split-line.ts";
import { shownText, textWidth } from "./cell-width.ts";
import { completeSettings, initialSettings, takeSettingsLine } from "./cli-settings.ts";
import type { CliSettings } from "./cli-settings.ts";
import { KeyDecoder } from "./key.ts";
import { KeyQueue } from "./key-queue.ts";
import { cutPipes } from "./line-parts.ts";
import { LineReader } from "./line-reader.ts";
import type { ReadOptions } from "./line-reader.ts";
import { LineSource } from "./line-source.ts";
import { showLive } from "./live-view.ts";
import type { LiveTerminal } from "./live-view.ts";
import { page } from "./pager.ts";
import type { ShellAnswer } from "./shell-answer.ts";
import { ShellRefusal } from "./shell-host.ts";
import type { LineOptions, ShellHost, TerminalSize } from "./shell-host.ts";
import { filePipes, readShellLine } from "./shell-line.ts";
import type { SaveTarget, ShellLine } from "./shell-line.ts";
import { TextPipe } from "./text-pipe.ts";

const typedTextLengthMax = 64 * 1024 * 1024;
const questionRoundsMax = 8;
const levelsMax = 64;

export interface ShellOptions {
  readonly terminal: TerminalSize;
  /** Bytes may be fed again after `feed` said no. */
  readonly onRoom?: () => void;
}

export class Shell {
  readonly #host: ShellHost;
  readonly #decoder = new KeyDecoder();
  readonly #keys: KeyQueue;
  readonly #reader: LineReader;
  #terminal: TerminalSize;
  #settings: CliSettings = initialSettings;
  #hostName: string;
  /** Undefined outside configuration mode. */
  #mode: "shared" | "private" | "exclusive" | undefined;
  /** The levels that were entered; the last is where lines stand. */
  #levels: readonly (readonly string[])[] = [[]];
  #notice: string | undefined;
  #ending = false;
  /** Resolves when the shell is ended from outside; nobody waits for an answer then. */
  readonly #over = Promise.withResolvers<undefined>();
  readonly #closing = new AbortController();
  #running: AbortController | undefined;
  #lastOk = true;
  /** Cells of the prompt, in front of the line. */
  #promptWidth = 0;

  constructor(host: ShellHost, { terminal, onRoom = () => undefined }: ShellOptions) {
    this.#host = host;
    this.#hostName = host.hostName;
    this.#terminal = terminal;
    this.#keys = new KeyQueue(onRoom);
    this.#reader = new LineReader(this.#keys, {
      write: (text) => this.#write(text),
      size: () => this.#size,
      show: (text) => this.#showText(text, true),
    });
  }

  // --- what comes from outside ---------------------------------------------------------------------------------------

  /** False: pause until `onRoom`. Ctrl-C ends what is running, and forgets what was typed ahead of it. */
  feed(bytes: Uint8Array): boolean {
    const keys = this.#decoder.push(bytes);
    const interrupt = keys.findLastIndex((key) => key.kind === "named" && key.name === "interrupt");
    if (this.#running !== undefined && interrupt !== -1 && this.#terminal.kind !== "none") {
      this.#running.abort();
      this.#keys.clear();
      // Whoever waits for a key in between, such as the pager, is told.
      this.#keys.push(keys.slice(this.#keys.isAwaited ? interrupt : interrupt + 1));
    } else this.#keys.push(keys);
    return !this.#keys.isFull;
  }

  /** Nothing more will be typed: what was typed is done, then the shell ends. */
  inputEnded(): void {
    this.#keys.end();
  }

  async resize(columns: number, rows: number): Promise<void> {
    this.#terminal = { ...this.#terminal, columns, rows };
    await this.#reader.resized();
  }

  /** Tells the operator something, above the prompt. */
  async notify(text: string): Promise<void> {
    await this.#reader.notify(text);
  }

  /** Ends the shell at once, whatever it does; the text says why. */
  async end(text: string): Promise<void> {
    if (this.#ending) return;
    this.#ending = true;
    const told = this.#reader.farewell(text);
    this.#running?.abort();
    this.#closing.abort();
    this.#over.resolve(undefined);
    this.#keys.clear();
    this.#keys.end();
    await told;
  }

  // --- lines ---------------------------------------------------------------------------------------------------------

  /** Reads and carries out lines until somebody leaves; the exit status, which is that of the last line. */
  async interact(): Promise<number> {
    while (!this.#ending) {
      const end = await this.#reader.read(await this.#prompt(), this.#readOptions());
      if (this.#ending) break;
      if (end.kind === "interrupted") continue;
      const closed = end.kind === "end" && (end.closed || this.#terminal.kind === "none");
      if (closed) break;
      this.#lastOk = await this.execute(end.kind === "end" ? "exit" : end.text);
    }
    return this.#lastOk ? 0 : 1;
  }

  /** Carries out one line as if it had been typed; false when it was refused. */
  async execute(text: string): Promise<boolean> {
    const line = text.trim();
    // Files of commands have comments.
    if (line === "" || line.startsWith("#")) return true;
    try {
      if (this.#settings.hasTimestamps) await this.#showText(`${timestamp(this.#host.nowMs())}\n`, false);
      return (await this.#takeSettings(line)) ?? (await this.#takeLine(readShellLine(line, this.#isConfiguring)));
    } catch (error) {
      if (!(error instanceof ShellRefusal)) throw error;
      await this.#showText(`error: ${error.message}\n`, false);
      return false;
    } finally {
      if (this.#terminal.kind !== "none" && !this.#ending && !this.#isConfiguring) await this.#write("\r\n");
    }
  }

  get #isConfiguring(): boolean {
    return this.#mode !== undefined;
  }

  get #level(): readonly string[] {
    return this.#levels.at(-1) ?? [];
  }

  get #at(): { readonly at?: readonly string[] } {
    return this.#isConfiguring ? { at: this.#level } : {};
  }

  async #takeSettings(line: string): Promise<boolean | undefined> {
    const words = splitLine(`${line} `).words;
    const own = this.#isConfiguring ? (words[0] === "run" ? words.slice(1) : undefined) : words;
    const step = own === undefined ? undefined : takeSettingsLine(own, this.#settings, this.#size);
    if (step === undefined) return undefined;
    if (step.kind === "wrong") throw new ShellRefusal(step.message);
    if (step.kind === "settings") {
      if (step.settings.idleMinutes !== this.#settings.idleMinutes)
        this.#host.setIdleTimeout(step.settings.idleMinutes);
      this.#settings = step.settings;
    }
    await this.#showText(step.text, true);
    return true;
  }

  async #takeLine(line: ShellLine): Promise<boolean> {
    switch (line.kind) {
      case "wrong":
        throw new ShellRefusal(line.message);
      case "exit":
        return this.#exit(line);
      case "load":
        return this.#load(line);
      case "save":
        return this.#ask("show", {
          saveAs: { file: line.file, how: "replace", shows: false },
          holds: false,
          pages: false,
          what: "configuration",
        });
      case "command":
        return this.#ask(line.line, { ...line, what: "output" });
    }
  }

  async #exit({ line, wholeMode }: Extract<ShellLine, { kind: "exit" }>): Promise<boolean> {
    if (!this.#isConfiguring) {
      if (wholeMode) throw new ShellRefusal("this is not configuration mode");
      this.#ending = true;
      return this.#lastOk;
    }
    if (!wholeMode && this.#levels.length > 1) {
      this.#levels = this.#levels.slice(0, -1);
      return true;
    }
    return this.#ask(line, { holds: false, pages: true, what: "output" });
  }

  async #load({ line, file }: Extract<ShellLine, { kind: "load" }>): Promise<boolean> {
    const text = file === undefined ? await this.#typedText() : await this.#host.readFile(file);
    if (text === undefined) {
      await this.#showText("load aborted\n", false);
      return false;
    }
    return this.#ask(line, { holds: false, pages: true, what: "output", text });
  }

  /** Lines until Ctrl-D; undefined when it was given up with Ctrl-C. */
  async #typedText(): Promise<string | undefined> {
    if (this.#terminal.kind !== "none") await this.#write("[Type ^D at a new line to end input]\r\n");
    const lines: string[] = [];
    let length = 0;
    for (;;) {
      const end = await this.#reader.read("");
      if (end.kind === "interrupted") return undefined;
      if (end.kind === "end") return lines.map((line) => `${line}\n`).join("");
      lines.push(end.text);
      length += end.text.length + 1;
      if (length > typedTextLengthMax)
        throw new ShellRefusal(`the text is longer than ${typedTextLengthMax} characters`);
    }
  }

  // --- answers -------------------------------------------------------------------------------------------------------

  async #ask(line: string, how: AnswerHow): Promise<boolean> {
    const running = new AbortController();
    this.#running = running;
    try {
      const answer = await this.#answered(line, how, running.signal);
      if (answer === undefined) return false;
      this.#follow(line, answer);
      if (answer.mistake !== undefined && this.#terminal.kind !== "none") {
        const column = (this.#promptWidth + textWidth(line.slice(0, answer.mistake.column))) % this.#size.columns;
        await this.#showText(`${" ".repeat(column)}^\n${answer.mistake.text}`, true);
      } else if (how.saveAs !== undefined && answer.ok) {
        if (how.saveAs.shows) await this.#tee(how.saveAs, answer, how, running);
        else await this.#save(how.saveAs, answer, how, running);
      } else await this.#showAnswer(answer, how, running);
      return answer.ok;
    } finally {
      this.#running = undefined;
    }
  }

  /** The answer, after all questions; undefined when they were not answered. */
  async #answered(line: string, how: AnswerHow, signal: AbortSignal): Promise<ShellAnswer | undefined> {
    const asks = this.#terminal.kind !== "none";
    const options: LineOptions = { ...this.#at, asks, signal, ...(how.text !== undefined && { text: how.text }) };
    let answer = await this.#unlessOver(this.#host.run(line, options));
    for (let round = 0; answer?.questions !== undefined && round < questionRoundsMax; round++) {
      if (answer.text !== "") await this.#showText(answer.text, false);
      const replies: string[] = [];
      for (const { text, secret } of answer.questions) {
        const end = await this.#reader.read(text, secret === true ? { secret } : {});
        if (end.kind !== "line") return undefined;
        replies.push(end.text);
      }
      answer = await this.#unlessOver(this.#host.run(line, { ...options, text: replies.join("\n") }));
    }
    return answer;
  }

  #unlessOver(answer: Promise<ShellAnswer>): Promise<ShellAnswer | undefined> {
    return Promise.race([answer, this.#over.promise]);
  }

  /** What the answer means for prompt and level. */
  #follow(line: string, { level, prompt, notice }: ShellAnswer): void {
    this.#notice = notice;
    if (prompt !== undefined) {
      this.#hostName = prompt.hostName;
      if (prompt.mode !== this.#mode) this.#levels = [[]];
      this.#mode = prompt.mode;
    }
    if (level === undefined) return;
    const isStepUp = /^\s*up(?:\s+\d+)?\s*$/.test(line);
    if (level.length === 0 && !/^\s*e/.test(line)) this.#levels = [[]];
    else this.#levels = [...(isStepUp ? this.#levels.slice(0, -1) : this.#levels), level].slice(-levelsMax);
  }

  /** With a copy the answer goes on into it when nobody wants to see more pages. */
  async #showAnswer(
    answer: ShellAnswer,
    { holds, pages }: AnswerHow,
    running: AbortController,
    copy?: TextPipe,
  ): Promise<void> {
    if (answer.draws === true && answer.more !== undefined && this.#terminal.kind === "full" && copy === undefined)
      return showLive(answer.more, this.#liveTerminal(), running);
    // Who makes an answer that concludes ends it himself.
    const ends = answer.concludes === true ? AbortSignal.any([this.#closing.signal]) : running.signal;
    const source = new LineSource(answer.text, answer.more, ends, copy);
    try {
      if (this.#terminal.kind === "none" || !pages || answer.live === true || this.#pageRows === 0) {
        for await (const piece of source.pieces()) await this.#write(this.#lineEnds(piece));
      } else {
        const how = await page(source, this.#pagerTerminal(), { holds });
        if (how === "quit" && copy !== undefined) while ((await source.next()) !== undefined);
        if (how === "quit") running.abort();
      }
      const isCut = running.signal.aborted && answer.live === true && answer.concludes !== true;
      if (isCut && this.#terminal.kind !== "none") await this.#write("\r\n");
    } finally {
      running.abort();
      await source.close();
    }
  }

  async #save(target: SaveTarget, answer: ShellAnswer, how: AnswerHow, running: AbortController): Promise<void> {
    const source = new LineSource(answer.text, answer.more, running.signal);
    await this.#showText(await this.#writeFile(target, source.pieces(), how), false);
  }

  /** Nothing is shown before the file may be written. */
  async #tee(target: SaveTarget, answer: ShellAnswer, how: AnswerHow, running: AbortController): Promise<void> {
    const copy = new TextPipe();
    const written = this.#writeFile(target, copy, how).finally(() => copy.forget());
    await copy.begun;
    try {
      if (!copy.isForgotten) await this.#showAnswer(answer, how, running, copy);
    } finally {
      copy.end();
    }
    await this.#showText(await written, false);
  }

  /** What is to be said of it. */
  async #writeFile(
    { file, how }: SaveTarget,
    text: AsyncIterable<string>,
    { what }: Pick<AnswerHow, "what">,
  ): Promise<string> {
    let lineCount = 0;
    async function* counted(): AsyncGenerator<string> {
      for await (const piece of text) {
        lineCount += piece.split("\n").length - 1;
        yield piece;
      }
    }
    await this.#host.writeFile(file, counted(), how);
    return `Wrote ${lineCount} lines of ${what} to '${file}'\n`;
  }

  // --- the terminal --------------------------------------------------------------------------------------------------

  get #size(): TerminalSize {
    const { kind, columns, rows } = this.#terminal;
    return { kind, columns: this.#settings.screenWidth ?? columns, rows };
  }

  /** 0: no pages. */
  get #pageRows(): number {
    return this.#settings.screenLength ?? this.#terminal.rows;
  }

  /** The prompt's last line; what stands above it is written. */
  async #prompt(): Promise<string> {
    if (this.#terminal.kind === "none") return "";
    const notice = this.#notice === undefined ? "" : `${this.#notice}\n`;
    this.#notice = undefined;
    const banner = this.#isConfiguring ? `\n[edit${this.#level.map((word) => ` ${quoted(word)}`).join("")}]\n` : "";
    if (notice + banner !== "") await this.#write(shownText(notice + banner).replaceAll("\n", "\r\n"));
    const prompt = shownText(`${this.#host.user}@${this.#hostName}${this.#isConfiguring ? "#" : ">"} `);
    this.#promptWidth = textWidth(prompt);
    return prompt;
  }

  #readOptions(): ReadOptions {
    if (this.#terminal.kind === "none") return {};
    return {
      complete: (before) => this.#complete(before),
      completesOnSpace: this.#settings.completesOnSpace,
      history: this.#isConfiguring ? "configuration" : "operational",
    };
  }

  async #complete(before: string): Promise<readonly Candidate[]> {
    const isConfiguring = this.#isConfiguring;
    const { words, partial } = splitLine(before);
    const own = isConfiguring
      ? words[0] === "run"
        ? completeSettings(words.slice(1), partial)
        : []
      : completeSettings(words, partial);
    const extra =
      isConfiguring && words.length === 0 ? [saveCandidate].filter(({ word }) => word.startsWith(partial)) : own;
    try {
      const found = await this.#host.complete(before, this.#at.at);
      const added = extra.filter(({ word }) => !found.some((one) => one.word === word));
      if (before.includes("|")) return [...found, ...ownPipes(before)];
      return added.length === 0 ? found : [...found, ...added].toSorted((a, b) => (a.word < b.word ? -1 : 1));
    } catch (error) {
      if (!(error instanceof ShellRefusal)) throw error;
      return extra;
    }
  }

  #liveTerminal(): LiveTerminal {
    return {
      write: (text) => this.#write(text),
      nextKey: () => this.#keys.next(),
      releaseKey: () => this.#keys.release(),
      flushKeys: () => this.#keys.push(this.#decoder.flush()),
      size: () => this.#size,
    };
  }

  #pagerTerminal(): Parameters<typeof page>[1] {
    const { kind, columns } = this.#size;
    return {
      write: (text) => this.#write(text),
      nextKey: () => this.#keys.next(),
      putBack: (text) => this.#keys.putBack([{ kind: "text", text }]),
      ask: async (prompt) => {
        const end = await this.#reader.read(prompt);
        return end.kind === "line" ? end.text : undefined;
      },
      columns,
      rows: this.#pageRows,
      erase: (prompt) => (kind === "full" ? "\r\u001b[K" : `\r${" ".repeat(prompt.length)}\r`),
    };
  }

  /** A text of the shell itself. */
  async #showText(text: string, pages: boolean): Promise<void> {
    const running = new AbortController();
    await this.#showAnswer({ ok: true, text }, { holds: false, pages, what: "output" }, running);
  }

  #lineEnds(text: string): string {
    return this.#terminal.kind === "none" ? text : text.replaceAll("\n", "\r\n");
  }

  async #write(text: string): Promise<void> {
    await this.#host.write(text);
  }
}

interface AnswerHow {
  readonly saveAs?: SaveTarget;
  readonly text?: string;
  readonly holds: boolean;
  readonly pages: boolean;
  /** What a file that it is saved in has lines of. */
  readonly what: string;
}

const saveCandidate: Candidate = { word: "save", help: "Save the candidate in a file", final: false };

/** `| save`, `| append` and `| tee` are pipes of the shell's own. */
function ownPipes(before: string): readonly Candidate[] {
  const [command, ...pipes] = cutPipes(before);
  const words = pipes.at(-1)?.text.trimStart();
  if (command.text.trim() === "" || words === undefined) return [];
  return Object.entries(filePipes).flatMap(([word, { help }]): readonly Candidate[] => {
    if (words.startsWith(`${word} `) && words.trimEnd() === word)
      return [{ word: "<file>", help: "Name of the file", final: true }];
    return word.startsWith(words) ? [{ word, help, final: false }] : [];
  });
}

function quoted(word: string): string {
  return /[\s"{};]/.test(word) || word === "" ? `"${word.replaceAll(/["\\]/g, "\\$&")}"` : word;
}

/** `Nov 22 12:30:01`, UTC. */
function timestamp(ms: number): string {
  const [, day = "", month = "", , time = ""] = new Date(ms).toUTCString().split(" ");
  return `${month} ${day} ${time}`;
}
